/**
 * Files sent from a real VS Code to a complete messenger, which checks their bytes: attached by dialog, drop and menu, in two windows of
 * one profile, kept over a hidden tab and a reload, taken back, and sent. One story: each step continues where the last one ended.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directChat } from "../../messenger/chats/direct.ts";
import { filesOf } from "../../messenger/kinds/body.ts";
import { withoutMetadata } from "../../messenger/pictures/picture.ts";
import { pictureFile } from "../../messenger/pictures/picture-fixture.ts";
import { username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

const LOG = randomBytes(2_500_000);
const PHOTO = pictureFile("turned.jpg");

describe("files that are sent from VS Code", function () {
  this.timeout(240_000);
  this.bail(true);
  const scene = withScene();
  let user: EditorUser;
  let alice: EditorWindow;
  let bob: Computer;

  before(async () => {
    user = await scene.member("alice");
    alice = user.window;
    bob = await scene.computer("bob");
    writeFileSync(join(scene.directory, "secret.txt"), "outside of all folders");
    symlinkSync(join(scene.directory, "secret.txt"), join(user.workspace, "link.txt"));
    mkdirSync(join(user.workspace, "folder"));
    await alice.showParley();
    await alice.row("bob, online").click();
    await alice.addNote();
    await bob.isIn({ name: username("alice") }, "invited");
    await bob.accepts({ name: username("alice") });
    await alice.chat.open();
  });

  const rows = (window: EditorWindow) => window.chat.frame.locator(".attachment:has(input)");
  const row = (window: EditorWindow, name: string) => rows(window).filter({ hasText: name });
  const notice = (window: EditorWindow, text: string) =>
    window.chat.frame.locator(".file-notice").filter({ hasText: text });

  /** Drops files of the desktop, or of the editor by their URIs, as the browser does. */
  const drop = (
    window: EditorWindow,
    all: Readonly<Record<string, Uint8Array>>,
    uris: readonly string[] = [],
  ) =>
    window.chat.composer.evaluate(
      (target, { all, uris }) => {
        const data = new DataTransfer();
        for (const [name, base64] of all)
          data.items.add(new File([Uint8Array.from(atob(base64), (one) => one.charCodeAt(0))], name));
        if (uris.length > 0) data.setData("application/vnd.code.uri-list", uris.join("\r\n"));
        for (const type of ["dragenter", "dragover", "drop"])
          target.dispatchEvent(new DragEvent(type, { bubbles: true, cancelable: true, dataTransfer: data }));
      },
      {
        all: Object.entries(all).map(
          ([name, bytes]) => [name, Buffer.from(bytes).toString("base64")] as const,
        ),
        uris: [...uris],
      },
    );
  /** Returns the URI by which the editor names a file of the window's computer. */
  const uriOf = (path: string) => `vscode-remote://${new URL(alice.page.url()).host}${path}`;
  /** Waits for bob's newest message with files. @returns its files by name, as they are saved */
  const received = async (count: number): Promise<ReadonlyMap<string, Buffer>> => {
    const from = { name: username("alice") };
    const withFiles = async () => (await bob.messages(from)).filter(({ body }) => filesOf(body).length > 0);
    await bob.until("files", async () => (await withFiles()).length === count);
    const message = (await withFiles()).at(-1) ?? assert.fail();
    const saved = new Map<string, Buffer>();
    for (const [item, { name }] of filesOf(message.body).entries()) {
      const place = {
        chat: directChat(from.name),
        id: message.id,
        item,
        path: bob.folder,
        as: "in",
      } as const;
      saved.set(name, readFileSync(await bob.messenger.saveFile(place)));
    }
    return saved;
  };

  it("are chosen in a dialog, and shown before they leave", async () => {
    await alice.chat.press("Attach Files…");
    await alice.chooseFile("Attach files", join(user.workspace, "plan.md"));
    await row(alice, "plan.md").waitFor();
    const heard = await bob.messages({ name: username("alice") });
    assert.ok(!heard.some(({ body }) => filesOf(body).length > 0));
  });

  it("are dropped from the desktop, with a preview and without metadata", async () => {
    await drop(alice, { "app.log": LOG, "photo.jpg": PHOTO });
    await row(alice, "app.log").waitFor();
    const photo = row(alice, "photo.jpg");
    await photo.getByText("Metadata removed").waitFor();
    await photo.locator("img").waitFor();
    await photo.getByRole("textbox").fill("a photo");
    await scene.screenshot("90-attached");
  });

  it("are dropped from the editor only out of the window's folders, links followed", async () => {
    const at = (name: string) => uriOf(join(user.workspace, name));
    await drop(alice, {}, [
      uriOf(join(scene.directory, "secret.txt")),
      at("link.txt"),
      at("../../secret.txt"),
    ]);
    await notice(alice, "Only files in this window's folders").waitFor();
    await drop(alice, {}, [at("folder")]);
    await notice(alice, "is a folder").waitFor();
    assert.equal(await rows(alice).count(), 3);
  });

  it("are attached from the explorer's menu", async () => {
    writeFileSync(join(user.workspace, "more.txt"), "more");
    await alice.command("View: Show Explorer");
    const file = alice.sidebar().locator(".monaco-list-row", { hasText: "more.txt" });
    await file.click({ button: "right" });
    // By keyboard: a click just after the menu opened is taken for the end of the one that opened it.
    const item = alice.page.getByRole("menuitem", { name: "Send in Parley Chat…" });
    await item.hover();
    await alice.page.keyboard.press("Enter");
    const answer = row(alice, "more.txt");
    await answer.waitFor();
    await answer.getByRole("button", { name: "Remove" }).click();
    await answer.waitFor({ state: "detached" });
  });

  it("stay attached while another tab hides the chat, and over a reload", async () => {
    await alice.openFile("plan.md");
    await alice.tab("bob").click();
    await row(alice, "app.log").waitFor();
    await alice.reload();
    // The editor may come back with the tab that was in front a moment earlier.
    await alice.tab("bob").click();
    await row(alice, "photo.jpg").locator("img").waitFor();
    assert.equal(await row(alice, "photo.jpg").getByRole("textbox").inputValue(), "a photo");
    assert.equal(await rows(alice).count(), 3);
  });

  it("arrive whole, with their text, as one message", async () => {
    await alice.chat.send("three files");
    const saved = await received(1);
    const bare = withoutMetadata(PHOTO);
    assert.ok(bare.kind === "picture");
    assert.deepEqual(saved.get("app.log"), LOG);
    assert.deepEqual(saved.get("photo.jpg"), Buffer.from(bare.bytes));
    assert.deepEqual(saved.get("plan.md"), readFileSync(join(user.workspace, "plan.md")));
    const message = (await bob.messages({ name: username("alice") })).at(-1) ?? assert.fail();
    assert.ok(message.body.kind === "files");
    assert.equal(message.body.caption, "three files");
    const photo = message.body.files.find(({ name }) => name === "photo.jpg");
    assert.equal(photo?.description, "a photo");
    assert.ok((photo.picture?.preview.length ?? 0) > 0);
    await rows(alice).first().waitFor({ state: "detached" });
  });

  it("wait for a connection, are taken back, and go on after a reload", async () => {
    await alice.command("Parley: Sign Out");
    await alice.chat.banner(/./).waitFor();
    for (const name of ["back.bin", "later.bin"]) {
      await drop(alice, { [name]: LOG });
      await row(alice, name).waitFor();
      await alice.chat.press("Send");
      await alice.chat.frame.locator(".sending-files").filter({ hasText: name }).waitFor();
    }
    await scene.screenshot("91-waiting");
    const first = alice.chat.frame.locator(".sending-files").filter({ hasText: "back.bin" });
    await first.getByRole("button", { name: "Cancel" }).click();
    await first.waitFor({ state: "detached" });
    await alice.reload();
    await alice.tab("bob").click();
    await alice.chat.frame.locator(".sending-files").filter({ hasText: "later.bin" }).waitFor();
    await alice.command("Parley: Sign In");
    assert.deepEqual([...(await received(2)).keys()], ["later.bin"]);
  });

  it("are attached in a second window through the first, and shown in both", async () => {
    const workspace = join(scene.directory, "second");
    mkdirSync(workspace);
    const second = await user.openAnother(workspace);
    await second.showParley();
    await second.row("bob").first().click();
    await second.chat.open();
    await drop(second, { "second.log": LOG });
    for (const window of [second, alice]) await row(window, "second.log").waitFor();
    await second.chat.send("from the second window");
    assert.deepEqual((await received(3)).get("second.log"), LOG);
    await row(alice, "second.log").waitFor({ state: "detached" });
  });
});
