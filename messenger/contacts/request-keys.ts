/**
 * Our own request keys: others seal notes for them before there is a conversation. The newest is published; one that was
 * replaced opens notes that may still be waiting, and is gone when its time is over. Private halves are nowhere but in the
 * sealed store, and in no backup.
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

  /** @param now Unix time, seconds. @returns the one to publish, made where it is time for another */
  async current(now: number): Promise<RequestKey> {
    const newest = this.valid(now)[0];
    if (newest !== undefined && outlastsWait(newest, now)) return newest;
    const made = { ...(await generateRequestKey()), validUntil: now + REQUEST_KEY_LIFETIME_SECONDS };
    // The others stay, though they seem to be over: the clock may be wrong.
    if (this.#store.isOpen) this.#write([made, ...this.#read()]);
    return made;
  }

  /** @returns those that still open notes, newest first */
  valid(now: number): readonly OwnRequestKey[] {
    return this.#read().filter((key) => isValid(key, now));
  }

  /** Overwrites expired keys. @param now by a clock that somebody vouches for */
  forgetExpired(now: number): void {
    const valid = this.valid(now);
    if (valid.length === this.#read().length) return;
    this.#write(valid);
    this.#store.scrub();
  }

  /** Reads the keys. One that does not open or parse is lost, as on a lost disk: other keys take its place. */
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

/** Whether the key is valid. One with too long a validity was made by a wrong clock, or by a liar. */
export function isValid({ validUntil }: Pick<RequestKey, "validUntil">, now: number): boolean {
  return validUntil > now && validUntil - now <= REQUEST_KEY_LIFETIME_SECONDS + CLOCK_SKEW_SECONDS;
}

/** Whether a note that is sealed for it now opens even when it is fetched as late as can be. */
export function outlastsWait({ validUntil }: Pick<RequestKey, "validUntil">, now: number): boolean {
  return validUntil - now >= REQUEST_WAIT_SECONDS;
}

/** Two people's clocks may differ by this much. */
const CLOCK_SKEW_SECONDS = 24 * 60 * 60;
