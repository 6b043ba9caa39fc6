/**
 * The server lies about request keys and about the notes sealed for them, at first contact and later. It can
 * read only notes sealed for a key of its own, and then a client detects it.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { generateRequestKey, openNote } from "../../protocol/e2ee/note.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { signRequestKey } from "../../protocol/identity/request-key.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { SEALED_NOTE_BYTES } from "../../protocol/limits.ts";
import { idBytes, newConversationId } from "../../protocol/names.ts";
import { Opcode, RequestToTalkSchema } from "../../protocol/wire/parley_pb.ts";
import { changed, type KeyLie, type Letter } from "../fixtures/lying-server.ts";
import { type Computer, secretIn } from "../fixtures/messengers.ts";
import { conversationOf, describeLies, type Trio } from "../fixtures/trio.ts";

const NOTE = "about the deploy, between the two of us";
const inDays = (days: number) => Math.floor(Date.now() / 1000) + days * 24 * 60 * 60;

/** Returns a request key in Bob's name, signed by that identity. */
function requestKey(trio: Trio, identity: Identity, key: Uint8Array, validUntil = inDays(60)) {
  const signature = signRequestKey(
    identity,
    { server: trio.liar.server, name: trio.bob.name },
    { key, validUntil },
  );
  return {
    name: trio.bob.name as string,
    identityKey: identity.publicKey,
    key,
    validUntil: BigInt(validUntil),
    signature,
  };
}
/** Makes the server return `answer` instead of the key that Bob published. */
function giveOut(trio: Trio, answer: ReturnType<KeyLie>): void {
  trio.liar.lieAboutKeys = (of, _by, published) => (of === trio.bob.name ? answer : published);
}
function giveOutTheTruth(trio: Trio): void {
  trio.liar.lieAboutKeys = (_of, _by, published) => published;
}
async function askWithNote({ alice, bob }: Trio, note = NOTE): Promise<void> {
  await alice.sees(bob);
  await alice.messenger.request({ peer: bob.name, note });
}
function noteOf(who: Computer, from: Computer): string | undefined {
  const note = who.messenger.chat(directChat(from.name)).request?.note;
  return note?.kind === "text" ? note.text : note?.kind;
}
const sealedNoteOf = (one: Letter) => fromBinary(RequestToTalkSchema, one.body).note;

