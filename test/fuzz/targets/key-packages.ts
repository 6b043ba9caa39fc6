/**
 * KeyPackages as the requester receives them from the server: only one exactly as its owner signed it leads
 * to a conversation.
 */
import assert from "node:assert/strict";
import { inspectKeyPackage, prepareToJoin } from "../../../protocol/e2ee/conversation.ts";
import { bob, createWith } from "../../../protocol/e2ee/people-fixture.ts";
import { parsedLater, type Target } from "../target.ts";

const CODES = ["bad-content", "identity-mismatch", "identity-changed"];

export async function open(): Promise<Target> {
  const { keyPackage } = await prepareToJoin(bob.name, bob.identity);
  return {
    samples: [keyPackage],
    maxBytes: 10_000,
    async run(input) {
      const genuine = Buffer.from(input).equals(keyPackage);
      const owner = await parsedLater(CODES, () => inspectKeyPackage(input));
      assert.equal(owner !== undefined, genuine);
      if (!genuine) assert.equal(await parsedLater(CODES, () => createWith(input)), undefined);
    },
  };
}
