import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { code } from "../../protocol/error-code-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { newStoreId } from "../store/mark.ts";
import { DATABASE_KEY_BYTES } from "../store/seal.ts";
import { Keyring, secretNames } from "./account.ts";
import { LockedVault } from "./locked-vault.ts";
import { newCost } from "./passphrase.ts";

const STORE = newStoreId();
const [IDENTITY = "", , DATABASE_KEY = ""] = secretNames(STORE);
const PASSPHRASE = "tulip mason orbit velvet";
const OTHER = "lantern gravel seven ferry";

/** A vault in memory that fails after a number of writes, as if the program were killed. */
class Vault {
  readonly values = new Map<string, string>();
  writesLeft = Number.POSITIVE_INFINITY;
  async get(key: string): Promise<string | undefined> {
    return this.values.get(key);
  }
  async store(key: string, value: string): Promise<void> {
    this.#write();
    this.values.set(key, value);
  }
  async delete(key: string): Promise<void> {
    this.#write();
    this.values.delete(key);
  }
  #write(): void {
    if (this.writesLeft-- <= 0) throw new Error("killed");
  }
}

describe("a vault with a passphrase", () => {
  let vault: Vault;
  let seed: Uint8Array;
  let databaseKey: Uint8Array;
  const cost = newCost(2);

  beforeEach(async () => {
    vault = new Vault();
    const keyring = new Keyring(vault, STORE);
    databaseKey = randomBytes(DATABASE_KEY_BYTES);
    seed = Identity.generate().exportSeed();
    await keyring.keepDatabaseKey(databaseKey);
    await keyring.keepIdentity(seed);
  });

  async function holds(locked: LockedVault): Promise<void> {
    const keyring = new Keyring(locked, STORE);
    assert.deepEqual((await keyring.identity())?.exportSeed(), seed);
    assert.deepEqual(await keyring.databaseKey(), Buffer.from(databaseKey));
  }
  const plain = () => [...vault.values.values()].join("\n");

  it("passes through to the vault below it without a lock", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    assert.equal(await locked.hasLock(), false);
    await holds(locked);
    await assert.rejects(locked.unlock(PASSPHRASE), code("wrong-state"));
  });

  describe("overwrites, before it returns,", () => {
    const genuine = Uint8Array.prototype.fill;
    /** Contents of buffers just before they were overwritten with zeros. */
    let wiped: Buffer[];
    beforeEach(() => {
      wiped = [];
      const spy = function (this: Uint8Array, ...args: Parameters<typeof genuine>) {
        if (args[0] === 0) wiped.push(Buffer.from(Uint8Array.from(this)));
        return genuine.apply(this, args);
      };
      Uint8Array.prototype.fill = spy as typeof genuine;
      // Buffer overrides the method of Uint8Array.
      Object.defineProperty(Buffer.prototype, "fill", { value: spy, configurable: true, writable: true });
    });
    const restore = Object.getOwnPropertyDescriptor(Buffer.prototype, "fill");
    afterEach(() => {
      Uint8Array.prototype.fill = genuine;
      if (restore !== undefined) Object.defineProperty(Buffer.prototype, "fill", restore);
    });
    const keys = () =>
      new Set(wiped.filter(({ length }) => length === 32).map((bytes) => bytes.toString("hex")));
    const passphrases = () => wiped.filter((bytes) => bytes.toString("utf8") === PASSPHRASE).length;

    it("the passphrase, its key and the lock's key, both when it locks and when it opens", async () => {
      const locked = new LockedVault(vault, () => ({ id: STORE }));
      await locked.setPassphrase(PASSPHRASE, cost);
      assert.deepEqual([passphrases(), keys().size], [1, 2]);
      wiped = [];
      await new LockedVault(vault, () => ({ id: STORE })).unlock(PASSPHRASE);
      assert.deepEqual([passphrases(), keys().size], [1, 2]);
    });

    it("the seed that it makes an identity of", async () => {
      await new Keyring(vault, STORE).identity();
      assert.ok(keys().has(Buffer.from(seed).toString("hex")));
    });
  });

  it("seals present and later secrets, and opens with the passphrase alone", async () => {
    await new LockedVault(vault, () => ({ id: STORE })).setPassphrase(PASSPHRASE, cost);
    assert.ok(!plain().includes(Buffer.from(seed).toString("base64")));
    assert.ok(!plain().includes(Buffer.from(databaseKey).toString("base64")));
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    assert.equal(await locked.hasLock(), true);
    await assert.rejects(new Keyring(locked, STORE).identity(), code("locked"));
    await assert.rejects(locked.store(IDENTITY, "x"), code("locked"));
    await assert.rejects(locked.unlock("wrong"), code("wrong-passphrase"));
    await assert.rejects(new Keyring(locked, STORE).identity(), code("locked"));
    await locked.unlock(PASSPHRASE);
    await holds(locked);
    await locked.store(IDENTITY, Buffer.from(databaseKey).toString("base64"));
    assert.ok(!plain().includes(Buffer.from(databaseKey).toString("base64")));
    locked.lock();
    await assert.rejects(new Keyring(locked, STORE).databaseKey(), code("locked"));
  });

  it("changes its passphrase, and removes the lock again", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    await locked.setPassphrase(PASSPHRASE, cost);
    await locked.setPassphrase(OTHER, cost);
    await holds(locked);
    await assert.rejects(
      new LockedVault(vault, () => ({ id: STORE })).unlock(PASSPHRASE),
      code("wrong-passphrase"),
    );
    await assert.rejects(
      new LockedVault(vault, () => ({ id: STORE })).setPassphrase(PASSPHRASE, cost),
      code("locked"),
    );
    await assert.rejects(locked.setPassphrase("short", cost), code("weak-passphrase"));
    const another = new LockedVault(vault, () => ({ id: STORE }));
    await assert.rejects(another.removeLock(PASSPHRASE), code("wrong-passphrase"));
    await another.removeLock(OTHER);
    assert.equal(await another.hasLock(), false);
    await holds(new LockedVault(vault, () => ({ id: STORE })));
  });

  /** Changes the lock in a program that is killed after a number of writes. @returns whether the change was incomplete */
  async function breakOff(change: "on" | "other" | "off", writes: number): Promise<boolean> {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    if (change !== "on") await locked.setPassphrase(PASSPHRASE, cost);
    vault.writesLeft = writes;
    const work = change === "off" ? locked.removeLock(PASSPHRASE) : locked.setPassphrase(OTHER, cost);
    const killed = await work.then(
      () => false,
      () => true,
    );
    vault.writesLeft = Number.POSITIVE_INFINITY;
    return killed;
  }

  it("loses nothing when the program is killed at any point", async () => {
    for (const change of ["on", "other", "off"] as const)
      for (let writes = 0; ; writes++) {
        const before = new Map(vault.values);
        const killed = await breakOff(change, writes);
        const again = new LockedVault(vault, () => ({ id: STORE }));
        for (const passphrase of [PASSPHRASE, OTHER]) await again.unlock(passphrase).catch(() => undefined);
        await holds(again);
        vault.values.clear();
        for (const [name, value] of before) vault.values.set(name, value);
        if (!killed) break;
      }
  });

  /** A secret that an attacker without the passphrase writes to the keyring. */
  const foreign = Buffer.alloc(32, 7);

  it("refuses a secret in the clear in place of a sealed one, unless the user accepts it", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    await locked.setPassphrase(PASSPHRASE, cost);
    vault.values.set(IDENTITY, foreign.toString("base64"));
    await assert.rejects(new Keyring(locked, STORE).identity(), code("secret-unsealed"));
    await assert.rejects(locked.removeLock(PASSPHRASE), code("secret-unsealed"));
    await assert.rejects(locked.setPassphrase(OTHER, cost), code("secret-unsealed"));
    const again = new LockedVault(vault, () => ({ id: STORE }));
    await assert.rejects(new Keyring(again, STORE).identity(), code("locked"));
    await assert.rejects(again.unlock(PASSPHRASE), code("secret-unsealed"));
    await assert.rejects(new Keyring(again, STORE).identity(), code("locked"), "it stays locked");
    await again.unlock(PASSPHRASE, "take");
    assert.deepEqual((await new Keyring(again, STORE).identity())?.exportSeed(), new Uint8Array(foreign));
    assert.match(vault.values.get(IDENTITY) ?? "", /^sealed:/);
  });

  it("refuses an unsealed secret that appears while a change of the lock is interrupted", async () => {
    for (const change of ["on", "other", "off"] as const)
      for (let writes = 0; ; writes++) {
        const before = new Map(vault.values);
        const killed = await breakOff(change, writes);
        const again = new LockedVault(vault, () => ({ id: STORE }));
        if (await again.hasLock()) {
          vault.values.set(IDENTITY, foreign.toString("base64"));
          const refusals: unknown[] = [];
          for (const passphrase of [PASSPHRASE, OTHER])
            await again.unlock(passphrase).catch((error: unknown) => refusals.push(error));
          if (refusals.some(code("secret-unsealed"))) await assert.rejects(holds(again), code("locked"));
          else await holds(again);
        }
        vault.values.clear();
        for (const [name, value] of before) vault.values.set(name, value);
        if (!killed) break;
      }
  });

  it("adopts another window's change completely, and no other secret, when the program is killed at any point", async () => {
    for (const change of ["on", "off"] as const)
      for (let writes = 0; ; writes++) {
        const plainly = new Map(vault.values);
        const other = new LockedVault(vault, () => ({ id: STORE }));
        await other.setPassphrase(PASSPHRASE, cost);
        const sealed = new Map(vault.values);
        if (change === "off") await other.removeLock(PASSPHRASE);
        const contents = await other.contents();
        // This window still has the values that its editor read earlier.
        vault.values.clear();
        for (const [name, value] of change === "on" ? plainly : sealed) vault.values.set(name, value);
        vault.writesLeft = writes;
        const killed = await new LockedVault(vault, () => ({ id: STORE })).adopt(contents).then(
          () => false,
          () => true,
        );
        vault.writesLeft = Number.POSITIVE_INFINITY;
        const again = new LockedVault(vault, () => ({ id: STORE }));
        if (await again.hasLock()) await again.unlock(PASSPHRASE);
        await holds(again);
        vault.values.clear();
        for (const [name, value] of plainly) vault.values.set(name, value);
        if (!killed) break;
      }
  });

  it("leaves another store's secrets unchanged, put aside without a lock", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    await locked.setPassphrase(PASSPHRASE, cost);
    const aside = newStoreId();
    await new Keyring(vault, aside).keepIdentity(foreign);
    assert.deepEqual((await new Keyring(locked, aside).identity())?.exportSeed(), new Uint8Array(foreign));
  });

  it("stays locked when its lock was removed from outside, and loses nothing sealed", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    await locked.setPassphrase(PASSPHRASE, cost);
    const lock = vault.values.get(`parley.${STORE}.lock`) ?? assert.fail();
    vault.values.delete(`parley.${STORE}.lock`);
    const again = new LockedVault(vault, () => ({ id: STORE }));
    await assert.rejects(new Keyring(again, STORE).databaseKey(), code("locked"));
    vault.values.set(`parley.${STORE}.lock`, lock);
    await again.unlock(PASSPHRASE);
    await holds(again);
  });

  it("starts over without the passphrase, and without the secrets", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    await locked.setPassphrase(PASSPHRASE, cost);
    locked.lock();
    await locked.startOver();
    assert.equal(vault.values.size, 0);
    assert.equal(await new Keyring(locked, STORE).identity(), undefined);
    assert.equal(await new Keyring(locked, STORE).databaseKey(), undefined);
  });

  it("does not accept a sealed secret in another's place", async () => {
    const locked = new LockedVault(vault, () => ({ id: STORE }));
    await locked.setPassphrase(PASSPHRASE, cost);
    vault.values.set(IDENTITY, vault.values.get(DATABASE_KEY) ?? "");
    await assert.rejects(locked.get(IDENTITY), /does not open/);
  });
});
