/** The server replays, forges and misdirects the steps of a conversation, and lies about the people online. */

import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { MAX_ONLINE_USERS } from "../../protocol/limits.ts";
import {
  type ConversationId,
  conversationIdFrom,
  idBytes,
  newConversationId,
  newMessageId,
  username,
} from "../../protocol/names.ts";
import {
  AcceptSchema,
  EndReason,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { changed, type Letter, letter } from "../fixtures/lying-server.ts";
import { Computer } from "../fixtures/messengers.ts";
import { conversationOf, describeLies } from "../fixtures/trio.ts";

describeLies("a server that replays", (lie) => {
  lie("an RTT: Bob's client recognizes it and shows nothing, in any state of the chat", async (trio) => {
    const { alice, bob } = trio;
    await trio.getToKnow();
    const old = trio.last(Opcode.RTT, bob);
    const replay = async () => {
      trio.liar.post(old);
      await trio.liar.settled();
      return bob.messenger.chat(directChat(alice.name)).phase;
    };
    assert.equal(await replay(), "open");
    await trio.close();
    assert.equal(await replay(), "closed-by-peer");
    await alice.opensChatWith(bob);
    assert.equal(await replay(), "open");
    await trio.assertTheyCanTalk();
    trio.assertNothingNoticed();
  });

  lie(
    "an old RTT in place of a new one: Bob's client shows nothing, and Alice's request still waits",
    async (trio) => {
      const { alice, bob } = trio;
      await trio.getToKnow();
      const old = trio.last(Opcode.RTT, bob);
      await trio.close();
      trio.lieAbout(Opcode.RTT, bob, () => [old]);
      await alice.messenger.request({ peer: bob.name });
      await trio.liar.settled();
      assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "closed-by-peer");
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "requested");
      await alice.closes(bob);
      await trio.assertTheyCanTalk();
    },
  );

  lie("ACCEPT and Welcome: both clients ignore them", async (trio) => {
    const { alice, bob } = trio;
    await trio.getToKnow();
    const old = [trio.last(Opcode.ACCEPT, alice), trio.last(Opcode.CC_SESSION_ESTABLISHMENT, bob)];
    for (const one of old) trio.liar.post(one);
    await trio.liar.settled();
    assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "open");
    await trio.close();
    for (const one of old) trio.liar.post(one);
    await trio.liar.settled();
    assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "closed-by-me");
    assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "closed-by-peer");
    await trio.assertTheyCanTalk();
    trio.assertNothingNoticed();
  });

  lie("an old Welcome in place of a new one: Bob's client refuses it, undecryptable", async (trio) => {
    const { alice, bob } = trio;
    await trio.getToKnow();
    const old = fromBinary(SessionEstablishmentSchema, trio.last(Opcode.CC_SESSION_ESTABLISHMENT, bob).body);
    await trio.close();
    trio.lieAbout(Opcode.CC_SESSION_ESTABLISHMENT, bob, (one) => [
      changed(one, SessionEstablishmentSchema, (body) => ({ ...body, welcome: old.welcome })),
    ]);
    await trio.askAndAccept();
    await alice.isIn(bob, "closed-by-peer");
    trio.assertNoticed(bob, "undecryptable");
    await trio.assertTheyCanTalk();
  });
});

