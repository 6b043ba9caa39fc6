/** A conversation's stored state: other bytes are refused, or are a state that is stored unchanged. */
import assert from "node:assert/strict";
import { Conversation } from "../../../protocol/e2ee/conversation.ts";
import { check, established, sealAll } from "../../../protocol/e2ee/people-fixture.ts";
import { parsed, type Target } from "../target.ts";

export async function open(): Promise<Target> {
  const { alices, bobs } = await established();
  const { next, sealed } = await sealAll(alices, ["one", "two", "three"]);
  const last = sealed[2];
  assert.ok(last);
  const skipping = (await bobs.open(last.id, last.bytes)).next;
  const renewing = (await next.commit(Date.now())).next;
  return {
    samples: [alices, skipping, renewing].map((conversation) => conversation.serialize()),
    maxBytes: 66_000,
    run(input) {
      const conversation = parsed(["bad-content"], () => Conversation.deserialize(input, check));
      if (conversation === undefined) return;
      const again = conversation.serialize();
      assert.deepEqual(Conversation.deserialize(again, check).serialize(), again);
    },
  };
}
