/**
 * Every number that a peer or a server sends to a client. How far one step can move a counter or a time is
 * bounded, so that no number makes a client unusable. A new number in the wire formats fails here first.
 */
import assert from "node:assert/strict";
import { create, type DescFile, type MessageInitShape, ScalarType, toBinary } from "@bufbuild/protobuf";
import { laterTimer, NO_TIMER } from "../../messenger/chats/timer.ts";
import { isNewSignal } from "../../messenger/chats/typing.ts";
import { isValid } from "../../messenger/contacts/request-keys.ts";
import type { PersonMark } from "../../messenger/kinds/kind.ts";
import { mark } from "../../messenger/kinds/mark.ts";
import { ends, LIMITS } from "../../protocol/channel/handshake-fixture.ts";
import { blobPart, blobState, invited, readRefusal } from "../../protocol/client/answers.ts";
import { readDelivery } from "../../protocol/client/deliveries.ts";
import { Heartbeat } from "../../protocol/client/heartbeat.ts";
import { decodeContent } from "../../protocol/e2ee/content.ts";
import { MAX_TIMER_VERSION } from "../../protocol/e2ee/kinds/timer.ts";
import {
  MAX_FILE_BYTES,
  MAX_RETRY_AFTER_MS,
  MAX_REVISIONS,
  MAX_SEALED_BYTES,
  PROFILE_COLORS,
  REQUEST_KEY_LIFETIME_SECONDS,
  SIGNAL_FRESH_MS,
} from "../../protocol/limits.ts";
import { idBytes, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { ContentSchema, type FileSchema, file_content } from "../../protocol/wire/content_pb.ts";
import {
  BlobPartSchema,
  BlobStateSchema,
  ErrorCode,
  ErrorSchema,
  file_parley,
  InviteSchema,
  Opcode,
  SealedMessageSchema,
} from "../../protocol/wire/parley_pb.ts";

const U32 = 0xffff_ffff;
const U64 = 2n ** 64n - 1n;
const MARK_ID = newMessageId();
const text = { case: "text", value: { text: "hello" } } as const;

const understood = (content: MessageInitShape<typeof ContentSchema>) => {
  const wire = create(ContentSchema, { level: 1, type: content.body?.case ?? "", ...content });
  return decodeContent(toBinary(ContentSchema, wire)).kind !== "not-understood";
};
/** Returns whether a file with these values is understood. */
function fileUnderstood(changed: MessageInitShape<typeof FileSchema>): boolean {
  const id = new Uint8Array(32);
  const file = { name: "x", sha256: id, blob: id, key: id, ...changed };
  return understood({ body: { case: "files", value: { files: [file] } } });
}
/** Returns whether an edit with this revision is understood. */
function editUnderstood(revision: number): boolean {
  const value = { target: new Uint8Array(16), revision, text: { text: "hello" } };
  return understood({ body: { case: "edit", value } });
}
function markOf(name: string, version: number): PersonMark {
  return { by: username(name), name: "reaction", version, id: MARK_ID, values: [] };
}
/** Returns the marks of a message after one more. */
function marksAfter(marks: readonly PersonMark[], { by, name, version, id, values }: PersonMark) {
  const body = { kind: "mark", target: MARK_ID, name, version, values } as const;
  const change = { id, author: by, at: 1, claimedAt: 1, body };
  const message = { id: MARK_ID, author: by, at: 1, claimedAt: 1, body: undefined, versions: [], marks };
  return mark.effect.apply(message, change)?.marks;
}
/** Returns the client's reading of these limits in 1.1. */
function limitsOf(limits: Partial<typeof LIMITS>) {
  const { client, server } = ends({}, { limits: { ...LIMITS, ...limits } });
  return client.answer(server.answer(client.start())).server.limits;
}
/** Returns the client's reading of a part of a ten-byte blob. */
function readPart(part: MessageInitShape<typeof BlobPartSchema>): Uint8Array {
  const body = toBinary(BlobPartSchema, create(BlobPartSchema, { ...part, part: new Uint8Array(10) }));
  return blobPart(0, 10)({ opcode: Opcode.BLOB_GET, id: 1, body });
}
const badHandshake = { code: "bad-handshake" };
const badMessage = { code: "bad-message" };

/** Only sent by clients. */
const UPWARDS: readonly string[] = [
  "InviteRequest.uses",
  "InviteRequest.expires_seconds",
  "BlobOpen.bytes",
  "BlobQuestion.offset",
];

const BOUNDS: Readonly<Record<string, () => void>> = {
  // Shown as sent, unless it is ahead of our own clock, which determines retention.
  "Content.sent_at": () => {
    assert.ok(understood({ sentAt: 8_640_000_000_000_000n, body: text }));
    assert.ok(!understood({ sentAt: 8_640_000_000_000_001n, body: text }));
    assert.ok(!understood({ sentAt: U64, body: text }));
  },
  "Content.expiry_seconds": () => assert.ok(!understood({ expirySeconds: U32, body: text })),
  // Compared with our own, never incremented.
  "Content.level": () => {
    assert.ok(understood({ level: U32, body: text }));
    assert.ok(!understood({ level: 0, body: text }));
  },
  "Timer.seconds": () =>
    assert.ok(!understood({ body: { case: "timer", value: { seconds: U32, version: 1 } } })),
  "Timer.version": () => {
    assert.equal(laterTimer(NO_TIMER, { seconds: 1, version: MAX_TIMER_VERSION - 1000 }), undefined);
    assert.equal(laterTimer({ seconds: 0, version: 7 }, { seconds: 1, version: 1008 }), undefined);
  },
  "Edit.revision": () => {
    for (const revision of [0, MAX_REVISIONS + 1, U32]) assert.ok(!editUnderstood(revision));
    assert.ok(editUnderstood(MAX_REVISIONS));
  },
  "Mark.version": () => {
    const body = (version: number) => ({ target: new Uint8Array(16), name: "reaction", version, values: [] });
    assert.ok(!understood({ body: { case: "mark", value: body(0) } }));
    assert.ok(understood({ body: { case: "mark", value: body(U32) } }));
    // The highest version leaves the marks of others on the message changeable.
    const marks = [markOf("alice", U32)];
    assert.deepEqual(marksAfter(marks, markOf("bob", 1)), [...marks, markOf("bob", 1)]);
  },
  "Profile.color": () => {
    for (const color of [PROFILE_COLORS + 1, U32])
      assert.ok(!understood({ body: { case: "profile", value: { name: "", color, version: 1n } } }));
  },
  "Profile.version": () => {
    for (const version of [0n, 2n ** 53n, U64])
      assert.ok(!understood({ body: { case: "profile", value: { name: "", color: 0, version } } }));
  },
  "File.bytes": () => {
    assert.ok(fileUnderstood({ bytes: BigInt(MAX_FILE_BYTES) }));
    for (const bytes of [BigInt(MAX_FILE_BYTES) + 1n, U64]) assert.ok(!fileUnderstood({ bytes }));
  },
  // Shown, and nothing else follows from it.
  "File.available_until": () => {
    assert.ok(fileUnderstood({ availableUntil: 8_640_000_000_000n }));
    for (const availableUntil of [8_640_000_000_001n, U64]) assert.ok(!fileUnderstood({ availableUntil }));
  },
  "Picture.width": () => {
    for (const width of [0, 10_001, U32]) assert.ok(!fileUnderstood({ picture: { width, height: 1 } }));
  },
  "Picture.height": () => {
    for (const height of [0, 10_001, U32]) assert.ok(!fileUnderstood({ picture: { width: 1, height } }));
  },
  "Limits.max_sealed_bytes": () => {
    assert.equal(limitsOf({ maxSealedBytes: U32 }).maxSealedBytes, MAX_SEALED_BYTES);
    assert.throws(() => limitsOf({ maxSealedBytes: 0 }), badHandshake);
  },
  "Limits.keep_alive_ms": () => {
    for (const keepAliveMs of [0, U32]) assert.throws(() => limitsOf({ keepAliveMs }), badHandshake);
    assert.equal(new Heartbeat(limitsOf({ keepAliveMs: 1 }).keepAliveMs, 0).intervalMs, 1000);
  },
  // Only determines when a message is shown as uncollected, so that it can be sent again.
  "Limits.mailbox_days": () => assert.equal(limitsOf({ mailboxDays: U32 }).mailboxDays, U32),
  // Compared with the size of a file, and shown.
  "Limits.max_blob_bytes": () => assert.equal(limitsOf({ maxBlobBytes: U32 }).maxBlobBytes, U32),
  "BlobState.offset": () => {
    const read = (offset: bigint) =>
      blobState(100)({
        ...{ opcode: Opcode.BLOB_OPEN, id: 1 },
        body: toBinary(BlobStateSchema, create(BlobStateSchema, { offset })),
      }).offset;
    assert.equal(read(100n), 100);
    assert.throws(() => read(101n), badMessage);
    assert.throws(() => read(U64), badMessage);
  },
  "BlobState.available_until": () => {
    const state = create(BlobStateSchema, { availableUntil: U64 });
    const answer = { opcode: Opcode.BLOB_OPEN, id: 1, body: toBinary(BlobStateSchema, state) };
    assert.throws(() => blobState(100)(answer), badMessage);
  },
  // The client knows both before it asks.
  "BlobPart.offset": () => {
    for (const offset of [1n, U64]) assert.throws(() => readPart({ offset, bytes: 10n }), badMessage);
  },
  "BlobPart.bytes": () => {
    for (const bytes of [9n, U64])
      assert.throws(() => readPart({ offset: 0n, bytes }), { code: "undecryptable" });
    assert.equal(readPart({ offset: 0n, bytes: 10n }).length, 10);
  },
  // Shown to the member that requested the invite.
  "Invite.expires_at": () => {
    const body = toBinary(InviteSchema, create(InviteSchema, { link: "parley://x", expiresAt: U64 }));
    assert.throws(() => invited({ opcode: Opcode.INVITE, id: 1, body }), badMessage);
  },
  "RequestKey.valid_until": () => {
    const day = 24 * 60 * 60;
    for (const validUntil of [day + REQUEST_KEY_LIFETIME_SECONDS + 1, Number.MAX_SAFE_INTEGER])
      assert.ok(!isValid({ validUntil }, 0));
  },
  // The server checks it. The client ignores the number.
  "SealedMessage.commit_epoch": () => {
    const [conversation, id] = [idBytes(newConversationId()), idBytes(newMessageId())];
    const read = (commitEpoch: bigint) => {
      const body = create(SealedMessageSchema, { conversation, id, sealed: Buffer.alloc(9), commitEpoch });
      const { value } = readDelivery(
        Opcode.MESSAGE,
        toBinary(SealedMessageSchema, body),
        { name: username("alice"), identityKey: Buffer.alloc(32), server: Buffer.alloc(32) },
        () => {},
      );
      return JSON.stringify(value);
    };
    assert.equal(read(U64), read(0n));
  },
  // The newest that was accepted is kept: a number far ahead would hide every later signal.
  "SealedSignal.sent_at": () => {
    const now = Date.now();
    for (const sentAt of [Number(U64), now + SIGNAL_FRESH_MS + 1, now - SIGNAL_FRESH_MS - 1, 0])
      assert.ok(!isNewSignal(sentAt, 0, now), String(sentAt));
    assert.ok(isNewSignal(now + SIGNAL_FRESH_MS, 0, now));
  },
  "Error.retry_after_ms": () => {
    const error = create(ErrorSchema, { code: ErrorCode.RATE_LIMITED, retryAfterMs: U32 });
    assert.equal(readRefusal(toBinary(ErrorSchema, error)).retryAfterMs, MAX_RETRY_AFTER_MS);
  },
};

/** Returns message.field for every number in the file except enums. */
function numbersOf(file: DescFile): readonly string[] {
  const words: readonly (ScalarType | undefined)[] = [ScalarType.STRING, ScalarType.BYTES, ScalarType.BOOL];
  return file.messages.flatMap((message) =>
    message.fields
      .filter(({ scalar }) => scalar !== undefined && !words.includes(scalar))
      .map((field) => `${message.name}.${field.name}`),
  );
}

describe("a number that comes from outside", () => {
  it("is in this test's table", () => {
    const numbers = [file_content, file_parley].flatMap(numbersOf);
    assert.deepEqual(numbers.toSorted(), [...Object.keys(BOUNDS), ...UPWARDS].toSorted());
  });

  for (const [number, holds] of Object.entries(BOUNDS))
    it(`${number} is accepted only within its bound`, holds);
});
