/**
 * A member's messages at the server's verbs: real sessions over a real store. The member is answered or cut,
 * the server itself has no fault, and two others keep chatting.
 */
import assert from "node:assert/strict";
import { create, type DescMessage, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import { SEALED_SIGNAL_BYTES } from "../../../protocol/limits.ts";
import { idBytes, newConversationId, newMessageId } from "../../../protocol/names.ts";
import {
  AcceptSchema,
  AckSchema,
  BlobDropSchema,
  BlobOpenSchema,
  BlobPartSchema,
  BlobQuestionSchema,
  BlockSchema,
  ConversationQuestionSchema,
  ErrorSchema,
  InviteRequestSchema,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  SetPresenceSchema,
  SignalSchema,
} from "../../../protocol/wire/parley_pb.ts";
import { type RawClient, talking } from "../../../server/gateway/raw-client-fixture.ts";
import { ServerInMemory } from "../server-in-memory.ts";
import { type Target, utf8 } from "../target.ts";

/** Without QUIT, which the line handles: the client's line, which has the same code, is fuzzed with it. */
const KNOWN: readonly Opcode[] = Object.values(Opcode).filter((opcode) => opcode !== Opcode.QUIT);

/** An input: u8 opcode | u8 id | body. */
export async function open(): Promise<Target> {
  const server = new ServerInMemory();
  const alice = await server.join("alice");
  const bob = await server.join("bob");
  const conversation = await talking(alice, bob);
  let mallory = await server.join("mallory");
  return {
    samples: samples(mallory),
    words: ["alice", "bob", "nobody"].map(utf8),
    maxBytes: 4096,
    async run(input) {
      const opcode = KNOWN[(input[0] ?? 0) % KNOWN.length] ?? Opcode.PING;
      mallory.line.send(opcode, input[1] ?? 0, input.slice(2));
      // The server answers in order, so this answer comes after any to the input.
      const end = await Promise.race([
        mallory.ask(Opcode.PING).then(
          () => "answered",
          () => "cut",
        ),
        mallory.ended.then(() => "cut"),
      ]);
      if (end === "cut") mallory = await server.join("mallory");
      assert.match(await alice.send(conversation, "still here"), /^(RECEIVED|STORED)$/);
      assert.equal(await bob.read(), "still here");
      assert.equal(server.takeFaults(), "");
    },
    close: () => server.remove(),
  };
}

function samples(mallory: RawClient): readonly Uint8Array[] {
  const parties = { conversation: idBytes(newConversationId()), peer: "bob" };
  const message = { ...parties, id: idBytes(newMessageId()), sealed: Buffer.from("x"), commitEpoch: 1n };
  const blob = { id: new Uint8Array(32) };
  const all: readonly (readonly [Opcode, Uint8Array])[] = [
    [Opcode.LIST, new Uint8Array()],
    [Opcode.PING, new Uint8Array()],
    [Opcode.BLOCKED, new Uint8Array()],
    [Opcode.CONVERSATIONS, new Uint8Array()],
    [Opcode.CONVERSATIONS, body(ConversationQuestionSchema, { after: idBytes(newConversationId()) })],
    [Opcode.RTT, mallory.rttBody("bob", newConversationId())],
    [Opcode.RTT, mallory.rttBody("nobody", newConversationId(), true)],
    [Opcode.ACCEPT, body(AcceptSchema, { ...parties, keyPackage: Buffer.from("k") })],
    [Opcode.REFUSE, body(RefuseSchema, parties)],
    [Opcode.MESSAGE, body(SealedMessageSchema, { ...message, commitEpoch: 0n })],
    [Opcode.MESSAGE, body(SealedMessageSchema, message)],
    [
      Opcode.CC_SESSION_ESTABLISHMENT,
      body(SessionEstablishmentSchema, { ...parties, welcome: Buffer.from("w") }),
    ],
    [Opcode.NOTIFY, body(NotifySchema, { ...parties, reason: 1 })],
    [Opcode.BLOB_OPEN, body(BlobOpenSchema, { ...blob, bytes: 100n })],
    [Opcode.BLOB_PUT, body(BlobPartSchema, { ...blob, offset: 0n, part: Buffer.alloc(50) })],
    [Opcode.BLOB_GET, body(BlobQuestionSchema, { ...blob, offset: 7n })],
    [Opcode.BLOB_DROP, body(BlobDropSchema, blob)],
    [
      Opcode.SIGNAL,
      body(SignalSchema, {
        conversation: parties.conversation,
        sealed: new Uint8Array(SEALED_SIGNAL_BYTES),
      }),
    ],
    [Opcode.ACK, body(AckSchema, { delivery: 1 })],
    [Opcode.ERROR, body(ErrorSchema, { code: 1, detail: "bad-record" })],
    [Opcode.PRESENCE, body(SetPresenceSchema, { presence: Presence.OFFLINE })],
    [Opcode.INVITE, body(InviteRequestSchema, { uses: 1, expiresSeconds: 60 })],
    [Opcode.BLOCK, body(BlockSchema, { name: "carol" })],
    [Opcode.UNBLOCK, body(BlockSchema, { name: "carol" })],
  ];
  return all.flatMap(([opcode, bytes]) =>
    [0, 7].map((id) => Buffer.concat([Buffer.of(KNOWN.indexOf(opcode), id), bytes])),
  );
}

function body<Schema extends DescMessage>(schema: Schema, init: MessageInitShape<Schema>): Uint8Array {
  return toBinary(schema, create(schema, init));
}
