/**
 * Messages sealed by the peer's own client, with invalid MLS frames inside (RFC 9420 §6.3): the keys are
 * right; the content, its signature, its padding or the sender data are not. They change nothing.
 */
import assert from "node:assert/strict";
import { encodeMlsMessage } from "ts-mls";
import { protectApplicationData } from "ts-mls/messageProtection.js";
import { encodeContent } from "../../../protocol/e2ee/content.ts";
import { established, text, theirSuite, uncheckedState } from "../../../protocol/e2ee/people-fixture.ts";
import { idBytes, newMessageId } from "../../../protocol/names.ts";
import { EDITS, edited, forKind, parsedLater, type Target } from "../target.ts";

const CODES = ["undecryptable", "identity-mismatch", "bad-content"];
const CONTENT = 0;

/** An input: u8 which of two seals to open | edits of its content. */
export async function open(): Promise<Target> {
  const { alices, bobs } = await established();
  const group = await uncheckedState(alices);
  const suite = theirSuite;
  const id = newMessageId();
  const genuine = await alices.seal(id, text("what alice's program says"));
  return {
    samples: [CONTENT, 1].flatMap((which) => EDITS.map((edits) => forKind(which, edits))),
    async run(input) {
      const which = (input[0] ?? 0) % 2;
      let seals = 0;
      let changed = false;
      const encryptAead: typeof suite.hpke.encryptAead = (key, nonce, aad, plaintext) => {
        const inside = seals++ === which ? edited(plaintext, input.subarray(1)) : plaintext;
        changed ||= !Buffer.from(inside).equals(plaintext);
        return suite.hpke.encryptAead(key, nonce, aad, inside);
      };
      const { privateMessage } = await protectApplicationData(
        group.signaturePrivateKey,
        group.keySchedule.senderDataSecret,
        encodeContent(text("hello")),
        new Uint8Array(idBytes(id)),
        group.groupContext,
        // Used keys are wiped: each run has its own.
        structuredClone(group.secretTree),
        group.privatePath.leafIndex,
        { kind: "alwaysPad", paddingLength: 100 },
        { ...suite, hpke: { ...suite.hpke, encryptAead } },
      );
      assert.equal(seals, 2);
      const bytes = encodeMlsMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage });
      const opened = await parsedLater(CODES, () => bobs.open(id, bytes));
      if (!changed) assert.deepEqual(opened?.content, text("hello"));
      // Not covered by the signature: the padding's length, and (unencrypted inside the seal) the reuse
      // guard.
      else if (which === CONTENT && opened !== undefined) assert.deepEqual(opened.content, text("hello"));
      assert.ok(await bobs.open(id, genuine.bytes), "the genuine one does not open any more");
    },
  };
}
