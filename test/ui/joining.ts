/** A newcomer's first steps: a server started as a task, valid and invalid invites, a name. */
import assert from "node:assert/strict";
import { inviteLink, parseInvite } from "../../protocol/identity/invite.ts";
import { freePort } from "../fixtures/free-port.ts";
import type { TwoUsers } from "./two-users.ts";
import type { EditorWindow } from "./window.ts";

const JOIN = "Parley: Join with Invite…";

export function joining(two: TwoUsers): void {
  let used = "";

  it("shows a newcomer the first steps", async () => {
    const { alice, bob } = two;
    for (const window of [alice, bob]) {
      await window.showParley();
      await window.sidebar().getByRole("button", { name: "Join with Invite…" }).waitFor();
    }
    await two.screenshot("01-welcome");
  });

  it("starts a server as a task, with its owner as the first member", async () => {
    const { alice } = two;
    await alice.sidebar().getByText("Start one on this computer").click();
    await alice.quickInput().getByText("(1/3)").waitFor();
    await alice.quickInput().locator(".monaco-list-row").first().getByText("The team").waitFor();
    await alice.screenshot("02-who-can-connect");
    await alice.answer("This computer", "This computer only", "(1/3)");
    const port = String(await freePort());
    await alice.answer(port, undefined, "Port to listen on");
    await alice.back("(3/3)");
    await alice.quickInput().getByText("(2/3)").waitFor();
    assert.equal(
      await alice.quickInput().locator("input").inputValue(),
      port,
      "what was answered still stands",
    );
    await alice.back("(2/3)");
    await alice.answer("This computer", "This computer only", "(1/3)");
    await alice.answer(port, undefined, "Port to listen on");
    await alice.answer("", "In Parley's own folder", "(3/3)");
    await alice.answer("alice", undefined, "Choose the name others see");
    await alice.status("alice").waitFor();
    await alice.sidebar().getByText("You're online. No one else is.").waitFor();
    await alice.screenshot("02-server-started");
  });

  it("invites by a link", async () => {
    const { alice } = two;
    await alice
      .sidebar()
      .locator(".welcome-view-content")
      .getByRole("button", { name: "Invite Someone…" })
      .click();
    used = await invite(alice, "Copy an invite link");
    assert.match(used, /^parley:\/\/127\.0\.0\.1:\d+\/join\?/);
    await alice.notification("Save a recovery file").waitFor();
    await alice.command("Notifications: Clear All Notifications");
  });

  it("reports what is wrong with an invalid invite", async () => {
    const { bob } = two;
    await bob.command(JOIN);
    await bob.answer(used.slice(0, -20), undefined, "(1/2)");
    await bob.quickInput().getByText("This isn't a complete Parley invite").waitFor();
    await bob.screenshot("03-incomplete-invite");
    const good = parseInvite(used);
    const caFingerprint = good.caFingerprint.map((byte) => byte ^ 1);
    await bob.answer(inviteLink({ ...good, caFingerprint }));
    await bob.answer("bob", undefined, "Choose the name others see");
    await bob.notification("127.0.0.1 isn't the server you were invited to").waitFor();
    await bob.screenshot("04-another-servers-invite");
    await bob.command("Notifications: Clear All Notifications");
  });

  it("joins with an invite", async () => {
    const { alice, bob } = two;
    await bob.command(JOIN);
    await bob.answer(used, undefined, "(1/2)");
    await bob.back("(2/2)");
    await bob.quickInput().getByText("(1/2)").waitFor();
    assert.equal(await bob.quickInput().locator("input").inputValue(), used);
    await bob.page.keyboard.press("Enter");
    await bob.answer("robert", undefined, "Choose the name others see");
    await bob.status("robert").waitFor();
    await alice.row("robert, online").waitFor();
    await bob.row("alice, online").waitFor();
    await two.screenshot("05-joined");
  });

  it("forgets an account permanently, and does not accept an invite twice", async () => {
    const { alice, bob } = two;
    await bob.command("Parley: Forget Account…");
    await bob.pressInDialog("Forget the account robert", "Forget Account");
    await alice.row("robert, online").waitFor({ state: "detached" });
    await bob.sidebar().getByRole("button", { name: "Join with Invite…" }).waitFor();
    await bob.command(JOIN);
    await bob.answer(used, undefined, "(1/2)");
    await bob.answer("bob", undefined, "Choose the name others see");
    await bob.notification("This invite was already used").waitFor();
    await bob.screenshot("06-used-invite");
    await bob.command("Notifications: Clear All Notifications");
  });

  it("joins by a link that opens the editor, under a name that is free", async () => {
    const { alice, bob } = two;
    await alice.command("Parley: Invite Someone…");
    const link = await invite(alice, "Copy a link that opens");
    await bob.command("Developer: Open URL");
    await bob.answer(link);
    await bob.pressInDialog("open this URI", "Open");
    await bob.dialog("Join the Parley server at 127.0.0.1").waitFor();
    await bob.screenshot("07-asked-before-joining");
    await bob.pressInDialog("Join the Parley server", "Join…");
    await bob.answer("alice", undefined, "Choose the name others see");
    await bob.quickInput().getByText("alice is taken. Choose another name.").waitFor();
    await bob.screenshot("08-name-taken");
    await bob.answer("bob");
    await bob.status("bob").waitFor();
    await bob.row("alice, online").waitFor();
    await alice.row("bob, online").waitFor();
    await bob.settled();
    await two.screenshot("09-online");
  });

  it("opens a server that only this computer could reach to the team, with its members", async () => {
    const { alice, bob } = two;
    await alice.command("Parley: Invite Someone…");
    await alice.pressInDialog("Only this computer can use this invite", "Open the Server to the Team…");
    await alice.answer("another name", "The team, by another name", "Open the server to the team");
    await alice.answer("chat.example.org", undefined, "The name or address the team uses");
    await alice.answer("Copy an invite link", "Copy an invite link", "Invite someone");
    await alice.notification("The invite is on the clipboard").waitFor();
    assert.match(await alice.clipboard(), /^parley:\/\/chat\.example\.org:\d+\/join\?/);
    await alice.command("Notifications: Clear All Notifications");
    for (const window of [alice, bob])
      await window.row(window === alice ? "bob, online" : "alice, online").waitFor();
  });
}

/** Continues after "Invite Someone…" was pressed. */
async function invite(window: EditorWindow, form: string): Promise<string> {
  const onlyHere = "Only this computer can use this invite";
  await window.dialog(onlyHere).waitFor();
  await window.screenshot("02-only-this-computer");
  await window.pressInDialog(onlyHere, "Copy Anyway");
  await window.answer(form, form);
  await window.notification("The invite is on the clipboard").waitFor();
  assert.equal(await window.notification("Save a recovery file").count(), 0, "one notification at a time");
  await window.screenshot(form.includes("opens") ? "07-invited-by-editor-link" : "02-invited");
  const link = await window.clipboard();
  await window.command("Notifications: Clear All Notifications");
  return link;
}
