/**
 * Members who try to get at other members' mail, confirmations, connection, conversations or name. Alice and
 * Bob are not affected.
 */
import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { type ConversationId, newConversationId } from "../../protocol/names.ts";
import { ErrorCode, ErrorSchema, Opcode, QuitReason, QuitSchema } from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../../server/gateway/raw-client-fixture.ts";
import { TestServer } from "../../server/server-fixture.ts";

const NOTHING = new Uint8Array();
/** More ids than the server has assigned here. */
const MANY = 10;

describe("a member", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  let mallory: RawClient;
  /** Alice's conversation with Bob. */
  let conversation: ConversationId;

  beforeEach(async () => {
    server = await TestServer.start();
    [alice, bob, mallory] = [
      await server.join("alice"),
      await server.join("bob"),
      await server.join("mallory"),
    ];
    conversation = await talking(alice, bob);
  });
  afterEach(() => server.remove());

  async function leaves(who: RawClient): Promise<void> {
    who.line.send(Opcode.QUIT, 0, toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.USER })));
    await who.ended;
  }
  /** Waits until the server has handled everything that they sent. */
  async function heard(who: RawClient): Promise<void> {
    await who.ask(Opcode.PING);
  }
  const deliveries = ({ unread }: RawClient) =>
    unread.filter(({ opcode, id }) => id !== 0 && opcode !== Opcode.PRESENCE);

  it("who tries to read another's mailbox gets nothing, by any name, key or ACK: name-taken, bad-message", async () => {
    await leaves(bob);
    assert.equal(await alice.send(conversation, "for Bob alone"), "STORED");
    const claims = [
      [{}, "AUTH_REFUSED"],
      [{ inviteToken: await server.invite() }, "NAME_TAKEN"],
      [{ inviteToken: await server.invite({ reservedFor: mallory.name }) }, "INVITE_INVALID"],
    ] as const;
    for (const [more, code] of claims) {
      const impostor = await server.connect("bob", { identity: server.identity("mallory"), ...more });
      assert.equal(await impostor.lastError(), code);
      assert.deepEqual(impostor.unread, []);
    }
    for (let id = 1; id < MANY; id++) {
      const one = await server.join("mallory");
      one.line.send(Opcode.ACK, id, NOTHING);
      assert.equal(await one.lastError(), "BAD_MESSAGE");
      assert.deepEqual(deliveries(one), []);
    }
    bob = await server.join("bob");
    assert.equal(await bob.read(), "for Bob alone");
  });

  it("who confirms a delivery to another confirms nothing, and is cut: bad-message", async () => {
    bob.confirming = false;
    const sent = alice.send(conversation, "have you got it?");
    const { id } = await bob.find(({ opcode }) => opcode === Opcode.MESSAGE);
    mallory.line.send(Opcode.ACK, id, NOTHING);
    assert.equal(await mallory.lastError(), "BAD_MESSAGE");
    await heard(alice);
    bob.line.destroy();
    assert.equal(await sent, "STORED"); // Not RECEIVED.
  });

  it("who confirms one delivery again and again is cut: bad-message", async () => {
    assert.equal(await alice.send(conversation, "once"), "RECEIVED");
    const { id } = await bob.find(({ opcode }) => opcode === Opcode.MESSAGE);
    await heard(bob);
    bob.line.send(Opcode.ACK, id, NOTHING);
    assert.equal(await bob.lastError(), "BAD_MESSAGE");
  });

  it("in two sessions gets answers and deliveries only in the newer one: superseded", async () => {
    bob.confirming = false;
    const first = alice;
    const unanswered = assert.rejects(first.send(conversation, "asked in the first"));
    const { id } = await bob.find(({ opcode }) => opcode === Opcode.MESSAGE);
    const second = await server.join("alice");
    assert.equal(await first.lastError(), "SUPERSEDED");
    await unanswered;
    bob.confirm({ opcode: Opcode.MESSAGE, id, body: NOTHING });
    await heard(bob);
    await heard(second);
    assert.deepEqual(deliveries(second), []);
    // Later requests on the first line have no effect.
    assert.equal(first.line.send(Opcode.LIST, 1, NOTHING), false);
    assert.equal(await bob.send(conversation, "to the second"), "RECEIVED");
    assert.equal(await second.read(), "to the second");
  });

  it("who uses a conversation's id in advance, or one in use, joins nothing: not-allowed, no-conversation", async () => {
    // A conversation's id is chosen by its requester: one that is in use is refused, not shared.
    assert.equal(await mallory.rtt("bob", conversation), "NOT_ALLOWED");
    const theirs = newConversationId();
    await mallory.rtt("bob", theirs);
    assert.equal(await alice.rtt("mallory", theirs), "NOT_ALLOWED");
    assert.equal(await alice.send(theirs, "x"), "NO_CONVERSATION");
  });

  it("outside a conversation can do nothing in it, in anybody's name: no-conversation", async () => {
    const carol = await server.join("carol");
    const asked = newConversationId();
    await alice.rtt("carol", asked);
    await carol.next(Opcode.RTT);
    for (const peer of ["alice", "bob", "carol", "mallory"])
      for (const id of [conversation, asked]) {
        assert.equal(await mallory.accept(peer, id), "NO_CONVERSATION");
        assert.equal(await mallory.refuse(peer, id), "NO_CONVERSATION");
        assert.equal(await mallory.establish(peer, id), "NO_CONVERSATION");
        assert.equal(await mallory.notify(peer, id), "NO_CONVERSATION");
        assert.equal(await mallory.send(id, "in your name"), "NO_CONVERSATION");
        assert.equal(await mallory.commit(id, 1n), "NO_CONVERSATION");
      }
    await Promise.all([alice, bob, carol].map(heard));
    for (const who of [alice, bob, carol]) assert.deepEqual(deliveries(who), []);
    assert.equal(await alice.send(conversation, "undisturbed"), "RECEIVED");
  });

  it("who sends a request with another's key, or another's request, is cut: bad-message", async () => {
    const asking = newConversationId();
    const recorded = alice.rttBody("bob", asking);
    for (const body of [recorded, alice.rttBody("mallory", asking)]) {
      const forger = await server.join("mallory");
      forger.line.send(Opcode.RTT, 1, body);
      assert.equal(await forger.lastError(), "BAD_MESSAGE");
    }
    await heard(bob);
    assert.deepEqual(deliveries(bob), []);
  });

  it("who commits to a past epoch is refused: epoch-stale", async () => {
    for (const epoch of [1n, 2n, 3n]) assert.equal(await alice.commit(conversation, epoch), "RECEIVED");
    for (const epoch of [1n, 2n, 3n])
      for (const who of [alice, bob])
        assert.equal(await who.commit(conversation, epoch, "another"), "EPOCH_STALE");
    await server.stop();
    await server.start();
    bob = await server.join("bob");
    assert.equal(await bob.commit(conversation, 3n, "another"), "EPOCH_STALE");
    assert.equal(await bob.commit(conversation, 4n), "STORED");
  });

  it("who commits to an epoch far ahead is refused: no-conversation", async () => {
    for (const epoch of [1002n, 2n ** 32n, 2n ** 53n - 2n])
      assert.equal(await alice.commit(conversation, epoch), "NO_CONVERSATION");
    assert.equal(await bob.commit(conversation, 1n), "RECEIVED");
    assert.equal(await alice.commit(conversation, 1002n), "RECEIVED");
  });

  it("who takes the epoch ahead step by step blocks nothing: messages arrive, and the next conversation starts at its first epoch", async () => {
    let epoch = 1n;
    for (let jump = 0; jump < 50; jump++, epoch += 1001n)
      assert.equal(await alice.commit(conversation, epoch + 1000n), "RECEIVED");
    assert.equal(await bob.send(conversation, "undisturbed"), "RECEIVED");
    // From these, Bob's client concludes that its keys cannot be renewed in that conversation
    // (messenger-lies-delivery), and requests another.
    for (const own of [1n, 2n, epoch - 1n]) assert.equal(await bob.commit(conversation, own), "EPOCH_STALE");
    const anew = await talking(bob, alice);
    assert.equal(await bob.commit(anew, 1n), "RECEIVED");
    assert.equal(await alice.commit(conversation, epoch), "NO_CONVERSATION");
    assert.equal(await alice.commit(anew, 2n), "RECEIVED");
  });

  it("who sends an error or an answer, as only a server may, is cut: bad-message", async () => {
    const error = toBinary(ErrorSchema, create(ErrorSchema, { code: ErrorCode.SUPERSEDED }));
    for (const [opcode, body] of [
      [Opcode.ERROR, error],
      [Opcode.USER_NOT_FOUND, NOTHING],
    ] as const) {
      const liar = await server.join("mallory");
      liar.line.send(opcode, 1, body);
      assert.equal(await liar.lastError(), "BAD_MESSAGE");
    }
    assert.equal(await alice.send(conversation, "undisturbed"), "RECEIVED");
  });
});
