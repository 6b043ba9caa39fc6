/**
 * A vault under a passphrase of the user's: the keyring's secrets, open to anybody who is logged in, open only once the
 * passphrase was given. The secrets are sealed under a random key, the key under scrypt's output for the passphrase.
 *
 * Without a lock it is the vault below it. With one, a secret in the clear proves nothing: an attacker who can write the
 * keyring could put another identity there. A program that ends while the lock is put on, changed or taken off leaves some
 * secrets in either state, so the lock itself holds all of them, sealed, for as long as that takes: from one write to
 * another, and only its copies count meanwhile.
 */
import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { UsageError } from "../../protocol/errors.ts";
import type { Secret, SecretVault } from "../model.ts";
import type { StoreId, StoreMark } from "../store/mark.ts";
import { DATABASE_KEY_BYTES, SealError, StoreKey } from "../store/seal.ts";
import { secretNames } from "./account.ts";
import { assertStrong, isPayable, newCost, type PassphraseCost, stretch } from "./passphrase.ts";
import { assertVouched, missingKey } from "./vouched.ts";

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
const LockSchema = v.object({
  costLog2: v.number(),
  salt: bytes,
  sealedKey: bytes,
  /** All secrets, as they are kept when the change under way is over: by name. */
  changing: v.exactOptional(v.record(v.string(), v.string())),
});
type Lock = v.InferInput<typeof LockSchema>;

/** @param contents of a vault. @returns whether there is a lock on that store's secrets */
export function holdsLock(contents: readonly Secret[], store: StoreId): boolean {
  return contents.some(({ key, value }) => key === lockName(store) && value !== null);
}

export class LockedVault implements SecretVault {
  readonly #vault: SecretVault;
  /** While unlocked. Its bytes are kept by node:crypto, out of JavaScript's reach. */
  #key: StoreKey | undefined;
  /** The lock that it is the key of. */
  #lock: string | undefined;

  readonly #mark: () => StoreMark | undefined;

  /** @param mark of the store in use, which may become another; undefined where there is none yet, and so no lock */
  constructor(vault: SecretVault, mark: () => StoreMark | undefined) {
    this.#vault = vault;
    this.#mark = mark;
  }

