/**
 * The keys of the store in one folder. They are made only if there is neither a store nor a mark of one. If the keyring has no keys for an
 * existing store (another session, another browser, a secret that VS Code could not decrypt and removed), nothing is made, renamed or
 * stored.
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

/** Identifies an account: its name and its server's CA. */
export interface AccountPlace {
  readonly name: Username;
  readonly caFingerprint: Uint8Array;
}

/** @returns the name of the secret that holds the id of the account's store */
function accountName({ name, caFingerprint }: AccountPlace): string {
  const digest = createHash("sha256").update(caFingerprint).update(name).digest("hex");
  return `parley.account.${digest.slice(0, 32)}`;
}

export class StoreKeys {
  /** The store's folder, made if absent. */
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

  /**
   * Reads the mark of the store in `folder`, or writes one for a new store.
   * @throws UsageError "keys-missing" for a store without a mark, which would name its keys
   */
  static in(folder: string, vault: SecretVault): StoreKeys {
    const found = readMark(folder);
    if (found === undefined && Store.isIn(folder))
      throw new UsageError("keys-missing", "The store has no mark that names its keys");
    const mark = found ?? { id: newStoreId() };
    if (found === undefined) {
      mkdirSync(folder, { recursive: true, mode: 0o700 });
      writeMark(folder, mark);
    }
    return new StoreKeys(folder, vault, mark.id);
  }

  /**
   * @returns the store's key, made if the store is new. The caller wipes it
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

  /** Stores the database key and its digest in the mark. @param key the caller wipes it */
  async keepDatabaseKey(key: Uint8Array): Promise<void> {
    await this.#keyring.keepDatabaseKey(key);
    this.#vouch("databaseKey", key);
  }

  /** @returns undefined if the store has no identity yet. @throws UsageError "keys-missing", "keys-wrong"; errors of the vault */
  async identity(): Promise<Identity | undefined> {
    const kept = await this.#keyring.identity();
    if (kept !== undefined) this.#check("identityKey", kept.publicKey);
    else if (this.#mark.identityKey !== undefined) throw missingKey();
    return kept;
  }

  /**
   * Stores an identity for the account if there is none.
   * @returns the store's identity; else the one that this keyring has for the account (its store was lost or is on another machine); else a
   * new one. @throws as identity()
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
      // The identity of that other store is sealed with its passphrase.
      if (error instanceof SealError || (error instanceof UsageError && error.code === "locked"))
        return undefined;
      throw error;
    }
  }

  /** Stores the identity and its digest in the mark. @param seed the caller wipes it */
  async keepIdentity(seed: Uint8Array): Promise<void> {
    await this.#keyring.keepIdentity(seed);
    this.#vouch("identityKey", Identity.fromSeed(seed).publicKey);
  }

  /**
   * Commits a restore by one write of the mark. From then on, the restored identity is the valid one, even if the keyring fails.
   * @param seed the restored identity's seed, which the caller wipes
   */
  async decideRestore(seed: Uint8Array): Promise<void> {
    await this.#keyring.keepRestoredIdentity(seed);
    this.#vouch("restoredKey", Identity.fromSeed(seed).publicKey);
  }

  /**
   * @returns the seed of a restore that is committed but not finished. The caller wipes it
   * @throws UsageError "keys-missing", "keys-wrong"; errors of the vault
   */
  async restoredIdentity(): Promise<Uint8Array | undefined> {
    if (this.#mark.restoredKey === undefined) return undefined;
    const seed = await this.#keyring.restoredIdentity();
    if (seed === undefined) throw missingKey();
    this.#check("restoredKey", Identity.fromSeed(seed).publicKey);
    return seed;
  }

  /** Finishes a restore, once the restored store is in place. @param seed the one from restoredIdentity(), which the caller wipes */
  async finishRestore(seed: Uint8Array): Promise<void> {
    await this.keepIdentity(seed);
    // Read the identity back before its other copy is deleted.
    await this.identity();
    writeMark(this.folder, { ...this.#mark, restoredKey: undefined });
    await this.#keyring.deleteRestoredIdentity();
  }

  /** Deletes the keys from the vault, while the store is erased. Afterwards, new ones can be made. */
  async forget(account: AccountPlace): Promise<void> {
    writeMark(this.folder, { id: this.id });
    await this.#keyring.forget();
    const name = accountName(account);
    // Keep the entry if it names another machine's store by now.
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

/** @returns whether the vault has the key of the store in that folder, as far as that is known before the passphrase is entered */
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
