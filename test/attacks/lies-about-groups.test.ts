/**
 * Lies about members and epoch of a conversation: a peer with a malicious client adds a third person, and a
 * server repeats and withholds the commits that renew keys. Dave is that peer, and controls the server.
 */

import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { createCommit, encodeMlsMessage, type KeyPackage } from "ts-mls";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import {
  type Made,
  makeGroup,
  makeKeyPackage,
  readPackage,
  theirSuite,
} from "../../protocol/e2ee/people-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { SELF_UPDATE_AFTER_MS } from "../../protocol/limits.ts";
import {
  type ConversationId,
  idBytes,
  newConversationId,
  newMessageId,
  username,
} from "../../protocol/names.ts";
import {
  AcceptSchema,
  Opcode,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
} from "../../protocol/wire/parley_pb.ts";
import { changed, type Letter, letter } from "../fixtures/lying-server.ts";
import { describeLies, type Trio } from "../fixtures/trio.ts";

const DAVE = { name: username("dave"), identity: Identity.generate() };
const GHOST = { name: username("ghost"), identity: Identity.generate() };

/**
 * Dave requests, and Bob accepts.
 * @returns the keys that a malicious client then has
 */
async function accepted(trio: Trio): Promise<{ id: ConversationId; dave: Made; bobs: KeyPackage }> {
  const { liar, bob } = trio;
  const id = newConversationId();
  const conversation = idBytes(id);
  const request = {
    ...{ conversation, peer: DAVE.name, identityKey: DAVE.identity.publicKey },
    signature: signTalkRequest(DAVE.identity, { ...trio.asked(id), requester: DAVE.name }),
  };
  const answer = new Promise<Letter>((resolve) => {
    liar.lie = (one) => {
      trio.letters.push(one);
      if (one.to !== DAVE.name) return [one];
      if (one.opcode === Opcode.ACCEPT) resolve(one);
      return []; // he does not exist for the server
    };
  });
  liar.post(letter(bob.name, Opcode.RTT, RequestToTalkSchema, request));
  await bob.isIn(DAVE, "invited");
  await bob.accepts(DAVE);
  const { keyPackage } = fromBinary(AcceptSchema, (await answer).body);
  return { id, dave: await makeKeyPackage(DAVE), bobs: readPackage(keyPackage) };
}

function postWelcome({ liar, bob }: Trio, id: ConversationId, welcome: Uint8Array): void {
  const body = { conversation: idBytes(id), peer: DAVE.name, welcome };
  liar.post(letter(bob.name, Opcode.CC_SESSION_ESTABLISHMENT, SessionEstablishmentSchema, body));
}

function assertNoGhost({ bob }: Trio): void {
  assert.equal(bob.messenger.chat(directChat(GHOST.name)).phase, "none");
  assert.ok(!bob.messenger.people().some(({ name }) => name === GHOST.name));
}

describeLies("a peer with a malicious client", (lie) => {
  lie("and a valid group of two: Bob's client accepts it", async (trio) => {
    const { id, dave, bobs } = await accepted(trio);
    postWelcome(trio, id, (await makeGroup(id, dave, [bobs])).welcome);
    await trio.bob.isIn(DAVE, "open");
    trio.assertNothingNoticed();
  });

  for (const [who, name, code] of [
    ["a ghost", GHOST.name, "identity-mismatch"],
    ["a ghost that has Bob's name", username("bob"), "identity-mismatch"],
    ["a ghost that has Dave's name", DAVE.name, "identity-changed"],
  ] as const)
    lie(`and a Welcome into a group with ${who}: Bob's client refuses it, ${code}`, async (trio) => {
      const { id, dave, bobs } = await accepted(trio);
      const { publicPackage } = await makeKeyPackage({ name, identity: GHOST.identity });
      postWelcome(trio, id, (await makeGroup(id, dave, [bobs, publicPackage])).welcome);
      if (code === "identity-changed") {
        await trio.bob.isIn(DAVE, "key-changed");
      } else {
        await trio.complaints(trio.bob, 1);
        trio.assertNoticed(trio.bob, code);
      }
      const refusal = ({ to, opcode }: Letter) => to === DAVE.name && opcode === Opcode.NOTIFY;
      while (!trio.letters.some(refusal)) await new Promise((next) => setImmediate(next));
      assert.notEqual(trio.bob.messenger.chat(directChat(DAVE.name)).phase, "open");
      assertNoGhost(trio);
    });

  lie("that adds a ghost by a later commit: Bob's client refuses it, undecryptable", async (trio) => {
    const { liar, bob } = trio;
    const { id, dave, bobs } = await accepted(trio);
    const { state, welcome } = await makeGroup(id, dave, [bobs]);
    postWelcome(trio, id, welcome);
    await bob.isIn(DAVE, "open");
    const { publicPackage } = await makeKeyPackage(GHOST);
    const message = newMessageId();
    const { commit } = await createCommit(
      { state, cipherSuite: theirSuite },
      {
        extraProposals: [{ proposalType: "add", add: { keyPackage: publicPackage } }],
        authenticatedData: new Uint8Array(idBytes(message)),
      },
    );
    const sealed = encodeMlsMessage(commit);
    const body = { conversation: idBytes(id), id: idBytes(message), sealed, commitEpoch: 1n };
    liar.post(letter(bob.name, Opcode.MESSAGE, SealedMessageSchema, body));
    await trio.complaints(bob, 1);
    trio.assertNoticed(bob, "undecryptable");
    assertNoGhost(trio);
  });
});

