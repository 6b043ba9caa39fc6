/**
 * Two tabs of one profile share one account, in a real VS Code: an action in one appears in the other, and
 * when the leader is closed, the other continues. The peer is a messenger without an editor.
 */

import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

const ALICE = username("alice");

describe("two tabs of one profile", function () {
  this.timeout(180_000);
  // The steps after a failed one have nothing to start from.
  this.bail(true);
  const scene = withScene();
  let user: EditorUser;
  let bob: Computer;
  let first: EditorWindow;
  let second: EditorWindow;

  before(async () => {
    bob = await scene.computer("bob");
    user = await scene.member("alice");
    first = user.window;
  });
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await second?.screenshot("failed-second").catch(() => {});
  });

  it("are one account: the second follows the first", async () => {
    await first.status("alice").waitFor();
    await first.showParley();
    const workspace = join(scene.directory, "elsewhere");
    mkdirSync(workspace);
    second = await user.openAnother(workspace);
    await second.status("alice").waitFor();
    await second.showParley();
    await second.row("bob, online").waitFor();
  });

  it("ask once, in the tab used last, and accept in both", async () => {
    await bob.until("alice is there", () => partner(bob.messenger.chat(directChat(ALICE))).online);
    await bob.messenger.request({ peer: ALICE });
    await second.notification("bob wants to talk to you.").waitFor();
    await first.row("bob, wants to talk").waitFor();
    assert.equal(await first.notification("bob wants to talk to you.").count(), 0);
    await second.pressInNotification("bob wants to talk to you.", "Accept");
    await second.chat.with("bob");
    await second.chat.open();
    await first.row("bob, online").click();
    await first.chat.with("bob");
    await first.chat.open();
  });

  it("show the same chat", async () => {
    await second.chat.send("from the second tab");
    await first.chat.message("from the second tab").waitFor();
    await first.chat.send("from the first tab");
    await second.chat.message("from the first tab").waitFor();
    await bob.messenger.send({ chat: directChat(ALICE), text: "to both" });
    for (const window of [first, second]) await window.chat.message("to both").waitFor();
    for (const window of [first, second]) await window.chat.state("from the first tab", "delivered");
    await first.screenshot("50-first-tab");
    await second.screenshot("50-second-tab");
  });

  it("continue in the second when the first, the leader, is closed", async () => {
    const waiting = bob.messenger.send({ chat: directChat(ALICE), text: "while it changes hands" });
    await user.closeWindow();
    await waiting;
    await second.chat.message("while it changes hands").waitFor();
    await second.chat.send("still here");
    await bob.until("still here", async () =>
      (await bob.messages({ name: ALICE })).some(
        ({ body }) => body.kind === "text" && body.text === "still here",
      ),
    );
    await second.chat.state("still here", "delivered");
    await second.status("alice").waitFor();
    assert.deepEqual(
      (await bob.transcript({ name: ALICE })).filter((line) => line.startsWith("<")),
      ["< from the second tab", "< from the first tab", "< still here"],
    );
    assert.equal(await second.chat.message("while it changes hands").count(), 1);
    await second.screenshot("51-taken-over");
  });
});
