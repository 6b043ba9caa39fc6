/**
 * Files that somebody sends to a person with two VS Code windows: the second one follows the first, so that it gets their bytes over the pipe
 * between them. One story: each step continues where the last one ended.
 */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directChat } from "../../messenger/chats/direct.ts";
import { pictureFile } from "../../messenger/pictures/picture-fixture.ts";
import { newMessageId, username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

/** Opened as JSON, it would have VS Code fetch that address. */
const CONFIG = '{ "$schema": "https://schema.example/spy.json", "answer": 42 }\n';

describe("files in VS Code windows", function () {
  this.timeout(180_000);
  this.bail(true);
  const scene = withScene();
  let alice: Computer;
  let user: EditorUser;
  let bob: EditorWindow;

  before(async () => {
    [alice, user] = await Promise.all([scene.computer("alice"), scene.member("bob")]);
    bob = user.window;
    await bob.showParley();
    await bob.row("alice, online").waitFor();
    await alice.messenger.request({ peer: username("bob") });
    await bob.pressInNotification("alice wants to talk to you", "Accept");
    await bob.chat.with("alice");
    await bob.chat.open();
  });

  async function sends(name: string, bytes: Uint8Array, description = ""): Promise<void> {
    const [chat, id, path] = [directChat(username("bob")), newMessageId(), join(alice.folder, name)];
    writeFileSync(path, bytes);
    const [attached] = (await alice.messenger.attachFile({ chat, id, path })).files;
    assert.ok(attached);
    await alice.messenger.describeFile({ chat, id, copy: attached.copy, description });
    await alice.messenger.sendFiles({ chat, id, caption: "" });
  }
  const file = ({ chat }: EditorWindow, name: string) => chat.frame.locator(".file", { hasText: name });
  const picture = ({ chat }: EditorWindow) => chat.frame.locator("parley-picture img");
  const drawn = async (window: EditorWindow) => {
    await picture(window).waitFor();
    return picture(window).evaluate(async (image) => {
      await (image as HTMLImageElement).decode();
      return (image as HTMLImageElement).naturalWidth;
    });
  };

  it("shows a small picture by itself", async () => {
    await sends("house.png", pictureFile("turned.png"), "a red house");
    assert.ok((await drawn(bob)) > 0);
    assert.equal(await picture(bob).getAttribute("alt"), "a red house");
    await file(bob, "house.png").getByText("checked").waitFor();
    await scene.screenshot("90-picture");
  });

  it("shows it larger, zooms by keys, and returns to the chat", async () => {
    await bob.chat.frame.getByRole("button", { name: "View the picture: a red house" }).click();
    const viewer = bob.chat.frame.getByRole("dialog", { name: "Picture: a red house" });
    await viewer.waitFor();
    await bob.page.keyboard.press("1");
    await viewer.locator("output", { hasText: "100 %" }).waitFor();
    await bob.page.keyboard.press("+");
    await viewer.locator("output", { hasText: "125 %" }).waitFor();
    await scene.screenshot("91-viewer");
    await bob.page.keyboard.press("Escape");
    await viewer.waitFor({ state: "detached" });
  });

  it("opens a text read-only, as plain text", async () => {
    await sends("config.json", Buffer.from(CONFIG));
    await file(bob, "config.json").getByText("on the server until").waitFor();
    await file(bob, "config.json").getByRole("button", { name: "Open" }).click();
    await bob.tab("config.json (read-only)").waitFor();
    await bob.page.locator(".view-lines", { hasText: '"answer": 42' }).waitFor();
    await bob.page.locator("#status\\.editor\\.mode", { hasText: "Plain Text" }).waitFor();
    await bob.page.locator(".monaco-editor .view-lines").last().click();
    await bob.page.keyboard.type("x");
    await bob.page.getByText("Cannot edit in read-only editor").first().waitFor();
    await scene.screenshot("92-text");
    await bob.tab("alice").click();
    await file(bob, "config.json").getByText("checked").waitFor();
  });

  it("saves where the user says, and says so", async () => {
    const folder = join(scene.directory, "saved");
    mkdirSync(folder);
    writeFileSync(join(folder, "there.txt"), "");
    await file(bob, "config.json").getByRole("button", { name: "Save As…" }).click();
    const dialog = bob.quickInput().filter({ hasText: "Save a file from the chat" });
    const input = dialog.locator("input.input");
    await dialog.locator(".monaco-list-row").first().waitFor();
    assert.match(await input.inputValue(), /\/config\.json$/);
    await input.fill(`${folder}/`);
    await dialog.locator(".monaco-list-row").getByText("there.txt").first().waitFor();
    await input.fill(join(folder, "mine.json"));
    await dialog
      .getByRole("button", { name: /^(OK|Save)$/ })
      .first()
      .click();
    await file(bob, "config.json").getByText("saved on").waitFor();
    const path = join(folder, "mine.json");
    assert.ok(existsSync(path));
    assert.equal(readFileSync(path, "utf8"), CONFIG);
    assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("shows both in a second window", async () => {
    const workspace = join(scene.directory, "elsewhere");
    mkdirSync(workspace);
    const other = await user.openAnother(workspace);
    await other.showParley();
    await other.row("alice").click();
    await other.chat.with("alice");
    assert.ok((await drawn(other)) > 0);
    await file(other, "config.json").getByText("saved on").waitFor();
    await scene.screenshot("93-second-window");
  });
});
