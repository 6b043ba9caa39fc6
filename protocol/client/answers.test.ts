import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ProtocolError, RefusedError, TrustError } from "../errors.ts";
import { Identity } from "../identity/identity.ts";
import { signRequestKey } from "../identity/request-key.ts";
import { MAX_LISTED_CONVERSATIONS, XWING_PUBLIC_KEY_BYTES } from "../limits.ts";
import { type ConversationId, idBytes, newConversationId, username } from "../names.ts";
import {
  AckSchema,
  ConversationListSchema,
  Delivery,
  ErrorCode,
  ErrorSchema,
  InviteSchema,
  Opcode,
  RequestKeySchema,
  UserNotFoundSchema,
} from "../wire/parley_pb.ts";
import {
  acknowledged,
  asked,
  conversationsAfter,
  delivered,
  invited,
  listed,
  readRefusal,
  requestKeyOf,
} from "./answers.ts";

const conversation = newConversationId();
const envelope = (opcode: Opcode, body: Uint8Array = new Uint8Array()) => ({ opcode, id: 1, body });
const ack = (delivery: Delivery) =>
  envelope(Opcode.ACK, toBinary(AckSchema, create(AckSchema, { delivery })));
const badMessage = (error: unknown) => error instanceof ProtocolError && error.code === "bad-message";
const refused = (code: string) => (error: unknown) => error instanceof RefusedError && error.code === code;

