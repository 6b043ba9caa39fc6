/**
 * A chat is active in its window, and another window covers that one: nobody sees messages that arrive there.
 */
import { directChat } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import { withScene } from "./scene.ts";

const alice = username("alice");
const [SEEN, UNSEEN] = ["you see this at once", "while you look at a browser"];

describe("a message in the visible chat of a covered window", function () {
  this.timeout(300_000);
  const scene = withScene();

  it("is announced, and is read when the window is in front again", async () => {
    const user = await scene.member("alice");
    const bob = await scene.computer("bob");
    const { window } = user;
    await window.showParley();
    await window.row("bob, online").click();
    await window.addNote();
    await bob.isIn({ name: alice }, "invited");
    await bob.accepts({ name: alice });
    await window.chat.open();
    await bob.messenger.send({ chat: directChat(alice), text: SEEN });
    await window.chat.message(SEEN).waitFor();
    await window.command("Notifications: Clear All Notifications");
    // In a browser, the editor doesn't notice that its window loses the focus while a page within it has the
    // focus.
    await window.openParley();
    await window.sidebar().locator(".monaco-list:focus").waitFor();

    const uncover = await window.cover();
    await bob.messenger.send({ chat: directChat(alice), text: UNSEEN });
    await window.notification("New message from bob").waitFor();
    await window.row("bob, online, 1 new").waitFor();
    await window.screenshot("17-covered");
    await uncover();
    // A user who is back presses something; a window in front alone marks nothing as read.
    await window.chat.message(UNSEEN).click();
    await window.row("bob, online, 1 new").waitFor({ state: "hidden" });
  });
});
