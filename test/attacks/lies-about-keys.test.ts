/**
 * The server swaps identity keys in RTT, ACCEPT and Welcome, at first contact and later. For each lie: whose
 * client detects it, with which code; that nothing is sealed for the false key; that the honest steps still
 * work.
 */

import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { Conversation, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { idBytes, messageIdFrom, newConversationId } from "../../protocol/names.ts";
import {
  AcceptSchema,
  Opcode,
  Presence,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { changed, type Letter } from "../fixtures/lying-server.ts";
import { conversationOf, describeLies, identityOf, replaced, type Trio } from "../fixtures/trio.ts";

/** Returns a Welcome by the server in Alice's name, for the KeyPackage in that ACCEPT. */
async function welcomeByMallory({ alice, bob, mallory }: Trio, request: Letter, accept: Letter) {
  const { keyPackage } = fromBinary(AcceptSchema, accept.body);
  const names = { name: alice.name, identity: mallory, peer: bob.name };
  return Conversation.create({ id: conversationOf(request), ...names, keyPackage, check: () => true });
}

describeLies("a server that swaps keys when two people meet", (lie) => {
  lie("RTT with another key in it: Bob's client drops it, identity-mismatch", async (trio) => {
    const { alice, bob, mallory } = trio;
    trio.lieAbout(Opcode.RTT, bob, (one) => [
      changed(one, RequestToTalkSchema, (body) => ({ ...body, identityKey: mallory.publicKey })),
    ]);
    await alice.sees(bob);
    await alice.messenger.request({ peer: bob.name });
    await trio.liar.settled();
    trio.assertNoticed(bob, "identity-mismatch");
    assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "none");
    assert.equal(partner(bob.messenger.chat(directChat(alice.name))).trust, "unknown");
    await alice.closes(bob);
    await trio.assertTheyCanTalk();
  });

  lie(
    "RTT for another conversation, person or in another's name: dropped, identity-mismatch",
    async (trio) => {
      const { alice, bob, carol } = trio;
      const conversation = idBytes(newConversationId());
      for (const twist of [
        (one: Letter) => changed(one, RequestToTalkSchema, (body) => ({ ...body, conversation })),
        (one: Letter) => changed(one, RequestToTalkSchema, (body) => ({ ...body, peer: carol.name })),
        (one: Letter) => ({ ...one, to: carol.name }),
      ]) {
        trio.lieAbout(Opcode.RTT, bob, (one) => [twist(one)]);
        await alice.sees(bob);
        await alice.messenger.request({ peer: bob.name });
        await trio.liar.settled();
        const [deceived, other] = bob.complaints.length > 0 ? [bob, carol] : [carol, bob];
        trio.assertNoticed(deceived, "identity-mismatch");
        assert.equal(other.messenger.chat(directChat(alice.name)).phase, "none");
        assert.equal(deceived.messenger.chat(directChat(alice.name)).phase, "none");
        await alice.closes(bob);
        bob.complaints.length = carol.complaints.length = 0;
      }
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "RTT with another key, signed by it: Bob's client stops at the Welcome, identity-changed",
    async (trio) => {
      const { alice, bob } = trio;
      trio.lieAbout(Opcode.RTT, bob, (one) => [trio.forged(one)]);
      await trio.askAndAccept();
      await bob.isIn(alice, "key-changed");
      await alice.isIn(bob, "closed-by-peer");
      assert.deepEqual(await trio.transcript(bob, alice), ["* key-changed"]);
      await assert.rejects(
        bob.messenger.send({ chat: directChat(alice.name), text: "no" }),
        code("identity-changed"),
      );
      await bob.trustsNewKey(alice); // her own key
      await trio.assertTheyCanTalk();
    },
  );

  lie("KeyPackage with another key in it: Alice's client refuses it, identity-mismatch", async (trio) => {
    const { alice, bob, mallory } = trio;
    trio.swapKeyPackage((own) => replaced(own, identityOf(bob), mallory.publicKey));
    await trio.askAndAccept();
    await bob.isIn(alice, "closed-by-peer");
    trio.assertNoticed(alice, "identity-mismatch");
    assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "none");
    assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "unknown");
    await trio.assertTheyCanTalk();
  });

  lie("KeyPackage of a third person: Alice's client refuses it, identity-mismatch", async (trio) => {
    const { alice, bob, carol } = trio;
    await alice.opensChatWith(carol);
    const { keyPackage } = fromBinary(AcceptSchema, trio.last(Opcode.ACCEPT, alice).body);
    trio.swapKeyPackage(() => keyPackage);
    await trio.askAndAccept();
    await bob.isIn(alice, "closed-by-peer");
    trio.assertNoticed(alice, "identity-mismatch");
    assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "unknown");
    assert.equal(alice.messenger.chat(directChat(carol.name)).phase, "open");
    await trio.assertTheyCanTalk();
  });

  lie(
    "KeyPackage that Bob made for Carol: Bob's client cannot open the Welcome, undecryptable",
    async (trio) => {
      const { alice, bob, carol } = trio;
      const { keyPackage } = fromBinary(AcceptSchema, trio.last(Opcode.ACCEPT, carol).body);
      trio.swapKeyPackage(() => keyPackage);
      await trio.askAndAccept();
      await alice.isIn(bob, "closed-by-peer");
      trio.assertNoticed(bob, "undecryptable");
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "KeyPackage made by the server: Bob's client cannot open the Welcome, undecryptable; Alice's stops at Bob's own, identity-changed",
    async (trio) => {
      const { alice, bob, mallory } = trio;
      const { keyPackage } = await prepareToJoin(bob.name, mallory);
      trio.swapKeyPackage(() => keyPackage);
      await trio.askAndAccept();
      await alice.isIn(bob, "closed-by-peer");
      trio.assertNoticed(bob, "undecryptable");
      trio.tellTheTruth();
      await trio.askAndAccept();
      await alice.isIn(bob, "key-changed");
      await bob.isIn(alice, "closed-by-peer");
      await alice.trustsNewKey(bob); // his own key
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "Welcome with bytes swapped, or that of another conversation: Bob's client refuses it, undecryptable",
    async (trio) => {
      const { alice, bob } = trio;
      const carols = fromBinary(
        SessionEstablishmentSchema,
        trio.last(Opcode.CC_SESSION_ESTABLISHMENT, bob).body,
      );
      const swaps = [
        (own: Uint8Array) => replaced(own, own.slice(-40), own.slice(-40).reverse()),
        () => carols.welcome,
      ];
      for (const swap of swaps) {
        trio.lieAbout(Opcode.CC_SESSION_ESTABLISHMENT, bob, (one) => [
          changed(one, SessionEstablishmentSchema, (body) => ({ ...body, welcome: swap(body.welcome) })),
        ]);
        await trio.askAndAccept();
        await alice.isIn(bob, "closed-by-peer");
        assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "none");
      }
      trio.assertNoticed(bob, "undecryptable");
      assert.equal(bob.complaints.length, swaps.length);
      await trio.assertTheyCanTalk();
    },
  );

  lie("Welcome made by the server: Bob's client stops, identity-changed", async (trio) => {
    const { alice, bob } = trio;
    trio.lieAbout(Opcode.ACCEPT, alice, () => []);
    await trio.askAndAccept();
    const [request, accept] = [trio.last(Opcode.RTT, bob), trio.last(Opcode.ACCEPT, alice)];
    trio.postWelcome(conversationOf(request), (await welcomeByMallory(trio, request, accept)).welcome);
    await bob.isIn(alice, "key-changed");
    await alice.isIn(bob, "none");
    await bob.keepsOldKey(alice);
    await trio.assertTheyCanTalk();
  });

  // This is the limit of trust on first use, as described in docs/SECURITY.md.
  lie("every key, from the start: only the safety number shows it", async (trio) => {
    const { alice, bob, mallory, liar } = trio;
    const joining = await prepareToJoin(bob.name, mallory);
    let asBob: Promise<Conversation> | undefined;
    const overheard: Promise<string | undefined>[] = [];
    liar.lie = (one) => {
      trio.letters.push(one);
      if (one.to !== alice.name && one.to !== bob.name) return [one]; // an earlier receipt for Carol
      switch (one.opcode) {
        case Opcode.RTT:
          return [trio.forged(one)];
        case Opcode.ACCEPT: {
          const request = trio.last(Opcode.RTT, bob);
          void welcomeByMallory(trio, request, one).then(({ welcome }) =>
            trio.postWelcome(conversationOf(request), welcome),
          );
          return [changed(one, AcceptSchema, (body) => ({ ...body, keyPackage: joining.keyPackage }))];
        }
        case Opcode.CC_SESSION_ESTABLISHMENT: {
          const { welcome } = fromBinary(SessionEstablishmentSchema, one.body);
          const names = { name: bob.name, identity: mallory, peer: alice.name };
          asBob = Conversation.join({
            id: conversationOf(one),
            ...names,
            joining,
            welcome,
            check: () => true,
          });
          return [];
        }
        default: {
          const { conversation, id, sealed } = fromBinary(SealedMessageSchema, one.body);
          // Bob's receipt for Carol's message may arrive only now.
          if (Buffer.from(trio.carolsConversation).equals(conversation)) return [one];
          const message = messageIdFrom(id);
          assert.ok(message && asBob);
          overheard.push(
            asBob.then(async (conversation) => {
              const { content } = await conversation.open(message, sealed);
              return content?.kind === "text" ? content.text : content?.kind;
            }),
          );
          return [];
        }
      }
    };
    await trio.askAndAccept();
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    await alice.messenger.send({ chat: directChat(bob.name), text: "only you can read this" });
    await alice.has(bob, "sent", "only you can read this");
    assert.deepEqual(await Promise.all(overheard), ["only you can read this"]);
    assert.notEqual(
      await alice.messenger.safetyNumber({ peer: bob.name }),
      await bob.messenger.safetyNumber({ peer: alice.name }),
    );
  });
});

