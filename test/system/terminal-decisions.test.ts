/**
 * Decisions at a real pseudo-terminal: whom to talk with, whom to trust, whom to block; and the keys that end
 * things.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { directChat } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { TerminalUser } from "../fixtures/terminal-user.ts";

const ALICE = { name: username("alice") };

describe("a person at a pseudo-terminal", function () {
  this.timeout(180_000);
  // The steps after a failed one have nothing to start from.
  this.bail(true);
  let folder = "";
  let server: RealServer;
  let alice: TerminalUser;
  let bob: Computer;
  let carol: Computer;
  const computers: Computer[] = [];

  const start = (args: readonly string[] = [], env: Readonly<Record<string, string>> = {}) =>
    new TerminalUser(join(folder, "alice"), {
      arguments: ["--passphrase-file", join(folder, "passphrase"), ...args],
      env,
      columns: 100,
    });
  const newComputer = async (name: string) => {
    const computer = await Computer.start(name);
    computers.push(computer);
    await computer.joins(await server.invite(1, name));
    return computer;
  };

  before(async function () {
    if (process.platform !== "linux") this.skip(); // script(1) has other options elsewhere.
    folder = mkdtempSync(join(tmpdir(), "parley-terminal-"));
    writeFileSync(join(folder, "passphrase"), "four unrelated words here\n");
    server = await RealServer.start();
    [bob, carol] = [await newComputer("bob"), await newComputer("carol")];
    alice = start(["--read-receipts"]);
    await alice.shows("You don't have an account");
    alice.enter(`/join ${await server.invite(1, "alice")}`);
    await alice.shows("You're online as alice");
  });
  after(async () => {
    await alice?.close();
    await Promise.all(computers.map((computer) => computer.remove()));
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("must name the requester when several people have sent requests", async () => {
    for (const asker of [bob, carol]) {
      await asker.sees(ALICE as Computer);
      await asker.messenger.request({ peer: ALICE.name });
      await alice.shows(`${asker.name} wants to talk to you.`);
    }
    alice.enter("/accept");
    await alice.shows(/Say whose request: (bob, carol|carol, bob)/);
    alice.enter("/refuse carol");
    await alice.shows("You refused the request of carol.");
    await carol.isIn(ALICE, "none");
    alice.enter("/accept");
    await bob.isIn(ALICE, "open");
    await alice.until("bob's chat is open", () => alice.typed === "bob>");
  });

  it("reads a message by pressing a key, and not before", async () => {
    await bob.messenger.send({ chat: directChat(ALICE.name), text: "do you see this?" });
    await alice.shows("bob: do you see this?");
    await bob.has(ALICE, "delivered", "do you see this?");
    await bob.messenger.send({ chat: directChat(ALICE.name), text: "and this?" });
    await bob.has(ALICE, "delivered", "do you see this?", "and this?");
    alice.type("y");
    await bob.has(ALICE, "read", "do you see this?", "and this?");
  });

  it("discards a line by Ctrl+C", async () => {
    alice.type("es, but");
    await alice.until("typed", () => alice.typed === "bob> yes, but");
    alice.type("\x03");
    await alice.until("given up", () => alice.typed === "bob>");
    alice.enter("no");
    await bob.hears(ALICE as Computer, "no");
  });

  it("sees a warning for a name that looks like a known one", async () => {
    const other = await newComputer("b0b");
    await other.sees(ALICE as Computer);
    await other.messenger.request({ peer: ALICE.name });
    await alice.shows("Careful: this isn't");
    alice.enter("/block b0b");
    await alice.shows("You've blocked b0b");
  });

  it("sends a request that waits for a person who is offline", async () => {
    const dave = await newComputer("dave");
    await dave.messenger.signOut();
    await bob.sees(dave, false);
    alice.enter("/request dave");
    await alice.shows("dave isn't online");
    alice.enter("/leave dave");
    await alice.shows("Your request waits for dave");
    await dave.goesOnline();
    await dave.isIn(ALICE, "invited");
    alice.enter("/close");
    await dave.isIn(ALICE, "none");
    alice.enter("/chat bob");
    await alice.until("bob's chat", () => alice.typed === "bob>");
  });

  it("sets a timer, which both see", async () => {
    alice.enter("/timer soon");
    await alice.shows("Say after what time messages disappear");
    alice.enter("/timer 1d");
    await alice.shows("You set messages to disappear after 1 day");
    await bob.until("the timer", () => bob.messenger.chat(directChat(ALICE.name)).timerSeconds === 86_400);
    alice.enter("/timer off");
    await bob.until("no timer", () => bob.messenger.chat(directChat(ALICE.name)).timerSeconds === 0);
  });

  it("trusts a changed key only after both numbers were shown", async () => {
    await bob.close();
    const other = await newComputer("bob");
    await other.sees(ALICE as Computer);
    await other.messenger.request({ peer: ALICE.name });
    await alice.shows("The key of bob has changed.");
    alice.enter("not for the new one");
    await alice.until(
      "it is not sent",
      () => alice.rows.filter((row) => row.includes("/verify bob")).length >= 2,
    );
    alice.enter("/trust bob new");
    await alice.shows("Compare first: /verify bob");
    alice.enter("/verify");
    await alice.shows("Safety number with the new key:");
    alice.enter("/trust bob new");
    await alice.shows("You trusted the new identity key of bob.");
    alice.enter("/request bob");
    await other.isIn(ALICE, "open"); // They had sent a request.
    const number = (await other.messenger.safetyNumber({ peer: ALICE.name })) ?? assert.fail();
    for (const group of number.split(" "))
      assert.ok(
        alice.rows.some((row) => row.includes(group)),
        group,
      );
    assert.ok(!(await other.transcript(ALICE)).includes("< not for the new one"));
  });

  it("blocks somebody, and lifts the block", async () => {
    alice.enter("/block carol");
    await alice.shows("You've blocked carol");
    alice.enter("/blocked");
    await alice.until("the list", () => alice.rows.includes("carol"));
    await carol.sees(ALICE as Computer, false);
    alice.enter("/unblock carol");
    await carol.sees(ALICE as Computer);
  });

  it("clears the screen and its scrollback", async () => {
    alice.enter("/help");
    await alice.shows("Tab completes commands");
    alice.enter("/clear");
    await alice.until("an empty screen", () => alice.rows.filter((row) => row !== "").join() === "bob>");
  });

  it("quits by Ctrl+C in an empty line, and by Ctrl+D", async () => {
    alice.type("\x03");
    assert.equal(await alice.end(), 0);
    alice = start();
    await alice.shows("You're online as alice");
    alice.type("\x04");
    assert.equal(await alice.end(), 0);
  });

  it("sees no styles with NO_COLOR, and plain lines in a dumb terminal", async () => {
    const isStyled = ({ output }: TerminalUser) =>
      ["\x1b[1m", "\x1b[2m"].some((style) => output.includes(style));
    for (const [env, styled, prompt] of [
      [{ NO_COLOR: "" }, true, true],
      [{ NO_COLOR: "1" }, false, true],
      [{ TERM: "dumb" }, false, false],
    ] as const) {
      const user = start(["bob"], env);
      await user.shows("Chat with bob, end-to-end encrypted");
      user.enter("/quit");
      assert.equal(await user.end(), 0);
      assert.equal(isStyled(user), styled, JSON.stringify(env));
      assert.equal(/bob( \(offline\))?> /.test(user.output), prompt, JSON.stringify(env));
    }
  });
});
