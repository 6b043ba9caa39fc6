/**
 * A person at a terminal and one at a real VS Code chat; then a terminal becomes one more window of that VS
 * Code's account.
 */
import assert from "node:assert/strict";
import { join } from "node:path";
import { TerminalUser } from "../fixtures/terminal-user.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";

const PASSPHRASE = "four unrelated words here";

describe("a terminal and a VS Code", function () {
  this.timeout(180_000);
  // The steps after a failed one have nothing to start from.
  this.bail(true);
  let alice: TerminalUser | undefined;
  let guest: TerminalUser | undefined;
  after(() => Promise.all([alice?.close(), guest?.close()]));
  const scene = withScene();
  let bob: EditorUser;

  before(async () => {
    bob = await scene.member("bob");
    alice = new TerminalUser(join(scene.directory, "alice"));
    await alice.shows("New passphrase:");
    alice.type(`${PASSPHRASE}\r${PASSPHRASE}\r`);
    await alice.shows("You don't have an account");
    alice.enter(`/join ${await (await scene.server()).invite(1, "alice")}`);
    await alice.shows("You're online as alice");
  });
  afterEach(async function () {
    if (this.currentTest?.state !== "failed") return;
    console.log([alice, guest].map((user) => user?.rows.join("\n")).join("\n=====\n"));
  });

  it("chat after a request in one and its acceptance in the other", async () => {
    assert.ok(alice);
    await bob.window.status("bob").waitFor();
    alice.enter("/request bob Shall we deploy?");
    await bob.window.notification("alice wants to talk").filter({ hasText: "Shall we deploy?" }).waitFor();
    await bob.window.pressInNotification("alice wants to talk", "Accept");
    await bob.window.chat.with("alice");
    await bob.window.chat.open();
    await alice.shows("Chat opened");
    await bob.window.chat.send("Yes, **now**");
    await alice.shows("bob: Yes, **now**");
    await bob.window.chat.state("Yes, now", "delivered");
    alice.enter("on it");
    await bob.window.chat.message("on it").waitFor();
    await bob.screenshot("60-with-a-terminal");
  });

  it("are two windows of one account", async () => {
    assert.ok(alice);
    guest = new TerminalUser(bob.storage);
    await guest.shows("You're using the account that an editor on this computer has open");
    await guest.shows("You're online as bob");
    guest.enter("/chat alice");
    await guest.shows("alice: on it");
    guest.enter("from bob's terminal");
    await alice.shows("bob: from bob's terminal");
    await bob.window.chat.message("from bob's terminal").waitFor();
    await bob.window.chat.send("from bob's window");
    await guest.shows("you: from bob's window");
    alice.enter("to both");
    await guest.shows("alice: to both");
    await bob.window.chat.message("to both").waitFor();
  });

  it("leave the account to VS Code when its window closes, and work with its next window", async () => {
    assert.ok(alice !== undefined && guest !== undefined);
    await bob.closeWindow();
    await guest.shows("The program that has this account open doesn't respond, or has ended.");
    await bob.openWindow();
    await bob.window.status("bob").waitFor();
    await guest.until("online again", () => guest?.typed === "alice>");
    guest.enter("still one of its windows");
    await alice.shows("bob: still one of its windows");
    guest.enter("/quit");
    assert.equal(await guest.end(), 0);
  });
});
