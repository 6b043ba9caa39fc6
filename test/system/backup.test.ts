/** A new laptop, a lost laptop: whole messengers on the real server. */
import assert from "node:assert/strict";
import { readFileSync, rmSync, truncateSync } from "node:fs";
import { join } from "node:path";
import { ParleyError } from "../../protocol/errors.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PASSPHRASE = "tulip mason orbit velvet";

function code(expected: string) {
  return (error: unknown) => {
    assert.ok(error instanceof ParleyError, String(error));
    assert.equal(error.code, expected);
    return true;
  };
}

describe("a new laptop", function () {
  this.timeout(60_000);
  let server: RealServer;
  let link: string;
  let count = 0;
  let computers: Computer[];
  let path: string;

  before(async () => {
    server = await RealServer.start();
    link = await server.invite(500);
  });
  after(() => server.remove());
  beforeEach(() => {
    computers = [];
    count++;
  });
  afterEach(async () => {
    rmSync(path, { force: true });
    await Promise.all(computers.map((computer) => computer.remove()));
  });

  async function computer(name: string): Promise<Computer> {
    const made = await Computer.start(name);
    computers.push(made);
    return made;
  }

  /** Alice and bob have talked, verified each other, and alice has a backup. */
  async function talked(): Promise<[Computer, Computer]> {
    const [alice, bob] = [await computer(`alice${count}`), await computer(`bob${count}`)];
    path = join(alice.folder, "..", `parley-test-${process.pid}-${count}.backup`);
    await Promise.all([alice.joins(link), bob.joins(link)]);
    await alice.opensChatWith(bob);
    alice.messenger.setVerified(bob.name, true);
    bob.messenger.setVerified(alice.name, true);
    await alice.messenger.send(bob.name, "from alice");
    await bob.messenger.send(alice.name, "from bob");
    await Promise.all([alice.hears(bob, "from bob"), bob.hears(alice, "from alice")]);
    await alice.has(bob, "delivered", "from alice");
    await alice.messenger.backUp(path, PASSPHRASE);
    return [alice, bob];
  }

  it("goes on with the history, the pinned keys and the verified marks of a backup", async () => {
    const [alice, bob] = await talked();
    const { account } = alice.messenger;
    const number = alice.messenger.safetyNumber(bob.name);
    await alice.close();
    const anew = await computer(alice.name);
    await anew.messenger.restore(path, PASSPHRASE);
    assert.deepEqual(anew.messenger.account, account);
    assert.equal(anew.messenger.state.type, "signed-out");
    assert.equal(anew.messenger.chat(bob.name).trust, "verified");
    assert.equal(anew.messenger.safetyNumber(bob.name), number);
    assert.deepEqual(anew.transcript(bob), ["* opened", "> from alice", "< from bob", "* restored"]);

    await anew.goesOnline();
    await anew.sees(bob);
    await anew.messenger.request(bob.name);
    if (bob.messenger.chat(anew.name).phase !== "open") await bob.isIn(anew, "invited");
    if (bob.messenger.chat(anew.name).phase === "invited") await bob.messenger.accept(anew.name);
    await Promise.all([anew.isIn(bob, "open"), bob.isIn(anew, "open")]);
    await anew.messenger.send(bob.name, "new laptop");
    await bob.hears(anew, "new laptop");
    await bob.messenger.send(anew.name, "nice");
    await anew.hears(bob, "nice");
    assert.equal(bob.messenger.chat(anew.name).trust, "verified");
    assert.ok(!bob.transcript(anew).includes("* key-changed"));
    assert.ok(!bob.transcript(anew).includes("* undecryptable"));
  });

  it("takes the connection from the old one, and sends nothing a second time by itself", async () => {
    const [alice, bob] = await talked();
    await alice.messenger.signOut();
    await alice.messenger.send(bob.name, "written offline");
    await alice.messenger.backUp(path, PASSPHRASE);
    await alice.goesOnline();
    await bob.hears(alice, "written offline");
    const anew = await computer(alice.name);
    await anew.messenger.restore(path, PASSPHRASE);
    await anew.has(bob, "failed", "written offline");
    await anew.goesOnline();
    await alice.until("superseded", () => {
      const { state } = alice.messenger;
      return (
        state.type === "stopped" && state.error instanceof ParleyError && state.error.code === "superseded"
      );
    });
    assert.equal(bob.transcript(alice).filter((line) => line.endsWith("written offline")).length, 1);
  });

  it("refuses a wrong passphrase, a cut file and another kind of file, and keeps what is here", async () => {
    const [alice, bob] = await talked();
    const before = alice.transcript(bob);
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await assert.rejects(carol.messenger.restore(path, "some other passphrase"), code("wrong-passphrase"));
    await assert.rejects(carol.messenger.restore(carol.folder, PASSPHRASE), { code: "EISDIR" });
    await assert.rejects(carol.messenger.restore("package.json", PASSPHRASE), code("backup-unknown"));
    truncateSync(path, readFileSync(path).length - 1);
    await assert.rejects(carol.messenger.restore(path, PASSPHRASE), code("backup-damaged"));
    assert.equal(carol.messenger.state.type, "online");
    assert.equal(carol.messenger.account?.name, carol.name);
    await carol.opensChatWith(alice);
    assert.deepEqual(alice.transcript(bob), before);
  });

  it("replaces an account that is here, keys and history", async () => {
    const [alice, bob] = await talked();
    await alice.close();
    const carol = await computer(`carol${count}`);
    await carol.joins(link);
    await carol.opensChatWith(bob);
    await bob.messenger.send(carol.name, "for carol");
    await carol.hears(bob, "for carol");
    await carol.messenger.restore(path, PASSPHRASE);
    assert.equal(carol.messenger.account?.name, alice.name);
    assert.deepEqual(carol.transcript(bob), ["* opened", "> from alice", "< from bob", "* restored"]);
    await carol.close();
    await carol.open();
    assert.equal(carol.messenger.account?.name, alice.name);
    await carol.goesOnline();
    assert.ok(!carol.complaints.some((text) => text.includes("set aside")), carol.story());
  });

  it("is cancelled, and one at a time", async () => {
    const [alice] = await talked();
    const before = readFileSync(path);
    const running = alice.messenger.backUp(path, PASSPHRASE);
    await assert.rejects(alice.messenger.restore(path, PASSPHRASE), code("wrong-state"));
    alice.messenger.stopArchiving();
    await assert.rejects(running, code("cancelled"));
    assert.deepEqual(readFileSync(path), before);
    assert.equal(alice.messenger.state.type, "online");
  });
});

