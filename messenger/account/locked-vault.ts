/**
 * A vault that can be locked with a passphrase, since all programs of a user who is logged in can read a keyring. The secrets are sealed
 * with a random key, and that key with scrypt's output for the passphrase.
 *
 * Without a lock, it passes all calls to the underlying vault. With a lock, it does not trust unsealed secrets, since an attacker with
 * write access to the keyring could have put them there. Changing the lock takes several writes, and a crash between them would leave
 * some secrets sealed and others not. So for the duration of the change, the lock's record contains sealed copies of all secrets, and
 * only these copies are used.
 */
import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { UsageError } from "../../protocol/errors.ts";
import type { Secret, SecretVault } from "../model.ts";
import type { StoreId, StoreMark } from "../store/mark.ts";
import { DATABASE_KEY_BYTES, SealError, StoreKey } from "../store/seal.ts";
import { secretNames } from "./account.ts";
import {
  allSealed,
  KEY_PLACE,
  type Lock,
  LockSchema,
  passphraseKey,
  place,
  readLock,
  SEALED,
  seal,
} from "./lock-record.ts";
import { assertStrong, newCost, type PassphraseCost } from "./passphrase.ts";
import { READ_LIMIT_MS, TimelyVault } from "./timely-vault.ts";
import { assertVouched, missingKey } from "./vouched.ts";

function lockName(store: StoreId): string {
  return `parley.${store}.lock`;
}
/** Looks for a lock. @param contents the contents of a vault. @returns whether they include a lock for that store */
export function holdsLock(contents: readonly Secret[], store: StoreId): boolean {
  return contents.some(({ key, value }) => key === lockName(store) && value !== null);
}

export class LockedVault implements SecretVault {
  readonly #vault: SecretVault;
  /** The lock's key; undefined while locked. node:crypto holds its bytes outside of the JavaScript heap. */
  #key: StoreKey | undefined;
  /** The record of the lock that #key belongs to. */
  #lock: string | undefined;

  readonly #mark: () => StoreMark | undefined;

  /**
   * @param mark returns the mark of the store in use, which can change; undefined while there is no store, and so no lock
   * @param readLimitMs for tests
   */
  constructor(vault: SecretVault, mark: () => StoreMark | undefined, readLimitMs = READ_LIMIT_MS) {
    this.#vault = new TimelyVault(vault, readLimitMs);
    this.#mark = mark;
  }

  async hasLock(): Promise<boolean> {
    return (await this.#keptLock()) !== undefined;
  }

  /**
   * Unlocks the vault.
   * @param unsealed what to do with unsealed secrets: "refuse" throws "secret-unsealed"; "take" seals them, with the user's consent
   * @throws UsageError "wrong-passphrase", "secret-unsealed"; "wrong-state" without a lock, or with a damaged one, which only startOver()
   * removes
   */
  async unlock(passphrase: string, unsealed: "refuse" | "take" = "refuse"): Promise<void> {
    const key = await this.#open(passphrase);
    await this.#finishChange();
    for (const [name, value] of await this.#kept()) {
      if (value.startsWith(SEALED)) continue;
      if (unsealed === "refuse") throw new UsageError("secret-unsealed", "A secret is not sealed");
      await this.#vault.store(name, seal(key, name, value));
    }
    this.#key = key;
  }

  /**
   * Reads all secrets of the store in use, for other windows to adopt. They delete a secret that is null.
   * @returns the values as they are stored: sealed if there is a lock
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
   * Adopts a lock that another window has turned on or off. In the browser, VS Code reads its secrets only when it is loaded, so it keeps
   * the old values unless the new ones are stored in this window too.
   * @param contents the contents of the other window's vault. Entries under other names are ignored
   */
  async adopt(contents: readonly Secret[]): Promise<void> {
    const told = new Map(contents.map(({ key, value }) => [key, value]));
    const lock = this.#names.length === 0 ? undefined : told.get(this.#lockName);
    if (lock === undefined) return;
    if (lock !== this.#lock) this.#key = undefined;
    if (!(await this.#differs(this.#lockName, lock)) && !(await this.#differAny(told))) return;
    // Commit by one write: until all values are in place, the copies in the lock's record are used.
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

  /** Forgets the key, so that the passphrase is needed again. */
  lock(): void {
    this.#key = undefined;
  }

  /**
   * Turns the lock on, or changes its passphrase. Removes unsealed secrets from the vault, but cannot remove copies that its storage made.
   * @param cost for tests, since the default takes half a second
   * @throws UsageError "weak-passphrase"; "locked" while locked; "keys-missing", "keys-wrong", before or after something was changed
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

  /**
   * Turns the lock off.
   * @throws UsageError "wrong-passphrase", "secret-unsealed", "keys-missing", "keys-wrong"; "wrong-state" without a lock, or with a damaged
   * one, which only startOver() removes
   */
  async removeLock(passphrase: string): Promise<void> {
    const key = await this.#open(passphrase);
    this.#key = key;
    const secrets = await this.#opened();
    const lock = await this.#read();
    if (lock === undefined) throw missingKey();
    await this.#keep(this.#lockName, JSON.stringify({ ...lock, changing: allSealed(key, secrets) }));
    for (const [name, value] of secrets) await this.#vault.store(name, value);
    // Check before deleting the lock, which has the only other copy.
    this.#assertVouched(new Map(await this.#kept()));
    await this.#vault.delete(this.#lockName);
    this.#key = undefined;
  }

  /** Removes the lock and all secrets with it, for users who have forgotten the passphrase. */
  async startOver(): Promise<void> {
    for (const name of this.#names) await this.#vault.delete(name);
    this.#key = undefined;
  }

  /**
   * Reads a secret, unsealed.
   * @throws UsageError "locked"; "secret-unsealed" for an unsealed secret while there is a lock; SealError for a damaged one
   */
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

  /** Opens a value if it is sealed. @throws UsageError "locked"; SealError for a damaged value */
  #inTheClear(name: string, value: string): string {
    if (!value.startsWith(SEALED)) return value;
    const sealed = Buffer.from(value.slice(SEALED.length), "base64");
    return Buffer.from(this.#unlocked().open(sealed, place(name))).toString("utf8");
  }

  /** Stores a secret, sealed if there is a lock. @throws UsageError "locked" */
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

  /** Returns the names of all secrets, with the lock's name last. */
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

  /** @returns all secrets, unsealed. @throws as get(); UsageError "keys-missing", "keys-wrong" */
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

  /**
   * Stores a value and reads it back, since its only other copy is about to be deleted.
   * @throws UsageError "keys-missing" if they differ
   */
  async #keep(name: string, value: string): Promise<void> {
    await this.#vault.store(name, value);
    if ((await this.#vault.get(name)) !== value) throw missingKey();
  }

  /** @returns undefined if there is no lock or it is damaged */
  async #read(): Promise<Lock | undefined> {
    const json = await this.#keptLock();
    return json === undefined ? undefined : readLock(json);
  }

  /** Completes a change of the lock: writes the copies in its record to their places. Needs no key. */
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
