/** A messenger whose server and peer the test plays. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { Conversation, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { conversationIdFrom, idBytes, newConversationId, username } from "../../protocol/names.ts";
import {
  AcceptSchema,
  Delivery,
  ErrorCode,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  RequestToTalkSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { BOB, Liar } from "../fixtures/liar.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { ScriptedServer } from "../fixtures/scripted-server.ts";
import { withLiar } from "../fixtures/with-liar.ts";

describe("messenger with a server that lies about keys", () => {
  let alice: Computer;
  let liar: Liar;
  let server: ScriptedServer;
  const stage = withLiar();
  beforeEach(async () => {
    ({ alice, liar, server } = await stage.open());
  });
  afterEach(() => stage.close(alice));

  function transcript(): Promise<readonly string[]> {
    return alice.transcript({ name: BOB });
  }

  it("refuses a Welcome of a key other than the requester's", async () => {
    const id = newConversationId();
    liar.establishes(id, await liar.welcomeFor(alice, id, Identity.generate()));
    const told = await liar.next(Opcode.NOTIFY);
    assert.equal(conversationIdFrom(fromBinary(NotifySchema, told.body).conversation), id);
    liar.answer(told);
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "key-changed");
    assert.deepEqual(await transcript(), ["* key-changed"]);
    // The requester's key is the one that stays, if the user says so.
    await alice.keepsOldKey({ name: BOB });
    await liar.opensChat(alice);
    await liar.says("it is me");
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* key-changed", "* opened", "< it is me"]);
  });

  it("continues in the open conversation when the user keeps the old key", async () => {
    await liar.opensChat(alice);
    const impostor = new Liar(liar.line);
    impostor.requests(newConversationId());
    await alice.until("stopped", () => alice.messenger.chat(directChat(BOB)).phase === "key-changed");
    await assert.rejects(alice.messenger.send({ chat: directChat(BOB), text: "secret" }));
    await alice.keepsOldKey({ name: BOB });
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
    await alice.messenger.send({ chat: directChat(BOB), text: "for the real one" });
    assert.equal((await liar.hears()).text, "for the real one");
  });

  it("fails all waiting messages when a key changes, and sends none", async () => {
    await liar.opensChat(alice);
    await alice.messenger.send({ chat: directChat(BOB), text: "under way" });
    const { envelope } = await liar.hears();
    new Liar(liar.line).requests(newConversationId());
    await alice.until("stopped", () => alice.messenger.chat(directChat(BOB)).phase === "key-changed");
    const message = (await alice.messenger.messages({ chat: directChat(BOB), stretch: { limit: 2 } }))[0];
    assert.equal(message?.state, "failed");
    assert.equal(message?.failure, "identity-changed");
    liar.refuse(envelope, ErrorCode.RATE_LIMITED, 1);
    liar.line.destroy();
    const next = new Liar((await server.accept()).letIn());
    next.requests(newConversationId());
    await next.confirmed();
    assert.equal(next.line.waiting(Opcode.MESSAGE), 0);
  });

  it("makes no conversation with another person's KeyPackage, and notifies the peer", async () => {
    for (const keyPackage of [
      (await prepareToJoin(username("mallory"), Identity.generate())).keyPackage,
      randomBytes(2000),
    ]) {
      const asking = alice.messenger.request({ peer: BOB });
      const request = await liar.next(Opcode.RTT);
      liar.answer(request, Delivery.UNSPECIFIED);
      await asking;
      const { conversation } = fromBinary(RequestToTalkSchema, request.body);
      liar.line.send(Opcode.ACCEPT, 900, AcceptSchema, { conversation, peer: BOB, keyPackage });
      const told = await liar.next(Opcode.NOTIFY);
      assert.deepEqual(fromBinary(NotifySchema, told.body).conversation, conversation);
      liar.answer(told);
      assert.equal(alice.messenger.chat(directChat(BOB)).phase, "none");
      assert.equal(partner(alice.messenger.chat(directChat(BOB))).trust, "unknown");
    }
  });

  it("ignores a request that its key did not sign", async () => {
    const id = newConversationId();
    liar.line.send(Opcode.RTT, 77, RequestToTalkSchema, {
      conversation: idBytes(id),
      peer: BOB,
      identityKey: liar.bob.publicKey,
      signature: signTalkRequest(liar.bob, { ...liar.asked(id), requester: username("mallory") }),
    });
    assert.equal((await liar.next(Opcode.ACK)).id, 77);
    assert.deepEqual(alice.messenger.chats(), []);
  });

  it("refuses a request for a key other than its own, and tells the requester", async () => {
    const id = newConversationId();
    const asked = { ...liar.asked(id), addresseeKey: Identity.generate().publicKey };
    liar.line.send(Opcode.RTT, 77, RequestToTalkSchema, {
      conversation: idBytes(id),
      peer: BOB,
      identityKey: liar.bob.publicKey,
      signature: signTalkRequest(liar.bob, asked),
      addresseeKey: asked.addresseeKey,
    });
    const refused = await liar.next(Opcode.REFUSE);
    assert.equal(conversationIdFrom(fromBinary(RefuseSchema, refused.body).conversation), id);
    assert.deepEqual(alice.messenger.chats(), []);
  });

  it("names the known key in its requests: the one shown for an online person, else the pinned one", async () => {
    const addresseeKey = async (wait: boolean) => {
      const asking = alice.messenger.request({ peer: BOB, wait });
      const request = await liar.next(Opcode.RTT);
      liar.answer(request, wait ? Delivery.STORED : Delivery.UNSPECIFIED);
      await asking;
      await alice.closes({ name: BOB });
      liar.answer(await liar.next(Opcode.NOTIFY));
      return Buffer.from(fromBinary(RequestToTalkSchema, request.body).addresseeKey);
    };
    assert.equal((await addresseeKey(true)).length, 0);
    await liar.opensChat(alice);
    await alice.closes({ name: BOB });
    liar.answer(await liar.next(Opcode.NOTIFY));
    assert.deepEqual(await addresseeKey(true), Buffer.from(liar.bob.publicKey));
    const shown = Identity.generate().publicKey;
    liar.line.send(Opcode.PRESENCE, 0, UserSchema, {
      name: BOB,
      identityKey: shown,
      presence: Presence.ONLINE,
    });
    await alice.until("online", () => partner(alice.messenger.chat(directChat(BOB))).online);
    assert.deepEqual(await addresseeKey(false), Buffer.from(shown));
  });

  it("shows the server's claimed key only while none is pinned, and stops no chat for it", async () => {
    const claim = (identityKey: Uint8Array) =>
      liar.line.send(Opcode.PRESENCE, 0, UserSchema, { name: BOB, identityKey, presence: Presence.ONLINE });
    claim(Identity.generate().publicKey);
    await alice.until("online", () => partner(alice.messenger.chat(directChat(BOB))).online);
    const claimed = alice.messenger.people()[0];
    assert.equal(claimed?.trust, "unknown");
    await liar.opensChat(alice);
    const pinned = alice.messenger.people()[0];
    assert.notEqual(pinned?.fingerprint, claimed?.fingerprint);
    claim(Identity.generate().publicKey);
    await liar.says("still here");
    await liar.confirmed();
    assert.deepEqual(alice.messenger.people(), [pinned]);
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
  });

  it("accepts, after a crash in between, with the KeyPackage that it sent before", async () => {
    const id = newConversationId();
    liar.requests(id);
    await alice.until("invited", () => alice.messenger.chat(directChat(BOB)).phase === "invited");
    const accepting = alice.accepts({ name: BOB });
    const sent = await liar.next(Opcode.ACCEPT);
    const image = alice.crashImage();
    await alice.remove();
    await accepting;
    await image.open();
    alice = image;
    await image.messenger.connect();
    const next = new Liar((await server.accept()).letIn(), liar.bob);
    const again = await next.next(Opcode.ACCEPT);
    assert.deepEqual(Buffer.from(again.body), Buffer.from(sent.body));
    next.answer(again);
    const { keyPackage } = fromBinary(AcceptSchema, again.body);
    const made = await Conversation.create({
      ...{ id, name: BOB, identity: liar.bob, peer: alice.name, keyPackage },
      check: () => true,
    });
    next.conversation = made.conversation;
    next.establishes(id, made.welcome);
    await next.says("there you are");
    await next.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< there you are"]);
  });
});
