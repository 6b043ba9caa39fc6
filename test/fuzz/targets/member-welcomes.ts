/**
 * Welcomes made by the peer's own client, with invalid contents (RFC 9420 §12.4.3.1): joining fails, or joins
 * the conversation of exactly these two.
 */
import assert from "node:assert/strict";
import { prepareToJoin } from "../../../protocol/e2ee/conversation.ts";
import {
  alice,
  bob,
  createWith,
  joinWith,
  makeKeyPackage,
  makeWelcome,
  readPackage,
  theirSuite,
} from "../../../protocol/e2ee/people-fixture.ts";
import { newConversationId } from "../../../protocol/names.ts";
import { EDITS, edited, forKind, parsedLater, type Target } from "../target.ts";

const CODES = ["wrong-conversation", "identity-mismatch", "identity-changed", "undecryptable"];
/** The sealed values within a Welcome. */
const MAX_SEALS = 6;

/** An input: u8 which sealed value | edits of it. */
export async function open(): Promise<Target> {
  const id = newConversationId();
  const joining = await prepareToJoin(bob.name, bob.identity);
  const { welcome } = await createWith(joining.keyPackage, id);
  const keyPackage = readPackage(joining.keyPackage);
  const creator = await makeKeyPackage(alice);
  const suite = theirSuite;
  return {
    samples: Array.from({ length: MAX_SEALS }, (_, which) =>
      EDITS.map((edits) => forKind(which, edits)),
    ).flat(),
    async run(input) {
      const which = (input[0] ?? 0) % MAX_SEALS;
      let seals = 0;
      const inside = (plaintext: Uint8Array) =>
        seals++ === which ? edited(plaintext, input.subarray(1)) : plaintext;
      const hpke: typeof suite.hpke = {
        ...suite.hpke,
        encryptAead: (key, nonce, aad, plaintext) =>
          suite.hpke.encryptAead(key, nonce, aad, inside(plaintext)),
        seal: (key, plaintext, info, aad) => suite.hpke.seal(key, inside(plaintext), info, aad),
      };
      const made = await makeWelcome(id, creator, [keyPackage], { suite: { ...suite, hpke } });
      const joined = await parsedLater(CODES, () => joinWith(id, joining, made));
      if (joined === undefined) return;
      assert.equal(joined.peer.name, alice.name);
      assert.deepEqual(Buffer.from(joined.peer.identityKey), Buffer.from(alice.identity.publicKey));
    },
    close: async () => assert.ok(await joinWith(id, joining, welcome), "the right Welcome still joins"),
  };
}
