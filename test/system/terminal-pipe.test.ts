/**
 * The shipped terminal client as programs use it: JSON and plain lines in pipes, exit codes, and an account
 * that another program has open.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directChat } from "../../messenger/chats/direct.ts";
import manifest from "../../package.json" with { type: "json" };
import { newMessageId, username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { TerminalProgram } from "../fixtures/terminal-program.ts";
import { WindowProcess } from "../fixtures/window-process.ts";

const ALICE = { name: username("alice") };
const PASSPHRASE = "four unrelated words here";
const TEXT = "héllo \u202e wörld\n\x1b[2J";

describe("the terminal client in a pipe", function () {
  this.timeout(180_000);
  this.bail(true);
  let folder = "";
  let passphrase = "";
  let server: RealServer;
  let alice: TerminalProgram;
  let bob: Computer;
  const started: TerminalProgram[] = [];

  const open = (args: readonly string[], env?: NodeJS.ProcessEnv) => {
    const program = new TerminalProgram(args, env);
    started.push(program);
    return program;
  };
  const asAlice = (...more: readonly string[]) =>
    open(["--profile", join(folder, "alice"), "--passphrase-file", passphrase, ...more]);
  const isOnline = (program: TerminalProgram) =>
    program.event(
      "online",
      ({ event, state }) => event === "view" && (state as { type?: string })?.type === "online",
    );

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), "parley-pipe-"));
    passphrase = join(folder, "passphrase");
    writeFileSync(passphrase, `${PASSPHRASE}\nnot this line`);
    server = await RealServer.start();
    bob = await Computer.start("bob");
    await bob.joins(await server.invite(1, "bob"));
  });
  after(async () => {
    await Promise.all(started.map((program) => program.kill()));
    await bob.remove();
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("joins, sends requests, and sends and receives messages by lines of JSON", async () => {
    alice = asAlice("--json");
    assert.deepEqual(await alice.event("ready", ({ event }) => event === "ready"), {
      event: "ready",
      version: manifest.version,
    });
    assert.equal(await alice.call("join", { link: await server.invite(), name: "alice" }), null);
    await isOnline(alice);
    assert.equal(await alice.call("request", { peer: "bob" }), null);
    await bob.until("alice asks", () => bob.messenger.chats().some(({ phase }) => phase === "invited"));
    await bob.accepts(ALICE);
    await alice.chat("bob", ({ phase }) => phase === "open");
    await alice.call("send", { chat: "user:bob", text: TEXT });
    await bob.until("the text", async () => (await bob.transcript(ALICE)).includes(`< ${TEXT}`));
    await bob.messenger.send({ chat: directChat(ALICE.name), text: TEXT });
    await alice.hears(TEXT);
    assert.ok(
      alice.lines.every((line) => /^[ -~]*$/.test(line)),
      "and all of it is ASCII",
    );
  });

  it("answers an invalid call with a code and a sentence", async () => {
    for (const [line, code] of [
      ["no json", "bad-argument"],
      ['{"id":"a","call":"sendd","params":{}}', "bad-argument"],
      ['{"id":"b","call":"send","params":{"chat":"user:bob"}}', "bad-argument"],
      ['{"id":"c","call":"send","params":{"chat":"user:carol","text":"hi"}}', "wrong-state"],
      ['{"id":"d","call":"toString"}', "bad-argument"],
      ['{"id":"e","call":"tellVault","params":{"contents":[]}}', "bad-argument"],
    ] as const) {
      const before = alice.events.filter(({ event }) => event === "failed").length;
      alice.write(line);
      const failed = await alice.find(
        line,
        () => alice.events.filter(({ event }) => event === "failed")[before],
      );
      assert.equal(failed["code"], code, line);
    }
    assert.match(String(alice.events.findLast(({ id }) => id === "a")?.["message"]), /Did you mean send\?/);
    assert.deepEqual(await alice.call("blocked"), []);
  });

  it("has its history after a kill", async () => {
    await alice.kill();
    alice = asAlice("--json");
    const messages = (await alice.call("messages", {
      chat: "user:bob",
      stretch: { limit: 10 },
    })) as unknown[];
    assert.equal(messages.length, 3);
    alice.endInput();
    assert.equal(await alice.end(), 0);
  });

  it("takes plain lines without --json, shows no prompt or style, and ends once they are sent", async () => {
    const plain = asAlice("bob");
    await plain.find("online", () => plain.lines.find((line) => line.includes("You're online as alice")));
    plain.write("from a pipe");
    plain.write("/nonsense");
    plain.endInput();
    assert.equal(await plain.end(), 0);
    const output = plain.lines.join("\n");
    assert.ok(output.includes("There is no command /nonsense."));
    assert.ok(output.includes("bob: héllo [U+202E] wörld\n    [U+001B][2J"), output);
    assert.ok(!output.includes("\x1b"));
    await bob.hears(ALICE as Computer, TEXT, "from a pipe").catch(() => assert.fail("it did not arrive"));
  });

  it("replies, edits, deletes and reacts by the numbers of the history, and shows what others do", async () => {
    const plain = asAlice("bob");
    const chat = directChat(ALICE.name);
    const line = (what: string, pattern: RegExp) =>
      plain.find(what, () => plain.lines.find((one) => pattern.test(one)));
    await line("online", /You're online as alice/);
    plain.write("/history 3");
    const numbered = await line("bob's text, with its number", /^#\d+ .* bob: héllo/);
    const [, number] = /^#(\d+)/.exec(numbered) ?? [];
    plain.write(`/reply #${number} so long`);
    const newest = async () => (await bob.messages(ALICE)).at(-1);
    await bob.until("the reply", async () => (await newest())?.replyTo !== undefined);
    const reply = await newest();
    const [quoted] = await bob.messenger.messagesById({ chat, ids: [reply?.replyTo ?? assert.fail()] });
    assert.deepEqual(quoted?.body, { kind: "text", text: TEXT });
    plain.write("/edit so long, and thanks");
    await bob.until("the edit", async () => (await newest())?.edited?.times === 1);
    plain.write(`/react #${number} 🎉`);
    await bob.until("the reaction", async () =>
      (await bob.messages(ALICE)).some(({ marks }) => marks?.[0]?.values[0] === "🎉"),
    );
    const answer = await bob.messenger.send({ chat, text: "bye", replyTo: reply?.id ?? assert.fail() });
    await line("bob's reply, with its quote", /bob \(reply\): \| you: so long, and thanks$/);
    await bob.messenger.editMessage({ chat, target: answer.id, text: "good bye" });
    await line("bob's edit", /bob \(reply\) \(edited\): \| you/);
    await bob.messenger.react({ chat, target: reply?.id ?? assert.fail(), emoji: "👍", on: true });
    await line("bob's reaction", /bob reacted with 👍 to: so long, and thanks/);
    await bob.messenger.deleteMessage({ chat, target: answer.id });
    await line("bob's deletion", /bob deleted a message/);
    plain.write("/delete");
    plain.write("/edit #99 of nothing");
    plain.write("/react #1 hello");
    plain.endInput();
    assert.equal(await plain.end(), 0);
    await bob.until("the deletion", async () =>
      (await bob.messages(ALICE)).some(({ id, body }) => id === reply?.id && body.kind === "deleted"),
    );
    const output = plain.lines.join("\n");
    for (const sentence of ["No message with this number", "React with a single emoji", "for both of you"])
      assert.ok(output.includes(sentence), sentence);
  });

  it("sends a file and saves one, and never over another", async () => {
    const path = join(folder, "the plan.txt");
    writeFileSync(path, "the first floor");
    const program = asAlice("bob");
    await program.find("online", () => program.lines.find((line) => line.includes("You're online as alice")));
    program.write(`/send "${path}" Look at this`);
    await bob.until("the file", async () =>
      (await bob.transcript(ALICE)).some((line) => line.includes("the plan.txt")),
    );
    await program.find("its row", () =>
      program.lines.find((line) => /#\d+\.1 the plan\.txt: on this computer/.test(line)),
    );

    const id = newMessageId();
    const chat = directChat(ALICE.name);
    await bob.messenger.attachFile({ chat, id, path });
    await bob.messenger.sendFiles({ chat, id, caption: "Mine" });
    const row = await program.find("bob's file", () =>
      program.lines
        .map((line) => /(#\d+)\.1 the plan\.txt: on the server until .* \/save/.exec(line)?.[1])
        .find(Boolean),
    );
    const to = join(folder, "saved");
    mkdirSync(to);
    program.write(`/save ${row} ${to}`);
    program.write(`/save ${row} ${path}`);
    await program.find(
      "the path",
      () => program.lines.includes(`Saved as ${join(to, "the plan.txt")}`) || undefined,
    );
    await program.find("the refusal", () =>
      program.lines.find((line) => line.includes("nothing was written over it")),
    );
    program.write(`/save ${row} ${to}`);
    program.write(`/save ${row}.2`);
    program.write("/send nowhere.txt");
    program.write("/cancel");
    program.endInput();
    assert.equal(await program.end(), 0);
    for (const line of [
      `Saved as ${join(to, "the plan (2).txt")}`,
      "That message has no file of that number.",
      "No files are on their way here.",
    ])
      assert.ok(program.lines.includes(line), line);
    assert.ok(program.lines.some((line) => line.startsWith("Parley can't use that file or folder.")));
    assert.equal(readFileSync(join(to, "the plan.txt"), "utf8"), "the first floor");
  });

  it("reads the passphrase from the first line of input, and leaves the others to the session", async () => {
    const program = open(["--profile", join(folder, "alice"), "--passphrase-file", "-"]);
    program.write(PASSPHRASE);
    program.write("/status");
    await program.find("status", () => program.lines.find((line) => line.startsWith("Account: alice on")));
    program.endInput();
    assert.equal(await program.end(), 0);
    assert.ok(!program.lines.join("\n").includes(PASSPHRASE));
  });

  for (const [what, args, code, complaint] of [
    ["an option that there is not", ["--jsno"], 2, /unknown option '--jsno' \(Did you mean --json\?\)/],
    ["no passphrase, and nobody to ask", [], 2, /no terminal to ask for the passphrase/],
    ["a passphrase file that is not there", ["--passphrase-file", "/nowhere/at/all"], 2, /can't be read/],
    ["a wrong passphrase", ["--passphrase-file", "WRONG"], 3, /Wrong passphrase/],
    ["a profile that is a file", ["--profile", "WRONG"], 3, /isn't a folder/],
  ] as const)
    it(`ends with ${code} for ${what}`, async () => {
      const wrong = join(folder, "wrong");
      writeFileSync(wrong, "these are other words\n");
      const given = args.map((word) => (word === "WRONG" ? wrong : word));
      const program = open(["--profile", join(folder, "alice"), ...given]);
      assert.equal(await program.end(), code);
      assert.match(program.complaints, complaint);
      assert.deepEqual(program.lines, []);
      const json = open(["--profile", join(folder, "alice"), ...given, "--json"]);
      assert.equal(await json.end(), code);
      assert.equal(JSON.parse(json.complaints).event, "error");
    });

  it("prints its help and its version", async () => {
    const help = open(["--help"]);
    assert.equal(await help.end(), 0);
    assert.match(help.lines.join("\n"), /--passphrase-file[\s\S]*Exit codes: 0 quit/);
    const version = open(["--version"]);
    assert.equal(await version.end(), 0);
    assert.deepEqual(version.lines, [manifest.version]);
  });

  it("closes its files to others", function () {
    if (process.platform === "win32") this.skip();
    for (const name of ["", "secrets.json", "leader.lock", "store"])
      assert.equal(statSync(join(folder, "alice", name)).mode & 0o077, 0, name);
  });

  it("creates no new keys when the file with the old ones is missing", async () => {
    const profile = join(folder, "keyless");
    const first = open(["--profile", profile, "--passphrase-file", passphrase, "--json"]);
    await first.event("ready", ({ event }) => event === "ready");
    first.endInput();
    await first.end();
    rmSync(join(profile, "secrets.json"));
    const second = open(["--profile", profile, "--passphrase-file", passphrase]);
    assert.equal(await second.end(), 3);
    assert.match(second.complaints, /The keys of this account aren't there/);
    assert.ok(!existsSync(join(profile, "secrets.json")), "and no lock was put on nothing");
  });
});

/** Returns the state of the connection that was reported last. */
function stateOf(program: TerminalProgram): string | undefined {
  const told = program.events.findLast(({ event, state }) => event === "view" && state !== undefined);
  return (told?.["state"] as { readonly type: string } | undefined)?.type;
}