describeLies("a server that forges steps of conversations", (lie) => {
  lie(
    "a NOTIFY that Alice never sent: closes the chat, as cutting the line would, and nothing else",
    async (trio) => {
      const { alice, bob, carol } = trio;
      await trio.getToKnow();
      const conversation = idBytes(conversationOf(trio.last(Opcode.RTT, bob)));
      const notify = (peer: Computer, about = conversation) =>
        trio.liar.post(
          letter(bob.name, Opcode.NOTIFY, NotifySchema, { conversation: about, peer: peer.name }),
        );
      notify(carol); // takes no part in it
      notify(bob);
      notify(alice, idBytes(newConversationId())); // which never existed
      await trio.liar.settled();
      assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "open");
      notify(alice);
      await bob.isIn(alice, "closed-by-peer");
      assert.equal(partner(bob.messenger.chat(directChat(alice.name))).trust, "verified");
      assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello", "* closed-by-peer"]);
      // For Alice the chat was open all along, so her client accepts automatically.
      await bob.messenger.request({ peer: alice.name });
      await bob.isIn(alice, "open");
      await trio.assertTheyCanTalk();
      trio.assertNothingNoticed();
    },
  );

  lie(
    "a NOTIFY that keys were lost, again and again: they are renewed five times with the pinned keys; then users are asked",
    async (trio) => {
      const { alice, bob } = trio;
      await trio.getToKnow();
      const requests = () =>
        trio.letters.filter(({ opcode, to }) => opcode === Opcode.RTT && to === alice.name);
      const lost = (one: Letter) =>
        trio.liar.post(
          letter(bob.name, Opcode.NOTIFY, NotifySchema, {
            conversation: idBytes(conversationOf(one)),
            peer: alice.name,
            reason: EndReason.LOST_STATE,
          }),
        );
      lost(trio.last(Opcode.RTT, bob));
      for (let renewals = 1; renewals <= 5; renewals++) {
        await bob.until(`renewal ${renewals}`, async () => {
          const lines = await trio.transcript(bob, alice);
          return lines.filter((line) => line === "* renewed").length === renewals;
        });
        assert.equal(requests().length, renewals);
        await trio.says(bob, alice, `still here ${renewals}`);
        await trio.has(bob, alice, "delivered", `still here ${renewals}`);
        lost(trio.last(Opcode.RTT, alice));
      }
      await bob.isIn(alice, "none");
      await trio.liar.settled();
      assert.equal(requests().length, 5);
      assert.equal(partner(bob.messenger.chat(directChat(alice.name))).trust, "verified");
      await bob.messenger.request({ peer: alice.name });
      await alice.isIn(bob, "invited"); // Five in an hour are the limit of automatic renewal.
      await alice.accepts(bob);
      await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
      await trio.assertTheyCanTalk();
    },
  );

  lie("a REFUSE that Bob never sent: ends the request, and Bob's answer has no effect", async (trio) => {
    const { alice, bob } = trio;
    trio.lieAbout(Opcode.RTT, bob, (one) => {
      const conversation = idBytes(conversationOf(one));
      trio.liar.post(letter(alice.name, Opcode.REFUSE, RefuseSchema, { conversation, peer: bob.name }));
      return [one];
    });
    await alice.sees(bob);
    await alice.messenger.request({ peer: bob.name });
    await alice.isIn(bob, "none");
    assert.deepEqual(await trio.transcript(alice, bob), ["* refused"]);
    await bob.accepts(alice);
    await trio.liar.settled();
    assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "none");
    await bob.isIn(alice, "closed-by-peer"); // he is notified, and does not wait
    await trio.assertTheyCanTalk();
  });

  lie(
    "conversations that never were, or of others: the client reports each as unknown, and does nothing else",
    async (trio) => {
      const { alice, bob, carol } = trio;
      const carols = conversationIdFrom(trio.carolsConversation);
      assert.ok(carols);
      const listed = [carols, newConversationId(), newConversationId()].toSorted();
      trio.liar.lieAboutConversations = () => listed;
      const dave = await Computer.start("dave");
      try {
        const before = trio.liar.seen.length;
        await dave.joins(trio.liar.link);
        await dave.opensChatWith(alice);
        const ends = listed.map(endOf);
        const told = trio.liar.seen.slice(before).map(hex);
        assert.deepEqual(
          told.filter((body) => ends.includes(body)),
          ends,
        );
        // A forwarded NOTIFY changes nothing: Dave is no member, and Carol's conversation is another.
        for (const [id, peer] of [
          [carols, dave],
          [newConversationId(), carol],
        ] as const) {
          const end = { ...{ conversation: idBytes(id), peer: peer.name }, reason: EndReason.LOST_STATE };
          trio.liar.post(letter(bob.name, Opcode.NOTIFY, NotifySchema, end));
        }
        await trio.liar.settled();
        assert.deepEqual(await trio.transcript(bob, carol), ["* opened", "< carol"]);
        assert.equal(bob.messenger.chats().length, 1);
        trio.assertNothingNoticed();
      } finally {
        await dave.remove();
      }
    },
  );

  lie("every step of conversations that never were: is confirmed, and shown nowhere", async (trio) => {
    const { alice, bob, carol } = trio;
    await trio.getToKnow();
    const chats = () => [alice, bob, carol].map(({ messenger }) => messenger.chats());
    const before = chats();
    const conversation = idBytes(newConversationId());
    const { keyPackage } = await prepareToJoin(alice.name, trio.mallory);
    const { sealed } = fromBinary(SealedMessageSchema, trio.last(Opcode.MESSAGE, bob).body);
    for (const peer of [alice.name, username("nobody"), bob.name])
      for (const one of [
        letter(bob.name, Opcode.ACCEPT, AcceptSchema, { conversation, peer, keyPackage }),
        letter(bob.name, Opcode.REFUSE, RefuseSchema, { conversation, peer }),
        letter(bob.name, Opcode.CC_SESSION_ESTABLISHMENT, SessionEstablishmentSchema, {
          ...{ conversation, peer, welcome: keyPackage },
        }),
        letter(bob.name, Opcode.NOTIFY, NotifySchema, { conversation, peer }),
      ])
        trio.liar.post(one);
    const id = idBytes(newMessageId());
    trio.liar.post(letter(bob.name, Opcode.MESSAGE, SealedMessageSchema, { conversation, id, sealed }));
    await trio.liar.settled();
    assert.deepEqual(chats(), before);
    assert.equal(bob.complaints.length, 1); // that its conversation is unknown
    await trio.assertTheyCanTalk();
  });
});

