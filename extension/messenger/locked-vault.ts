/**
 * A vault under a passphrase of the user's: what a keyring holds for anybody who is logged in opens only once the
 * passphrase was given. The secrets are sealed under a random key, the key under what scrypt makes of the passphrase.
 *
 * Without a lock it is the vault below it. A program that ends while the lock is put on or taken off leaves some
 * secrets sealed and some not; both are read, and the next unlock seals the rest.
 */
import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { UsageError } from "../../protocol/errors.ts";
import { secretNames } from "./account.ts";
import type { Secret, SecretVault } from "./model.ts";
import { assertStrong, isPayable, newCost, type PassphraseCost, stretch } from "./passphrase.ts";
import type { StoreId } from "./store/mark.ts";
import { DATABASE_KEY_BYTES, SealError, StoreKey } from "./store/seal.ts";

function lockName(store: StoreId): string {
  return `parley.${store}.lock`;
}
/** No base64 has a colon. */
const SEALED = "sealed:";

const bytes = v.pipe(
  v.string(),
  v.base64(),
  v.transform((text): Uint8Array => Buffer.from(text, "base64")),
);
const LockSchema = v.object({ costLog2: v.number(), salt: bytes, sealedKey: bytes });

export class LockedVault implements SecretVault {
  readonly #vault: SecretVault;
  /** While unlocked. Its bytes are kept by node:crypto, out of JavaScript's reach. */
  #key: StoreKey | undefined;
  /** The lock that it is the key of. */
  #lock: string | undefined;

  readonly #store: () => StoreId | undefined;

  /** @param store id of the store in use, which may become another; undefined where there is none yet, and so no lock */
  constructor(vault: SecretVault, store: () => StoreId | undefined) {
    this.#vault = vault;
    this.#store = store;
  }