describeLies("a server that swaps keys when two people have met before", (lie) => {
  lie(
    "RTT with another key, signed by it, and a matching Welcome: Bob's client stops at the RTT, identity-changed",
    async (trio) => {
      const { alice, bob } = trio;
      await trio.getToKnow();
      await trio.close();
      trio.lieAbout(Opcode.RTT, bob, (one) => [trio.forged(one)]);
      await alice.messenger.request({ peer: bob.name });
      await bob.isIn(alice, "key-changed");
      assert.equal(partner(bob.messenger.chat(directChat(alice.name))).trust, "changed");
      await assert.rejects(bob.accepts(alice), code("wrong-state"));
      const [request, accept] = [trio.last(Opcode.RTT, bob), trio.last(Opcode.ACCEPT, alice)];
      trio.postWelcome(conversationOf(request), (await welcomeByMallory(trio, request, accept)).welcome);
      await trio.liar.settled();
      assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "key-changed");
      await bob.keepsOldKey(alice);
      assert.equal(
        partner(bob.messenger.chat(directChat(alice.name))).trust,
        "verified",
        "nobody else can take that away",
      );
      await alice.closes(bob);
      await trio.assertTheyCanTalk();
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "verified");
    },
  );

  lie(
    "KeyPackage made by the server: Alice's client stops and seals nothing to it, identity-changed",
    async (trio) => {
      const { alice, bob, mallory } = trio;
      await trio.getToKnow();
      await trio.close();
      const { keyPackage } = await prepareToJoin(bob.name, mallory);
      trio.swapKeyPackage(() => keyPackage);
      const welcomes = () => trio.letters.filter(({ opcode }) => opcode === Opcode.CC_SESSION_ESTABLISHMENT);
      const before = welcomes().length;
      await trio.askAndAccept();
      await alice.isIn(bob, "key-changed");
      await bob.isIn(alice, "closed-by-peer");
      assert.equal(welcomes().length, before);
      await assert.rejects(
        alice.messenger.send({ chat: directChat(bob.name), text: "no" }),
        code("identity-changed"),
      );
      await alice.keepsOldKey(bob);
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "verified");
      await trio.assertTheyCanTalk();
    },
  );

  lie(
    "a forged RTT in the middle of a chat: Bob's client stops, identity-changed; with the old key the chat goes on",
    async (trio) => {
      const { alice, bob } = trio;
      await trio.getToKnow();
      trio.liar.post(trio.forged(trio.last(Opcode.RTT, bob), newConversationId()));
      await bob.isIn(alice, "key-changed");
      await assert.rejects(
        bob.messenger.send({ chat: directChat(alice.name), text: "no" }),
        code("identity-changed"),
      );
      await bob.keepsOldKey(alice);
      assert.equal(
        partner(bob.messenger.chat(directChat(alice.name))).trust,
        "verified",
        "nobody else can take that away",
      );
      await trio.assertTheyCanTalk();
      assert.deepEqual(await trio.transcript(bob, alice), [
        "* opened",
        "< hello",
        "* key-changed",
        "< at last",
      ]);
    },
  );

  lie("PRESENCE with another key: shown for nobody whose key is pinned", async (trio) => {
    const { alice, bob, mallory } = trio;
    await trio.getToKnow();
    const shown = () => bob.messenger.people().find(({ name }) => name === alice.name);
    const before = shown();
    trio.liar.tell(bob.name, Opcode.PRESENCE, 0, UserSchema, {
      ...{ name: alice.name, identityKey: mallory.publicKey, presence: Presence.ONLINE },
    });
    await trio.assertTheyCanTalk();
    assert.deepEqual(shown(), before);
    trio.assertNothingNoticed();
  });
});
