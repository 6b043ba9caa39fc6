/**
 * Row sealing: the database file's contents are sealed value by value with AES-256-GCM under keys derived from
 * one database key, which lives in the user's keyring. SQLite itself sees ids, positions, states and sizes.
 */
import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  randomBytes,
} from "node:crypto";

export const DATABASE_KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** Where a sealed value belongs: it opens nowhere else, so rows and columns cannot be swapped. */
export interface Place {
  readonly table: string;
  readonly column: string;
  readonly row: string | number;
}

/** A value that was not sealed here, under this key, for this place. Never leaves the store as such. */
export class SealError extends Error {
  override readonly name = "SealError";
}

export class StoreKey {
  readonly #sealing: KeyObject;
  readonly #naming: KeyObject;

  /** @param databaseKey DATABASE_KEY_BYTES random bytes; copied */
  constructor(databaseKey: Uint8Array) {
    this.#sealing = derive(databaseKey, "parley/1 store values");
    this.#naming = derive(databaseKey, "parley/1 store names");
  }

  /** @returns nonce | ciphertext | tag. Random nonces are good for 2^32 values under one key (SP 800-38D §8.3). */
  seal(plaintext: Uint8Array, place: Place): Uint8Array {
    const nonce = randomBytes(NONCE_BYTES);
    const cipher = createCipheriv("aes-256-gcm", this.#sealing, nonce).setAAD(placeBytes(place));
    return Buffer.concat([nonce, cipher.update(plaintext), cipher.final(), cipher.getAuthTag()]);
  }

  /** @throws SealError */
  open(sealed: Uint8Array, place: Place): Uint8Array {
    if (sealed.length < NONCE_BYTES + TAG_BYTES)
      throw new SealError(`A value of ${place.table} is too short`);
    const decipher = createDecipheriv("aes-256-gcm", this.#sealing, sealed.subarray(0, NONCE_BYTES), {
      authTagLength: TAG_BYTES,
    });
    decipher.setAAD(placeBytes(place)).setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    try {
      const plaintext = decipher.update(sealed.subarray(NONCE_BYTES, sealed.length - TAG_BYTES));
      decipher.final();
      return plaintext;
    } catch (error) {
      throw new SealError(`A value of ${place.table} does not open`, { cause: error });
    }
  }

  /** @returns 32 bytes by which a name is looked up: the same for the same name, and unreadable without the key. */
  nameTag(name: string): Uint8Array {
    return createHmac("sha256", this.#naming).update(name, "utf8").digest();
  }
}

/** Derives a key (RFC 5869, SHA-256, no salt): the database key is uniformly random. */
function derive(databaseKey: Uint8Array, label: string): KeyObject {
  return createSecretKey(Buffer.from(hkdfSync("sha256", databaseKey, "", label, DATABASE_KEY_BYTES)));
}

function placeBytes({ table, column, row }: Place): Uint8Array {
  return Buffer.from(`${table}\0${column}\0${row}`, "utf8");
}
