/**
 * The server redirects, repeats, changes, withholds and reorders sealed messages, and claims that they
 * arrived.
 */

import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { idBytes, newMessageId } from "../../protocol/names.ts";
import { Opcode, SealedMessageSchema } from "../../protocol/wire/parley_pb.ts";
import { changed, type Letter } from "../fixtures/lying-server.ts";
import { describeLies, replaced, type Trio } from "../fixtures/trio.ts";

const into = (one: Letter, conversation: Uint8Array) =>
  changed(one, SealedMessageSchema, (body) => ({ ...body, conversation }));
const underAnotherId = (one: Letter) =>
  changed(one, SealedMessageSchema, (body) => ({ ...body, id: idBytes(newMessageId()) }));
const withBytesOf = (other: Letter, one: Letter) =>
  changed(other, SealedMessageSchema, (body) => ({
    ...body,
    id: fromBinary(SealedMessageSchema, one.body).id,
  }));
const garbled = (one: Letter) =>
  changed(one, SealedMessageSchema, ({ sealed, ...body }) => ({
    ...body,
    sealed: replaced(
      sealed,
      sealed.slice(-8),
      sealed.slice(-8).map((byte) => byte ^ 1),
    ),
  }));

describeLies("a server that delivers a message", (lie) => {
  /** Alice and Bob are chatting, and from now on the server lies about Alice's messages. */
  async function lieAboutMessages(trio: Trio, how: (one: Letter) => readonly Letter[]): Promise<void> {
    await trio.getToKnow();
    trio.lieAbout(Opcode.MESSAGE, trio.bob, how);
  }

  lie(
    "into another conversation: Bob's client shows there that one did not open, wrong-conversation",
    async (trio) => {
      const { alice, bob, carol } = trio;
      await lieAboutMessages(trio, (one) => [into(one, trio.carolsConversation)]);
      await trio.says(alice, bob, "for you");
      await trio.complaints(bob, 1);
      trio.assertNoticed(bob, "wrong-conversation");
      assert.deepEqual(await trio.transcript(bob, carol), ["* opened", "< carol", "* undecryptable"]);
      assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello"]);
      await trio.has(alice, bob, "sent", "for you"); // and nothing else
    },
  );

  lie(
    "into a conversation with somebody else: Carol's client shows that one did not open, wrong-conversation",
    async (trio) => {
      const { alice, bob, carol } = trio;
      await lieAboutMessages(trio, (one) => [{ ...into(one, trio.carolsConversation), to: carol.name }]);
      await trio.says(alice, bob, "for you");
      await trio.complaints(carol, 1);
      trio.assertNoticed(carol, "wrong-conversation");
      assert.deepEqual(await trio.transcript(carol, bob), ["* opened", "> carol", "* undecryptable"]);
      assert.equal(carol.messenger.chat(directChat(alice.name)).phase, "none");
    },
  );

  lie(
    "to somebody else, unchanged: Carol's client shows nothing, and reports that it cannot open it",
    async (trio) => {
      const { alice, bob, carol } = trio;
      await lieAboutMessages(trio, (one) => [{ ...one, to: carol.name }]);
      await trio.says(alice, bob, "for you");
      await trio.has(alice, bob, "sent", "for you");
      assert.deepEqual(carol.complaints, ["Message for an unknown conversation: notifying its sender"]);
      assert.deepEqual(await trio.transcript(carol, bob), ["* opened", "> carol"]);
      assert.equal(carol.messenger.chat(directChat(alice.name)).phase, "none");
    },
  );

  lie("twice: Bob's client shows it once", async (trio) => {
    const { alice, bob } = trio;
    await lieAboutMessages(trio, (one) => [one, one]);
    await trio.says(alice, bob, "pay him");
    await trio.has(alice, bob, "delivered", "pay him");
    await trio.liar.settled();
    assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello", "< pay him"]);
    await trio.assertTheyCanTalk();
    trio.assertNothingNoticed();
  });

  lie(
    "once more under another id: Bob's client shows that one did not open, identity-mismatch",
    async (trio) => {
      const { alice, bob } = trio;
      await lieAboutMessages(trio, (one) => [one, underAnotherId(one)]);
      await trio.says(alice, bob, "pay him");
      await trio.complaints(bob, 1);
      trio.assertNoticed(bob, "identity-mismatch");
      assert.deepEqual(await trio.transcript(bob, alice), [
        "* opened",
        "< hello",
        "< pay him",
        "* undecryptable",
      ]);
      await trio.assertTheyCanTalk();
    },
  );

  lie("under another id only: Bob's client shows that one did not open, identity-mismatch", async (trio) => {
    const { alice, bob } = trio;
    await lieAboutMessages(trio, (one) => [underAnotherId(one)]);
    await trio.says(alice, bob, "pay him");
    await trio.complaints(bob, 1);
    trio.assertNoticed(bob, "identity-mismatch");
    assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello", "* undecryptable"]);
    await trio.has(alice, bob, "sent", "pay him"); // and nothing else
  });

  lie(
    "after another one under its id: Bob's client shows that one did not open, and then the message",
    async (trio) => {
      const { alice, bob } = trio;
      const letters: Letter[] = [];
      await lieAboutMessages(trio, (one) => {
        const [first, second] = letters;
        letters.push(one);
        if (first === undefined) return [one];
        return second === undefined ? [withBytesOf(first, one)] : [second, one];
      });
      await trio.says(alice, bob, "pay him");
      await trio.says(alice, bob, "don't");
      await trio.complaints(bob, 1);
      await trio.says(alice, bob, "please");
      await trio.has(alice, bob, "delivered", "pay him", "don't", "please");
      trio.assertNoticed(bob, "identity-mismatch");
      const shown = ["< pay him", "* undecryptable", "< don't", "< please"];
      assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello", ...shown]);
    },
  );

  lie(
    "with bits flipped: Bob's client has it sent again in a new conversation, undecryptable",
    async (trio) => {
      const { alice, bob } = trio;
      let flipped = false;
      await lieAboutMessages(trio, (one) => {
        const lies = !flipped;
        flipped = true;
        return [lies ? garbled(one) : one];
      });
      await trio.says(alice, bob, "garbled");
      await trio.has(alice, bob, "delivered", "garbled");
      trio.assertNoticed(bob, "undecryptable");
      assert.deepEqual((await trio.transcript(bob, alice)).slice(2), [
        "* keys-lost",
        "* renewed",
        "< garbled",
      ]);
      assert.equal(partner(bob.messenger.chat(directChat(alice.name))).trust, "verified");
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "with bits flipped, every time: both clients stop after five new conversations, and report it",
    async (trio) => {
      const { alice, bob } = trio;
      await lieAboutMessages(trio, (one) => [garbled(one)]);
      await trio.says(alice, bob, "garbled");
      await alice.isIn(bob, "none");
      await alice.has(
        bob,
        "failed",
        ...(await alice.messages(bob)).flatMap(({ body, author, state }) =>
          author === alice.name && body.kind === "text" && state !== "delivered" ? [body.text] : [],
        ),
      );
      const requests = trio.letters.filter(
        ({ opcode, to }) => opcode === Opcode.RTT && to !== trio.carol.name,
      );
      assert.ok(requests.length <= 12, String(requests.length));
      assert.ok(!(await bob.transcript(alice)).some((line) => line.includes("garbled")));
      if (bob.messenger.chat(directChat(alice.name)).phase === "open") await bob.closes(alice);
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "never, and says that it did: Alice's client sends it again after the next, Bob's shows that one is missing",
    async (trio) => {
      const { alice, bob } = trio;
      await lieAboutMessages(trio, () => []);
      await trio.says(alice, bob, "lost");
      await trio.has(alice, bob, "sent", "lost");
      await trio.assertTheyCanTalk();
      const after = ["* opened", "< hello", "* missing", "< at last"];
      assert.deepEqual(await trio.transcript(bob, alice), after);
      await trio.has(alice, bob, "delivered", "lost");
      assert.deepEqual(await trio.transcript(bob, alice), [...after, "< lost"]);
      trio.assertNothingNoticed();
    },
  );

  lie("after the next one: Bob's client shows that one is missing, then that it came late", async (trio) => {
    const { alice, bob } = trio;
    const held: Letter[] = [];
    await lieAboutMessages(trio, (one) => {
      held.push(one);
      return held.length === 2 ? held.toReversed() : [];
    });
    await trio.says(alice, bob, "one");
    await trio.says(alice, bob, "two");
    await trio.has(alice, bob, "delivered", "one", "two");
    const shown = ["* missing", "< two", "* late", "< one"];
    assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello", ...shown]);
    await trio.assertTheyCanTalk();
    trio.assertNothingNoticed();
  });

  lie("and no receipt for it: Alice's client shows it as sent, never as delivered", async (trio) => {
    const { alice, bob } = trio;
    await trio.getToKnow();
    const receipts: Letter[] = [];
    trio.lieAbout(Opcode.MESSAGE, alice, (one) => {
      receipts.push(one);
      return [];
    });
    await trio.says(alice, bob, "are you there");
    await trio.hears(bob, alice, "are you there");
    while (receipts.length === 0) await new Promise((resolve) => setImmediate(resolve));
    await trio.has(alice, bob, "sent", "are you there");
  });
});
