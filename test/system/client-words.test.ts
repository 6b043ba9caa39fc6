/**
 * A client's requests and answers, with a server under the test's control, and every way in which a server
 * can break the protocol.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { NetworkError, ProtocolError, RefusedError, UsageError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { MAX_SEALED_BYTES } from "../../protocol/limits.ts";
import { idBytes, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import {
  AckSchema,
  Delivery,
  ErrorCode,
  ErrorSchema,
  InviteSchema,
  NotifySchema,
  Opcode,
  Presence,
  RequestToTalkSchema,
  UserListSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { alice, clientBench } from "../fixtures/client-bench.ts";
import type { ScriptedLine } from "../fixtures/scripted-server.ts";
import { next, until, withCode } from "../fixtures/waiting.ts";

const bob = username("bob");
const bobsKey = new Uint8Array(32).fill(5);

describe("a client's verbs", () => {
  const bench = clientBench();

  describe("asking", () => {
    const conversation = newConversationId();
    const ack = (line: ScriptedLine, id: number, delivery: Delivery = Delivery.UNSPECIFIED) =>
      line.send(Opcode.ACK, id, AckSchema, { delivery });

    it("sends each verb under its opcode and returns the answer's result", async () => {
      const line = await bench.signIn();
      const material = new Uint8Array([1, 2, 3]);
      const verbs: readonly (readonly [Opcode, () => Promise<unknown>, Delivery, unknown])[] = [
        [Opcode.RTT, () => bench.client.requestToTalk(bob, conversation), Delivery.RECEIVED, undefined],
        [Opcode.ACCEPT, () => bench.client.accept(bob, conversation, material), Delivery.STORED, "stored"],
        [Opcode.REFUSE, () => bench.client.refuse(bob, conversation), Delivery.STORED, "stored"],
        [
          Opcode.CC_SESSION_ESTABLISHMENT,
          () => bench.client.establish(bob, conversation, material),
          Delivery.RECEIVED,
          "received",
        ],
        [
          Opcode.MESSAGE,
          () => bench.client.send(conversation, newMessageId(), material),
          Delivery.RECEIVED,
          "received",
        ],
        [Opcode.NOTIFY, () => bench.client.notify(bob, conversation), Delivery.STORED, "stored"],
      ];
      for (const [opcode, verb, delivery, expected] of verbs) {
        const result = verb();
        const asked = await line.next();
        assert.equal(asked.opcode, opcode);
        ack(line, asked.id, delivery);
        assert.equal(await result, expected);
      }
      const invite = bench.client.invite(1, 60);
      line.send(Opcode.INVITE, (await line.next()).id, InviteSchema, {
        link: "parley://host:1/join?x",
        expiresAt: 60n,
      });
      assert.deepEqual(await invite, { link: "parley://host:1/join?x", expiresAt: new Date(60_000) });
    });

    it("rejects at once while offline, and for too large or invalid arguments", async () => {
      await assert.rejects(bench.client.list(), withCode(UsageError, "not-connected"));
      await bench.signIn();
      const tooLarge = bench.client.send(conversation, newMessageId(), new Uint8Array(MAX_SEALED_BYTES + 1));
      await assert.rejects(tooLarge, withCode(UsageError, "too-large"));
      await assert.rejects(bench.client.invite(0, 60), withCode(UsageError, "bad-argument"));
      await assert.rejects(bench.client.invite(1, 2 ** 32), withCode(UsageError, "bad-argument"));
    });

    it("rejects pending requests when the line is cut, and reconnects automatically", async () => {
      const line = await bench.signIn();
      const waiting = [bench.client.list(), bench.client.requestToTalk(bob, conversation)];
      await line.next();
      line.socket.destroy();
      for (const result of await Promise.allSettled(waiting))
        assert.ok(result.status === "rejected" && withCode(NetworkError, "cut")(result.reason));
      (await bench.server.accept()).letIn();
      await until(bench.client, "online");
    });

    it("rejects a refused request and keeps the line", async () => {
      const line = await bench.signIn();
      const crossed = newConversationId();
      const result = bench.client.requestToTalk(bob, conversation);
      const body = { code: ErrorCode.REQUEST_CROSSED, conversation: idBytes(crossed) };
      line.send(Opcode.ERROR, (await line.next()).id, ErrorSchema, body);
      await assert.rejects(
        result,
        (error) =>
          withCode(RefusedError, "request-crossed")(error) &&
          (error as RefusedError).conversation === crossed,
      );
      assert.equal(bench.client.state.type, "online");
    });

    const broken: readonly (readonly [string, (line: ScriptedLine) => void])[] = [
      ["an answer without a request", (line) => ack(line, 99)],
      ["an answer with id 0", (line) => ack(line, 0)],
      [
        "a delivery that cannot be confirmed",
        (line) =>
          line.send(Opcode.NOTIFY, 0, NotifySchema, { conversation: idBytes(conversation), peer: bob }),
      ],
      [
        "a body that does not parse",
        (line) => line.sendBytes(Opcode.MESSAGE, 1, new Uint8Array([0xff, 0xff])),
      ],
      [
        "a short conversation id",
        (line) => line.send(Opcode.NOTIFY, 1, NotifySchema, { conversation: new Uint8Array(15), peer: bob }),
      ],
    ];
    for (const [what, send] of broken) {
      it(`ends the connection on ${what}, reports it, and reconnects`, async () => {
        const line = await bench.signIn();
        const waiting = bench.client.list();
        await line.next();
        send(line);
        await assert.rejects(waiting, withCode(ProtocolError, "bad-message"));
        const complaint = await line.next();
        assert.deepEqual([complaint.opcode, complaint.id], [Opcode.ERROR, 0]);
        (await bench.server.accept()).letIn();
        await until(bench.client, "online");
      });
    }

    const spoilt: readonly (readonly [string, (line: ScriptedLine, id: number) => void])[] = [
      ["an answer of the wrong kind", (line, id) => ack(line, id)],
      [
        "a second answer",
        (line, id) => {
          line.send(Opcode.LIST, id, UserListSchema, {});
          line.send(Opcode.LIST, id, UserListSchema, {});
        },
      ],
    ];
    for (const [what, spoil] of spoilt) {
      it(`ends the connection on ${what}`, async () => {
        const line = await bench.signIn();
        bench.client.list().catch(() => {});
        spoil(line, (await line.next()).id);
        assert.ok(withCode(ProtocolError, "bad-message")((await until(bench.client, "waiting")).error));
      });
    }
  });

  describe("hearing", () => {
    const conversation = newConversationId();
    const notice = { conversation: idBytes(conversation), peer: bob };

    it("confirms a delivery once, when the caller does, and not on another line", async () => {
      let line = await bench.signIn();
      const first = next(bench.client, "notify");
      line.send(Opcode.NOTIFY, 5, NotifySchema, notice);
      const delivered = await first;
      assert.partialDeepStrictEqual(delivered, { conversation, peer: bob });
      delivered.confirm();
      delivered.confirm();
      bench.client.list().catch(() => {});
      const [confirmation, request] = [await line.next(), await line.next()];
      assert.deepEqual([confirmation.opcode, confirmation.id, request.opcode], [Opcode.ACK, 5, Opcode.LIST]);

      const unconfirmed = next(bench.client, "notify");
      line.send(Opcode.NOTIFY, 6, NotifySchema, notice);
      const late = await unconfirmed;
      line.destroy();
      line = (await bench.server.accept()).letIn();
      await until(bench.client, "online");
      late.confirm();
      bench.client.list().catch(() => {});
      assert.equal((await line.next()).opcode, Opcode.LIST);
    });

    it("passes on a request signed by its key, and reports any other as forged", async () => {
      const line = await bench.signIn();
      const identity = Identity.generate();
      const request = {
        ...notice,
        identityKey: identity.publicKey,
        signature: signTalkRequest(identity, {
          ...{ conversation, server: line.server, requester: bob, addressee: alice },
          ...{ addresseeKey: new Uint8Array(), note: new Uint8Array() },
        }),
      };
      const heard: string[] = [];
      bench.client.on("request", ({ peer }) => heard.push(`request of ${peer}`));
      bench.client.on("forged", ({ peer, error }) => heard.push(`${error.code} of ${peer}`));
      line.send(Opcode.RTT, 1, RequestToTalkSchema, request);
      line.send(Opcode.RTT, 2, RequestToTalkSchema, {
        ...request,
        identityKey: Identity.generate().publicKey,
      });
      const confirmed = await line.next();
      assert.deepEqual([confirmed.opcode, confirmed.id], [Opcode.ACK, 2]);
      assert.deepEqual(heard, ["request of bob", "identity-mismatch of bob"]);
      assert.equal(bench.client.state.type, "online");
    });

    it("updates the list by PRESENCE, and empties it when the line ends", async () => {
      const line = await bench.signIn();
      const sizes: number[] = [];
      bench.client.on("users", (users) => sizes.push(users.size));
      line.send(Opcode.PRESENCE, 0, UserSchema, {
        name: bob,
        identityKey: bobsKey,
        presence: Presence.ONLINE,
      });
      await next(bench.client, "users");
      assert.deepEqual(new Uint8Array(bench.client.users.get(bob)?.identityKey ?? []), bobsKey);
      const listed = bench.client.list();
      line.send(Opcode.LIST, (await line.next()).id, UserListSchema, {});
      assert.equal((await listed).size, 0);
      line.send(Opcode.PRESENCE, 0, UserSchema, {
        name: bob,
        identityKey: bobsKey,
        presence: Presence.ONLINE,
      });
      await next(bench.client, "users");
      line.destroy();
      await until(bench.client, "waiting");
      assert.deepEqual(sizes, [1, 0, 1, 0]);
      assert.equal(bench.client.users.size, 0);
    });

    it("continues with other listeners and later deliveries when a listener throws", async () => {
      const line = await bench.signIn();
      const warned = once(process, "warning");
      const heard: string[] = [];
      bench.client.on("notify", () => {
        throw new Error("a listener's own fault");
      });
      bench.client.on("notify", ({ peer }) => heard.push(peer));
      line.send(Opcode.NOTIFY, 1, NotifySchema, notice);
      line.send(Opcode.NOTIFY, 2, NotifySchema, notice);
      line.sendBytes(Opcode.PING, 3, new Uint8Array());
      assert.equal((await line.next()).id, 3);
      assert.deepEqual(heard, [bob, bob]);
      assert.match(String(await warned), /a listener's own fault/);
    });
  });
});
