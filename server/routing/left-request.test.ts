import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { Identity } from "../../protocol/identity/identity.ts";
import { type ConversationId, idBytes, newConversationId, username } from "../../protocol/names.ts";
import {
  BlockSchema,
  EndReason,
  NotifySchema,
  Opcode,
  RequestToTalkSchema,
} from "../../protocol/wire/parley_pb.ts";
import { allAtOnce } from "../gateway/pieces.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import type { ServerLimits } from "../limits.ts";
import { DAY_MS } from "../operations/duration.ts";
import { TestServer } from "../server-fixture.ts";
import { waitingFor } from "../store/store-fixture.ts";

/** Waits until the clock shows another millisecond, which orders the requests. */
async function laterThan(at: number): Promise<void> {
  while (Date.now() <= at) await new Promise((resolve) => setImmediate(resolve));
}

describe("a waiting request", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  beforeEach(async () => {
    server = await TestServer.start({ requestPaceMs: 0 });
    alice = await server.join("alice");
    bob = await server.join("bob");
  });
  afterEach(() => server.remove());

  async function restart(limits: Partial<ServerLimits>): Promise<void> {
    await server.stop();
    await server.start({ requestPaceMs: 0, ...limits });
    [alice, bob] = [await server.join("alice"), await server.join("bob")];
  }
  const deliveredTo = (who: RawClient) =>
    who.unread.filter((one) => one.opcode === Opcode.RTT || one.opcode === Opcode.NOTIFY);
  const waiting = (name: string) => waitingFor(server.store, username(name)).length;

  it("waits for a person who is offline, across a restart, and can be answered", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    const conversation = newConversationId();
    assert.equal(await alice.leave("bob", conversation), "STORED");
    assert.equal(await alice.leave("bob", conversation), "STORED", "the same again");
    assert.equal(await alice.leave("bob"), "ALREADY_ASKED");
    await server.stop();
    await server.start();
    bob = await server.join("bob");
    await bob.next(Opcode.RTT);
    alice = await server.join("alice");
    assert.equal(await bob.accept("alice", conversation), "RECEIVED");
    await alice.next(Opcode.ACCEPT);
  });

  it("reaches a person who is online at once, without revealing that to the requester", async () => {
    assert.equal(await alice.leave("bob"), "STORED");
    await bob.next(Opcode.RTT);
  });

  it("does not show in any answer whether its addressee exists", async () => {
    await server.join("away").then((away) => away.line.destroy());
    const carol = await server.join("carol");
    await carol.tell(Opcode.BLOCK, BlockSchema, { name: "alice" });
    for (const name of ["away", "carol", "nobody"]) {
      const conversation = newConversationId();
      const answers = [
        await alice.leave(name, conversation),
        await alice.leave(name),
        await alice.rtt(name),
        await alice.notify(name, conversation),
        await alice.notify(name, conversation),
      ];
      assert.deepEqual(
        answers,
        ["STORED", "ALREADY_ASKED", "ALREADY_ASKED", "STORED", "NO_CONVERSATION"],
        name,
      );
    }
    await carol.ask(Opcode.PING);
    assert.deepEqual(
      carol.unread.filter((one) => one.opcode === Opcode.RTT || one.opcode === Opcode.NOTIFY),
      [],
    );
    assert.deepEqual([waiting("carol"), waiting("nobody")], [0, 0]);
  });

  it("leaves nothing when it is withdrawn before it was seen, however often", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    for (let count = 0; count < 30; count++) {
      const conversation = newConversationId();
      assert.equal(await alice.leave("bob", conversation), "STORED");
      assert.equal(await alice.notify("bob", conversation), "STORED");
    }
    assert.deepEqual(server.store.mailbox.size(), { items: 0, bytes: 0 });
    bob = await server.join("bob");
    await bob.ask(Opcode.PING);
    assert.deepEqual(deliveredTo(bob), []);
  });

  it("notifies its addressee when it is withdrawn after it was seen, with the same answer to the requester", async () => {
    const conversation = newConversationId();
    assert.equal(await alice.leave("bob", conversation), "STORED");
    await bob.next(Opcode.RTT);
    bob.line.destroy();
    await alice.seeLeave("bob");
    assert.equal(await alice.notify("bob", conversation), "STORED");
    bob = await server.join("bob");
    await bob.next(Opcode.NOTIFY);
    assert.deepEqual(deliveredTo(bob), []);
    const again = newConversationId();
    assert.equal(await alice.leave("bob", again), "STORED");
    await bob.next(Opcode.RTT);
    assert.equal(await alice.notify("bob", again), "STORED");
    await bob.next(Opcode.NOTIFY);
  });

  it("is bounded for each requester, and refused where the server keeps none", async () => {
    await restart({ waitingRequestsOfOne: 2 });
    await alice.leave("bob");
    await alice.leave("nobody");
    assert.equal(await alice.leave("carol"), "TOO_MANY");
    assert.equal(await alice.rtt("bob"), "ALREADY_ASKED");
    assert.equal(await alice.rtt("carol"), "TOO_MANY", "also to somebody who would be there");
    await server.stop();
    await server.start({ waitingRequestsOfOne: 0 });
    const dave = await server.join("dave");
    assert.equal(await dave.leave("bob"), "NOT_ALLOWED");
  });

  describe("from a stranger, beyond the bound", () => {
    const crowd = ["mallory", "moriarty", "morgana"];
    const askers = new Map<string, RawClient>();
    /** Sends requests of strangers, in order. */
    async function ask(whom: string): Promise<Map<string, ConversationId>> {
      const asked = new Map<string, ConversationId>();
      for (const name of crowd) {
        const conversation = newConversationId();
        asked.set(name, conversation);
        const asker = await server.join(name);
        askers.set(name, asker);
        assert.equal(await asker.leave(whom, conversation), "STORED");
        await laterThan(Date.now());
      }
      return asked;
    }
    const gaveWay = async (who: RawClient) => {
      const { conversation, peer, reason } = await who.nextAs(Opcode.NOTIFY, NotifySchema);
      assert.equal(reason, EndReason.GAVE_WAY);
      return [peer, Buffer.from(conversation).toString("hex")];
    };

    beforeEach(() => restart({ waitingRequestsForOne: 3 }));

    for (const kind of ["away", "blocking", "nobody"])
      it(`displaces the oldest, whose requester is told, alike for somebody ${kind}`, async () => {
        if (kind !== "nobody") {
          const them = await server.join(kind);
          if (kind === "blocking")
            for (const name of [...crowd, "alice"]) await them.tell(Opcode.BLOCK, BlockSchema, { name });
          them.line.destroy();
        }
        const asked = await ask(kind);
        assert.equal(await alice.leave(kind), "STORED");
        const first = askers.get("mallory") as RawClient;
        assert.deepEqual(await gaveWay(first), [kind, asked.get("mallory")]);
        assert.equal(await first.notify(kind, asked.get("mallory") as ConversationId), "NO_CONVERSATION");
        assert.equal(waiting(kind), kind === "blocking" ? 0 : 3);
      });

    it("to a name that nobody has ends when somebody joins under it, without reaching them", async () => {
      const asked = await ask("nobody");
      const somebody = await server.join("nobody");
      await somebody.ask(Opcode.PING);
      assert.deepEqual(
        somebody.unread.filter(({ opcode }) => opcode !== Opcode.PRESENCE),
        [],
      );
      assert.equal(waiting("nobody"), 0);
      const first = askers.get("mallory") as RawClient;
      const { conversation, peer, reason } = await first.nextAs(Opcode.NOTIFY, NotifySchema);
      assert.deepEqual(
        [peer, reason, Buffer.from(conversation).toString("hex")],
        ["nobody", EndReason.CLOSED, asked.get("mallory")],
      );
    });

    it("displaces the requester with the most requests", async () => {
      bob.line.destroy();
      const asked = await ask("bob");
      const busy = await server.join("morgana");
      await busy.leave("alice");
      await alice.leave("bob");
      assert.deepEqual(await gaveWay(busy), ["bob", asked.get("morgana")]);
    });

    it("is reported as displaced by the server only", async () => {
      const conversation = newConversationId();
      await alice.leave("bob", conversation);
      const body = { conversation: idBytes(conversation), peer: "bob", reason: EndReason.GAVE_WAY };
      alice.line.send(Opcode.NOTIFY, 99, toBinary(NotifySchema, create(NotifySchema, body)));
      assert.equal(await alice.lastError(), "BAD_MESSAGE");
    });

    it("ends for the addressee too when they have seen it", async () => {
      const asked = await ask("bob");
      await alice.leave("bob");
      const { conversation, peer, reason } = await bob.nextAs(Opcode.NOTIFY, NotifySchema);
      assert.deepEqual(
        [peer, reason, Buffer.from(conversation).toString("hex")],
        ["mallory", EndReason.CLOSED, asked.get("mallory")],
      );
    });

    it("never keeps out, displaces or counts acquainted people's requests", async () => {
      const carol = await server.join("carol");
      const open = await talking(carol, bob);
      bob.line.destroy();
      await carol.seeLeave("bob");
      const asked = await ask("bob");
      const anew = newConversationId();
      assert.equal(await carol.leave("bob", anew), "STORED", "healing of an open chat");
      assert.equal(await carol.notify("bob", open), "STORED");
      assert.equal(await carol.notify("bob", anew), "STORED");
      const again = newConversationId();
      assert.equal(await carol.leave("bob", again), "STORED", "or of one that was open");
      assert.equal(waiting("bob"), crowd.length + 2, "with the end of what was open");
      await alice.leave("bob");
      bob = await server.join("bob");
      const requests = new Set<string>();
      for (let count = 0; count < 4; count++) {
        const request = await bob.nextAs(Opcode.RTT, RequestToTalkSchema);
        requests.add(Buffer.from(request.conversation).toString("hex"));
      }
      assert.ok(requests.has(again));
      assert.ok(!requests.has(asked.get("mallory") ?? ""));
    });

    it("is not limited by requests that heal open chats", async () => {
      await restart({ waitingRequestsOfOne: 2 });
      const friends = ["anna", "bert", "carl", "dora"];
      for (const name of friends) await talking(alice, await server.join(name));
      for (const name of friends) await server.join(name).then((friend) => friend.line.destroy());
      for (const name of friends) assert.equal(await alice.leave(name), "STORED");
      assert.equal(await alice.leave("nobody"), "STORED");
      assert.equal(await alice.leave("no-one"), "STORED");
      assert.equal(await alice.leave("noone"), "TOO_MANY");
    });

    it("counts as a stranger's when the requester has a new key", async () => {
      const carol = await server.join("carol");
      await talking(carol, bob);
      assert.ok(server.store.conversations.areAcquainted(username("bob"), username("carol")));
      const inviteToken = await server.invite({ reservedFor: username("carol") });
      await (await server.connect("carol", { identity: Identity.generate(), inviteToken })).welcome();
      assert.ok(!server.store.conversations.areAcquainted(username("bob"), username("carol")));
    });
  });

  it("expires after thirty days", async () => {
    bob.line.destroy();
    await alice.seeLeave("bob");
    await alice.leave("bob");
    const later = Date.now() + 30 * DAY_MS + 1000;
    allAtOnce(server.store.mailbox.purge(later - 30 * DAY_MS));
    allAtOnce(server.store.conversations.purge(later - 30 * DAY_MS));
    assert.equal(waiting("bob"), 0);
    assert.deepEqual(server.store.conversations.of(alice.name), []);
  });
});
