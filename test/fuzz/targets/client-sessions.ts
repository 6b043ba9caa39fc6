/**
 * A server's records after the sign-in, at a client: any bytes, correctly sealed. The session either
 * continues and answers a PING, or ends with an error of ours; all its events are checked.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { type Duplex, duplexPair } from "node:stream";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Channel } from "../../../protocol/channel/channel.ts";
import { Line } from "../../../protocol/channel/line.ts";
import {
  acknowledged,
  asked,
  blobPart,
  blobState,
  conversationsAfter,
  delivered,
  invited,
  namesBlocked,
} from "../../../protocol/client/answers.ts";
import type { DeliveryNotice } from "../../../protocol/client/deliveries.ts";
import type { OnlineUsers } from "../../../protocol/client/events.ts";
import { Session } from "../../../protocol/client/session.ts";
import { NetworkError, ParleyError, RefusedError } from "../../../protocol/errors.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { signTalkRequest } from "../../../protocol/identity/talk-request.ts";
import { IDENTITY_KEY_BYTES, MAX_FRAME_BYTES, SEALED_SIGNAL_BYTES } from "../../../protocol/limits.ts";
import {
  idBytes,
  newConversationId,
  newMessageId,
  parseUsername,
  username,
} from "../../../protocol/names.ts";
import { decodeBatch, type Envelope, encodeBatch } from "../../../protocol/wire/batch.ts";
import { FrameReader } from "../../../protocol/wire/frame.ts";
import {
  AcceptSchema,
  AckSchema,
  BlobPartSchema,
  BlobStateSchema,
  BlockedListSchema,
  ConversationListSchema,
  Delivery,
  ErrorCode,
  ErrorSchema,
  InviteSchema,
  NotifySchema,
  Opcode,
  Presence,
  QuitSchema,
  RefuseSchema,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  SignalSchema,
  UserListSchema,
  UserNotFoundSchema,
  UserSchema,
} from "../../../protocol/wire/parley_pb.ts";
import { requireDocumented, type Target } from "../target.ts";
import { channels } from "./records.ts";

const SELF = username("alice");
const bob = Identity.generate();
const RECIPIENT = { name: SELF, identityKey: Identity.generate().publicKey, server: randomBytes(32) };
const conversation = newConversationId();
const parties = { conversation: idBytes(conversation), peer: "bob" };
const user = { name: "bob", identityKey: bob.publicKey, presence: Presence.ONLINE };
const OUR_PING = 0x7f7f7f7f;
const CODES_OF_END = ["bad-message", "server-shutdown", "cut"];

export function open(): Target {
  return {
    samples: records(),
    maxBytes: 4096,
    async run(record) {
      const [ours, theirs] = duplexPair();
      const [mine, servers] = channels();
      theirs.on("end", () => theirs.end());
      const line = new Line(ours, mine, new FrameReader(MAX_FRAME_BYTES));
      const told: (() => void)[] = [];
      const session = new Session(line, RECIPIENT, 30_000, {
        online() {},
        users: (users) => told.push(() => checkUsers(users)),
        delivery: (notice) => told.push(() => checkNotice(notice)),
      });
      const ended = session.ended.then((error) => ({ error }));
      const answered = pong(theirs, servers);
      const send = (bytes: Uint8Array) => void theirs.write(Buffer.concat(servers.seal(bytes)));
      send(encodeBatch([{ opcode: Opcode.LIST, id: 0, body: body(UserListSchema, { users: [user] }) }]));
      // One of each request waits for its answer, under the ids 1 to 9.
      const questions = [
        session.list(),
        session.request(Opcode.RTT, new Uint8Array(), asked(conversation)),
        session.request(Opcode.MESSAGE, new Uint8Array(), delivered),
        session.request(Opcode.INVITE, new Uint8Array(), invited),
        session.request(Opcode.BLOCKED, new Uint8Array(), namesBlocked),
        session.request(Opcode.BLOCK, new Uint8Array(), acknowledged),
        session.request(Opcode.CONVERSATIONS, new Uint8Array(), conversationsAfter(undefined)),
        session.request(Opcode.BLOB_OPEN, new Uint8Array(), blobState(1000)),
        session.request(Opcode.BLOB_GET, new Uint8Array(), blobPart(0, 10)),
      ].map((question) => question.catch((error: unknown) => assert.ok(error instanceof ParleyError)));
      if (record.length > 0) send(record);
      send(encodeBatch([{ opcode: Opcode.PING, id: OUR_PING, body: new Uint8Array() }]));
      const end = await Promise.race([ended, answered]);
      if (end !== undefined) checkEnd(end.error);
      session.end(end?.error ?? new NetworkError("cut", "the run is over"));
      await Promise.all(questions);
      theirs.destroy();
      for (const check of told) check();
    },
  };
}

/** Resolves when our PING was answered. */
function pong(theirs: Duplex, channel: Channel): Promise<undefined> {
  const reader = new FrameReader(MAX_FRAME_BYTES);
  return new Promise((resolve) =>
    theirs.on("data", (chunk: Uint8Array) => {
      for (const frame of reader.push(chunk))
        for (const { opcode, id } of decodeBatch(channel.open(frame)))
          if (opcode === Opcode.ACK && id === OUR_PING) resolve(undefined);
    }),
  );
}