  async hasLock(): Promise<boolean> {
    return (await this.#keptLock()) !== undefined;
  }

  /** @throws UsageError "wrong-passphrase", "wrong-state" where there is no lock, or a damaged one that only startOver() takes off */
  async unlock(passphrase: string): Promise<void> {
    this.#key = await this.#open(passphrase);
    for (const [name, value] of await this.#kept())
      if (!value.startsWith(SEALED)) await this.#vault.store(name, seal(this.#key, name, value));
  }

  /** Everything that is kept for the store in use, as it is kept: sealed, where there is a lock. */
  async contents(): Promise<Secret[]> {
    return Promise.all(
      this.#names.map(async (key) => ({ key, value: (await this.#vault.get(key)) ?? null })),
    );
  }

  /**
   * Another window has put the lock on, or taken it off. An editor in the browser does not see that: it goes on with
   * what it read when it was loaded, unless it is stored here too.
   * @param contents of the other window's vault. What is none of ours is left alone
   */
  async adopt(contents: readonly Secret[]): Promise<void> {
    for (const { key, value } of contents) {
      if (!this.#names.includes(key)) continue;
      if (key === this.#lockName && value !== this.#lock) this.#key = undefined;
      if (((await this.#vault.get(key)) ?? null) === value) continue;
      if (value === null) await this.#vault.delete(key);
      else await this.#vault.store(key, value);
    }
  }

  /** Forgets the key: from here on the passphrase is needed. */
  lock(): void {
    this.#key = undefined;
  }

  /**
   * Puts the lock on, or another passphrase on the lock. What was stored in the clear before is gone from the vault;
   * copies that its storage made are not in our hands.
   * @param cost for tests: the real one takes half a second
   * @throws UsageError "weak-passphrase"; "locked" while locked
   */
  async setPassphrase(passphrase: string, cost: PassphraseCost = newCost()): Promise<void> {
    assertStrong(passphrase);
    const secrets = new Map<string, string>();
    for (const [name] of await this.#kept()) secrets.set(name, (await this.get(name)) ?? "");
    const lockKey = randomBytes(DATABASE_KEY_BYTES);
    const key = new StoreKey(lockKey);
    const sealedKey = (await passphraseKey(passphrase, cost)).seal(lockKey, KEY_PLACE);
    lockKey.fill(0);
    const base64 = (value: Uint8Array) => Buffer.from(value).toString("base64");
    // Off first: a secret that is sealed under a key nobody has would be lost.
    await this.#inTheClear(secrets);
    const { costLog2, salt } = cost;
    const lock = JSON.stringify({ costLog2, salt: base64(salt), sealedKey: base64(sealedKey) });
    await this.#vault.store(this.#lockName, lock);
    for (const [name, value] of secrets) await this.#vault.store(name, seal(key, name, value));
    this.#key = key;
    this.#lock = lock;
  }

  /** @throws UsageError "wrong-passphrase", "wrong-state" where there is no lock, or a damaged one that only startOver() takes off */
  async removeLock(passphrase: string): Promise<void> {
    this.#key = await this.#open(passphrase);
    const secrets = new Map<string, string>();
    for (const [name] of await this.#kept()) secrets.set(name, (await this.get(name)) ?? "");
    await this.#inTheClear(secrets);
    await this.#vault.delete(this.#lockName);
    this.#key = undefined;
  }

  /** For who has forgotten the passphrase: the lock goes, and all secrets with it. */
  async startOver(): Promise<void> {
    for (const name of this.#names) await this.#vault.delete(name);
    this.#key = undefined;
  }

  /** @throws UsageError "locked" for a sealed secret; SealError for one that was damaged */
  async get(name: string): Promise<string | undefined> {
    const value = await this.#vault.get(name);
    if (value === undefined || !value.startsWith(SEALED)) return value;
    const sealed = Buffer.from(value.slice(SEALED.length), "base64");
    return Buffer.from(this.#unlocked().open(sealed, place(name))).toString("utf8");
  }

  /** @throws UsageError "locked" */
  async store(name: string, value: string): Promise<void> {
    const kept = (await this.hasLock()) ? seal(this.#unlocked(), name, value) : value;
    await this.#vault.store(name, kept);
  }

  async delete(name: string): Promise<void> {
    await this.#vault.delete(name);
  }

  async #keptLock(): Promise<string | undefined> {
    return this.#store() === undefined ? undefined : this.#vault.get(this.#lockName);
  }

  get #lockName(): string {
    const store = this.#store();
    if (store === undefined) throw new UsageError("wrong-state", "There is no store to lock");
    return lockName(store);
  }

  /** The lock's last. */
  get #names(): readonly string[] {
    const store = this.#store();
    return store === undefined ? [] : [...secretNames(store), lockName(store)];
  }

  #unlocked(): StoreKey {
    if (this.#key === undefined) throw new UsageError("locked", "The passphrase has not been given");
    return this.#key;
  }

  async #open(passphrase: string): Promise<StoreKey> {
    const json = await this.#keptLock();
    if (json === undefined) throw new UsageError("wrong-state", "There is no lock");
    const lock = readLock(json);
    if (lock === undefined) throw new UsageError("wrong-state", "The lock is damaged");
    const { sealedKey, ...cost } = lock;
    const opening = await passphraseKey(passphrase, cost);
    try {
      const lockKey = opening.open(sealedKey, KEY_PLACE);
      const key = new StoreKey(lockKey);
      lockKey.fill(0);
      this.#lock = json;
      return key;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new UsageError("wrong-passphrase", "The passphrase does not open the lock", { cause: error });
    }
  }

  async #kept(): Promise<readonly (readonly [string, string])[]> {
    const secrets = this.#names.filter((name) => name !== this.#lockName);
    const all = await Promise.all(secrets.map(async (name) => [name, await this.#vault.get(name)] as const));
    return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  }

  async #inTheClear(secrets: ReadonlyMap<string, string>): Promise<void> {
    for (const [name, value] of secrets)
      if ((await this.#vault.get(name)) !== value) await this.#vault.store(name, value);
  }
}

/** @returns undefined for what setPassphrase() did not store, or not so */
function readLock(json: string): v.InferOutput<typeof LockSchema> | undefined {
  try {
    const parsed = v.safeParse(LockSchema, JSON.parse(json));
    return parsed.success && isPayable(parsed.output) ? parsed.output : undefined;
  } catch {
    return undefined; // no JSON
  }
}

const KEY_PLACE = { table: "vault", column: "lock", row: "key" };

function place(name: string) {
  return { table: "vault", column: "secret", row: name };
}

function seal(key: StoreKey, name: string, value: string): string {
  const sealed = key.seal(Buffer.from(value, "utf8"), place(name));
  return SEALED + Buffer.from(sealed).toString("base64");
}

async function passphraseKey(passphrase: string, cost: PassphraseCost): Promise<StoreKey> {
  const stretched = await stretch(passphrase, cost, DATABASE_KEY_BYTES);
  try {
    return new StoreKey(stretched);
  } finally {
    stretched.fill(0);
  }
}
