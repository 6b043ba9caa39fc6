import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { mock } from "node:test";
import { commandTitles, manifestTexts } from "./command-titles.ts";
import { isTheia, untilAsked } from "./theia.ts";

interface Manifest {
  readonly contributes: { readonly commands: readonly { command: string; title: string }[] };
}

const manifest = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const texts = JSON.parse(readFileSync("package.nls.json", "utf8")) as Record<string, string>;

describe("in Theia", () => {
  it("is recognized by a property that VS Code's environment lacks", () => {
    assert.equal(isTheia({ getQueryParameter: () => undefined }), true);
    assert.equal(isTheia({ uriScheme: "vscode" }), false);
  });

  it("commands have their titles, though the manifest has keys in their place", () => {
    const titles = commandTitles(manifest, () => texts);
    assert.equal(titles.size, manifest.contributes.commands.length);
    for (const [command, { title }] of titles) assert.doesNotMatch(title, /%/, command);
  });

  it("commands have their titles in the editor's language, or in English without a translation", () => {
    const title = (language: string) =>
      commandTitles(manifest, () => manifestTexts(".", language)).get("parley.signIn")?.title;
    assert.equal(title("de"), "Anmelden");
    assert.equal(title("tlh"), "Sign In");
  });

  it("commands keep the titles that the editor put into the manifest, without reading a file", () => {
    const commands = [{ command: "parley.open", title: "Ouvrir", icon: "$(x)" }];
    const titles = commandTitles({ contributes: { commands } }, () => assert.fail("read"));
    assert.deepEqual(titles.get("parley.open"), { title: "Ouvrir", icon: "x" });
  });

  it("commands keep the titles that VS Code gives with their English in another display language", () => {
    const title = { value: "Ouvrir", original: "Open" };
    const commands = [{ command: "parley.open", title, icon: "$(x)" }];
    const titles = commandTitles({ contributes: { commands } }, () => assert.fail("read"));
    assert.deepEqual(titles.get("parley.open"), { title: "Ouvrir", icon: "x" });
  });

  it("a tree is created again until it is asked for its rows, and not once more", () => {
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      let made = 0;
      const isAsked = () => made === 3;
      const watch = untilAsked(isAsked, () => (made += 1), 1000);
      mock.timers.tick(2000);
      assert.equal(made, 2);
      mock.timers.tick(60_000);
      assert.equal(made, 3);
      watch.dispose();
    } finally {
      mock.timers.reset();
    }
  });

  it("a tree is left alone once the extension has ended", () => {
    mock.timers.enable({ apis: ["setInterval"] });
    try {
      untilAsked(() => false, assert.fail, 1000).dispose();
      mock.timers.tick(60_000);
    } finally {
      mock.timers.reset();
    }
  });
});
