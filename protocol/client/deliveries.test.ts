import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { ProtocolError } from "../errors.ts";
import { Identity } from "../identity/identity.ts";
import { signTalkRequest, type TalkRequest } from "../identity/talk-request.ts";
import { MAX_KEY_MATERIAL_BYTES, MAX_SEALED_BYTES, SEALED_NOTE_BYTES } from "../limits.ts";
import { idBytes, newConversationId, newMessageId, username } from "../names.ts";
import {
  AcceptSchema,
  EndReason,
  NotifySchema,
  Opcode,
  RefuseSchema,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
} from "../wire/parley_pb.ts";
import { type DeliveryOpcode, type Recipient, readDelivery } from "./deliveries.ts";

const alice = username("alice");
const bob = username("bob");
const identity = Identity.generate();
const conversation = newConversationId();
const bytes = idBytes(conversation);
const material = new Uint8Array([1, 2, 3]);
const badMessage = (error: unknown) => error instanceof ProtocolError && error.code === "bad-message";
const confirmNever = () => assert.fail("confirmed");

const note = randomBytes(SEALED_NOTE_BYTES);

const self: Recipient = { name: bob, identityKey: Identity.generate().publicKey, server: randomBytes(32) };
const NOTHING = new Uint8Array();
const asked = {
  ...{ conversation, server: self.server, requester: alice, addressee: bob },
  ...{ addresseeKey: NOTHING, note: NOTHING },
};

/** Builds a request from alice to bob. */
function request(
  change: {
    conversation?: Uint8Array;
    peer?: string;
    identityKey?: Uint8Array;
    signature?: Uint8Array;
    note?: Uint8Array;
    addresseeKey?: Uint8Array;
  } = {},
  signedNote: Uint8Array = new Uint8Array(),
  signed: Partial<TalkRequest> = {},
) {
  const signature = signTalkRequest(identity, { ...asked, note: signedNote, ...signed });
  const fields = {
    conversation: bytes,
    peer: alice as string,
    identityKey: identity.publicKey,
    signature,
    ...change,
  };
  return toBinary(RequestToTalkSchema, create(RequestToTalkSchema, fields));
}