describe("the terminal client beside a window of an editor's account", function () {
  this.timeout(180_000);
  let root = "";
  let server: RealServer;
  let place = "";
  let windows: WindowProcess[] = [];
  let carol: Computer;
  let terminal: TerminalProgram | undefined;

  beforeEach(async () => {
    root = mkdtempSync(join(tmpdir(), "parley-beside-"));
    // As in VS Code on Linux; the program searches there by default.
    place = join(root, "config/Code/User/globalStorage/parley-chat.parley/messenger");
    windows = [];
    server = await RealServer.start();
    carol = await Computer.start("carol");
    await carol.joins(await server.invite());
  });
  afterEach(async () => {
    await terminal?.kill();
    await Promise.all(windows.map((window) => window.kill()));
    await carol.remove();
    await server.remove();
    rmSync(root, { recursive: true, force: true });
  });

  const openWindow = async (version = manifest.version) => {
    const window = new WindowProcess(place, join(root, "vault"), { PARLEY_VERSION: version });
    windows.push(window);
    await window.isOpen();
    return window;
  };
  const start = (...args: readonly string[]) => {
    terminal = new TerminalProgram(["--json", ...args], {
      XDG_CONFIG_HOME: join(root, "config"),
      XDG_DATA_HOME: join(root, "data"),
      HOME: root,
    });
    return terminal;
  };

  it("finds the account, works as one more window of it, and leaves it to the editor", async function () {
    if (process.platform !== "linux") this.skip(); // The location of the folder.
    const window = await openWindow();
    await window.ask("join", { link: await server.invite(), name: "dave" });
    await window.isOnline();
    const program = start();
    const { account } = await program.event("account", ({ account }) => account !== undefined);
    assert.equal((account as { name: string }).name, "dave");
    assert.equal(await program.call("request", { peer: "carol" }), null);
    await window.until("asked", () => window.last?.chats.some(({ phase }) => phase === "requested") === true);
    await window.close();
    // The window has closed, and the account is no longer open: the terminal does not take it over.
    await program.event("stopped", ({ event, state }) => {
      return (
        event === "view" && (state as { error?: { code: string } } | undefined)?.error?.code === "in-use"
      );
    });
    assert.equal(await program.call("blocked"), "in-use");
    const next = await openWindow();
    await next.isOnline();
    await program.find("online again", () => stateOf(program) === "online" || undefined);
    assert.ok(next.isLeader);
    assert.deepEqual(await program.call("blocked"), []);
  });

  it("reports that no editor has it open, or one of another version", async () => {
    const window = await openWindow();
    await window.close();
    const alone = start("--profile", join(root, "config/Code"));
    assert.equal(await alone.end(), 3);
    assert.equal(JSON.parse(alone.complaints).code, "no-editor");
    await openWindow("9.9.9");
    const other = start("--profile", join(root, "config/Code"));
    assert.equal(await other.end(), 3);
    assert.match(other.complaints, /is Parley 9\.9\.9, and this is/);
  });
});
