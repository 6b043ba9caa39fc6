import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { chosenProfile, editorFolders, usualFolder, usualProfile } from "./profile.ts";
import { TerminalError } from "./terminal-error.ts";

const EXTENSION = "User/globalStorage/parley-chat.parley";

describe("a profile", () => {
  let folder = "";
  let environment: NodeJS.ProcessEnv;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-profile-"));
    environment = { ...process.env };
    for (const name of ["XDG_CONFIG_HOME", "XDG_DATA_HOME", "HOME", "LOCALAPPDATA", "APPDATA", "USERPROFILE"])
      process.env[name] = folder;
  });
  afterEach(() => {
    process.env = environment;
    rmSync(folder, { recursive: true, force: true });
  });

  const made = (...path: readonly string[]) => {
    const made = join(folder, ...path);
    mkdirSync(made, { recursive: true });
    return made;
  };

  it("is the terminal's own in any folder that is no editor's", () => {
    const directory = join(folder, "not", "there");
    assert.deepEqual(chosenProfile(directory), { kind: "own", directory });
    assert.deepEqual(chosenProfile(made("there")), { kind: "own", directory: join(folder, "there") });
  });

  it("is an editor's in the editor's folder, the extension's, or the account's", () => {
    const directory = made(EXTENSION, "messenger");
    for (const given of ["", EXTENSION, join(EXTENSION, "messenger")])
      assert.deepEqual(chosenProfile(join(folder, given)), { kind: "editor", directory });
  });

  it("refuses a file", () => {
    writeFileSync(join(folder, "file"), "");
    assert.throws(
      () => chosenProfile(join(folder, "file")),
      (error) => error instanceof TerminalError && error.code === "profile-unusable",
    );
  });

  it("is the terminal's own by default where there is one, even beside an open editor", async () => {
    for (const place of editorFolders(process.env, process.platform)) mkdirSync(place, { recursive: true });
    const directory = usualFolder(process.env, process.platform);
    mkdirSync(directory, { recursive: true });
    writeFileSync(join(directory, "secrets.json"), "{}");
    assert.deepEqual(await usualProfile(async () => true), { kind: "own", directory });
  });

  it("is by default that of the first editor that has its account open", async () => {
    const [, second = "", third = ""] = editorFolders(process.env, process.platform);
    for (const place of [second, third]) mkdirSync(place, { recursive: true });
    const asked: string[] = [];
    const profile = await usualProfile(async (place) => {
      asked.push(place);
      return place === third;
    });
    assert.deepEqual(profile, { kind: "editor", directory: third });
    assert.deepEqual(asked, [second, third], "an editor that was never installed isn't asked");
  });

  it("is new by default where no editor has an account open", async () => {
    const [first = ""] = editorFolders(process.env, process.platform);
    mkdirSync(first, { recursive: true });
    const directory = usualFolder(process.env, process.platform);
    assert.deepEqual(await usualProfile(async () => false), { kind: "own", directory });
  });

  it("names an editor's account that is closed, before a new one is made beside it", async () => {
    const [first = ""] = editorFolders(process.env, process.platform);
    mkdirSync(join(first, "store"), { recursive: true });
    const digest = "0".repeat(64);
    const mark = { id: "0".repeat(32), databaseKey: digest, identityKey: digest };
    writeFileSync(join(first, "store/store.json"), JSON.stringify(mark));
    assert.equal((await usualProfile(async () => false)).closedEditor, first);
  });

  it("lies where each system keeps data of applications", () => {
    assert.equal(usualFolder({ XDG_DATA_HOME: "/data" }, "linux"), "/data/parley");
    assert.match(usualFolder({}, "linux"), /\/\.local\/share\/parley$/);
    assert.match(usualFolder({}, "darwin"), /\/Library\/Application Support\/parley$/);
    assert.equal(usualFolder({ LOCALAPPDATA: "C:\\Local" }, "win32"), "C:\\Local\\parley");
  });
});
