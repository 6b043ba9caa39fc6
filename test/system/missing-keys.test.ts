/**
 * A keyring that returns no keys, or another store's: nothing is created, renamed or stored, and everything
 * is back once it returns them again.
 */

import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockedVault } from "../../messenger/account/locked-vault.ts";
import { newCost } from "../../messenger/account/passphrase.ts";
import { putAside } from "../../messenger/account/put-aside.ts";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { Messenger } from "../../messenger/messenger.ts";
import { markIn, recoverKeys, startAnew } from "../../messenger/sharing/missing-keys.ts";
import { MARK_FILE } from "../../messenger/store/mark.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { username } from "../../protocol/names.ts";
import { Computer, MemoryVault } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

const HISTORY = ["* opened", "> from before"];
const PASSPHRASE = "tulip mason orbit velvet";

/** Returns every file with its content and modification time. */
function everything(folder: string): readonly string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((path) => `${path} ${statSync(path).mtimeMs} ${readFileSync(path).toString("base64")}`);
}

describe("keys missing from the keyring", function () {
  this.timeout(180_000);
  let server: RealServer;
  let alice: Computer;
  let bob: Computer;
  let outside: string;

  before(async () => {
    server = await RealServer.start();
  });
  after(() => server.remove());
  beforeEach(async () => {
    const link = await server.invite(2);
    const unique = Math.random().toString(36).slice(2, 8);
    [alice, bob] = [await Computer.start(`alice-${unique}`), await Computer.start(`bob-${unique}`)];
    await alice.joins(link);
    await bob.joins(link);
    await alice.opensChatWith(bob);
    await alice.messenger.send({ chat: directChat(bob.name), text: "from before" });
    await alice.has(bob, "delivered", "from before");
    outside = mkdtempSync(join(tmpdir(), "parley-outside-"));
  });
  afterEach(async () => {
    await Promise.all([alice.remove(), bob.remove()]);
    rmSync(outside, { recursive: true });
  });

  const openWith = (vault: MemoryVault, folder = alice.folder) =>
    Messenger.open({
      directory: folder,
      secrets: vault,
      log: { info() {}, debug() {}, warn() {}, error: assert.fail },
      sendReadReceipts: () => false,
    });
  const without = (part: string) =>
    new MemoryVault([...alice.vault.values].filter(([name]) => !name.includes(part)));
  async function isWell(): Promise<void> {
    assert.deepEqual(await alice.transcript(bob), HISTORY);
    await alice.goesOnline();
    await alice.messenger.send({ chat: directChat(bob.name), text: "and after" });
    await alice.has(bob, "delivered", "and after");
  }

  for (const [what, missing] of [
    ["anything", "parley."],
    ["the database key", "database-key"],
    ["the identity", "identity-seed"],
  ] as const)
    it(`lose nothing across three starts, when the second does not get ${what}`, async () => {
      await alice.close();
      const vault = without(missing);
      const [files, secrets] = [everything(alice.folder), new Map(vault.values)];
      for (let n = 0; n < 2; n++) await assert.rejects(openWith(vault), code("keys-missing"));
      if (missing !== "identity-seed")
        assert.deepEqual(everything(alice.folder), files, "no file was touched");
      assert.deepEqual(vault.values, secrets, "no secret was touched");
      await alice.open();
      await isWell();
    });

  it("are distinguished from keys of another store", async () => {
    await alice.close();
    const files = everything(alice.folder);
    for (const ending of ["database-key", "identity-seed"]) {
      const vault = new MemoryVault(alice.vault.values);
      for (const name of vault.values.keys())
        if (name.endsWith(ending)) await vault.store(name, Buffer.alloc(32, 7).toString("base64"));
      await assert.rejects(openWith(vault), code("keys-wrong"));
      if (ending === "database-key") assert.deepEqual(everything(alice.folder), files);
    }
    await alice.open();
    await isWell();
  });

  it("are not replaced when the store's mark is missing or damaged", async () => {
    await alice.close();
    const mark = join(alice.folder, "store", MARK_FILE);
    rmSync(mark);
    const files = everything(alice.folder);
    await assert.rejects(openWith(new MemoryVault(alice.vault.values)), code("keys-missing"));
    assert.deepEqual(everything(alice.folder), files);
  });

  it("are not replaced when the store is missing but its mark is present", async () => {
    await alice.close();
    for (const file of readdirSync(join(alice.folder, "store")))
      if (file !== MARK_FILE) rmSync(join(alice.folder, "store", file));
    const vault = without("parley.");
    await assert.rejects(openWith(vault), code("keys-missing"));
    assert.equal(vault.values.size, 0);
  });

  it("restore the store put aside, each keyring its own: two browsers on one folder", async () => {
    await alice.close();
    const other = new MemoryVault();
    await assert.rejects(openWith(other), code("keys-missing"));
    await startAnew(alice.folder);
    const anew = await openWith(other);
    assert.equal(anew.account, undefined);
    await anew.join({ link: await server.invite(1), name: `other-${alice.name}` });
    await anew.dispose();

    await alice.open();
    assert.equal(alice.messenger.account?.name, alice.name);
    await isWell();
    await alice.close();
    const again = await openWith(other);
    assert.equal(again.account?.name, `other-${alice.name}`);
    await again.dispose();
    await alice.open();
    assert.equal(alice.messenger.account?.name, alice.name);
    assert.deepEqual((await alice.transcript(bob)).slice(0, 2), HISTORY);
  });

  it("restore it for a user who has started over and not joined yet", async () => {
    await alice.close();
    const vault = without("parley.");
    await startAnew(alice.folder);
    await (await openWith(vault)).dispose();
    for (const [name, value] of alice.vault.values) await vault.store(name, value);
    const messenger = await openWith(vault);
    assert.equal(messenger.account?.name, alice.name);
    await messenger.dispose();
    await alice.open();
    await isWell();
  });

  it("restore it after a crash between the two steps", async () => {
    await alice.close();
    await startAnew(alice.folder);
    await (await openWith(new MemoryVault())).dispose();
    putAside(alice.folder, new Date(Date.now() + 5000));
    assert.equal(existsSync(join(alice.folder, "store")), false);
    await alice.open();
    await isWell();
  });

  it("are restored from a recovery file, with the history", async () => {
    const path = join(outside, "recovery");
    await alice.messenger.saveRecoveryFile({ path, passphrase: PASSPHRASE });
    await alice.close();
    const vault = without("parley.");
    const file = { path, passphrase: PASSPHRASE };
    await assert.rejects(
      recoverKeys(alice.folder, vault, { path, passphrase: "wrong" }),
      code("wrong-passphrase"),
    );
    assert.equal(vault.values.size, 0);
    assert.equal(await recoverKeys(alice.folder, vault, file), true);
    const ofStore = (values: ReadonlyMap<string, string>) =>
      [...values].filter(([name]) => !name.startsWith("parley.account.")).sort();
    assert.deepEqual(ofStore(vault.values), ofStore(alice.vault.values));
    await alice.open();
    await isWell();

    // For another store, and as a backup on a new computer.
    await alice.close();
    const elsewhere = new MemoryVault();
    await (await openWith(elsewhere, outside)).dispose();
    const before = new Map(elsewhere.values);
    assert.equal(await recoverKeys(outside, elsewhere, file), false);
    assert.deepEqual(elsewhere.values, before);
    const messenger = await openWith(elsewhere, outside);
    await messenger.restore({ path, passphrase: PASSPHRASE, replaced: null });
    assert.equal(messenger.account?.name, alice.name);
    assert.equal(partner(messenger.chat(directChat(username(bob.name)))).trust, "pinned");
    await messenger.dispose();
  });

  it("are found when the user joins under the same name after losing the whole folder", async () => {
    const key = () => alice.messenger.account?.fingerprint;
    const before = key();
    await alice.close();
    rmSync(join(alice.folder, "store"), { recursive: true });
    await alice.open();
    assert.equal(key(), undefined);
    await alice.joins(await server.invite(1));
    assert.equal(key(), before);
    await bob.until(
      "no changed key",
      () => partner(bob.messenger.chat(directChat(alice.name))).trust === "pinned",
    );
  });

  it("of another store are kept when an account is forgotten", async () => {
    const elsewhere = await openWith(alice.vault, outside);
    const before = new Set(alice.vault.values.keys());
    await elsewhere.join({ link: await server.invite(1), name: `other-${alice.name}` });
    await elsewhere.forget({ account: elsewhere.account?.shown ?? assert.fail() });
    await elsewhere.dispose();
    const own = [...alice.vault.values.keys()].filter((name) => before.has(name));
    assert.deepEqual(new Set(own), before);
    await alice.close();
    await alice.open();
    await isWell();
  });

  it("are not restored from a backup, which has none", async () => {
    const path = join(outside, "backup");
    await alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    await alice.close();
    const vault = without("parley.");
    assert.equal(await recoverKeys(alice.folder, vault, { path, passphrase: PASSPHRASE }), false);
    assert.equal(vault.values.size, 0);
  });

  it("are reported as missing with the lock set too, since the lock is in the keyring", async () => {
    const locked = new LockedVault(alice.vault, () => markIn(alice.folder));
    await locked.setPassphrase(PASSPHRASE, newCost(2));
    await alice.close();
    const kept = new Map(alice.vault.values);
    alice.vault.values.clear();
    await assert.rejects(alice.open(), code("keys-missing"));
    for (const [name, value] of kept) alice.vault.values.set(name, value);
    await locked.removeLock(PASSPHRASE);
    await alice.open();
    await isWell();
  });
});
