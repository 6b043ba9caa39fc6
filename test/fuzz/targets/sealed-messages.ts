/** Sealed messages and self-updates at the peer: a changed one opens nothing and changes nothing, so that the genuine one still opens after it. */
import assert from "node:assert/strict";
import type { Conversation } from "../../../protocol/e2ee/conversation.ts";
import { established, text } from "../../../protocol/e2ee/people-fixture.ts";
import { type MessageId, newMessageId } from "../../../protocol/names.ts";
import { parsedLater, type Target } from "../target.ts";

const CODES = ["undecryptable", "wrong-conversation", "identity-mismatch", "identity-changed", "bad-content"];

export async function open(): Promise<Target> {
  const { alices, bobs } = await established();
  const message = await sealedBy(alices, newMessageId());
  const later = await sealedBy(message.next, newMessageId());
  const update = await alices.commit(Date.now());
  const kinds = [message, later, update] as const;
  return {
    samples: kinds.map(({ bytes }, kind) => Buffer.concat([Buffer.of(kind), bytes])),
    maxBytes: 10_000,
    async run(input) {
      const { id, bytes } = kinds[(input[0] ?? 0) % kinds.length] ?? message;
      const received = input.slice(1);
      const genuine = Buffer.from(received).equals(bytes);
      const before = bobs.serialize();
      const opened = await parsedLater(CODES, () => bobs.open(id, received));
      assert.equal(opened !== undefined, genuine);
      assert.deepEqual(bobs.serialize(), before, "opening changes the value it starts from");
      if (!genuine) assert.ok(await bobs.open(id, bytes), "the genuine one does not open any more");
    },
  };
}

async function sealedBy(conversation: Conversation, id: MessageId) {
  return { id, ...(await conversation.seal(id, text("what nobody else reads"))) };
}
