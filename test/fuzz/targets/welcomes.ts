/** Welcomes at the accepter: a changed one joins nothing, and the right one still does afterwards. */
import assert from "node:assert/strict";
import { prepareToJoin } from "../../../protocol/e2ee/conversation.ts";
import { bob, createWith, joinWith } from "../../../protocol/e2ee/people-fixture.ts";
import { newConversationId } from "../../../protocol/names.ts";
import { parsedLater, type Target } from "../target.ts";

const CODES = ["wrong-conversation", "identity-mismatch", "identity-changed", "undecryptable"];

export async function open(): Promise<Target> {
  const id = newConversationId();
  const joining = await prepareToJoin(bob.name, bob.identity);
  const { welcome } = await createWith(joining.keyPackage, id);
  return {
    samples: [welcome],
    maxBytes: 10_000,
    async run(input) {
      const genuine = Buffer.from(input).equals(welcome);
      const joined = await parsedLater(CODES, () => joinWith(id, joining, input));
      assert.equal(joined !== undefined, genuine);
    },
    close: async () => assert.ok(await joinWith(id, joining, welcome), "the right Welcome still joins"),
  };
}