describeLies("a server that, of the commits that renew keys,", (lie) => {
  const { now } = Date;
  afterEach(() => {
    Date.now = now;
  });

  /**
   * Lets half a day pass for Alice alone, after which her client renews its keys with the next message. Bob
   * is offline. Resolves once both are back and everything has arrived.
   */
  async function renewKeys({ alice, bob, letters }: Trio): Promise<void> {
    await bob.messenger.signOut();
    Date.now = () => now() + SELF_UPDATE_AFTER_MS;
    await alice.messenger.send({ chat: directChat(bob.name), text: "good morning" });
    while (!letters.some(isCommit)) await new Promise((next) => setImmediate(next));
    Date.now = now;
    await bob.goesOnline();
    bob.complaints.length = 0; // that he was away
    await alice.has(bob, "delivered", "good morning");
  }
  const isCommit = ({ opcode, body }: Letter) =>
    opcode === Opcode.MESSAGE && fromBinary(SealedMessageSchema, body).commitEpoch > 0n;
  const events = async ({ bob, alice }: Trio) =>
    (await bob.messenger.messages({ chat: directChat(alice.name), stretch: { limit: 500 } })).flatMap(
      ({ body }) => (body.kind === "event" ? [body.event] : []),
    );

  lie(
    "delivers a stale one again, or a message of a past epoch: Bob's client ignores it; under another id: identity-mismatch",
    async (trio) => {
      const { bob, alice, liar } = trio;
      const shown = async () =>
        (await bob.messenger.messages({ chat: directChat(alice.name), stretch: { limit: 500 } })).length;
      await trio.getToKnow();
      const old = trio.last(Opcode.MESSAGE, bob);
      await renewKeys(trio);
      const stale = trio.letters.find(isCommit);
      assert.ok(stale);
      const before = await shown();
      for (const one of [stale, stale, old]) liar.post(one);
      await liar.settled();
      assert.equal(await shown(), before);
      trio.assertNothingNoticed();
      liar.post(changed(stale, SealedMessageSchema, (body) => ({ ...body, id: idBytes(newMessageId()) })));
      await trio.complaints(bob, 1);
      trio.assertNoticed(bob, "identity-mismatch");
      await trio.assertTheyCanTalk();
      assert.ok(!(await events(trio)).includes("closed-by-peer"));
    },
  );

  lie(
    "holds one back, to keep Bob in the past epoch: Bob's client detects it, undecryptable, and both renew the keys",
    async (trio) => {
      const { alice, bob } = trio;
      await trio.getToKnow();
      trio.lieAbout(Opcode.MESSAGE, bob, (one) => (isCommit(one) ? [] : [one]));
      await renewKeys(trio);
      await trio.says(alice, bob, "in the next epoch");
      await trio.has(alice, bob, "delivered", "in the next epoch");
      trio.assertNoticed(bob, "undecryptable");
      assert.equal(partner(bob.messenger.chat(directChat(alice.name))).trust, "verified");
    },
  );
});
