/**
 * The account: name, server and keys. The identity seed and the database key are unsealed only in the user's keyring. Name and server
 * are sealed in the store.
 *
 * The identity is stored in the keyring before the server receives it. So if the first sign-in is interrupted at any point, the next
 * attempt uses the same key, which the server then recognizes.
 */
import * as v from "valibot";
import { Identity } from "../../protocol/identity/identity.ts";
import { CA_FINGERPRINT_BYTES, IDENTITY_KEY_BYTES } from "../../protocol/limits.ts";
import { parseUsername, type Username } from "../../protocol/names.ts";
import type { SecretVault } from "../model.ts";
import type { StoreId } from "../store/mark.ts";
import { DATABASE_KEY_BYTES } from "../store/seal.ts";
import type { Settings } from "../store/settings.ts";

export interface Membership {
  readonly name: Username;
  readonly host: string;
  readonly port: number;
  /** Fingerprint of the team's CA, pinned at the first sign-in. CA_FINGERPRINT_BYTES long. */
  readonly caFingerprint: Uint8Array;
  /** Number of the newest revocation list seen. A server that shows an older one rolls it back. */
  readonly minimumCrlNumber?: bigint | undefined;
}

export interface Member {
  readonly membership: Membership;
  readonly identity: Identity;
}

const MembershipSchema = v.pipe(
  v.string(),
  v.parseJson(),
  v.object({
    name: v.string(),
    host: v.string(),
    port: v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(65_535)),
    caFingerprint: v.pipe(v.string(), v.base64()),
    minimumCrlNumber: v.optional(v.pipe(v.string(), v.digits())),
  }),
);

/** @returns undefined if there is no account or it does not parse */
export function readMembership(settings: Settings): Membership | undefined {
  const json = settings.get("account");
  if (json === undefined) return undefined;
  const parsed = v.safeParse(MembershipSchema, json);
  const name = parsed.success ? parseUsername(parsed.output.name) : undefined;
  if (!parsed.success || name === undefined) return undefined;
  const { host, port, minimumCrlNumber } = parsed.output;
  const caFingerprint = new Uint8Array(Buffer.from(parsed.output.caFingerprint, "base64"));
  if (caFingerprint.length !== CA_FINGERPRINT_BYTES) return undefined;
  return {
    name,
    host,
    port,
    caFingerprint,
    minimumCrlNumber: minimumCrlNumber === undefined ? undefined : BigInt(minimumCrlNumber),
  };
}

export function writeMembership(settings: Settings, membership: Membership): void {
  const { name, host, port, caFingerprint, minimumCrlNumber } = membership;
  const json: v.InferOutput<typeof MembershipSchema> = {
    name,
    host,
    port,
    caFingerprint: Buffer.from(caFingerprint).toString("base64"),
    minimumCrlNumber: minimumCrlNumber?.toString(),
  };
  settings.set("account", JSON.stringify(json));
}

/** The names of one store's secrets in the vault. */
interface SecretNames {
  readonly identity: string;
  /** The identity of a backup, until the restored store is in place (backup/swap.ts). */
  readonly restoredIdentity: string;
  readonly databaseKey: string;
}

export function namesFor(store: StoreId): SecretNames {
  return {
    identity: `parley.${store}.identity-seed`,
    restoredIdentity: `parley.${store}.restored-identity-seed`,
    databaseKey: `parley.${store}.database-key`,
  };
}

/** @returns the names of all secrets that a vault may hold for that store */
export function secretNames(store: StoreId): readonly string[] {
  return Object.values(namesFor(store));
}

/** Reads and writes one store's secrets, base64 in the vault. A value of the wrong length counts as missing. */
export class Keyring {
  readonly #vault: SecretVault;
  readonly #names: SecretNames;

  constructor(vault: SecretVault, store: StoreId) {
    this.#vault = vault;
    this.#names = namesFor(store);
  }

  /** @returns the store's key, or undefined if the vault has none. The caller wipes it */
  databaseKey(): Promise<Uint8Array | undefined> {
    return this.#get(this.#names.databaseKey, DATABASE_KEY_BYTES);
  }

  /** Stores the database key. @param key the caller wipes it */
  keepDatabaseKey(key: Uint8Array): Promise<void> {
    return this.#put(this.#names.databaseKey, key);
  }

  async identity(): Promise<Identity | undefined> {
    const seed = await this.#get(this.#names.identity, IDENTITY_KEY_BYTES);
    if (seed === undefined) return undefined;
    try {
      return Identity.fromSeed(seed);
    } finally {
      seed.fill(0);
    }
  }

  /** Stores the identity. @param seed the caller wipes it */
  keepIdentity(seed: Uint8Array): Promise<void> {
    return this.#put(this.#names.identity, seed);
  }

  /** Stores a restored identity that is not in use yet. @param seed the caller wipes it */
  keepRestoredIdentity(seed: Uint8Array): Promise<void> {
    return this.#put(this.#names.restoredIdentity, seed);
  }

  /** @returns the seed of a restored identity that is not in use yet. The caller wipes it */
  restoredIdentity(): Promise<Uint8Array | undefined> {
    return this.#get(this.#names.restoredIdentity, IDENTITY_KEY_BYTES);
  }

  async deleteRestoredIdentity(): Promise<void> {
    await this.#vault.delete(this.#names.restoredIdentity);
  }

  async forget(): Promise<void> {
    for (const name of Object.values(this.#names)) await this.#vault.delete(name);
  }

  async #get(name: string, length: number): Promise<Uint8Array | undefined> {
    const text = await this.#vault.get(name);
    if (text === undefined) return undefined;
    const value = Buffer.from(text, "base64");
    return value.length === length ? value : undefined;
  }

  async #put(name: string, value: Uint8Array): Promise<void> {
    await this.#vault.store(name, Buffer.from(value).toString("base64"));
  }
}
