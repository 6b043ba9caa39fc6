/**
 * The header of a backup file, 91 bytes:
 *
 *     "parley backup" (13) | version (1) | log2 of scrypt's N (1) | salt (32) | proof (32) | checksum (12)
 *
 * scrypt uses r = 8 and p = 1. `proof` is an HMAC-SHA-256 of all bytes before it, with a key from the passphrase. It detects a wrong
 * passphrase, and ensures that only one passphrase opens a file (AES-GCM alone does not commit to its key). `checksum` is the first 12
 * bytes of the SHA-256 of all bytes before it. It distinguishes accidental damage from a wrong passphrase, and is no protection against
 * an attacker.
 */
import {
  createHash,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  timingSafeEqual,
} from "node:crypto";
import { UsageError } from "../../../protocol/errors.ts";
import { isPayable, type PassphraseCost, SALT_BYTES, stretch } from "../../account/passphrase.ts";

const MAGIC = Buffer.from("parley backup", "ascii");
const VERSION = 1;
const PROOF_BYTES = 32;
const CHECKSUM_BYTES = 12;
const KEY_BYTES = 32;

const VERSION_AT = MAGIC.length;
const COST_AT = VERSION_AT + 1;
const SALT_AT = COST_AT + 1;
const PROOF_AT = SALT_AT + SALT_BYTES;
const CHECKSUM_AT = PROOF_AT + PROOF_BYTES;
export const HEADER_BYTES = CHECKSUM_AT + CHECKSUM_BYTES;

/** @returns the header of a new file, and the key of its chunks */
export async function newHeader(
  passphrase: string,
  cost: PassphraseCost,
): Promise<{ readonly header: Uint8Array; readonly key: KeyObject }> {
  const fields = Buffer.concat([MAGIC, Buffer.of(VERSION, cost.costLog2), cost.salt]);
  const { proofKey, key } = await keysOf(passphrase, cost);
  const proven = Buffer.concat([fields, createHmac("sha256", proofKey).update(fields).digest()]);
  return { header: Buffer.concat([proven, checksum(proven)]), key };
}

/**
 * Checks a header and the passphrase.
 * @param header the first HEADER_BYTES of a file, or all of a shorter one
 * @returns the key of the chunks
 * @throws UsageError "backup-unknown" for a file that is not a backup, or is of a later version; "backup-damaged"; "wrong-passphrase"
 */
export async function readHeader(header: Uint8Array, passphrase: string): Promise<KeyObject> {
  const bytes = Buffer.from(header);
  if (!bytes.subarray(0, MAGIC.length).equals(MAGIC.subarray(0, bytes.length)) || bytes.length === 0)
    throw new UsageError("backup-unknown", "This file is no backup");
  if (bytes.length > VERSION_AT && bytes[VERSION_AT] !== VERSION)
    throw new UsageError("backup-unknown", "This backup is of a version that this program does not know");
  if (
    bytes.length !== HEADER_BYTES ||
    !checksum(bytes.subarray(0, CHECKSUM_AT)).equals(bytes.subarray(CHECKSUM_AT))
  )
    throw new UsageError("backup-damaged", "The head of the backup was cut short or changed");
  const cost = { costLog2: bytes.readUInt8(COST_AT), salt: bytes.subarray(SALT_AT, PROOF_AT) };
  if (!isPayable(cost))
    throw new UsageError("backup-unknown", "This backup asks for more work than a backup may");
  const { proofKey, key } = await keysOf(passphrase, cost);
  const proof = createHmac("sha256", proofKey).update(bytes.subarray(0, PROOF_AT)).digest();
  if (!timingSafeEqual(proof, bytes.subarray(PROOF_AT, CHECKSUM_AT)))
    throw new UsageError("wrong-passphrase", "The passphrase does not open this backup");
  return key;
}

function checksum(bytes: Uint8Array): Buffer {
  return createHash("sha256").update(bytes).digest().subarray(0, CHECKSUM_BYTES);
}

/** Derives the keys: scrypt once, then HKDF (RFC 5869) with a label for each key. */
async function keysOf(
  passphrase: string,
  cost: PassphraseCost,
): Promise<{ readonly proofKey: KeyObject; readonly key: KeyObject }> {
  const stretched = await stretch(passphrase, cost, KEY_BYTES);
  const derive = (label: string) =>
    createSecretKey(Buffer.from(hkdfSync("sha256", stretched, cost.salt, label, KEY_BYTES)));
  try {
    return { proofKey: derive("parley/1 backup passphrase"), key: derive("parley/1 backup content") };
  } finally {
    stretched.fill(0);
  }
}
