/** The official vectors; test/vectors/mls/README.md states their origin. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { type CipherSuite, cipherSuites } from "./suite.ts";

export const hex = (text: string): Uint8Array => new Uint8Array(Buffer.from(text, "hex"));
export const hexOf = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

export function same(actual: Uint8Array, expected: string): void {
  assert.equal(hexOf(actual), expected);
}

/** Returns the entries of a file of test/vectors. The files are our own, so their shape is not checked. */
export function vectors<Shape>(file: string): Shape[] {
  return JSON.parse(readFileSync(new URL(`../../test/vectors/${file}`, import.meta.url), "utf8"));
}

/** Returns the entries for suites that we have, each with its suite; files may contain others too. */
export function suiteVectors<Shape>(file: string): { suite: CipherSuite; vector: Shape }[] {
  const suites = cipherSuites();
  const found = vectors<Shape & { cipher_suite: number }>(file).flatMap((vector) => {
    const suite = suites.get(vector.cipher_suite);
    return suite === undefined ? [] : [{ suite, vector }];
  });
  assert(found.length > 0, file);
  return found;
}