describe("a lost laptop", function () {
  this.timeout(60_000);
  it("is shut out by its name's removal; the name comes back with a new key, which stops conversations", async () => {
    const server = await RealServer.start();
    const computers: Computer[] = [];
    const member = async (name: string, invite: string) => {
      const made = await Computer.start(name);
      computers.push(made);
      await made.joins(invite);
      return made;
    };
    try {
      const link = await server.invite(5);
      const [alice, lost] = [await member("alice", link), await member("bob", link)];
      await alice.opensChatWith(lost);
      alice.messenger.setVerified(lost.name, true);
      await server.revoke(lost.name);
      await lost.until("stopped", () => lost.messenger.state.type === "stopped");
      lost.messenger.connect();
      await lost.until("refused", () => {
        const { state } = lost.messenger;
        return state.type === "stopped" && "code" in state.error && state.error.code === "auth-refused";
      });
      const anew = await member("bob", await server.invite(1, lost.name));
      await anew.sees(alice);
      await anew.messenger.request(alice.name);
      await alice.isIn(anew, "key-changed");
      assert.equal(alice.messenger.chat(anew.name).trust, "changed");
      await assert.rejects(alice.messenger.send(anew.name, "secret"), code("identity-changed"));
      alice.messenger.acceptNewKey(anew.name);
      assert.equal(alice.messenger.chat(anew.name).trust, "pinned");
      await alice.messenger.request(anew.name);
      await Promise.all([alice.isIn(anew, "open"), anew.isIn(alice, "open")]);
      await alice.messenger.send(anew.name, "hello again");
      await anew.hears(alice, "hello again");
    } finally {
      await Promise.all(computers.map((computer) => computer.remove()));
      await server.remove();
    }
  });
});
