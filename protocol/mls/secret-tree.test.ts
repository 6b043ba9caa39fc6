import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_FORWARD_STEPS, MAX_SKIPPED_KEYS } from "./bounds.ts";
import { wipe } from "./bytes.ts";
import { UnavailableError } from "./errors.ts";
import { keyAndNonce } from "./labels.ts";
import { keyOf, nextKey, type SecretTree, secretsIn, secretTree } from "./secret-tree.ts";
import { type CipherSuite, cipherSuites } from "./suite.ts";
import { leafIndex } from "./tree-math.ts";
import { hex, hexOf, same, suiteVectors } from "./vectors-fixture.ts";

describe("MLS vectors: secret-tree", () => {
  type Keys = "application_key" | "application_nonce" | "handshake_key" | "handshake_nonce";
  interface Vector {
    encryption_secret: string;
    sender_data: Record<"sender_data_secret" | "ciphertext" | "key" | "nonce", string>;
    leaves: (Record<Keys, string> & { generation: number })[][];
  }
  for (const { suite, vector } of suiteVectors<Vector>("mls/secret-tree.json"))
    it(`suite ${suite.number}: ${vector.leaves.length} leaves`, () => {
      const { sender_data_secret, ciphertext, key, nonce } = vector.sender_data;
      const sample = hex(ciphertext).subarray(0, suite.kdf.bytes);
      const data = keyAndNonce(suite, hex(sender_data_secret), sample);
      assert.deepEqual([hexOf(data.key), hexOf(data.nonce)], [key, nonce]);
      let tree = secretTree(vector.leaves.length, hex(vector.encryption_secret));
      for (const [leaf, generations] of vector.leaves.entries())
        for (const expected of generations)
          for (const kind of ["application", "handshake"] as const) {
            const found = keyOf(suite, tree, leafIndex(leaf), kind, expected.generation);
            tree = found.tree;
            same(found.key, expected[`${kind}_key`]);
            same(found.nonce, expected[`${kind}_nonce`]);
          }
    });
});

describe("MLS secret tree", () => {
  const suite = cipherSuites().get(1) as CipherSuite;
  const leaf = leafIndex(2);
  const fresh = () => secretTree(4, new Uint8Array(32).fill(7));

  it("opens messages in any order, each once", () => {
    fc.assert(
      fc.property(fc.shuffledSubarray([...Array(20).keys()]), (arrivals) => {
        let sending = fresh();
        const keys = Array.from({ length: 20 }, () => {
          const next = nextKey(suite, sending, leaf, "application");
          sending = next.tree;
          return hexOf(next.key) + hexOf(next.nonce);
        });
        let tree = fresh();
        for (const generation of arrivals) {
          const found = keyOf(suite, tree, leaf, "application", generation);
          assert.equal(hexOf(found.key) + hexOf(found.nonce), keys[generation]);
          tree = found.tree;
          assert.throws(() => keyOf(suite, tree, leaf, "application", generation), UnavailableError);
        }
      }),
      { numRuns: 30 },
    );
  });

  it("keeps the keys of the newest skipped generations, and no more", () => {
    const far = 3 * MAX_SKIPPED_KEYS;
    const { tree } = keyOf(suite, fresh(), leaf, "application", far);
    keyOf(suite, tree, leaf, "application", far - MAX_SKIPPED_KEYS);
    assert.throws(() => keyOf(suite, tree, leaf, "application", far - MAX_SKIPPED_KEYS - 1), {
      reason: "generation-used",
    });
    const more = keyOf(suite, tree, leaf, "application", far + 10).tree;
    assert.equal(
      more.ratchets[leaf]?.application.skipped.length,
      MAX_SKIPPED_KEYS - 1,
      "but for the one opened",
    );
  });

  it("advances by a bounded number of generations", () => {
    keyOf(suite, fresh(), leaf, "application", MAX_FORWARD_STEPS);
    assert.throws(() => keyOf(suite, fresh(), leaf, "application", MAX_FORWARD_STEPS + 1), {
      reason: "generation-ahead",
    });
    assert.throws(() => keyOf(suite, fresh(), leaf, "application", 0xffff_ffff), {
      reason: "generation-ahead",
    });
  });

  it("neither holds nor needs the secrets that an operation has used up", () => {
    let tree: SecretTree = fresh();
    const twin = { tree: fresh() };
    for (const [at, kind, generation] of [
      [0, "application", 0],
      [3, "handshake", 2],
      [3, "handshake", 1],
      [0, "application", 70],
      [0, "application", 150],
      [1, "application", 0],
    ] as const) {
      const found = keyOf(suite, tree, leafIndex(at), kind, generation);
      const expected = keyOf(suite, twin.tree, leafIndex(at), kind, generation);
      assert.deepEqual(found.key, expected.key);
      twin.tree = expected.tree;
      const held = new Set(secretsIn(found.tree));
      for (const secret of found.spent) assert(!held.has(secret));
      wipe(...found.spent, found.key, found.nonce);
      tree = found.tree;
    }
    assert.deepEqual(secretsIn(tree).map(hexOf), secretsIn(twin.tree).map(hexOf));
  });

  it("derives a leaf's ratchets without touching other leaves' secrets", () => {
    const first = keyOf(suite, fresh(), leaf, "application", 0).tree;
    assert.equal(first.ratchets.filter((one) => one !== undefined).length, 1);
    assert.equal(
      first.secrets.filter((one) => one !== undefined).length,
      2,
      "its sibling, and the other half",
    );
  });
});
