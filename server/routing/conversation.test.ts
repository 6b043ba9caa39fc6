import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { Identity } from "../../protocol/identity/identity.ts";
import {
  conversationIdFrom,
  idBytes,
  newConversationId,
  newMessageId,
  username,
} from "../../protocol/names.ts";
import {
  AcceptSchema,
  ConversationListSchema,
  ConversationQuestionSchema,
  EndReason,
  ErrorSchema,
  NotifySchema,
  Opcode,
  RequestToTalkSchema,
  SessionEstablishmentSchema,
  UserNotFoundSchema,
} from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { type TestServer, withAliceAndBob } from "../server-fixture.ts";

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString("hex");

describe("conversations through a server", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  withAliceAndBob((started) => {
    ({ server, alice, bob } = started);
  });

  async function standing(who: RawClient, after: Uint8Array = new Uint8Array()): Promise<string[]> {
    const question = toBinary(ConversationQuestionSchema, create(ConversationQuestionSchema, { after }));
    const { opcode, body } = await who.ask(Opcode.CONVERSATIONS, question);
    assert.equal(opcode, Opcode.CONVERSATIONS);
    return fromBinary(ConversationListSchema, body).conversations.map(hex);
  }

  it("are listed for the two who take part, from when they are established to their end, across a restart too", async () => {
    const asked = newConversationId();
    await alice.rtt("bob", asked);
    assert.deepEqual(await standing(alice), []);
    await bob.refuse("alice", asked);
    const id = await talking(alice, bob);
    const carol = await server.join("carol");
    for (const [who, ids] of [
      [alice, [id]],
      [bob, [id]],
      [carol, []],
    ] as const)
      assert.deepEqual(await standing(who), ids);
    assert.deepEqual(await standing(alice, idBytes(id)), []);
    await server.stop();
    await server.start();
    bob = await server.join("bob");
    assert.deepEqual(await standing(bob), [id]);
    await bob.notify("", id, EndReason.LOST_STATE);
    assert.deepEqual(await standing(bob), []);
  });

  it("are not listed after an invalid id", async () => {
    const question = create(ConversationQuestionSchema, { after: new Uint8Array(15) });
    alice.line.send(Opcode.CONVERSATIONS, 9, toBinary(ConversationQuestionSchema, question));
    assert.equal(await alice.lastError(), "BAD_MESSAGE");
  });

  it("replace `peer` by the other person on delivery, and change nothing else", async () => {
    const conversation = newConversationId();
    assert.equal(await alice.rtt("bob", conversation), "RECEIVED");
    const rtt = await bob.nextAs(Opcode.RTT, RequestToTalkSchema);
    assert.equal(rtt.peer, "alice");
    assert.equal(hex(rtt.conversation), conversation);
    assert.deepEqual(Buffer.from(rtt.identityKey), Buffer.from(alice.identity.publicKey));

    assert.equal(await bob.accept("alice", conversation, "bob's key package"), "RECEIVED");
    const accept = await alice.nextAs(Opcode.ACCEPT, AcceptSchema);
    assert.equal(accept.peer, "bob");
    assert.equal(Buffer.from(accept.keyPackage).toString(), "bob's key package");

    assert.equal(await alice.establish("bob", conversation, "alice's welcome"), "RECEIVED");
    const established = await bob.nextAs(Opcode.CC_SESSION_ESTABLISHMENT, SessionEstablishmentSchema);
    assert.equal(established.peer, "alice");
    assert.equal(Buffer.from(established.welcome).toString(), "alice's welcome");

    assert.equal(await alice.send(conversation, "hello"), "RECEIVED");
    assert.equal(await bob.read(), "hello");
    assert.equal(await bob.send(conversation, "hello yourself"), "RECEIVED");
    assert.equal(await alice.read(), "hello yourself");

    assert.equal(await bob.notify("alice", conversation), "RECEIVED");
    assert.equal((await alice.nextAs(Opcode.NOTIFY, NotifySchema)).peer, "bob");
    assert.equal(await alice.send(conversation, "too late"), "NO_CONVERSATION");
    assert.equal(await bob.notify("alice", conversation), "NO_CONVERSATION");
    assert.equal(await alice.notify("bob", conversation), "NO_CONVERSATION");
  });

  it("can be refused, and requested again", async () => {
    const conversation = newConversationId();
    await alice.rtt("bob", conversation);
    assert.equal(await bob.refuse("alice", conversation), "RECEIVED");
    await alice.next(Opcode.REFUSE);
    assert.equal(await bob.refuse("alice", conversation), "NO_CONVERSATION");
    assert.equal(await bob.accept("alice", conversation), "NO_CONVERSATION");
    assert.equal(await alice.rtt("bob"), "RECEIVED");
  });

  it("answer USER_NOT_FOUND alike for unknown, absent and invalid names", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    for (const name of ["bob", "nobody", "No Such Name!"]) {
      const conversation = newConversationId();
      const answer = await alice.ask(Opcode.RTT, alice.rttBody(name, conversation));
      assert.equal(answer.opcode, Opcode.USER_NOT_FOUND);
      const body = fromBinary(UserNotFoundSchema, answer.body);
      assert.equal(body.peer, name);
      assert.equal(hex(body.conversation), conversation);
    }
    assert.deepEqual(server.store.conversations.of(alice.name), []);
  });

  it("answer requests in a wrong state, without ending the connection", async () => {
    assert.equal(await alice.rtt("alice"), "SELF");
    const first = newConversationId();
    await alice.rtt("bob", first);

    for (const [asker, peer, code] of [
      [alice, "bob", "ALREADY_ASKED"],
      [bob, "alice", "REQUEST_CROSSED"],
    ] as const) {
      const answer = await asker.ask(Opcode.RTT, asker.rttBody(peer, newConversationId()));
      const error = fromBinary(ErrorSchema, answer.body);
      assert.equal(conversationIdFrom(error.conversation), first, code);
    }
    assert.equal(await alice.rtt("bob"), "ALREADY_ASKED");
    assert.equal(await bob.rtt("alice"), "REQUEST_CROSSED");

    const carol = await server.join("carol");
    assert.equal(await carol.rtt("bob", first), "NOT_ALLOWED");
    assert.equal(await carol.accept("alice", first), "NO_CONVERSATION");
    assert.equal(await carol.notify("alice", first), "NO_CONVERSATION");
    assert.equal(await alice.accept("bob", first), "NO_CONVERSATION");
    assert.equal(await bob.accept("carol", first), "NO_CONVERSATION");
    assert.equal(await bob.accept("alice", newConversationId()), "NO_CONVERSATION");
    assert.equal(await alice.send(first, "not yet"), "NO_CONVERSATION");
    assert.equal(await alice.establish("bob", first), "NO_CONVERSATION");
    assert.equal(await alice.send(newConversationId(), "nowhere"), "NO_CONVERSATION");

    assert.equal(await bob.accept("alice", first), "RECEIVED");
    assert.equal(await bob.accept("alice", first), "STORED", "the same again");
    assert.equal(await bob.accept("alice", first, "another"), "NO_CONVERSATION");
    assert.equal(await alice.establish("bob", first), "RECEIVED");
    assert.equal(await carol.send(first, "let me in"), "NO_CONVERSATION");
    assert.equal(await alice.send(first, "still here"), "RECEIVED");
    assert.equal(await bob.read(), "still here");
    assert.equal(carol.unread.filter((one) => one.opcode === Opcode.MESSAGE).length, 0);
  });

  it("deliver a request again to an addressee who left before answering, but not a withdrawn one", async () => {
    const conversation = newConversationId();
    bob.confirming = false;
    const asked = alice.rtt("bob", conversation);
    await bob.next(Opcode.RTT);
    bob.line.destroy();
    assert.equal(await asked, "STORED");
    bob = await server.join("bob");
    await bob.next(Opcode.RTT);
    bob.line.destroy();
    await bob.ended;
    bob = await server.join("bob");
    assert.equal(hex((await bob.nextAs(Opcode.RTT, RequestToTalkSchema)).conversation), conversation);
    assert.equal(await alice.notify("bob", conversation), "STORED", "never whether the addressee is there");
    bob.line.destroy();
    await bob.ended;
    bob = await server.join("bob");
    await bob.ask(Opcode.PING);
    assert.deepEqual(
      bob.unread.map((one) => one.opcode).filter((one) => one === Opcode.RTT),
      [],
    );
  });

  it("replace an older session by a newer one", async () => {
    const older = await talking(alice, bob);
    const newer = await talking(bob, alice);
    assert.equal(await alice.send(older, "old"), "NO_CONVERSATION");
    assert.equal(await alice.send(newer, "new"), "RECEIVED");
  });

  it("survive a restart of the server", async () => {
    const session = await talking(alice, bob);
    const carol = await server.join("carol");
    const request = newConversationId();
    await carol.rtt("bob", request);
    await server.stop();
    await server.start();
    alice = await server.join("alice");
    assert.equal(await alice.send(session, "before you came"), "STORED");
    bob = await server.join("bob");
    assert.equal(hex((await bob.nextAs(Opcode.RTT, RequestToTalkSchema)).conversation), request);
    assert.equal(await bob.read(), "before you came");
    assert.equal(await bob.accept("carol", request), "STORED");
    assert.equal(await bob.send(session, "here I am"), "RECEIVED");
  });

  it("accept one commit for each epoch, the first, also over a restart", async () => {
    const session = await talking(alice, bob);
    const first = newMessageId();
    assert.equal(await alice.commit(session, 1n, "hers", first), "RECEIVED");
    assert.equal(await bob.read(), "hers");
    assert.equal(await bob.commit(session, 1n, "his"), "EPOCH_STALE");
    await server.stop();
    await server.start();
    alice = await server.join("alice");
    assert.equal(await alice.commit(session, 1n, "hers", first), "STORED", "the same again");
    assert.equal(await alice.commit(session, 1n, "another"), "EPOCH_STALE");
    bob = await server.join("bob");
    assert.equal(await bob.commit(session, 2n, "his now"), "RECEIVED");
    assert.equal(await alice.read(), "his now");
    assert.equal(await alice.send(session, "and on"), "RECEIVED");
    assert.equal(await bob.read(), "and on");
    const carol = await server.join("carol");
    assert.equal(await carol.commit(session, 3n), "NO_CONVERSATION");
    assert.equal(await alice.commit(newConversationId(), 1n), "NO_CONVERSATION");
    alice.commit(session, 1n << 53n).catch(() => {});
    assert.equal(await alice.lastError(), "BAD_MESSAGE");
  });

  it("store a commit and its epoch in one transaction", async () => {
    const session = await talking(alice, bob);
    bob.confirming = false;
    const taken = alice.commit(session, 1n, "hers");
    assert.equal(await bob.read(), "hers");
    bob.line.destroy();
    assert.equal(await taken, "STORED");
    await server.stop();
    await server.start();
    alice = await server.join("alice");
    assert.equal(await alice.send(session, "in the new epoch"), "STORED");
    bob = await server.join("bob");
    assert.deepEqual([await bob.read(), await bob.read()], ["hers", "in the new epoch"]);
  });

  it('end with "keys lost" by a client that no longer knows the peer', async () => {
    for (const peer of ["alice", ""]) {
      const session = await talking(alice, bob);
      assert.equal(await bob.notify("", session), "NO_CONVERSATION", "without a reason");
      assert.equal(await bob.notify("carol", session, EndReason.LOST_STATE), "NO_CONVERSATION");
      assert.equal(await bob.notify(peer, session, EndReason.LOST_STATE), "RECEIVED");
      const told = await alice.nextAs(Opcode.NOTIFY, NotifySchema);
      assert.deepEqual(
        [told.peer, told.reason, hex(told.conversation)],
        ["bob", EndReason.LOST_STATE, session],
      );
      assert.equal(await alice.send(session, "too late"), "NO_CONVERSATION");
      assert.equal(await bob.notify("", session, EndReason.LOST_STATE), "NO_CONVERSATION");
    }
    const carol = await server.join("carol");
    const session = await talking(alice, bob);
    assert.equal(await carol.notify("", session, EndReason.LOST_STATE), "NO_CONVERSATION");
    assert.equal(await alice.send(session, "still here"), "RECEIVED");
  });

  it("forward no oversized and no empty message", async () => {
    const conversation = await talking(alice, bob);
    assert.equal(await alice.send(conversation, "x".repeat(68 * 1024)), "RECEIVED");
    assert.equal((await bob.read()).length, 68 * 1024);
    assert.equal(await alice.send(conversation, "x".repeat(68 * 1024 + 1)), "TOO_LARGE");
    assert.equal(await alice.send(conversation, "fine"), "RECEIVED");
    alice.send(conversation, "").catch(() => {});
    assert.equal(await alice.lastError(), "BAD_MESSAGE");
    assert.equal(await bob.read(), "fine");
  });

  it("end when one of the two gets a new key, and notify the other", async () => {
    const conversation = await talking(alice, bob);
    bob.line.destroy();
    await bob.ended;
    await alice.send(conversation, "sealed for the old key");
    const inviteToken = await server.invite({ reservedFor: bob.name });
    const newBob = await server.connect("bob", { identity: Identity.generate(), inviteToken });
    await newBob.welcome();
    assert.equal(hex((await alice.nextAs(Opcode.NOTIFY, NotifySchema)).conversation), conversation);
    assert.equal(await alice.send(conversation, "anybody?"), "NO_CONVERSATION");
    await newBob.ask(Opcode.PING);
    assert.equal(newBob.unread.filter((one) => one.opcode === Opcode.MESSAGE).length, 0);
  });

  describe("by the hundred, of a name that gets a new key,", () => {
    const FORMER = 300;
    let inviteToken: Uint8Array;
    const identity = Identity.generate();
    beforeEach(async () => {
      const { conversations } = server.store;
      server.store.atomically(() => {
        for (let number = 0; number < FORMER; number++) {
          const talk = {
            id: newConversationId(),
            requester: bob.name,
            addressee: username(`former${number}`),
          };
          conversations.put({ ...talk, stage: "established", digest: "", epoch: 1 }, 0);
          conversations.recordAcquaintance(talk.requester, talk.addressee, 0);
        }
      });
      inviteToken = await server.invite({ reservedFor: bob.name });
    });

    it("end before the new owner is signed in, with others served meanwhile and the former owner disconnected", async () => {
      const conversation = await talking(alice, bob);
      const newBob = await server.connect("bob", { identity, inviteToken });
      assert.equal(await bob.lastError(), "SUPERSEDED");
      const left = () => server.store.conversations.of(bob.name).length;
      await alice.ask(Opcode.PING);
      assert.ok(left() > 0, "a part at a time");
      await newBob.welcome();
      assert.equal(left(), 0);
      assert.ok(!server.store.conversations.areAcquainted(bob.name, alice.name));
      assert.equal(hex((await alice.nextAs(Opcode.NOTIFY, NotifySchema)).conversation), conversation);
    });

    it("end where the new owner's connection is cut meanwhile, who has the name at the next sign-in", async () => {
      const { conversations, directory } = server.store;
      const cut = await server.connect("bob", { identity, inviteToken });
      cut.line.destroy();
      while (conversations.of(bob.name).length > 0) await alice.ask(Opcode.PING);
      await alice.ask(Opcode.PING);
      assert.notDeepEqual(directory.find(bob.name)?.identityKey, identity.publicKey);
      const newBob = await server.connect("bob", { identity, inviteToken });
      await newBob.welcome();
      assert.deepEqual(directory.find(bob.name)?.identityKey, identity.publicKey);
    });
  });

  it("deliver a retried message once while it waits", async () => {
    const conversation = await talking(alice, bob);
    bob.line.destroy();
    await bob.ended;
    const id = newMessageId();
    for (let retry = 0; retry < 3; retry++)
      assert.equal(await alice.send(conversation, "once", id), "STORED");
    bob = await server.join("bob");
    assert.equal(await bob.read(), "once");
    assert.equal(await alice.send(conversation, "then", newMessageId()), "RECEIVED");
    assert.equal(await bob.read(), "then");
  });
});