describe("answers", () => {
  it("to a delivery say received or stored, and nothing less", () => {
    assert.equal(delivered(ack(Delivery.RECEIVED)), "received");
    assert.equal(delivered(ack(Delivery.STORED)), "stored");
    assert.throws(() => delivered(ack(Delivery.UNSPECIFIED)), badMessage);
    assert.throws(() => delivered(ack(3 as Delivery)), badMessage);
    assert.throws(() => delivered(envelope(Opcode.USER_NOT_FOUND)), badMessage);
  });

  it("to RTT are ACK, or USER_NOT_FOUND for that very conversation", () => {
    const notFound = (id: Uint8Array) =>
      envelope(
        Opcode.USER_NOT_FOUND,
        toBinary(UserNotFoundSchema, create(UserNotFoundSchema, { conversation: id })),
      );
    asked(conversation)(ack(Delivery.RECEIVED));
    assert.throws(() => asked(conversation)(notFound(idBytes(conversation))), refused("user-not-found"));
    assert.throws(() => asked(conversation)(notFound(idBytes(newConversationId()))), badMessage);
    assert.throws(() => acknowledged(notFound(idBytes(conversation))), badMessage);
  });

  it("that refuse carry a code, a conversation and a time to wait", () => {
    const first = newConversationId();
    const body = toBinary(
      ErrorSchema,
      create(ErrorSchema, {
        code: ErrorCode.REQUEST_CROSSED,
        detail: "crossed",
        conversation: idBytes(first),
      }),
    );
    for (const read of [asked(conversation), delivered, acknowledged, listed, invited])
      assert.throws(() => read(envelope(Opcode.ERROR, body)), refused("request-crossed"));
    assert.equal(readRefusal(body).conversation, first);
    assert.equal(readRefusal(body).retryAfterMs, undefined);
  });

  it("that refuse temporarily state a wait, bounded to what a timer can count", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 0xffff_ffff }), (retryAfterMs) => {
        const error = create(ErrorSchema, { code: ErrorCode.RATE_LIMITED, retryAfterMs });
        const { retryAfterMs: read } = readRefusal(toBinary(ErrorSchema, error));
        assert.equal(read, Math.min(retryAfterMs, 600_000));
      }),
    );
  });

  it("that refuse with a text for the log cannot flood or forge the log", () => {
    const detail = `line\nbreak\u001b[31m\u202e${"x".repeat(5000)}`;
    const { message } = readRefusal(
      toBinary(ErrorSchema, create(ErrorSchema, { code: 900 as ErrorCode, detail })),
    );
    assert.ok(message.length <= 200);
    assert.doesNotMatch(message, /\p{C}/u);
    assert.equal(
      readRefusal(toBinary(ErrorSchema, create(ErrorSchema, { code: 900 as ErrorCode }))).code,
      "unknown",
    );
  });

  describe("to REQUEST_KEY", () => {
    const [bob, identity] = [username("bob"), Identity.generate()];
    const place = { server: randomBytes(32), name: bob };
    const key = randomBytes(XWING_PUBLIC_KEY_BYTES);
    const validUntil = 2_000_000_000;
    const fields = {
      name: bob as string,
      identityKey: identity.publicKey,
      key,
      validUntil: BigInt(validUntil),
      signature: signRequestKey(identity, place, { key, validUntil }),
    };
    const read = (change: Partial<typeof fields> = {}) => {
      const body = create(RequestKeySchema, { ...fields, ...change });
      return requestKeyOf(place)(envelope(Opcode.REQUEST_KEY, toBinary(RequestKeySchema, body)));
    };

    it("give a key that is signed by the identity it names", () => {
      const given = read();
      assert.deepEqual([Buffer.from(given.key), given.validUntil], [key, validUntil]);
      assert.deepEqual(Buffer.from(given.identityKey), Buffer.from(identity.publicKey));
    });

    it("are rejected when that identity did not sign them", () => {
      const mallory = Identity.generate();
      for (const change of [
        { identityKey: mallory.publicKey },
        { signature: signRequestKey(mallory, place, { key, validUntil }) },
        { signature: signRequestKey(identity, { ...place, name: username("alice") }, { key, validUntil }) },
        { signature: signRequestKey(identity, { ...place, server: randomBytes(32) }, { key, validUntil }) },
        { key: randomBytes(XWING_PUBLIC_KEY_BYTES) },
        { validUntil: BigInt(validUntil + 1) },
        { signature: new Uint8Array() },
      ])
        assert.throws(
          () => read(change),
          (error) => error instanceof TrustError && error.code === "identity-mismatch",
        );
    });

    it("are rejected for another person, another size or an impossible lifetime", () => {
      for (const change of [
        { name: "alice" },
        { name: "Bob" },
        { key: key.subarray(1) },
        { identityKey: randomBytes(31) },
        { validUntil: 2n ** 63n },
      ])
        assert.throws(() => read(change), badMessage);
      const notFound = (peer: string) =>
        envelope(Opcode.USER_NOT_FOUND, toBinary(UserNotFoundSchema, create(UserNotFoundSchema, { peer })));
      assert.throws(() => requestKeyOf(place)(notFound("bob")), refused("user-not-found"));
      assert.throws(() => requestKeyOf(place)(notFound("alice")), badMessage);
      assert.throws(() => requestKeyOf(place)(ack(Delivery.UNSPECIFIED)), badMessage);
    });
  });

  describe("to CONVERSATIONS", () => {
    const ordered = (count: number) => Array.from({ length: count }, newConversationId).toSorted();
    const read = (ids: readonly (ConversationId | Uint8Array)[], after?: ConversationId) => {
      const conversations = ids.map((id) => (typeof id === "string" ? idBytes(id) : id));
      const body = create(ConversationListSchema, { conversations });
      return conversationsAfter(after)(
        envelope(Opcode.CONVERSATIONS, toBinary(ConversationListSchema, body)),
      );
    };

    it("list up to the allowed number of ids", () => {
      assert.deepEqual(read([]), []);
      const ids = ordered(MAX_LISTED_CONVERSATIONS);
      assert.deepEqual(read(ids), ids);
      assert.deepEqual(read(ids.slice(1), ids[0]), ids.slice(1));
    });

    it("are rejected when paging would loop, and for too many or malformed ids", () => {
      const [one = newConversationId(), other = newConversationId()] = ordered(2);
      for (const [ids, after] of [
        [[other, one]],
        [[one, one]],
        [[one], one],
        [[one], other],
        [[randomBytes(15)]],
        [[new Uint8Array()]],
        [ordered(MAX_LISTED_CONVERSATIONS + 1)],
      ] as const)
        assert.throws(() => read(ids, after), badMessage);
      assert.throws(() => conversationsAfter(undefined)(ack(Delivery.UNSPECIFIED)), badMessage);
    });
  });

  it("to INVITE hold a parley link and a date", () => {
    const invite = (link: string, expiresAt: bigint) =>
      envelope(Opcode.INVITE, toBinary(InviteSchema, create(InviteSchema, { link, expiresAt })));
    assert.deepEqual(invited(invite("parley://host:1/join", 1_700_000_000n)), {
      link: "parley://host:1/join",
      expiresAt: new Date("2023-11-14T22:13:20Z"),
    });
    assert.throws(() => invited(invite("https://host/", 1n)), badMessage);
    assert.throws(() => invited(invite(`parley://${"x".repeat(2000)}`, 1n)), badMessage);
    assert.throws(() => invited(invite("parley://host:1/join", 0xffff_ffff_ffff_ffffn)), badMessage);
  });
});
