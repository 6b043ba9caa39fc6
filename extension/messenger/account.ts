/**
 * Who we are and where. The identity seed and the database key are in the user's keyring and nowhere else in the
 * clear; name and server are sealed in the store.
 *
 * The identity is in the keyring before the server hears of it: whatever breaks off a first sign-in, the next try
 * shows the same key, and the server then knows us.
 */
import { randomBytes } from "node:crypto";
import * as v from "valibot";
import { Identity } from "../../protocol/identity/identity.ts";
import { CA_FINGERPRINT_BYTES, IDENTITY_KEY_BYTES } from "../../protocol/limits.ts";
import { parseUsername, type Username } from "../../protocol/names.ts";
import type { SecretVault } from "./model.ts";
import { DATABASE_KEY_BYTES } from "./store/seal.ts";
import type { Settings } from "./store/settings.ts";

export interface Membership {
  readonly name: Username;
  readonly host: string;
  readonly port: number;
  /** The team's CA, pinned at the first visit: CA_FINGERPRINT_BYTES. */
  readonly caFingerprint: Uint8Array;
  /** The newest revocation list seen: an older one is a rollback. */
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

/** @returns undefined where there is no account, or one that does not parse */
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

const IDENTITY = "parley.identity-seed";
/** Of a backup, until its store is in place (backup/swap.ts). */
const RESTORED_IDENTITY = "parley.restored-identity-seed";
const DATABASE_KEY = "parley.database-key";

/** Everything a vault may hold of ours. */
export const SECRET_NAMES: readonly string[] = [IDENTITY, RESTORED_IDENTITY, DATABASE_KEY];

/** The secrets, base64 in the vault. A value of another length counts as lost. */
export class Keyring {
  readonly #vault: SecretVault;

  constructor(vault: SecretVault) {
    this.#vault = vault;
  }

  /** @returns the key of the store, made at the first call; the caller wipes it */
  async databaseKey(): Promise<Uint8Array> {
    const kept = await this.#get(DATABASE_KEY, DATABASE_KEY_BYTES);
    if (kept !== undefined) return kept;
    const made = randomBytes(DATABASE_KEY_BYTES);
    await this.#put(DATABASE_KEY, made);
    return made;
  }

  async identity(): Promise<Identity | undefined> {
    const seed = await this.#get(IDENTITY, IDENTITY_KEY_BYTES);
    if (seed === undefined) return undefined;
    try {
      return Identity.fromSeed(seed);
    } finally {
      seed.fill(0);
    }
  }

  /** @returns the kept identity, else a new one that is now kept */
  async ensureIdentity(): Promise<Identity> {
    const kept = await this.identity();
    if (kept !== undefined) return kept;
    const made = Identity.generate();
    const seed = made.exportSeed();
    await this.#put(IDENTITY, seed);
    seed.fill(0);
    return made;
  }

  /** From here on the restored identity is the one in force. @param seed the caller wipes it */
  async decideRestore(seed: Uint8Array): Promise<void> {
    await this.#put(RESTORED_IDENTITY, seed);
  }

  async isRestoreDecided(): Promise<boolean> {
    return (await this.#vault.get(RESTORED_IDENTITY)) !== undefined;
  }

  /** The restored store is in place. */
  async finishRestore(): Promise<void> {
    const seed = await this.#get(RESTORED_IDENTITY, IDENTITY_KEY_BYTES);
    if (seed !== undefined) await this.#put(IDENTITY, seed);
    seed?.fill(0);
    await this.#vault.delete(RESTORED_IDENTITY);
  }

  async forget(): Promise<void> {
    await this.#vault.delete(IDENTITY);
    await this.#vault.delete(DATABASE_KEY);
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
