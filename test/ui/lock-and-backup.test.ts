/** The passphrase lock and the backup, through a real VS Code's interface. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

const PASSPHRASE = "tulip mason orbit velvet";

describe("the lock and the backup", function () {
  this.timeout(180_000);
  this.bail(true);
  const scene = withScene();
  let user: EditorUser;
  let window: EditorWindow;

  before(async () => {
    user = await scene.member("alice");
    window = user.window;
  });

  /**
   * Chooses a path. The editor's own file dialog reads folders while the user types, and accepts Enter only
   * for a path that it has read.
   */
  async function choosePath(title: RegExp, path: string): Promise<void> {
    const dialog = window.quickInput().filter({ hasText: title });
    const input = dialog.locator("input.input");
    await dialog.locator(".monaco-list-row").first().waitFor();
    await input.fill(path.slice(0, path.lastIndexOf("/") + 1));
    await dialog.locator(".monaco-list-row").getByText("profile").first().waitFor();
    await input.fill(path);
    await dialog
      .getByRole("button", { name: /^(OK|Save|Restore)$/ })
      .first()
      .click();
  }

  let tab: EditorWindow | undefined;

  it("is set with a passphrase whose strength is shown", async () => {
    await window.status("alice").waitFor();
    const workspace = join(scene.directory, "elsewhere");
    mkdirSync(workspace);
    tab = await user.openAnother(workspace);
    await tab?.status("alice").waitFor();
    await window.command("Parley: Lock with a Passphrase…");
    await window.answer(PASSPHRASE, undefined, /A new passphrase/);
    await window.answer(PASSPHRASE, undefined, /passphrase again/);
    await window.notification(/From the next start, Parley asks for the passphrase/).waitFor();
  });

  it("locks at once, and removes the account from the screen", async () => {
    await window.pressInNotification(/From the next start, Parley asks for the passphrase/, "Lock Now");
    await window.status("Parley: locked").waitFor();
    await window.showParley();
    await window.page.getByText("Parley is locked. You're offline").waitFor();
    await window.screenshot("60-locked");
  });

  it("locks the other tab too, which had read the keys before the lock was set", async () => {
    await tab?.status("Parley: locked").waitFor();
    assert.equal(await tab?.notification(/Parley is locked/).count(), 0, "the user knows");
    await tab?.screenshot("60-locked-too");
  });

  it("reports a wrong passphrase, and opens with the right one", async () => {
    await window.command("Parley: Unlock…");
    await window.answer("something else", undefined, /Your passphrase/);
    await window.answer(PASSPHRASE, undefined, /Wrong passphrase/);
    await window.status("alice").waitFor();
  });

  it("opens in the other tab too, from which both are locked at once", async () => {
    await tab?.status("alice").waitFor();
    await tab?.command("Parley: Lock Now");
    await tab?.status("Parley: locked").waitFor();
    await window.status("Parley: locked").waitFor();
    await tab?.close();
    await window.command("Parley: Unlock…");
    await window.answer(PASSPHRASE, undefined, /Your passphrase/);
    await window.status("alice").waitFor();
  });

  it("is put on and taken off in the view without a mouse", async () => {
    await window.command("Parley: Lock Now");
    await window.sidebar().locator(".welcome-view-content:focus", { hasText: "Parley is locked" }).waitFor();
    await window.page.keyboard.press("Tab");
    await window.focusOn("Unlock…");
    await window.page.keyboard.press("Enter");
    await window.answer(PASSPHRASE, undefined, /Your passphrase/);
    await window.status("alice").waitFor();
    await window.sidebar().locator(".welcome-view-content:focus", { hasText: "No one else is" }).waitFor();
  });

  it("is asked for when the window is reloaded", async () => {
    await window.reload();
    await window.status("Parley: locked").waitFor();
    await window.pressInNotification("Parley is locked. Unlock it to be online.", "Unlock…");
    await window.answer(PASSPHRASE, undefined, /Your passphrase/);
    await window.status("alice").waitFor();
    assert.equal(await window.status("Parley: locked").count(), 0);
  });

  it("is backed up into a file of the user's choice", async () => {
    const file = join(scene.directory, "alice.parley-backup");
    await window.command("Parley: Back Up…");
    await choosePath(/Back up Parley: where to/, file);
    await window.answer(PASSPHRASE, undefined, /A passphrase for the backup/);
    await window.answer(PASSPHRASE, undefined, /passphrase again/);
    await window.notification(/Parley was backed up/).waitFor();
    assert.ok(existsSync(file));
  });

  it("is restored from it, once the user agrees to replace this account", async () => {
    const file = join(scene.directory, "alice.parley-backup");
    await window.command("Parley: Restore from Backup…");
    await window.pressInDialog(/Replace the account alice/, "Replace Account");
    await choosePath(/Restore Parley: the file/, file);
    await window.answer("something else", undefined, /The passphrase of the file/);
    await window.answer(PASSPHRASE, undefined, /Wrong passphrase/);
    await window.dialog(/You're alice on .* again/).waitFor();
    await window.screenshot("61-restored");
    await window.pressInDialog(/You're alice on .* again/, "Sign In Here");
    await window.status("alice").waitFor();
  });
});
