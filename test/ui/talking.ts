/** Requesting, refusing, accepting, writing, comparing safety numbers. */
import assert from "node:assert/strict";
import type { TwoUsers } from "./two-users.ts";

const ASKED = "alice wants to talk";
const NOTE = "It is about the deploy at five: can you look at the migration before?";
const CODE = "const answer: number = 6 * 7;";

export function talking(two: TwoUsers): void {
  it("reports an unknown name", async () => {
    const { alice } = two;
    await alice.command("Parley: Request to Talk…");
    await alice.answer("carol", "carol", "Request to talk");
    await alice.addNote("for carol");
    await alice.notification("carol isn't online, or no one has that name").waitFor();
    await alice.screenshot("10-user-not-found");
    await alice.pressInNotification("carol isn't online", "Leave Request for Later");
    await alice.notification("The note can't be encrypted for carol right now").waitFor();
    await alice.screenshot("10-note-not-sealed");
    assert.equal(await alice.row("carol").count(), 0);
    await alice.command("Notifications: Clear All Notifications");
  });

  it("sends a request that is refused", async () => {
    const { alice, bob } = two;
    await alice.row("bob, online").click();
    await alice.quickInput().getByText("Add a note").waitFor();
    await alice.screenshot("11-note");
    await alice.page.keyboard.press("Escape");
    await alice.quickInput().waitFor({ state: "hidden" });
    await alice.heard();
    assert.equal(await alice.tab("bob").count(), 0, "Escape: nobody was asked");
    await alice.row("bob, online").click();
    await alice.addNote(NOTE);
    await alice.chat.with("bob");
    await alice.chat.banner("Waiting for bob to accept").waitFor();
    await bob.notification(ASKED).filter({ hasText: NOTE }).waitFor();
    await bob.row(`alice, wants to talk, “${NOTE}”`).waitFor();
    await bob.activity().locator(".badge", { hasText: "1" }).waitFor();
    await two.screenshot("11-asked");
    await bob.row("alice, wants to talk").click();
    await bob.chat.with("alice");
    await bob.chat.banner(NOTE).waitFor();
    await bob.screenshot("11-request-card");
    await bob.pressInNotification(ASKED, "Refuse");
    await alice.chat.event("refused").waitFor();
    await bob.row("alice, wants to talk").waitFor({ state: "detached" });
    await two.screenshot("12-refused");
  });

  it("shows the view and asks nothing when a notification is answered whose request was withdrawn", async () => {
    const { alice, bob } = two;
    await alice.tab("bob").click({ button: "middle" });
    await alice.tab("bob").waitFor({ state: "detached" });
    await bob.chat.press("Request to Talk");
    await bob.addNote();
    const notification = alice.notification("bob wants to talk to you");
    await notification.hover(); // the editor keeps a notification while the pointer is on it
    await bob.chat.press("Withdraw Request");
    await bob.pressInDialog("Withdraw your request to alice?", "Withdraw Request");
    await alice.row("bob, wants to talk").waitFor({ state: "detached" });
    await notification.getByRole("button", { name: "Accept", exact: true }).click();
    await alice.sidebar().locator(".monaco-list:focus").waitFor();
    assert.equal(await alice.quickInput().count(), 0, "alice asks for nothing");
  });

  it("keeps the focus in the view when a request is refused there", async () => {
    const { alice, bob } = two;
    await alice.row("bob, online").click();
    await alice.chat.with("bob");
    await alice.chat.press("Request to Talk");
    await alice.addNote();
    await bob.pressInRow("alice, wants to talk", "Refuse Request");
    await bob.row("alice, wants to talk").waitFor({ state: "detached" });
    await bob.sidebar().locator(".monaco-list:focus").waitFor();
  });

  it("sends a request again that is accepted", async () => {
    const { alice, bob } = two;
    await alice.chat.press("Request to Talk");
    await alice.addNote("Only two minutes, promised");
    await bob.chat.banner("Only two minutes, promised").waitFor();
    assert.equal(
      await bob.notification(ASKED).count(),
      0,
      "the open chat shows it, and the first is answered",
    );
    await bob.pressInRow("alice, wants to talk", "Accept Request");
    await bob.chat.with("alice");
    for (const window of [alice, bob]) {
      await window.chat.open();
      await window.chat.event("Chat opened").waitFor();
      await window.chat.message("Only two minutes, promised").waitFor();
      assert.equal(await window.notification("New message").count(), 0, "it was seen with the request");
    }
    await alice.chat.state("Only two minutes, promised", "delivered");
    await two.screenshot("13-accepted");
  });

  it("carries messages both ways, and shows which have arrived", async () => {
    const { alice, bob } = two;
    await alice.chat.send("Morning bob, did the build pass?");
    await bob.chat.message("did the build pass?").waitFor();
    await alice.chat.state("did the build pass?", "delivered");
    await bob.chat.send("Morning! Yes,\nall green.");
    await alice.chat.message("all green.").waitFor();
    await bob.chat.state("all green.", "delivered");
    await two.screenshot("14-chat");
  });

  it("shows Markdown, and code with a button that copies it", async () => {
    const { alice, bob } = two;
    await bob.chat.send(`This did it, **finally**:\n\n\`\`\`ts\n${CODE}\n\`\`\``);
    const message = alice.chat.message("This did it");
    await message.locator("strong", { hasText: "finally" }).waitFor();
    await message.locator("pre .code-keyword", { hasText: "const" }).waitFor();
    await message.hover();
    await message.getByRole("button", { name: "Copy code" }).click();
    await message.locator(".code-copy.copied").waitFor();
    await alice.copied(CODE);
    await two.screenshot("15-markdown");
  });

  it("notifies of a message in a chat that is not visible, without its text", async () => {
    const { alice, bob } = two;
    await bob.openFile("plan.md");
    await bob.heard();
    await alice.chat.send("the password of the staging server changed");
    const told = bob.notification("New message from alice");
    await told.waitFor();
    await bob.activity().locator(".badge", { hasText: "1" }).waitFor();
    await bob.status("bob (1)").waitFor();
    await bob.tab("alice (1)").waitFor();
    await bob.row("alice, online, 1 new").first().waitFor();
    assert.doesNotMatch(await told.innerText(), /password/);
    await bob.row("alice, online, 1 new, the password of the staging server changed").first().waitFor();
    await bob.screenshot("16-message-in-hidden-chat");
    await bob.pressInNotification("New message from alice", "Open Chat");
    await bob.chat.message("password").waitFor();
    await bob.chat.frame.locator(".unread").waitFor();
    await bob.status("bob (1)").waitFor({ state: "hidden" });
    await bob.row("alice, online, 1 new").waitFor({ state: "hidden" });
    await bob.activity().locator(".badge .badge-content:visible").waitFor({ state: "hidden" });
    await bob.screenshot("17-unread-divider");
  });

  it("opens the next unread chat and the view by two keys each, and searches by Ctrl+F", async () => {
    const { alice, bob } = two;
    await bob.openFile("plan.md");
    await bob.heard();
    await alice.chat.send("to be found by keyboard");
    await bob.row("alice, online, 1 new").first().waitFor();
    await bob.page.keyboard.press("ControlOrMeta+k");
    await bob.page.keyboard.press("ControlOrMeta+g");
    await bob.chat.message("to be found by keyboard").waitFor();
    await bob.chat.focused();
    await bob.page.keyboard.type("answered without a mouse");
    await bob.page.keyboard.press("Enter");
    await alice.chat.message("answered without a mouse").waitFor();
    await bob.page.keyboard.press("ControlOrMeta+f");
    await bob.quickInput().getByText("Search alice").waitFor();
    await bob.page.keyboard.press("Escape");
    await bob.quickInput().waitFor({ state: "hidden" });
    await bob.openParley();
    await bob.sidebar().locator(".monaco-list:focus").waitFor();
    await bob.screenshot("17-view-by-keys");
  });

  it("offers a message's actions in its menu", async () => {
    const { bob } = two;
    await bob.row("alice, online").first().click();
    await bob.chat.message("to be found by keyboard").locator(".body").click({ button: "right" });
    const menu = bob.page.locator(".context-view .monaco-menu");
    await menu.getByText("Copy as Markdown").waitFor();
    await bob.screenshot("17-message-menu");
    for (const absent of ["Cut", "Paste", "Send Again"])
      assert.equal(await menu.getByText(absent, { exact: true }).count(), 0, absent);
    await menu.getByText("Copy Text").click();
    await bob.copied("to be found by keyboard");
  });

  it("shows both people the same safety number, and remembers that it was compared", async () => {
    const { alice, bob } = two;
    const numbers: string[] = [];
    for (const window of [alice, bob]) {
      await window.chat.press("Not verified");
      const sheet = window.chat.frame.getByRole("dialog");
      await sheet.waitFor();
      const groups = await sheet.getByRole("listitem").allInnerTexts();
      numbers.push(groups.map((digits) => digits.trim()).join(" "));
      await window.screenshot("18-safety-number");
      await window.page.keyboard.press("Enter");
      assert.ok(
        await sheet.getByRole("button", { name: "They Match" }).isDisabled(),
        "Enter confirms nothing",
      );
      await window.confirmNumber();
      await window.chat.frame.getByRole("button", { name: "Verified", exact: true }).waitFor();
    }
    assert.match(numbers[0] ?? "", /^(\d{5} ?){12}$/);
    assert.equal(numbers[0], numbers[1]);
    await alice.row("bob, online, verified").first().waitFor();
    await alice.screenshot("19-verified");
  });
}