  async hasLock(): Promise<boolean> {
    return (await this.#keptLock()) !== undefined;
  }

  /**
   * @param unsealed decides about secrets in the clear that we did not leave there: it is refused, or the user says
   * that they may be taken
   * @throws UsageError "wrong-passphrase", "secret-unsealed", "wrong-state" where there is no lock, or a damaged one that
   * only startOver() takes off
   */
  async unlock(passphrase: string, unsealed: "refuse" | "take" = "refuse"): Promise<void> {
    const key = await this.#open(passphrase);
    await this.#finishChange();
    for (const [name, value] of await this.#kept()) {
      if (value.startsWith(SEALED)) continue;
      if (unsealed === "refuse") throw new UsageError("secret-unsealed", "A secret lies in the clear");
      await this.#vault.store(name, seal(key, name, value));
    }
    this.#key = key;
  }

  /**
   * Reads all values of the store in use, for other windows, which take them over: a value that the keyring does not give is deleted there.
   * @returns them as they are stored: sealed, where there is a lock
   * @throws UsageError "keys-missing", "keys-wrong"; "locked"; SealError
   */
  async contents(): Promise<Secret[]> {
    const values = new Map<string, string>();
    for (const name of this.#names) {
      const value = await this.#vault.get(name);
      if (value !== undefined) values.set(name, value);
    }
    const secrets = [...values].filter(([name]) => this.#secretNames.includes(name));
    this.#assertVouched(new Map(secrets.map(([name, value]) => [name, this.#inTheClear(name, value)])));
    const isSealed = secrets.some(([, value]) => value.startsWith(SEALED));
    if (isSealed && readLock(values.get(this.#lockName) ?? "") === undefined) throw missingKey();
    return this.#names.map((key) => ({ key, value: values.get(key) ?? null }));
  }

  /**
   * Adopts a lock that another window has turned on or off. An editor in the browser does not see that: it goes on with
   * the values that it read when it was loaded, unless they are stored here too.
   * @param contents of the other window's vault. Entries that are not ours are left alone
   */
  async adopt(contents: readonly Secret[]): Promise<void> {
    const told = new Map(contents.map(({ key, value }) => [key, value]));
    const lock = this.#names.length === 0 ? undefined : told.get(this.#lockName);
    if (lock === undefined) return;
    if (lock !== this.#lock) this.#key = undefined;
    if (!(await this.#differs(this.#lockName, lock)) && !(await this.#differAny(told))) return;
    // One write decides here too: until all are in their places, the lock's copies count.
    const kept = lock === null ? await this.#read() : readLock(lock);
    const sealed = lock === null ? new Map(await this.#kept()) : told;
    const changing = Object.fromEntries(
      this.#secretNames.flatMap((name) => {
        const value = sealed.get(name);
        return typeof value === "string" ? [[name, value]] : [];
      }),
    );
    if (kept !== undefined) await this.#vault.store(this.#lockName, JSON.stringify({ ...kept, changing }));
    for (const name of this.#secretNames) {
      const value = told.get(name);
      if (value !== undefined) await this.#put(name, value);
    }
    await this.#put(this.#lockName, lock);
  }

  /** Forgets the key: from here on the passphrase is needed. */
  lock(): void {
    this.#key = undefined;
  }

  /**
   * Puts the lock on, or another passphrase on the lock. Secrets stored in the clear before are gone from the vault;
   * copies that its storage made are not in our hands.
   * @param cost for tests: the real one takes half a second
   * @throws UsageError "weak-passphrase"; "locked" while locked; "keys-missing", "keys-wrong" before or after anything was changed
   */
  async setPassphrase(passphrase: string, cost: PassphraseCost = newCost()): Promise<void> {
    assertStrong(passphrase);
    const secrets = await this.#opened();
    const lockKey = randomBytes(DATABASE_KEY_BYTES);
    const key = new StoreKey(lockKey);
    const sealedKey = (await passphraseKey(passphrase, cost)).seal(lockKey, KEY_PLACE);
    lockKey.fill(0);
    const base64 = (value: Uint8Array) => Buffer.from(value).toString("base64");
    const { costLog2, salt } = cost;
    const lock = { costLog2, salt: base64(salt), sealedKey: base64(sealedKey) };
    await this.#keep(this.#lockName, JSON.stringify({ ...lock, changing: allSealed(key, secrets) }));
    await this.#finishChange();
    this.#key = key;
    this.#lock = JSON.stringify(lock);
  }

  /** @throws UsageError "wrong-passphrase", "secret-unsealed", "keys-missing", "keys-wrong", "wrong-state" where there is no lock, or a damaged one that only startOver() takes off */
  async removeLock(passphrase: string): Promise<void> {
    const key = await this.#open(passphrase);
    this.#key = key;
    const secrets = await this.#opened();
    const lock = await this.#read();
    if (lock === undefined) throw missingKey();
    await this.#keep(this.#lockName, JSON.stringify({ ...lock, changing: allSealed(key, secrets) }));
    for (const [name, value] of secrets) await this.#vault.store(name, value);
    // With the lock goes the only other copy.
    this.#assertVouched(new Map(await this.#kept()));
    await this.#vault.delete(this.#lockName);
    this.#key = undefined;
  }

  /** Removes the lock and all secrets with it, for users who have forgotten the passphrase. */
  async startOver(): Promise<void> {
    for (const name of this.#names) await this.#vault.delete(name);
    this.#key = undefined;
  }

  /** @throws UsageError "locked"; "secret-unsealed" for one in the clear where there is a lock; SealError for one that was damaged */
  async get(name: string): Promise<string | undefined> {
    const isOurs = this.#secretNames.includes(name);
    const changing = isOurs ? (await this.#read())?.changing : undefined;
    const value = changing === undefined ? await this.#vault.get(name) : changing[name];
    if (value === undefined) return undefined;
    if (!value.startsWith(SEALED)) {
      if (!isOurs || !(await this.hasLock())) return value;
      this.#unlocked();
      throw new UsageError("secret-unsealed", `${name} lies in the clear`);
    }
    return this.#inTheClear(name, value);
  }

  /** @throws UsageError "locked"; SealError for a value that was damaged */
  #inTheClear(name: string, value: string): string {
    if (!value.startsWith(SEALED)) return value;
    const sealed = Buffer.from(value.slice(SEALED.length), "base64");
    return Buffer.from(this.#unlocked().open(sealed, place(name))).toString("utf8");
  }

  /** @throws UsageError "locked" */
  async store(name: string, value: string): Promise<void> {
    const kept = (await this.hasLock()) ? seal(this.#unlocked(), name, value) : value;
    await this.#finishChange();
    await this.#vault.store(name, kept);
  }

  async delete(name: string): Promise<void> {
    await this.#finishChange();
    await this.#vault.delete(name);
  }

  async #keptLock(): Promise<string | undefined> {
    return this.#mark() === undefined ? undefined : this.#vault.get(this.#lockName);
  }

  get #lockName(): string {
    const mark = this.#mark();
    if (mark === undefined) throw new UsageError("wrong-state", "There is no store to lock");
    return lockName(mark.id);
  }

  get #secretNames(): readonly string[] {
    const mark = this.#mark();
    return mark === undefined ? [] : secretNames(mark.id);
  }

  /** Lists the names of the secrets, the lock's last. */
  get #names(): readonly string[] {
    return this.#secretNames.length === 0 ? [] : [...this.#secretNames, this.#lockName];
  }

  #unlocked(): StoreKey {
    if (this.#key === undefined) throw new UsageError("locked", "The passphrase has not been given");
    return this.#key;
  }

  async #open(passphrase: string): Promise<StoreKey> {
    const lock = await this.#read();
    if (lock === undefined) throw new UsageError("wrong-state", "There is no lock, or a damaged one");
    const { sealedKey, ...cost } = v.parse(LockSchema, lock);
    const opening = await passphraseKey(passphrase, cost);
    try {
      const lockKey = opening.open(sealedKey, KEY_PLACE);
      const key = new StoreKey(lockKey);
      lockKey.fill(0);
      const { changing: _, ...plain } = lock;
      this.#lock = JSON.stringify(plain);
      return key;
    } catch (error) {
      if (!(error instanceof SealError)) throw error;
      throw new UsageError("wrong-passphrase", "The passphrase does not open the lock", { cause: error });
    }
  }

  async #kept(): Promise<readonly (readonly [string, string])[]> {
    const all = await Promise.all(
      this.#secretNames.map(async (name) => [name, await this.#vault.get(name)] as const),
    );
    return all.flatMap(([name, value]) => (value === undefined ? [] : [[name, value] as const]));
  }

  async #differs(key: string, value: string | null): Promise<boolean> {
    return ((await this.#vault.get(key)) ?? null) !== value;
  }

  async #differAny(told: ReadonlyMap<string, string | null>): Promise<boolean> {
    for (const name of this.#secretNames) {
      const value = told.get(name);
      if (value !== undefined && (await this.#differs(name, value))) return true;
    }
    return false;
  }

  async #put(key: string, value: string | null): Promise<void> {
    if (!(await this.#differs(key, value))) return;
    if (value === null) await this.#vault.delete(key);
    else await this.#vault.store(key, value);
  }

  /** @returns all secrets, in the clear. @throws as get(); UsageError "keys-missing", "keys-wrong" */
  async #opened(): Promise<ReadonlyMap<string, string>> {
    const secrets = new Map<string, string>();
    for (const name of this.#secretNames) {
      const value = await this.get(name);
      if (value !== undefined) secrets.set(name, value);
    }
    this.#assertVouched(secrets);
    return secrets;
  }

  #assertVouched(secrets: ReadonlyMap<string, string>): void {
    const mark = this.#mark();
    if (mark !== undefined) assertVouched(mark, secrets);
  }

  /** Stores a value whose other copy is about to go. @throws UsageError "keys-missing" where the keyring does not give it back */
  async #keep(name: string, value: string): Promise<void> {
    await this.#vault.store(name, value);
    if ((await this.#vault.get(name)) !== value) throw missingKey();
  }

  /** @returns undefined where there is no lock, or a damaged one */
  async #read(): Promise<Lock | undefined> {
    const json = await this.#keptLock();
    return json === undefined ? undefined : readLock(json);
  }

  /** Puts the lock's copies of a change that was broken off, or is under way, in their places. Needs no key. */
  async #finishChange(): Promise<void> {
    const lock = await this.#read();
    if (lock?.changing === undefined) return;
    const { changing, ...plain } = lock;
    for (const name of this.#secretNames) {
      const value = changing[name];
      if (value === undefined) await this.#vault.delete(name);
      else await this.#keep(name, value);
    }
    await this.#vault.store(this.#lockName, JSON.stringify(plain));
  }
}

/** @returns undefined for anything that setPassphrase() did not store, or not so */
function readLock(json: string): Lock | undefined {
  try {
    const lock: unknown = JSON.parse(json);
    const parsed = v.safeParse(LockSchema, lock);
    return parsed.success && isPayable(parsed.output) ? (lock as Lock) : undefined;
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

function allSealed(key: StoreKey, secrets: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...secrets].map(([name, value]) => [name, seal(key, name, value)]));
}

async function passphraseKey(passphrase: string, cost: PassphraseCost): Promise<StoreKey> {
  const stretched = await stretch(passphrase, cost, DATABASE_KEY_BYTES);
  try {
    return new StoreKey(stretched);
  } finally {
    stretched.fill(0);
  }
}
