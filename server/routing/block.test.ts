import assert from "node:assert/strict";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { type ConversationId, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import {
  BlockedListSchema,
  BlockSchema,
  ConversationListSchema,
  EndReason,
  Opcode,
  Presence,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../gateway/raw-client-fixture.ts";
import { TestServer } from "../server-fixture.ts";
import { waitingFor } from "../store/store-fixture.ts";

async function block(who: RawClient, whom: string, opcode: Opcode = Opcode.BLOCK): Promise<string> {
  return who.tell(opcode, BlockSchema, { name: whom });
}
async function blocked(who: RawClient): Promise<string[]> {
  return fromBinary(BlockedListSchema, (await who.ask(Opcode.BLOCKED)).body).names;
}

describe("block", () => {
  let server: TestServer;
  let bob: RawClient;
  let mallory: RawClient;
  beforeEach(async () => {
    server = await TestServer.start();
    bob = await server.join("bob");
    mallory = await server.join("mallory");
  });
  afterEach(() => server.remove());

  it("survives a restart, can be repeated, and is lifted by UNBLOCK", async () => {
    assert.equal(await block(bob, "mallory"), "UNSPECIFIED");
    assert.equal(await block(bob, "mallory"), "UNSPECIFIED");
    assert.equal(await block(bob, "nobody-at-all"), "UNSPECIFIED", "tells nothing about who there is");
    await server.stop();
    await server.start();
    bob = await server.join("bob");
    assert.deepEqual(await blocked(bob), ["mallory", "nobody-at-all"]);
    await block(bob, "mallory", Opcode.UNBLOCK);
    await block(bob, "mallory", Opcode.UNBLOCK);
    assert.deepEqual(await blocked(bob), ["nobody-at-all"]);
    mallory = await server.join("mallory");
    assert.equal(await mallory.rtt("bob"), "RECEIVED");
  });

  it("is refused for oneself, for an invalid name, and beyond the bound", async () => {
    assert.equal(await block(bob, "bob"), "SELF");
    assert.equal(await block(bob, "No Such Name!"), "NAME_INVALID");
    await server.stop();
    await server.start({ blocks: 1 });
    bob = await server.join("bob");
    await block(bob, "mallory");
    assert.equal(await block(bob, "carol"), "TOO_MANY");
    assert.equal(await block(bob, "mallory"), "UNSPECIFIED");
    assert.deepEqual(await blocked(bob), ["mallory"]);
  });

  it("looks like leaving in PRESENCE, LIST and LIST at sign-in, and affects nobody else", async () => {
    const carol = await server.join("carol");
    await mallory.find((one) => one.opcode === Opcode.PRESENCE);
    await block(bob, "mallory");
    const gone = await mallory.nextAs(Opcode.PRESENCE, UserSchema);
    assert.deepEqual([gone.name, gone.presence], ["bob", Presence.OFFLINE]);
    await mallory.ask(Opcode.PING);
    const list = () => mallory.ask(Opcode.LIST).then((answer) => Buffer.from(answer.body).toString("latin1"));
    assert.doesNotMatch(await list(), /bob/);

    // Signing in and out again stays hidden too.
    bob.line.destroy();
    await carol.seeLeave("bob");
    bob = await server.join("bob");
    const again = await server.connect("mallory");
    assert.deepEqual(await again.welcome(), ["carol"]);
    await again.ask(Opcode.PING);
    assert.deepEqual(again.unread, []);

    await block(bob, "mallory", Opcode.UNBLOCK);
    const back = await again.nextAs(Opcode.PRESENCE, UserSchema);
    assert.deepEqual([back.name, back.presence], ["bob", Presence.ONLINE]);
    assert.deepEqual(Buffer.from(back.identityKey), Buffer.from(bob.identity.publicKey));
  });

  it("sends the same bytes of PRESENCE as leaving", async () => {
    await block(bob, "mallory");
    const byBlock = await mallory.next(Opcode.PRESENCE);
    await block(bob, "mallory", Opcode.UNBLOCK);
    await mallory.next(Opcode.PRESENCE);
    bob.line.destroy();
    assert.deepEqual(await mallory.next(Opcode.PRESENCE), byBlock);
  });

  it("gives the same answers as absence, byte for byte", async () => {
    /** Tries everything a client can, with a peer who left and with a peer who blocked. */
    async function tryAll(name: string, leave: (peer: RawClient) => Promise<void>): Promise<unknown[]> {
      const peer = await server.join(name);
      const [open, asked, theirs] = [await talking(mallory, peer), newConversationId(), newConversationId()];
      await mallory.rtt(name, asked);
      await peer.next(Opcode.RTT);
      await leave(peer);
      const answers = [
        await mallory.send(open, "are you there?"),
        await mallory.rtt(name),
        await mallory.notify(name, asked),
        await mallory.notify(name, open),
        await mallory.send(open, "too late"),
      ];
      const conversation = theirs;
      const { opcode, body } = await mallory.ask(Opcode.RTT, mallory.rttBody(name, conversation));
      const bytes = Buffer.from(body).toString("latin1").replaceAll(name, "NAME");
      const id = Buffer.from(conversation, "hex").toString("latin1");
      return [...answers, opcode, bytes.replaceAll(id, "ID")];
    }
    const away = await tryAll("anna", async (peer) => {
      peer.line.destroy();
      await mallory.seeLeave("anna");
    });
    const blocking = await tryAll("bert", async (peer) => {
      await block(peer, "mallory");
      await mallory.seeLeave("bert");
      await peer.ask(Opcode.PING);
    });
    assert.deepEqual(blocking, away);
    assert.equal(away.at(0), "STORED");
    assert.equal(away.at(1), "ALREADY_ASKED");
    assert.equal(away.at(-2), Opcode.USER_NOT_FOUND);
  });

  it("fills a mailbox as absence does: mailbox-full at the same points, across a restart and with other senders", async () => {
    const mailboxBytes = 256 * 1024;
    await server.stop();
    await server.start({ mailboxBytes });
    const carol = await server.join("carol");
    const [anna, bert] = [await server.join("anna"), await server.join("bert")];
    mallory = await server.join("mallory");
    const mallorys = [await talking(mallory, anna), await talking(mallory, bert)];
    const carols = [await talking(carol, anna), await talking(carol, bert)];
    anna.line.destroy();
    await mallory.seeLeave("anna");
    await block(bert, "mallory");
    bert.line.destroy();
    await carol.seeLeave("bert");

    const ids = Array.from({ length: 100 }, () => newMessageId());
    const answers: string[][] = [[], []];
    /**
     * Sends the same in both cases, Mallory's and Carol's messages in turn; every third is sent twice, as
     * after a lost line.
     */
    async function writeOn(from: number, to: number): Promise<void> {
      for (const [at, all] of answers.entries())
        for (let count = from; count < to; count++) {
          const text = "x".repeat(1000 + 97 * (count % 30));
          const id = ids[count];
          if (count % 3 === 0) all.push(await mallory.send(mallorys[at] as ConversationId, text, id));
          all.push(await mallory.send(mallorys[at] as ConversationId, text, id));
          all.push(`carol: ${await carolAgain.send(carols[at] as ConversationId, text, id)}`);
        }
    }
    let carolAgain = carol;
    await writeOn(0, 20);
    await server.stop();
    await server.start({ mailboxBytes });
    [mallory, carolAgain] = [await server.join("mallory"), await server.join("carol")];
    await writeOn(20, 100);
    assert.deepEqual(answers[1], answers[0]);
    for (const full of ["MAILBOX_FULL", "carol: MAILBOX_FULL"]) {
      const first = answers[0]?.indexOf(full) ?? -1;
      assert.ok(first > 40, `${full} comes, and not at once`);
    }

    // The blocker signs in and collects others' mail; the blocked sender must not notice the room that this
    // frees.
    const back = await server.join("bert");
    for (let left = waitingFor(server.store, username("bert")).length; left > 0; left--) await back.read();
    await back.ask(Opcode.PING);
    assert.deepEqual(waitingFor(server.store, username("bert")), []);
    assert.equal(await mallory.send(mallorys[1] as ConversationId, "x".repeat(4000)), "MAILBOX_FULL");
    assert.equal(await mallory.send(mallorys[1] as ConversationId, "x".repeat(4000), ids[0]), "STORED");
  });

  it("no longer counts the discarded mail once it is lifted", async () => {
    await server.stop();
    await server.start({ mailboxBytes: 64 * 1024 });
    bob = await server.join("bob");
    mallory = await server.join("mallory");
    const fill = async (conversation: ConversationId) => {
      let stored = 0;
      while ((await mallory.send(conversation, "x".repeat(3000))) === "STORED") stored++;
      return stored;
    };
    const first = await talking(mallory, bob);
    await block(bob, "mallory");
    const stored = await fill(first);
    assert.ok(stored > 0);
    await block(bob, "mallory", Opcode.UNBLOCK);
    const again = await talking(mallory, bob);
    await block(bob, "mallory");
    assert.equal(await fill(again), stored);
  });

  it("keeps the conversation listed for the blocked person, but not for the blocker", async () => {
    const conversation = await talking(mallory, bob);
    const standing = async (who: RawClient) =>
      fromBinary(ConversationListSchema, (await who.ask(Opcode.CONVERSATIONS)).body).conversations.map((id) =>
        Buffer.from(id).toString("hex"),
      );
    await block(bob, "mallory");
    assert.deepEqual(await standing(bob), []);
    assert.deepEqual(await standing(mallory), [conversation]);
    assert.equal(await mallory.notify("", conversation, EndReason.LOST_STATE), "STORED");
    await bob.ask(Opcode.PING);
    assert.ok(bob.unread.every(({ opcode }) => opcode !== Opcode.NOTIFY));
  });

  it("delivers nothing, and leaves nothing on disk", async () => {
    const conversation = await talking(mallory, bob);
    await block(bob, "mallory");
    assert.equal(await mallory.send(conversation, "unwanted"), "STORED");
    assert.equal(await mallory.rtt("bob"), "USER_NOT_FOUND");
    assert.equal(await mallory.notify("bob", conversation), "STORED");
    await bob.ask(Opcode.PING);
    assert.deepEqual(
      bob.unread.filter((one) => one.opcode !== Opcode.PRESENCE),
      [],
    );
    assert.deepEqual(waitingFor(server.store, username("bob")), []);
  });

  it("deletes the blocked person's waiting mail, and nothing else", async () => {
    const conversation = await talking(mallory, bob);
    const carol = await server.join("carol");
    const other = await talking(carol, bob);
    bob.confirming = false;
    const waiting = mallory.send(conversation, "unwanted");
    const kept = carol.send(other, "wanted");
    await bob.read();
    await bob.read();
    bob.line.destroy();
    assert.deepEqual([await waiting, await kept], ["STORED", "STORED"]);
    const inbox = () => waitingFor(server.store, username("bob")).length;
    assert.equal(inbox(), 2);
    bob = await server.connect("bob");
    bob.confirming = false;
    await bob.welcome();
    await block(bob, "mallory");
    assert.equal(inbox(), 1);
  });

  it("discards deliveries in flight", async () => {
    const conversation = await talking(mallory, bob);
    bob.confirming = false;
    const waiting = mallory.send(conversation, "unwanted");
    await bob.read();
    await block(bob, "mallory");
    bob.line.destroy();
    assert.equal(await waiting, "STORED");
    assert.deepEqual(waitingFor(server.store, username("bob")), []);
  });

  it("ends conversations when it is lifted, as if the blocker had returned and closed them", async () => {
    const conversation = await talking(mallory, bob);
    await block(bob, "mallory");
    assert.equal(await mallory.send(conversation, "lost"), "STORED");
    await block(bob, "mallory", Opcode.UNBLOCK);
    await mallory.next(Opcode.NOTIFY);
    assert.equal(await mallory.send(conversation, "gone"), "NO_CONVERSATION");
    assert.equal(await mallory.rtt("bob"), "RECEIVED");
  });

  it("applies to the blocker's own requests too, until it is lifted", async () => {
    await block(bob, "mallory");
    assert.equal(await bob.rtt("mallory"), "NOT_ALLOWED");
    assert.deepEqual(
      mallory.unread.filter((one) => one.opcode === Opcode.RTT),
      [],
    );
  });

  it("ends the connection when the body does not parse", async () => {
    bob.line.send(Opcode.BLOCK, 9, Buffer.from([0xff]));
    assert.equal(await bob.lastError(), "BAD_MESSAGE");
    mallory.line.send(Opcode.BLOCKED, 9, toBinary(BlockSchema, create(BlockSchema, { name: "bob" })));
    assert.equal(await mallory.lastError(), "BAD_MESSAGE");
  });
});
