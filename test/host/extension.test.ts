/** The extension inside a real extension host: its start, its registrations, its views and menus. */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import type { ParleyExtension } from "../../extension/api/parley.d.ts";
import { Command, EXTENSION_ID } from "../../extension/ids.ts";

function theExtension(): vscode.Extension<ParleyExtension> {
  const extension = vscode.extensions.getExtension<ParleyExtension>(EXTENSION_ID);
  assert.ok(extension, `${EXTENSION_ID} is not installed`);
  return extension;
}

describe("the extension", () => {
  it("activates, and records the time that it takes", async () => {
    const extension = theExtension();
    const cold = !extension.isActive;
    const begin = performance.now();
    await extension.activate();
    const ms = performance.now() - begin;
    console.log(`      activation${cold ? "" : " (begun before the test)"}: ${ms.toFixed(1)} ms`);
    assert.ok(extension.isActive);
  });

  it("registers every command of its manifest", async () => {
    const registered = new Set(await vscode.commands.getCommands(true));
    for (const command of Object.values(Command)) assert.ok(registered.has(command), command);
  });

  it("shows that there is no account", async () => {
    const { exports } = theExtension();
    const api = exports.getApi(1);
    // Showing the view starts the messenger.
    await vscode.commands.executeCommand("parley.people.focus");
    while (api.state === "starting")
      await new Promise<void>((changed) => {
        const listener = api.onDidChangeState(() => {
          listener.dispose();
          changed();
        });
        if (api.state !== "starting") changed();
      });
    assert.equal(api.state, "no-account");
    assert.deepEqual(api.people(), []);
  });

  it("offers other extensions version 1 of its API, and rejects other versions", () => {
    const { exports } = theExtension();
    const api = exports.getApi(1);
    assert.equal(api.version, 1);
    assert.throws(() => exports.getApi(2 as 1), /offers version 1/);
    assert.deepEqual(Object.keys(exports), ["getApi"]);
    assert.ok(Object.isFrozen(api));
  });

  it("keeps its settings out of workspace settings", async () => {
    const settings = vscode.workspace.getConfiguration("parley");
    for (const [id, value] of [
      ["autoConnect", false],
      ["notifications", "withContent"],
      ["sendReadReceipts", true],
      ["typing", true],
      ["acceptInvited", true],
    ] as const) {
      assert.notEqual(settings.inspect(id)?.defaultValue, undefined, id);
      const write = async () => settings.update(id, value, vscode.ConfigurationTarget.Workspace);
      await assert.rejects(write, /only into User settings/, id);
    }
  });
});