describe("readDelivery", () => {
  it("returns a request whose signature covers its key, both names and the conversation", () => {
    const { event, value } = readDelivery(Opcode.RTT, request(), self, confirmNever);
    assert.equal(event, "request");
    assert.partialDeepStrictEqual(value, {
      conversation,
      peer: alice,
      identityKey: new Uint8Array(identity.publicKey),
    });
    assert.ok(!("note" in value));
  });

  it("returns the note that was signed with it", () => {
    const { event, value } = readDelivery(Opcode.RTT, request({ note }, note), self, confirmNever);
    assert.equal(event, "request");
    assert.partialDeepStrictEqual(value, { note: new Uint8Array(note) });
  });

  it("returns a request that names our own key", () => {
    const { identityKey: addresseeKey } = self;
    const body = request({ addresseeKey }, NOTHING, { addresseeKey });
    assert.equal(readDelivery(Opcode.RTT, body, self, confirmNever).event, "request");
  });

  const called = (name: string): Recipient => ({ ...self, name: username(name) });
  const other = Identity.generate().publicKey;
  for (const [what, body, reader] of [
    ["another key", request({ identityKey: Identity.generate().publicKey }), self],
    ["another conversation", request({ conversation: randomBytes(16) }), self],
    ["another requester", request({ peer: "carol" }), self],
    ["another addressee", request(), called("dave")],
    ["no signature", request({ signature: new Uint8Array() }), self],
    ["names split at another place", request({ peer: "alic" }), called("e-bob")],
    ["a note put in", request({ note }), self],
    ["its note taken out", request({}, note), self],
    ["another note", request({ note: randomBytes(SEALED_NOTE_BYTES) }, note), self],
    ["another server", request(), { ...self, server: randomBytes(32) }],
    ["another key of ours", request({ addresseeKey: other }, NOTHING, { addresseeKey: other }), self],
    ["a key put in", request({ addresseeKey: self.identityKey }), self],
    ["its key taken out", request({}, NOTHING, { addresseeKey: self.identityKey }), self],
    ["a key taken for a note", request({}, NOTHING, { addresseeKey: createHash("sha256").digest() }), self],
  ] as const) {
    it(`drops a request with ${what} and reports a forgery`, () => {
      let confirmed = 0;
      const notice = readDelivery(Opcode.RTT, body, reader, () => {
        confirmed += 1;
      });
      assert.equal(notice.event, "forged");
      if (notice.event === "forged") assert.equal(notice.value.error.code, "identity-mismatch");
      assert.equal(confirmed, 1);
    });
  }

  it("returns every other kind with its fields, unconfirmed", () => {
    const parties = { conversation: bytes, peer: alice };
    const accept = toBinary(AcceptSchema, create(AcceptSchema, { ...parties, keyPackage: material }));
    const refuse = toBinary(RefuseSchema, create(RefuseSchema, parties));
    const establishment = toBinary(
      SessionEstablishmentSchema,
      create(SessionEstablishmentSchema, { ...parties, welcome: material }),
    );
    const notify = toBinary(NotifySchema, create(NotifySchema, parties));
    const lostState = create(NotifySchema, { ...parties, reason: EndReason.LOST_STATE });
    const lost = toBinary(NotifySchema, lostState);
    const gaveWay = create(NotifySchema, { ...parties, reason: EndReason.GAVE_WAY });
    const ofLaterVersions = create(NotifySchema, { ...parties, reason: 900 as EndReason });
    const id = newMessageId();
    const sealed = { conversation: bytes, id: idBytes(id), sealed: material };
    const message = toBinary(SealedMessageSchema, create(SealedMessageSchema, sealed));
    const both = { conversation, peer: alice };
    const expected = [
      [Opcode.ACCEPT, accept, "accept", { ...both, keyPackage: material }],
      [Opcode.REFUSE, refuse, "refuse", both],
      [Opcode.CC_SESSION_ESTABLISHMENT, establishment, "establishment", { ...both, welcome: material }],
      [Opcode.NOTIFY, notify, "notify", { ...both, reason: "closed" }],
      [Opcode.NOTIFY, lost, "notify", { ...both, reason: "lost-state" }],
      [Opcode.NOTIFY, toBinary(NotifySchema, gaveWay), "notify", { ...both, reason: "gave-way" }],
      [Opcode.NOTIFY, toBinary(NotifySchema, ofLaterVersions), "notify", { ...both, reason: "closed" }],
      [Opcode.MESSAGE, message, "message", { conversation, id, sealed: material }],
    ] as const;
    for (const [opcode, body, event, fields] of expected) {
      const notice = readDelivery(opcode, body, self, confirmNever);
      assert.equal(notice.event, event);
      assert.deepEqual({ ...notice.value }, { ...fields, confirm: confirmNever });
    }
  });

  it("refuses fields out of their bounds", () => {
    const parties = { conversation: bytes, peer: alice };
    const cases: readonly (readonly [DeliveryOpcode, Uint8Array])[] = [
      [Opcode.RTT, request({ conversation: randomBytes(15) })],
      [Opcode.RTT, request({ peer: "Alice" })],
      [Opcode.RTT, request({ identityKey: randomBytes(31) })],
      [Opcode.RTT, request({ note: note.subarray(1) }, note.subarray(1))],
      [Opcode.ACCEPT, toBinary(AcceptSchema, create(AcceptSchema, parties))],
      [
        Opcode.ACCEPT,
        toBinary(
          AcceptSchema,
          create(AcceptSchema, { ...parties, keyPackage: new Uint8Array(MAX_KEY_MATERIAL_BYTES + 1) }),
        ),
      ],
      [
        Opcode.CC_SESSION_ESTABLISHMENT,
        toBinary(
          SessionEstablishmentSchema,
          create(SessionEstablishmentSchema, {
            ...parties,
            welcome: new Uint8Array(MAX_KEY_MATERIAL_BYTES + 1),
          }),
        ),
      ],
      [Opcode.REFUSE, toBinary(RefuseSchema, create(RefuseSchema, { ...parties, peer: "" }))],
      [
        Opcode.NOTIFY,
        toBinary(NotifySchema, create(NotifySchema, { ...parties, conversation: new Uint8Array(17) })),
      ],
      [
        Opcode.MESSAGE,
        toBinary(
          SealedMessageSchema,
          create(SealedMessageSchema, { conversation: bytes, id: randomBytes(15), sealed: material }),
        ),
      ],
      [
        Opcode.MESSAGE,
        toBinary(
          SealedMessageSchema,
          create(SealedMessageSchema, {
            conversation: bytes,
            id: randomBytes(16),
            sealed: new Uint8Array(MAX_SEALED_BYTES + 1),
          }),
        ),
      ],
    ];
    for (const [opcode, body] of cases)
      assert.throws(() => readDelivery(opcode, body, self, confirmNever), badMessage, `opcode ${opcode}`);
  });

  it("returns a delivery or bad-message for any bytes", () => {
    const opcodes = [2, 3, 4, 5, 6, 8] as const;
    fc.assert(
      fc.property(fc.constantFrom(...opcodes), fc.uint8Array({ maxLength: 200 }), (opcode, body) => {
        try {
          readDelivery(opcode, body, self, () => {});
        } catch (error) {
          assert.ok(badMessage(error), String(error));
        }
      }),
    );
  });
});