describeLies("a server that lies about notes when two people meet", (lie) => {
  lie(
    "(control) and changes nothing: the note arrives, its text and length hidden from the server",
    async (trio) => {
      const { bob, alice } = trio;
      await askWithNote(trio);
      await bob.isIn(alice, "invited");
      assert.equal(noteOf(bob, alice), NOTE);
      assert.equal(sealedNoteOf(trio.last(Opcode.RTT, bob)).length, SEALED_NOTE_BYTES);
      await bob.refuses(alice);
      await alice.isIn(bob, "none");
      await askWithNote(trio, "x");
      await bob.isIn(alice, "invited");
      assert.equal(sealedNoteOf(trio.last(Opcode.RTT, bob)).length, SEALED_NOTE_BYTES);
      trio.assertNothingNoticed();
    },
  );

  lie(
    "Bob's request key swapped for the server's: the server reads the note, Bob's client cannot, and Alice's stops at Bob's answer",
    async (trio) => {
      const { alice, bob, mallory } = trio;
      const { key, privateKey } = await generateRequestKey();
      giveOut(trio, requestKey(trio, mallory, key));
      await askWithNote(trio, "who are you?");
      await bob.isIn(alice, "invited");
      const request = trio.last(Opcode.RTT, bob);
      const { server } = trio.liar;
      const place = {
        conversation: conversationOf(request),
        server,
        requester: alice.name,
        addressee: bob.name,
      };
      assert.deepEqual(await openNote(sealedNoteOf(request), privateKey, place), { text: "who are you?" });
      assert.equal(noteOf(bob, alice), "unopened");
      trio.assertNoticed(bob, "undecryptable");
      await bob.accepts(alice);
      await alice.isIn(bob, "key-changed");
      await bob.isIn(alice, "closed-by-peer");
      await assert.rejects(alice.messenger.request({ peer: bob.name, note: NOTE }), code("identity-changed"));
      await alice.trustsNewKey(bob); // his own key
      giveOutTheTruth(trio);
      await askWithNote(trio);
      await bob.isIn(alice, "invited");
      assert.equal(noteOf(bob, alice), NOTE);
      await bob.accepts(alice);
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "a request key that its identity did not sign: Alice's client drops it, identity-mismatch",
    async (trio) => {
      const { alice, bob, mallory } = trio;
      const { key } = await generateRequestKey();
      const genuine = requestKey(trio, mallory, key);
      for (const forged of [
        { ...genuine, key: (await generateRequestKey()).key },
        { ...genuine, validUntil: BigInt(inDays(59)) },
        { ...genuine, signature: randomBytes(64) },
      ]) {
        giveOut(trio, forged);
        await alice.sees(bob);
        await assert.rejects(
          alice.messenger.request({ peer: bob.name, note: NOTE }),
          code("identity-mismatch"),
        );
      }
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "none");
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "unknown");
      giveOutTheTruth(trio);
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "a note swapped for another's, put in or taken out: Bob's client drops the request, identity-mismatch",
    async (trio) => {
      const { alice, bob, carol } = trio;
      await alice.sees(carol);
      await alice.messenger.request({ peer: carol.name, note: "for carol" });
      const carols = sealedNoteOf(trio.last(Opcode.RTT, carol));
      for (const [note, text] of [
        [carols, NOTE],
        [randomBytes(SEALED_NOTE_BYTES), NOTE],
        [new Uint8Array(), NOTE],
        [carols, ""],
      ] as const) {
        bob.complaints.length = 0;
        trio.lieAbout(Opcode.RTT, bob, (one) => [
          changed(one, RequestToTalkSchema, (body) => ({ ...body, note })),
        ]);
        await askWithNote(trio, text);
        await trio.liar.settled();
        trio.assertNoticed(bob, "identity-mismatch");
        assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "none");
        await alice.closes(bob);
      }
      trio.tellTheTruth();
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "Alice's note in another person's request, or another conversation: it does not open, undecryptable",
    async (trio) => {
      const { alice, bob, mallory } = trio;
      await askWithNote(trio);
      await bob.isIn(alice, "invited");
      const note = sealedNoteOf(trio.last(Opcode.RTT, bob));
      const id = newConversationId();
      trio.liar.post(
        changed(trio.last(Opcode.RTT, bob), RequestToTalkSchema, (body) => ({
          ...body,
          conversation: idBytes(id),
          identityKey: mallory.publicKey,
          addresseeKey: new Uint8Array(),
          signature: signTalkRequest(mallory, { ...trio.asked(id), note }),
        })),
      );
      await trio.liar.settled();
      assert.equal(noteOf(bob, alice), "unopened");
      trio.assertNoticed(bob, "undecryptable");
      await bob.refuses(alice);
      await alice.closes(bob);
      await trio.assertTheyCanTalk();
    },
  );
});

describeLies("a server that lies about notes when two people have met before", (lie) => {
  lie(
    "Bob's request key swapped: Alice's client seals nothing for it and stops, identity-changed",
    async (trio) => {
      const { alice, bob, mallory } = trio;
      await trio.getToKnow();
      await trio.close();
      giveOut(trio, requestKey(trio, mallory, (await generateRequestKey()).key));
      const requests = () =>
        trio.letters.filter(({ opcode, to }) => opcode === Opcode.RTT && to === bob.name);
      const before = requests().length;
      await assert.rejects(alice.messenger.request({ peer: bob.name, note: NOTE }), code("identity-changed"));
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "key-changed");
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "changed");
      assert.equal(requests().length, before);
      giveOutTheTruth(trio);
      await alice.keepsOldKey(bob);
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "no request key, or an expired or everlasting one: Alice's client uses the one that it has",
    async (trio) => {
      const { alice, bob } = trio;
      await trio.getToKnow();
      await trio.close();
      const seed = secretIn(bob.vault.values, "identity-seed");
      const { key } = await generateRequestKey(); // signed by Bob, but deleted since
      for (const answer of [
        undefined,
        requestKey(trio, Identity.fromSeed(seed), key, inDays(-1)),
        requestKey(trio, Identity.fromSeed(seed), key, inDays(400)),
      ]) {
        giveOut(trio, answer);
        await askWithNote(trio);
        await bob.isIn(alice, "invited");
        assert.equal(noteOf(bob, alice), NOTE);
        await bob.refuses(alice);
        await alice.isIn(bob, "none");
      }
      trio.assertNothingNoticed();
    },
  );
});
