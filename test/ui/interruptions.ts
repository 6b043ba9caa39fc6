/** Interruptions of everyday use: windows reloaded and closed, a server that is stopped, signing out and in. */
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { inviteLink, parseInvite } from "../../protocol/identity/invite.ts";
import type { TwoUsers } from "./two-users.ts";

export function interruptions(two: TwoUsers): void {
  it("restores chat and draft after the window was reloaded", async () => {
    const { alice, bob } = two;
    await alice.chat.composer.fill("not finished yet");
    await alice.heard();
    await alice.reload();
    await alice.status("alice").waitFor();
    await alice.chat.with("bob");
    await alice.chat.message("did the build pass?").waitFor();
    await alice.chat.draft("not finished yet");
    await alice.screenshot("20-reloaded");
    await alice.chat.send("finished now");
    await bob.chat.message("finished now").waitFor();
    await alice.chat.state("finished now", "delivered");
  });

  it("delivers to a person who was away", async () => {
    const { alice } = two;
    await two.user("bob").closeWindow();
    await alice.chat.banner("bob is offline").waitFor();
    await alice.chat.send("Are you gone?");
    await alice.chat.state("Are you gone?", "sent");
    await alice.screenshot("21-peer-offline");
    await two.user("bob").openWindow();
    await two.bob.chat.message("Are you gone?").waitFor();
    await alice.chat.state("Are you gone?", "delivered");
    await alice.chat.banner("bob is offline").waitFor({ state: "hidden" });
    await two.screenshot("22-delivered-later");
  });

  it("continues after the server was stopped and started again", async () => {
    const { alice, bob } = two;
    await alice.command("Tasks: Terminate Task");
    await alice.answer("", "Start Parley server");
    for (const window of [alice, bob]) {
      await window.status("Parley: offline").waitFor();
      await window.chat.banner(/(Parley reconnects|Reconnecting…)/).waitFor();
    }
    await two.screenshot("23-server-stopped");
    await alice.chat.send("written without a server");
    await alice.chat.message("written without a server").locator(".state.waiting").waitFor();
    await alice.command("Tasks: Rerun Last Task");
    await alice.status("alice").waitFor();
    await bob.status("bob").waitFor();
    await bob.chat.message("written without a server").waitFor();
    await alice.chat.state("written without a server", "delivered");
    await bob.chat.send("and an answer with one");
    await alice.chat.message("and an answer with one").waitFor();
    await two.screenshot("24-server-back");
  });

  it("signs out and in again", async () => {
    const { alice, bob } = two;
    await bob.command("Parley: Sign Out");
    await bob.status("signed out").waitFor();
    await alice.chat.banner("bob is offline").waitFor();
    await two.screenshot("25-signed-out");
    await bob.chat.press("Sign In");
    await bob.status("bob").waitFor();
    await alice.chat.banner("bob is offline").waitFor({ state: "hidden" });
  });

  it("shows that the peer closed the chat, and can request again", async () => {
    const { alice, bob } = two;
    await bob.chat.choose("Close Chat…");
    await bob.dialog("Close the chat with alice?").waitFor();
    await bob.focusOn("Keep Open");
    await bob.pressInDialog("Close the chat with alice?", "Close Chat");
    await alice.chat.banner("bob closed the chat.").waitFor();
    await alice.chat.event("bob closed the chat.").waitFor();
    await bob.chat.banner("You closed the chat.").waitFor();
    await two.screenshot("26-closed");
    await alice.chat.press("Request to Talk Again");
    await alice.addNote();
    await bob.chat.press("Accept");
    await alice.chat.open();
    await alice.chat.send("and once more");
    await bob.chat.message("and once more").waitFor();
    await two.screenshot("27-opened-again");
  });

  it("stops when the peer's key changed, until the user decides", async () => {
    const { alice, bob } = two;
    await bob.command("Parley: Forget Account…");
    await bob.dialog("Forget the account bob").waitFor();
    await bob.focusOn("Back Up First…");
    await bob.pressInDialog("Forget the account bob", "Forget Account");
    await bob.showParley();
    await bob.sidebar().getByRole("button", { name: "Join with Invite…" }).click();
    await bob.answer(await inviteAnew("bob", join(two.user("alice").storage, "server")), undefined, "(1/2)");
    await bob.status("bob").waitFor();
    await bob.row("alice, online").click();
    await bob.addNote();
    await alice.chat.banner("The identity key of bob has changed. Sending is stopped.").waitFor();
    await alice.row("bob, online, key changed").waitFor();
    await two.screenshot("28-key-changed");
    await alice.chat.press("Trust New Key");
    const decision = alice.dialog("The key of bob has changed").filter({ hasText: "New key: " });
    await decision.filter({ hasText: "Old key: " }).waitFor();
    await alice.screenshot("28-both-keys");
    await alice.pressInDialog("The key of bob has changed", "Trust the New Key");
    // Both have then sent a request, so nobody has to accept.
    await alice.chat.press("Request to Talk");
    await alice.addNote();
    await alice.chat.open();
    await alice.chat.frame.getByRole("button", { name: "Not verified" }).waitFor();
    await alice.chat.send("so it is really you?");
    await bob.chat.message("so it is really you?").waitFor();
    await two.screenshot("29-new-key");
  });
}

/**
 * Invites again a user who lost their computer, as an operator would.
 * @returns a link for that name, with a new key
 */
async function inviteAnew(name: string, data: string): Promise<string> {
  const args = ["dist/server.js", "invite", "--json", "--data", data, "--name", name];
  const { stdout } = await promisify(execFile)(process.execPath, args);
  const { link } = JSON.parse(stdout) as { link: string };
  // The address under which the server was opened to the team does not work in a test.
  return inviteLink({ ...parseInvite(link), host: "127.0.0.1" });
}
