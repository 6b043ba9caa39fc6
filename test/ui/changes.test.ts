/**
 * Replies, edits, reactions and deletions between two people in two real VS Code windows: each is made in one window and seen in the
 * other. One story: each step continues where the last one ended.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import type { Locator } from "playwright-core";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

describe("changes to messages in two VS Code windows", function () {
  this.timeout(180_000);
  this.bail(true);
  const scene = withScene();
  let alice: EditorWindow;
  let bob: EditorWindow;

  /** Opens a VS Code with a profile of its own, which joins the server. */
  const joins = async (name: string) => {
    const env = { PARLEY_INVITE: await (await scene.server()).invite(1, name), PARLEY_NAME: name };
    return (await scene.user(name, { env, directory: join(scene.directory, name) })).window;
  };

  before(async () => {
    [alice, bob] = await Promise.all([joins("alice"), joins("bob")]);
    await Promise.all([alice, bob].map((window) => window.showParley()));
    await alice.row("bob, online").click();
    await alice.addNote();
    await bob.pressInNotification("alice wants to talk to you.", "Accept");
    for (const window of [alice, bob]) await window.chat.open();
    await alice.chat.send("did the build pass?");
    await said(bob, "did the build pass?").waitFor();
  });

  /** Returns the message with that text of its own; a quote does not count. */
  const said = ({ chat }: EditorWindow, text: string) =>
    chat.frame.locator(`.message:has(.body:has-text(${JSON.stringify(text)}))`);
  /** Returns the button of a message's bar. */
  const action = async (message: Locator, name: string) => {
    await message.hover();
    return message.getByRole("button", { name, exact: true });
  };
  const choose = async (window: EditorWindow, message: Locator, item: string) => {
    await message.focus();
    await window.page.keyboard.press("Enter");
    await window.chat.frame.getByRole("menuitem", { name: item }).click();
  };

  it("shows a reply with the line it answers, which leads there", async () => {
    await (await action(said(bob, "did the build pass?"), "Reply")).click();
    await bob.chat.frame
      .locator(".composer-aim", { hasText: "Reply to alice: did the build pass?" })
      .waitFor();
    await bob.chat.focused();
    await bob.page.keyboard.type("yse, all green");
    await bob.page.keyboard.press("Enter");
    const reply = said(alice, "yse, all green");
    await reply.locator("button.quote", { hasText: "did the build pass?" }).click();
    await alice.chat.frame.locator("[data-found]", { hasText: "did the build pass?" }).waitFor();
    await scene.screenshot("80-reply");
  });

  it("keeps a reply that was begun while another tab hides the chat", async () => {
    await (await action(said(bob, "did the build pass?"), "Reply")).click();
    await bob.chat.focused();
    await bob.page.keyboard.type("half");
    await bob.openFile("plan.md");
    await bob.tab("alice").click();
    await bob.chat.draft("half");
    await bob.chat.frame.locator(".composer-aim", { hasText: "did the build pass?" }).waitFor();
    await bob.chat.composer.press("Escape");
    await bob.chat.composer.fill("");
  });

  it("shows an edit made by ArrowUp, with the earlier version", async () => {
    await bob.chat.composer.focus();
    await bob.page.keyboard.press("ArrowUp");
    await bob.chat.draft("yse, all green");
    await bob.chat.composer.fill("yes, all green");
    await bob.page.keyboard.press("Enter");
    const edited = said(alice, "yes, all green");
    await edited.locator(".edited").waitFor();
    await said(bob, "yes, all green").locator(".edited").waitFor();
    await bob.chat.draft("");
    await said(bob, "yes, all green").locator(".pending").waitFor({ state: "detached" });
    await choose(alice, edited, "Show Earlier Versions");
    await alice.chat.frame.getByRole("dialog").getByText("yse, all green").waitFor();
    await scene.screenshot("81-edited");
    await alice.page.keyboard.press("Escape");
  });

  it("shows a reaction, and takes it back", async () => {
    const message = said(alice, "yes, all green");
    await (await action(message, "React…")).click();
    await alice.chat.frame.getByRole("combobox").fill("tada");
    await alice.page.keyboard.press("Enter");
    const seen = said(bob, "yes, all green").getByRole("button", { name: "🎉 from alice" });
    await seen.waitFor();
    await message.locator(".chip[aria-pressed=true]").waitFor();
    await scene.screenshot("82-reaction");
    await seen.click();
    await message.getByRole("button", { name: "🎉 from You, bob" }).waitFor();
    await message.locator(".chip").click();
    await said(bob, "yes, all green").getByRole("button", { name: "🎉 from You" }).waitFor();
  });

  it("deletes for both only after the question, and says who did", async () => {
    const message = said(bob, "yes, all green");
    await choose(bob, message, "Delete…");
    await bob.dialog("“yes, all green”").waitFor();
    await bob.focusOn("Keep Message");
    await bob.page.keyboard.press("Enter");
    await bob.dialog("Delete this message?").waitFor({ state: "hidden" });
    await bob.heard();
    assert.equal(await said(alice, "yes, all green").count(), 1);
    await choose(bob, message, "Delete…");
    await bob.pressInDialog("Delete this message?", "Delete for Both");
    await said(alice, "bob deleted a message.").waitFor();
    await said(bob, "You deleted a message.").waitFor();
    assert.equal(await said(alice, "yes, all green").count(), 0);
    await scene.screenshot("83-deleted");
  });

  it("deletes a message of the other's here alone, and says why not for both", async () => {
    await choose(bob, said(bob, "did the build pass?"), "Delete…");
    const dialog = bob
      .dialog("Only alice can delete it for both.")
      .filter({ hasText: "“did the build pass?”" });
    await dialog.waitFor();
    assert.equal(await dialog.getByRole("button", { name: "Delete for Both" }).count(), 0);
    await bob.pressInDialog("Delete this message?", "Delete Here");
    await said(bob, "did the build pass?").waitFor({ state: "detached" });
    assert.equal(await said(alice, "did the build pass?").count(), 1);
  });
});
