/**
 * The account's own request keys, for which others seal notes before there is a conversation. The newest is published. A replaced one
 * still opens notes that are waiting, until it expires. Private keys are only in the sealed store, and not in backups.
 */
import * as v from "valibot";
import { generateRequestKey } from "../../protocol/e2ee/note.ts";
import type { RequestKey } from "../../protocol/identity/request-key.ts";
import {
  REQUEST_KEY_LIFETIME_SECONDS,
  REQUEST_WAIT_SECONDS,
  XWING_PRIVATE_KEY_BYTES,
  XWING_PUBLIC_KEY_BYTES,
} from "../../protocol/limits.ts";
import { base64Bytes } from "../store/columns.ts";
import { SealError } from "../store/seal.ts";
import type { Store } from "../store/store.ts";

export interface OwnRequestKey extends RequestKey {
  readonly privateKey: Uint8Array;
}

const KeysSchema = v.array(
  v.object({
    key: v.pipe(base64Bytes, v.length(XWING_PUBLIC_KEY_BYTES)),
    privateKey: v.pipe(base64Bytes, v.length(XWING_PRIVATE_KEY_BYTES)),
    validUntil: v.pipe(v.number(), v.safeInteger()),
  }),
);

export class OwnRequestKeys {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /** Returns the key to publish: the newest, or a new one if that expires soon. @param now Unix time, seconds */
  async current(now: number): Promise<RequestKey> {
    const newest = this.valid(now)[0];
    if (newest !== undefined && outlastsWait(newest, now)) return newest;
    const made = { ...(await generateRequestKey()), validUntil: now + REQUEST_KEY_LIFETIME_SECONDS };
    // Keep the others, even if they seem to have expired: the clock may be wrong.
    if (this.#store.isOpen) this.#write([made, ...this.#read()]);
    return made;
  }

  /** @returns the keys that have not expired, newest first */
  valid(now: number): readonly OwnRequestKey[] {
    return this.#read().filter((key) => isValid(key, now));
  }

  /** Overwrites expired keys. @param now Unix time, seconds, of a clock that was checked */
  forgetExpired(now: number): void {
    const valid = this.valid(now);
    if (valid.length === this.#read().length) return;
    this.#write(valid);
    this.#store.scrub();
  }

  /** Reads the keys. Keys that do not open or parse are lost, and are replaced. */
  #read(): readonly OwnRequestKey[] {
    try {
      const json = this.#store.settings.get("request-keys");
      return json === undefined ? [] : v.parse(KeysSchema, JSON.parse(json));
    } catch (error) {
      if (error instanceof SealError || error instanceof SyntaxError || v.isValiError(error)) return [];
      throw error;
    }
  }

  #write(keys: readonly OwnRequestKey[]): void {
    const json: v.InferInput<typeof KeysSchema> = keys.map(({ key, privateKey, validUntil }) => ({
      key: Buffer.from(key).toString("base64"),
      privateKey: Buffer.from(privateKey).toString("base64"),
      validUntil,
    }));
    this.#store.settings.set("request-keys", JSON.stringify(json));
  }
}

/** Whether the key is valid. A key that is valid for too long was made with a wrong clock or by a dishonest peer. */
export function isValid({ validUntil }: Pick<RequestKey, "validUntil">, now: number): boolean {
  return validUntil > now && validUntil - now <= REQUEST_KEY_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS;
}

/** Whether a note that is sealed for the key now still opens if it is fetched as late as possible. */
export function outlastsWait({ validUntil }: Pick<RequestKey, "validUntil">, now: number): boolean {
  return validUntil - now >= REQUEST_WAIT_SECONDS;
}

/** The tolerated difference between two people's clocks. */
const CLOCK_SKEW_SECONDS = 24 * 60 * 60;