function checkEnd(error: ParleyError): void {
  if (error instanceof RefusedError) return;
  requireDocumented(CODES_OF_END, error);
}

function checkUsers(users: OnlineUsers): void {
  for (const [name, { identityKey }] of users) {
    assert.equal(parseUsername(name), name);
    assert.equal(identityKey.length, IDENTITY_KEY_BYTES);
  }
}

function checkNotice({ event, value }: DeliveryNotice): void {
  assert.match(value.conversation, /^[0-9a-f]{32}$/);
  if ("peer" in value) assert.equal(parseUsername(value.peer), value.peer);
  if (event === "request") assert.equal(value.identityKey.length, IDENTITY_KEY_BYTES);
  if (event === "message") assert.ok(value.sealed.length > 0);
}

function body<Schema extends DescMessage>(schema: Schema, init: MessageInitShape<Schema>): Uint8Array {
  return toBinary(schema, create(schema, init));
}

/** Each kind of message, some as answers to our requests, and several at once. */
function records(): readonly Uint8Array[] {
  const signature = signTalkRequest(bob, {
    ...{ conversation, server: RECIPIENT.server, requester: username("bob"), addressee: SELF },
    ...{ addresseeKey: new Uint8Array(), note: new Uint8Array() },
  });
  const message = {
    conversation: parties.conversation,
    id: idBytes(newMessageId()),
    sealed: Buffer.from("x"),
  };
  const conversations = [newConversationId(), newConversationId()].toSorted().map(idBytes);
  const invite = { link: "parley://localhost:1/join?x", expiresAt: 4_000_000_000n };
  const error = {
    code: ErrorCode.RATE_LIMITED,
    detail: "later",
    retryAfterMs: 5,
    conversation: parties.conversation,
  };
  const envelopes: readonly Envelope[] = [
    { opcode: Opcode.LIST, id: 1, body: body(UserListSchema, { users: [user] }) },
    { opcode: Opcode.USER_NOT_FOUND, id: 2, body: body(UserNotFoundSchema, parties) },
    { opcode: Opcode.ACK, id: 3, body: body(AckSchema, { delivery: Delivery.STORED }) },
    { opcode: Opcode.INVITE, id: 4, body: body(InviteSchema, invite) },
    { opcode: Opcode.BLOCKED, id: 5, body: body(BlockedListSchema, { names: ["bob", "carol"] }) },
    { opcode: Opcode.ERROR, id: 6, body: body(ErrorSchema, error) },
    { opcode: Opcode.CONVERSATIONS, id: 7, body: body(ConversationListSchema, { conversations }) },
    {
      opcode: Opcode.BLOB_OPEN,
      id: 8,
      body: body(BlobStateSchema, { offset: 9n, availableUntil: 2_000_000_000n }),
    },
    { opcode: Opcode.BLOB_GET, id: 9, body: body(BlobPartSchema, { part: new Uint8Array(10), bytes: 10n }) },
    { opcode: Opcode.ERROR, id: 0, body: body(ErrorSchema, error) },
    { opcode: Opcode.PRESENCE, id: 0, body: body(UserSchema, user) },
    { opcode: Opcode.PING, id: 9, body: new Uint8Array() },
    {
      opcode: Opcode.SIGNAL,
      id: 0,
      body: body(SignalSchema, { ...parties, sealed: new Uint8Array(SEALED_SIGNAL_BYTES) }),
    },
    { opcode: Opcode.QUIT, id: 0, body: body(QuitSchema, {}) },
    {
      opcode: Opcode.RTT,
      id: 10,
      body: body(RequestToTalkSchema, { ...parties, identityKey: bob.publicKey, signature }),
    },
    { opcode: Opcode.ACCEPT, id: 11, body: body(AcceptSchema, { ...parties, keyPackage: Buffer.from("k") }) },
    { opcode: Opcode.REFUSE, id: 12, body: body(RefuseSchema, parties) },
    { opcode: Opcode.MESSAGE, id: 13, body: body(SealedMessageSchema, message) },
    {
      opcode: Opcode.CC_SESSION_ESTABLISHMENT,
      id: 14,
      body: body(SessionEstablishmentSchema, { ...parties, welcome: Buffer.from("w") }),
    },
    { opcode: Opcode.NOTIFY, id: 15, body: body(NotifySchema, parties) },
  ];
  return [...envelopes.map((envelope) => encodeBatch([envelope])), encodeBatch(envelopes.slice(0, 7))];
}
