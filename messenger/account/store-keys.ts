/**
 * The keys of the store in one folder, and the one rule about them: they are made only where there is neither a store nor a mark of one.
 * A keyring that gives nothing (another session, another browser, a secret that VS Code could not decrypt and removed) is a state of its
 * own in which nothing is made, renamed or stored.
 */
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import * as v from "valibot";
import { UsageError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import type { Username } from "../../protocol/names.ts";
import type { SecretVault } from "../model.ts";
import {
  type KeyName,
  keyDigest,
  newStoreId,
  readMark,
  type StoreId,
  StoreIdSchema,
  type StoreMark,
  writeMark,
} from "../store/mark.ts";
import { DATABASE_KEY_BYTES, SealError } from "../store/seal.ts";
import { Store } from "../store/store.ts";
import { Keyring } from "./account.ts";
import { missingKey, wrongKey } from "./vouched.ts";

/** A name at a team's server: whose identity it is. */
export interface AccountPlace {
  readonly name: Username;
  readonly caFingerprint: Uint8Array;
}

/** @returns the name of the secret that tells which store's keys belong to that account */
function accountName({ name, caFingerprint }: AccountPlace): string {
  const digest = createHash("sha256").update(caFingerprint).update(name).digest("hex");
  return `parley.account.${digest.slice(0, 32)}`;
}

export class StoreKeys {
  /** Of the store, made if absent. */
  readonly folder: string;
  readonly id: StoreId;
  readonly #vault: SecretVault;
  readonly #keyring: Keyring;

  private constructor(folder: string, vault: SecretVault, id: StoreId) {
    this.folder = folder;
    this.id = id;
    this.#vault = vault;
    this.#keyring = new Keyring(vault, id);
  }

  /** @throws UsageError "keys-missing" where there is a store, and no mark that tells how its keys are called */
  static in(folder: string, vault: SecretVault): StoreKeys {
    const found = readMark(folder);
    if (found === undefined && Store.isIn(folder))
      throw new UsageError("keys-missing", "The history here has no mark that tells which keys it needs");
    const mark = found ?? { id: newStoreId() };
    if (found === undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeMark(folder, mark);
    }
    return new StoreKeys(folder, vault, mark.id);
  }

  /**
   * @returns the key of the store, made where there is none yet; the caller wipes it
   * @throws UsageError "keys-missing", "keys-wrong"; errors of the vault
   */
  async databaseKey(): Promise<Uint8Array> {
    const kept = await this.#keyring.databaseKey();
    if (kept !== undefined) {
      this.#check("databaseKey", kept);
      return kept;
    }
    if (this.#mark.databaseKey !== undefined || Store.isIn(this.folder)) throw missingKey();
    const made = randomBytes(DATABASE_KEY_BYTES);
    await this.keepDatabaseKey(made);
    return made;
  }

  /** @param key the caller wipes it */
  async keepDatabaseKey(key: Uint8Array): Promise<void> {
    await this.#keyring.keepDatabaseKey(key);
    this.#vouch("databaseKey", key);
  }

  /** @returns undefined where there never was one. @throws UsageError "keys-missing", "keys-wrong"; errors of the vault */
  async identity(): Promise<Identity | undefined> {
    const kept = await this.#keyring.identity();
    if (kept !== undefined) this.#check("identityKey", kept.publicKey);
    else if (this.#mark.identityKey !== undefined) throw missingKey();
    return kept;
  }

  /**
   * @returns the kept identity; else the one that this keyring has for that account, whose store was lost or is on another machine; else a
   * new one. It is kept now. @throws as identity()
   */
  async ensureIdentity(account: AccountPlace): Promise<Identity> {
    const kept = await this.identity();
    if (kept !== undefined) return kept;
    const identity = (await this.#identityElsewhere(account)) ?? Identity.generate();
    const seed = identity.exportSeed();
    await this.keepIdentity(seed);
    seed.fill(0);
    await this.#vault.store(accountName(account), this.id);
    return identity;
  }

  async #identityElsewhere(account: AccountPlace): Promise<Identity | undefined> {
    try {
      const other = v.safeParse(StoreIdSchema, await this.#vault.get(accountName(account)));
      return other.success ? await new Keyring(this.#vault, other.output).identity() : undefined;
    } catch (error) {
      // Sealed under another store's passphrase.
      if (error instanceof SealError || (error instanceof UsageError && error.code === "locked"))
        return undefined;
      throw error;
    }
  }

  /** @param seed the caller wipes it */
  async keepIdentity(seed: Uint8Array): Promise<void> {
    await this.#keyring.keepIdentity(seed);
    this.#vouch("identityKey", Identity.fromSeed(seed).publicKey);
  }

  /**
   * Decides a restore by one write of the mark: from here on the restored identity is the one in force, though the keyring fails.
   * @param seed the caller wipes it
   */
  async decideRestore(seed: Uint8Array): Promise<void> {
    await this.#keyring.keepRestoredIdentity(seed);
    this.#vouch("restoredKey", Identity.fromSeed(seed).publicKey);
  }

  /**
   * @returns the seed of a restore that was decided and isn't finished; the caller wipes it
   * @throws UsageError "keys-missing", "keys-wrong"; errors of the vault
   */
  async restoredIdentity(): Promise<Uint8Array | undefined> {
    if (this.#mark.restoredKey === undefined) return undefined;
    const seed = await this.#keyring.restoredIdentity();
    if (seed === undefined) throw missingKey();
    this.#check("restoredKey", Identity.fromSeed(seed).publicKey);
    return seed;
  }

  /** Finishes a restore, once the restored store is in place. @param seed of restoredIdentity(); the caller wipes it */
  async finishRestore(seed: Uint8Array): Promise<void> {
    await this.keepIdentity(seed);
    // Until the keyring gives it back, the copy is the only one.
    await this.identity();
    writeMark(this.folder, { ...this.#mark, restoredKey: undefined });
    await this.#keyring.deleteRestoredIdentity();
  }

  /** Deletes the keys from the vault while the store is erased. New ones may be made from here on. */
  async forget(account: AccountPlace): Promise<void> {
    writeMark(this.folder, { id: this.id });
    await this.#keyring.forget();
    const name = accountName(account);
    // It may lead to a store on another machine by now.
    if ((await this.#vault.get(name)) === this.id) await this.#vault.delete(name);
  }

  #check(name: KeyName, key: Uint8Array): void {
    const vouched = this.#mark[name];
    if (vouched === undefined) this.#vouch(name, key);
    else if (vouched !== keyDigest(name, key)) throw wrongKey();
  }

  #vouch(name: KeyName, key: Uint8Array): void {
    writeMark(this.folder, { ...this.#mark, [name]: keyDigest(name, key) });
  }

  get #mark(): StoreMark {
    return readMark(this.folder) ?? { id: this.id };
  }
}

/** @returns whether the vault has the key of the store in that folder, as far as it can be told before a passphrase was given */
export async function hasKeys(folder: string, vault: SecretVault): Promise<boolean> {
  const mark = Store.isIn(folder) ? readMark(folder) : undefined;
  if (mark?.databaseKey === undefined) return false;
  try {
    const key = await new Keyring(vault, mark.id).databaseKey();
    if (key === undefined) return false;
    const fits = mark.databaseKey === keyDigest("databaseKey", key);
    key.fill(0);
    return fits;
  } catch (error) {
    if (error instanceof UsageError && error.code === "locked") return true;
    throw error;
  }
}
