import assert from "node:assert/strict";
import { ParleyError } from "../../protocol/errors.ts";
import { Keyring } from "./account.ts";
import { LockedVault } from "./locked-vault.ts";
import { newCost } from "./passphrase.ts";

const PASSPHRASE = "tulip mason orbit velvet";
const OTHER = "lantern gravel seven ferry";

/** A vault in memory that breaks off after so many writes, as a program that is killed. */
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

function code(expected: string) {
  return (error: unknown) => error instanceof ParleyError && error.code === expected;
}

describe("a vault with a passphrase", () => {
  let vault: Vault;
  let seed: Uint8Array;
  let databaseKey: Uint8Array;
  const cost = newCost(2);

  beforeEach(async () => {
    vault = new Vault();
    const keyring = new Keyring(vault);
    databaseKey = await keyring.databaseKey();
    seed = (await keyring.ensureIdentity()).exportSeed();
  });

  async function holds(locked: LockedVault): Promise<void> {
    const keyring = new Keyring(locked);
    assert.deepEqual((await keyring.identity())?.exportSeed(), seed);
    assert.deepEqual(await keyring.databaseKey(), databaseKey);
  }
  const plain = () => [...vault.values.values()].join("\n");

  it("is the vault below it without a lock", async () => {
    const locked = new LockedVault(vault);
    assert.equal(await locked.hasLock(), false);
    await holds(locked);
    await assert.rejects(locked.unlock(PASSPHRASE), code("wrong-state"));
  });

  it("seals what is there and what comes, and opens with the passphrase alone", async () => {
    await new LockedVault(vault).setPassphrase(PASSPHRASE, cost);
    assert.ok(!plain().includes(Buffer.from(seed).toString("base64")));
    assert.ok(!plain().includes(Buffer.from(databaseKey).toString("base64")));
    const locked = new LockedVault(vault);
    assert.equal(await locked.hasLock(), true);
    await assert.rejects(new Keyring(locked).identity(), code("locked"));
    await assert.rejects(locked.store("parley.identity-seed", "x"), code("locked"));
    await assert.rejects(locked.unlock("wrong"), code("wrong-passphrase"));
    await assert.rejects(new Keyring(locked).identity(), code("locked"));
    await locked.unlock(PASSPHRASE);
    await holds(locked);
    await locked.store("parley.identity-seed", Buffer.from(databaseKey).toString("base64"));
    assert.ok(!plain().includes(Buffer.from(databaseKey).toString("base64")));
    locked.lock();
    await assert.rejects(new Keyring(locked).databaseKey(), code("locked"));
  });

  it("takes another passphrase, and the lock off again", async () => {
    const locked = new LockedVault(vault);
    await locked.setPassphrase(PASSPHRASE, cost);
    await locked.setPassphrase(OTHER, cost);
    await holds(locked);
    await assert.rejects(new LockedVault(vault).unlock(PASSPHRASE), code("wrong-passphrase"));
    await assert.rejects(new LockedVault(vault).setPassphrase(PASSPHRASE, cost), code("locked"));
    await assert.rejects(locked.setPassphrase("short", cost), code("weak-passphrase"));
    const another = new LockedVault(vault);
    await assert.rejects(another.removeLock(PASSPHRASE), code("wrong-passphrase"));
    await another.removeLock(OTHER);
    assert.equal(await another.hasLock(), false);
    await holds(new LockedVault(vault));
  });

  it("loses nothing wherever the program is killed", async () => {
    for (const change of ["on", "other", "off"] as const)
      for (let writes = 0; ; writes++) {
        const before = new Map(vault.values);
        const locked = new LockedVault(vault);
        if (change !== "on") await locked.setPassphrase(PASSPHRASE, cost);
        vault.writesLeft = writes;
        const work = change === "off" ? locked.removeLock(PASSPHRASE) : locked.setPassphrase(OTHER, cost);
        const killed = await work.then(
          () => false,
          () => true,
        );
        vault.writesLeft = Number.POSITIVE_INFINITY;
        const again = new LockedVault(vault);
        for (const passphrase of [PASSPHRASE, OTHER]) await again.unlock(passphrase).catch(() => undefined);
        await holds(again);
        vault.values.clear();
        for (const [name, value] of before) vault.values.set(name, value);
        if (!killed) break;
      }
  });

  it("starts over without the passphrase, and without the secrets", async () => {
    const locked = new LockedVault(vault);
    await locked.setPassphrase(PASSPHRASE, cost);
    locked.lock();
    await locked.startOver();
    assert.equal(vault.values.size, 0);
    assert.equal(await new Keyring(locked).identity(), undefined);
    assert.notDeepEqual(await new Keyring(locked).databaseKey(), databaseKey);
  });

  it("does not take a sealed secret for another", async () => {
    const locked = new LockedVault(vault);
    await locked.setPassphrase(PASSPHRASE, cost);
    vault.values.set("parley.identity-seed", vault.values.get("parley.database-key") ?? "");
    await assert.rejects(locked.get("parley.identity-seed"), /does not open/);
  });
});
