/** Clients with the shipped server: every verb, and every way in which the line between them can fail. */
import assert from "node:assert/strict";
import { NetworkError, ProtocolError, RefusedError, TrustError } from "../../protocol/errors.ts";
import { MAX_PLAINTEXT_BYTES } from "../../protocol/limits.ts";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { Middlebox, type Way } from "../fixtures/middlebox.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { next, until, withCode } from "../fixtures/waiting.ts";

/** Returns a function that flips one bit of the byte at `position` of one direction, once. */
function flip(way: Way, position: number) {
  let passed = 0;
  return (chunk: Buffer, itsWay: Way): Buffer => {
    const at = position - passed;
    if (itsWay !== way) return chunk;
    passed += chunk.length;
    if (at < 0 || at >= chunk.length) return chunk;
    const changed = Buffer.from(chunk);
    changed.writeUInt8(changed.readUInt8(at) ^ 0x10, at);
    return changed;
  };
}

describe("clients and the real server", () => {
  let server: RealServer;
  let people: Person[] = [];
  let box: Middlebox | undefined;

  /** Joins under a new name. */
  let count = 0;
  async function person(name: string, port?: number): Promise<Person> {
    count += 1;
    const one = new Person(await server.invite(), `${name}${count}`, port);
    people.push(one);
    return one;
  }
  async function online(name: string, port?: number): Promise<Person> {
    const one = await person(name, port);
    await one.client.connect();
    return one;
  }
  /**
   * Makes two people with an established conversation.
   * @param port where the first one connects
   */
  async function pair(port?: number): Promise<[Person, Person]> {
    const [alice, bob] = [await online("alice", port), await online("bob")];
    await Promise.all([bob.answer(), alice.talkTo(bob.name)]);
    return [alice, bob];
  }

  before(async function () {
    this.timeout(180_000);
    server = await RealServer.start();
  });
  after(() => server?.remove());
  afterEach(async () => {
    await Promise.all(people.map(({ client }) => client.close()));
    people = [];
    await box?.stop();
    box = undefined;
  });

  describe("verbs", () => {
    it("see each other come, appear in the list, and leave", async () => {
      const alice = await online("alice");
      const bob = await person("bob");
      const came = next(alice.client, "users");
      await bob.client.connect();
      assert.deepEqual((await came).get(bob.name)?.identityKey.length, 32);
      assert.ok(bob.client.users.has(alice.name));
      assert.deepEqual([...(await bob.client.list()).keys()].includes(bob.name), false);
      const left = next(alice.client, "users");
      await bob.client.close();
      assert.equal((await left).has(bob.name), false);
    });

    it("send both ways, from the empty message to the largest", async () => {
      const [alice, bob] = await pair();
      for (const text of ["", "hello", "\u{1f680}".repeat(MAX_PLAINTEXT_BYTES / 4)]) {
        for (const [from, to] of [
          [alice, bob],
          [bob, alice],
        ] as const) {
          const heard = to.hear();
          assert.equal(await from.say(text), "received");
          assert.equal(await heard, text);
        }
      }
    });

    it("are notified when the other refuses, and when the other closes", async () => {
      const [alice, bob] = [await online("alice"), await online("bob")];
      const conversation = newConversationId();
      const asked = next(bob.client, "request");
      await Promise.all([
        alice.client.requestToTalk(bob.name, conversation),
        asked.then(({ confirm }) => confirm()),
      ]);
      const refused = next(alice.client, "refuse");
      await Promise.all([
        bob.client.refuse(alice.name, conversation),
        refused.then(({ confirm }) => confirm()),
      ]);
      assert.equal((await refused).conversation, conversation);

      await Promise.all([bob.answer(), alice.talkTo(bob.name)]);
      const closed = next(bob.client, "notify");
      await Promise.all([
        alice.client.notify(bob.name, alice.chat.id),
        closed.then(({ confirm }) => confirm()),
      ]);
      await assert.rejects(bob.say("too late"), withCode(RefusedError, "no-conversation"));
    });

    it("get each refusal of the server with its code, and continue", async () => {
      const [alice, bob] = [await online("alice"), await online("bob")];
      const { client } = alice;
      const id = newConversationId();
      const material = new Uint8Array(100);
      const refusals: readonly (readonly [Promise<unknown>, string])[] = [
        [client.requestToTalk(username("nobody"), id), "user-not-found"],
        [client.requestToTalk(alice.name, id), "self"],
        [client.accept(bob.name, id, material), "no-conversation"],
        [client.refuse(bob.name, id), "no-conversation"],
        [client.establish(bob.name, id, material), "no-conversation"],
        [client.send(id, newMessageId(), material), "no-conversation"],
        [client.notify(bob.name, id), "no-conversation"],
        [client.invite(1_000_000, 60), "not-allowed"],
      ];
      for (const [answer, code] of refusals) await assert.rejects(answer, withCode(RefusedError, code), code);
      const asked = next(bob.client, "request");
      await Promise.all([client.requestToTalk(bob.name, id), asked.then(({ confirm }) => confirm())]);
      await assert.rejects(
        client.requestToTalk(bob.name, newConversationId()),
        withCode(RefusedError, "already-asked"),
      );
      await assert.rejects(
        bob.client.requestToTalk(alice.name, newConversationId()),
        (error) =>
          withCode(RefusedError, "request-crossed")(error) && (error as RefusedError).conversation === id,
      );
      assert.equal(client.state.type, "online");
    });

    it("invite a colleague with a link that works once", async () => {
      const alice = await online("alice");
      const { link, expiresAt } = await alice.client.invite(1, 3600);
      assert.ok(expiresAt.getTime() > Date.now());
      const [first, second] = [new Person(link, `first${count}`), new Person(link, `second${count}`)];
      people.push(first, second);
      await first.client.connect();
      await assert.rejects(second.client.connect(), withCode(RefusedError, "invite-used"));
    });
  });

  describe("signing in", () => {
    it("is refused when the name is taken, with an invite and without", async () => {
      const alice = await online("alice");
      const thief = new Person(await server.invite(), alice.name);
      await assert.rejects(thief.client.connect(), withCode(RefusedError, "name-taken"));
      assert.equal(alice.client.state.type, "online");
    });

    it("again with the key alone needs no invite", async () => {
      const alice = await online("alice");
      await alice.client.close();
      const again = new Person(await server.invite(), alice.name, undefined, alice.identity);
      people.push(again);
      await again.client.connect();
    });

    it("elsewhere ends the older line permanently", async () => {
      const alice = await online("alice");
      const ended = until(alice.client, "closed");
      const elsewhere = new Person(await server.invite(), alice.name, undefined, alice.identity);
      people.push(elsewhere);
      await elsewhere.client.connect();
      assert.ok(withCode(RefusedError, "superseded")((await ended).error));
      assert.equal(elsewhere.client.state.type, "online");
    });

    it("to a server of another team ends before the name is sent", async function () {
      this.timeout(180_000);
      const other = await RealServer.start();
      try {
        box = await Middlebox.start(server.port);
        const alice = await person("alice", box.port);
        box.target = other.port;
        await assert.rejects(alice.client.connect(), withCode(TrustError, "wrong-ca"));
        assert.equal(box.connections, 1);
      } finally {
        await other.remove();
      }
    });
  });

  describe("a bad line", () => {
    it("that is cut is replaced, and its messages arrive once", async () => {
      box = await Middlebox.start(server.port);
      const [alice, bob] = await pair(box.port);
      const waiting = until(alice.client, "waiting");
      box.cut();
      assert.ok(withCode(NetworkError, "cut")((await waiting).error));
      // Listens from now on: on a slow machine she may have reconnected before he knows that it is stored.
      const heard = alice.hear();
      assert.equal(await bob.say("while you were away"), "stored");
      alice.client.reconnectNow();
      assert.equal(await heard, "while you were away");
      const answered = bob.hear();
      assert.equal(await alice.say("here again"), "received");
      assert.equal(await answered, "here again");
    });

    it("that is cut leads to unconfirmed deliveries being delivered again", async () => {
      box = await Middlebox.start(server.port);
      const [alice, bob] = await pair(box.port);
      const unconfirmed = next(alice.client, "message");
      const sent = bob.say("read twice");
      const { id } = await unconfirmed;
      box.cut();
      const again = next(alice.client, "message");
      assert.equal(await sent, "stored");
      alice.client.reconnectNow();
      assert.equal((await again).id, id);
    });

    for (const [way, positions] of [
      ["to server", [0, 40, 1000, 1260]],
      ["to client", [0, 40, 1100, 1300, 2500]],
    ] as const) {
      it(`with a bit flipped ${way} during the handshake is refused`, async () => {
        for (const position of positions) {
          box = await Middlebox.start(server.port);
          box.meddle = flip(way, position);
          const alice = await person("alice", box.port);
          void alice.client.connect();
          const { error } = await until(alice.client, "waiting");
          assert.ok(
            error instanceof NetworkError || error instanceof ProtocolError,
            `byte ${position}: ${error}`,
          );
          await alice.client.close();
          await box.stop();
        }
        box = undefined;
      });
    }

    for (const [way, what] of [
      ["to server", "the server notices and says so"],
      ["to client", "the client notices and says so"],
    ] as const) {
      it(`with a bit flipped ${way} after the handshake ends: ${what}`, async () => {
        box = await Middlebox.start(server.port);
        const [alice, bob] = await pair(box.port);
        const given = until(alice.client, "waiting");
        box.meddle = flip(way, 10);
        const sent = alice.say("tampered with");
        sent.catch(() => {});
        if (way === "to client") await bob.hear(); // The ACK comes back.
        const { error } = await given;
        if (way === "to client") assert.ok(withCode(ProtocolError, "bad-record")(error), String(error));
        else assert.ok(withCode(RefusedError, "bad-message")(error), String(error));
        await assert.rejects(sent);
        assert.equal(bob.client.state.type, "online");
        box.meddle = (chunk) => chunk;
        alice.client.reconnectNow();
        await until(alice.client, "online");
      });
    }
  });

  for (const how of ["stop", "kill"] as const) {
    it(`reconnect to a server that was restarted after a ${how}, and the conversation continues`, async function () {
      this.timeout(180_000);
      const [alice, bob] = await pair();
      const lost = Promise.all([until(alice.client, "waiting"), until(bob.client, "waiting")]);
      await server[how]();
      const [{ error }] = await lost;
      assert.ok(error instanceof NetworkError, String(error));
      await server.restart();
      for (const { client } of [alice, bob]) client.reconnectNow();
      await Promise.all([until(alice.client, "online"), until(bob.client, "online")]);
      const heard = bob.hear();
      assert.equal(await alice.say("still here"), "received");
      assert.equal(await heard, "still here");
    });
  }
});
