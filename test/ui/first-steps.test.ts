/** A newcomer joins with the keyboard alone: the focus is always where the next key is needed. */
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";

describe("a newcomer with a keyboard", function () {
  this.timeout(180_000);
  this.bail(true);
  const scene = withScene();
  let user: EditorUser;

  before(async () => {
    await scene.computer("bob");
    user = await scene.user("alice");
  });

  it("reaches Join from the chord that opens Parley, with Tab and Enter", async () => {
    const { window } = user;
    await window.openParley();
    const join = window.sidebar().getByRole("button", { name: "Join with Invite…" });
    await join.waitFor();
    await window.sidebar().locator(".welcome-view-content:focus").waitFor();
    await window.page.keyboard.press("Tab");
    await join.and(window.page.locator(":focus")).waitFor();
    await window.page.keyboard.press("Enter");
    await window.quickInput().getByText("(1/2)").waitFor();
  });

  it("is in the list of people after joining", async () => {
    const { window } = user;
    await window.answer(await (await scene.server()).invite(), undefined, "(1/2)");
    await window.answer("alice", undefined, "(2/2)");
    await window.row("bob, online").waitFor();
    await window.sidebar().locator(".monaco-list:focus").waitFor();
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await window.addNote("hello");
    await window.chat.banner("Waiting for bob").waitFor();
  });

  it("gives a question the focus, and not the chat behind it", async () => {
    const { window } = user;
    const { keyboard } = window.page;
    await window.chat.frame.locator(".banner:focus").waitFor();
    for (const [command, question, safe] of [
      ["Parley: Close Chat…", "Withdraw your request to bob?", "Keep Waiting"],
      ["Parley: Forget Account…", "Forget the account alice", "Back Up First…"],
    ] as const) {
      await keyboard.press("F1");
      await keyboard.type(command);
      await window.quickInput().locator(".monaco-list-row").first().getByText(command).first().waitFor();
      await keyboard.press("Enter");
      await window.dialog(question).waitFor();
      await window.focusOn(safe);
      await keyboard.press("Escape");
      await window.dialog(question).waitFor({ state: "hidden" });
      await window.chat.frame.locator(".banner:focus").waitFor();
    }
  });

  it("mutes the active chat, without a choice of chats", async () => {
    const { window } = user;
    await window.command("Parley: Mute Chat…");
    await window.quickInput().getByText("Mute the chat with bob").waitFor();
    await window.page.keyboard.press("Escape");
  });
});