/** Returns a function that tells whether that messenger was ever not online since. */
function leaves({ messenger }: Computer): () => boolean {
  let left = false;
  messenger.on("changed", () => {
    left ||= messenger.state.type !== "online";
  });
  return () => left;
}

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");
/** Returns a NOTIFY by a client that has lost its store. */
function endOf(id: ConversationId): string {
  const body = { conversation: idBytes(id), reason: EndReason.LOST_STATE };
  return hex(toBinary(NotifySchema, create(NotifySchema, body)));
}

describeLies("a server that lies about who is online", (lie) => {
  const somebody = (name: string) => ({ name, identityKey: Buffer.alloc(32, 7), presence: Presence.ONLINE });

  for (const [what, name] of [
    ["with capitals", "Alice"],
    ["that looks like Alice's", "\u0430lice"],
    ["with a line break in it", "alice\n"],
    ["with markup in it", "<b>alice</b>"],
    ["without a letter", ""],
    ["without an end", "a".repeat(33)],
  ] as const)
    lie(`a name ${what}: Bob's client leaves it out, and stays connected`, async (trio) => {
      const { bob } = trio;
      const left = leaves(bob);
      trio.liar.tell(bob.name, Opcode.PRESENCE, 0, UserSchema, somebody(name));
      trio.liar.tell(bob.name, Opcode.PRESENCE, 0, UserSchema, somebody("dave"));
      await bob.until("the next", () => partner(bob.messenger.chat(directChat(username("dave")))).online);
      assert.deepEqual(
        bob.messenger.people().map((person) => person.name),
        ["alice", "carol", "dave"],
      );
      assert.equal(left(), false);
    });

  lie("people without end: Bob's client shows the first thousands, and stays connected", async (trio) => {
    const { bob } = trio;
    const left = leaves(bob);
    for (let number = 0; number <= MAX_ONLINE_USERS; number++)
      trio.liar.tell(bob.name, Opcode.PRESENCE, 0, UserSchema, somebody(`user${number}`));
    await bob.until("as many as there is room for", () => bob.messenger.people().length === MAX_ONLINE_USERS);
    assert.equal(partner(bob.messenger.chat(directChat(trio.alice.name))).online, true);
    await trio.assertTheyCanTalk();
    assert.equal(bob.messenger.people().length, MAX_ONLINE_USERS);
    assert.equal(left(), false);
  });

  lie(
    "Bob himself, and people who do not exist: he is not listed, and requests to them are refused",
    async (trio) => {
      const { bob } = trio;
      for (const name of ["bob", "constructor", "ghost"])
        trio.liar.tell(bob.name, Opcode.PRESENCE, 0, UserSchema, somebody(name));
      await bob.until("ghosts", () => partner(bob.messenger.chat(directChat(username("ghost")))).online);
      assert.deepEqual(
        bob.messenger.people().map((person) => person.name),
        ["alice", "carol", "constructor", "ghost"],
      );
      await assert.rejects(bob.messenger.request({ peer: username("ghost") }), { code: "user-not-found" });
      assert.equal(partner(bob.messenger.chat(directChat(username("ghost")))).trust, "unknown");
    },
  );
});
