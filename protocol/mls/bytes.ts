/** Byte strings: joining, comparing, random bytes, overwriting. */
import { randomFillSync } from "node:crypto";

export const EMPTY: Uint8Array = new Uint8Array();

export function concat(...parts: readonly Uint8Array[]): Uint8Array {
  const joined = new Uint8Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** For public values only: the time depends on the position of the first difference. */
export const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

export const ascii = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "ascii"));

/** Returns text that is equal where the bytes are, for use as a map key. */
export const keyText = (bytes: Uint8Array): string =>
  Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("latin1");

export const random = (length: number): Uint8Array => randomFillSync(new Uint8Array(length));

/** Overwrites secrets in place. Copies that V8 made before are out of reach. */
export function wipe(...secrets: readonly Uint8Array[]): void {
  for (const secret of secrets) secret.fill(0);
}
