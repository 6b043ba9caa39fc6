import assert from "node:assert/strict";
import { create, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import {
  MAX_CONTENT_BYTES,
  MAX_EXPIRY_SECONDS,
  MAX_PLAINTEXT_BYTES,
  MAX_REVISIONS,
  PROFILE_COLORS,
} from "../limits.ts";
import { type MessageId, newMessageId } from "../names.ts";
import { ContentSchema, ReceiptState } from "../wire/content_pb.ts";
import { CONTENT_LEVEL, type Content, decodeContent, encodeContent } from "./content.ts";
import { MAX_RECEIPT_IDS } from "./kinds/receipt.ts";
import { CODECS } from "./kinds/registry.ts";
import { MAX_TIMER_VERSION } from "./kinds/timer.ts";

const sentAt = fc.integer({ min: 0, max: 8_640_000_000_000_000 });
const messageId = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((bytes) => Buffer.from(bytes).toString("hex") as MessageId);
const words = fc.string({ unit: "grapheme", maxLength: 300 });
const expirySeconds = fc.integer({ min: 1, max: MAX_EXPIRY_SECONDS });
const typeName = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,63}$/);
const data: fc.Arbitrary<Content> = fc.oneof(
  fc.record({ kind: fc.constant("text" as const), sentAt, text: words }),
  fc.record({ kind: fc.constant("text" as const), sentAt, text: words, replyTo: messageId }),
  fc.record({
    kind: fc.constant("receipt" as const),
    sentAt,
    state: fc.constantFrom("delivered" as const, "read" as const),
    ids: fc.array(messageId, { minLength: 1, maxLength: MAX_RECEIPT_IDS }),
  }),
  fc.record({ kind: fc.constant("text" as const), sentAt, text: words, expirySeconds }),
  fc.record({
    kind: fc.constant("timer" as const),
    sentAt,
    seconds: fc.oneof(fc.constant(0), expirySeconds),
    version: fc.integer({ min: 1, max: MAX_TIMER_VERSION }),
  }),
  fc.record({
    kind: fc.constant("edit" as const),
    ...{ sentAt, target: messageId, revision: fc.integer({ min: 1, max: MAX_REVISIONS }), text: words },
  }),
  fc.record({
    kind: fc.constant("profile" as const),
    ...{
      sentAt,
      name: fc.constantFrom("", "Bob B.", "Анна", "李雷 👩"),
      color: fc.integer({ min: 0, max: PROFILE_COLORS }),
    },
    version: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  }),
  fc.record({ kind: fc.constant("delete" as const), sentAt, target: messageId, expirySeconds }),
  fc.record({
    kind: fc.constant("mark" as const),
    ...{ sentAt, target: messageId, name: fc.constant("reaction" as const) },
    version: fc.integer({ min: 1, max: 2 ** 32 - 1 }),
    values: fc.uniqueArray(fc.constantFrom("👍", "❤️", "🇩🇪", "1️⃣", "👩‍💻"), { maxLength: 5 }),
  }),
  fc.record({
    kind: fc.constant("unknown" as const),
    sentAt,
    type: fc.constant("acme.poll"),
    fallback: words,
    expirySeconds,
  }),
  fc.record({
    kind: fc.constant("unknown" as const),
    sentAt,
    type: typeName.filter((name) => !Object.hasOwn(CODECS, name)),
    fallback: words,
  }),
);
/** Any kind, with any head. */
const content: fc.Arbitrary<Content> = fc
  .tuple(data, fc.record({ thread: messageId, via: typeName }, { requiredKeys: [] }))
  .map(([value, head]) => ({ ...value, ...head }));
const notUnderstood = { kind: "not-understood" } as const;

/** Decodes a content that is valid except for the given fields. */
const decoded = (content: MessageInitShape<typeof ContentSchema>) =>
  decodeContent(
    toBinary(
      ContentSchema,
      create(ContentSchema, { type: content.body?.case ?? "later", level: 1, ...content }),
    ),
  );

describe("content", () => {
  it("reads back what it wrote", () => {
    fc.assert(
      fc.property(content, (value) => {
        const bytes = encodeContent(value);
        assert(bytes.length <= MAX_CONTENT_BYTES);
        assert.deepEqual(decodeContent(bytes), { ...value, level: CONTENT_LEVEL });
      }),
    );
  });

  it("reports garbage as not understood, and never throws", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => understandsOrNot(bytes)),
      { numRuns: 1000 },
    );
  });

  it('decodes a flipped, cut or lengthened message to a content or to "not understood"', () => {
    fc.assert(
      fc.property(
        content,
        fc.nat(),
        fc.nat({ max: 7 }),
        fc.uint8Array({ maxLength: 8 }),
        (value, at, bit, tail) => {
          const bytes = encodeContent(value);
          const flipped = bytes.slice();
          const index = at % bytes.length;
          flipped[index] = (flipped[index] ?? 0) ^ (1 << bit);
          understandsOrNot(flipped);
          understandsOrNot(bytes.subarray(0, index));
          understandsOrNot(Buffer.concat([bytes, tail]));
        },
      ),
      { numRuns: 500 },
    );
  });

  it("accepts a text of exactly the bound and none above it", () => {
    const largest = "x".repeat(MAX_PLAINTEXT_BYTES);
    const value: Content = {
      kind: "text",
      sentAt: 8_640_000_000_000_000,
      text: largest,
      replyTo: newMessageId(),
      thread: newMessageId(),
      via: "x".repeat(64),
      expirySeconds: MAX_EXPIRY_SECONDS,
    };
    assert.deepEqual(decodeContent(encodeContent(value)), { ...value, level: 1 });
    assert.throws(() => encodeContent({ kind: "text", sentAt: 1, text: `${largest}x` }), {
      code: "too-large",
    });
    assert.throws(
      () => encodeContent({ kind: "text", sentAt: 1, text: "é".repeat(MAX_PLAINTEXT_BYTES / 2 + 1) }),
      {
        code: "too-large",
      },
    );
    assert.throws(
      () => encodeContent({ kind: "unknown", sentAt: 1, type: "later", fallback: `${largest}x` }),
      {
        code: "too-large",
      },
    );
  });

  it("reports contents that exceed the bounds as not understood", () => {
    const id = new Uint8Array(16);
    const state = ReceiptState.READ;
    const text = (value: { text?: string }) => ({ case: "text" as const, value });
    const receipt = (ids: Uint8Array[], state: ReceiptState) => ({
      case: "receipt" as const,
      value: { ids, state },
    });
    for (const body of [
      text({ text: "x".repeat(MAX_PLAINTEXT_BYTES + 1) }),
      text({ text: "x".repeat(MAX_CONTENT_BYTES) }),
      receipt([], state),
      receipt(
        Array.from({ length: MAX_RECEIPT_IDS + 1 }, () => id),
        state,
      ),
      receipt([id, new Uint8Array(17)], state),
      receipt([id], ReceiptState.UNSPECIFIED),
      receipt([id], 3 as ReceiptState),
    ])
      assert.deepEqual(decoded({ body }), notUnderstood);
    const body = text({});
    assert.notDeepEqual(decoded({ body }), notUnderstood);
    assert.deepEqual(decoded({ body, sentAt: 8_640_000_000_000_001n }), notUnderstood);
    assert.deepEqual(decoded({ body, replyTo: new Uint8Array(15) }), notUnderstood);
    assert.deepEqual(decoded({ body, level: 0 }), notUnderstood);
    for (const thread of [new Uint8Array(15), new Uint8Array(17)])
      assert.deepEqual(decoded({ body, thread }), notUnderstood);
    for (const via of ["Acme", "-acme", "acme poll", "acme\n", "x".repeat(65)]) {
      assert.deepEqual(decoded({ body, via }), notUnderstood);
      assert.throws(() => encodeContent({ kind: "text", sentAt: 1, text: "", via }), {
        code: "bad-argument",
      });
    }
    assert.throws(() => encodeContent({ kind: "text", sentAt: 1, text: "", via: "" }), {
      code: "bad-argument",
    });
  });

  it("reports changes that exceed the bounds as not understood, and never sends such changes", () => {
    const target = new Uint8Array(16);
    const text = { text: "x" };
    const mark = { target, name: "reaction", version: 1, values: ["👍"] };
    const nine = ["👍", "🎉", "❤️", "😄", "🚀", "👀", "🔥", "💯", "🙏"];
    for (const body of [
      { case: "edit", value: { target, revision: 0, text } },
      { case: "edit", value: { target, revision: MAX_REVISIONS + 1, text } },
      { case: "edit", value: { target: new Uint8Array(15), revision: 1, text } },
      { case: "edit", value: { target, revision: 1 } },
      { case: "edit", value: { target, revision: 1, text: { text: "x".repeat(MAX_PLAINTEXT_BYTES + 1) } } },
      { case: "delete", value: {} },
      { case: "profile", value: { name: "x", version: 0n } },
      { case: "profile", value: { name: "x", version: 2n ** 60n } },
      { case: "profile", value: { name: "x", version: 1n, color: PROFILE_COLORS + 1 } },
      { case: "profile", value: { name: "x\u202ey", version: 1n } },
      { case: "mark", value: { ...mark, name: "" } },
      { case: "mark", value: { ...mark, version: 0 } },
      { case: "mark", value: { ...mark, values: nine } },
      { case: "mark", value: { ...mark, values: ["👍", "👍"] } },
      { case: "mark", value: { ...mark, values: ["+1"] } },
      { case: "mark", value: { ...mark, target: new Uint8Array(17) } },
    ] as const)
      assert.deepEqual(decoded({ body: structuredClone(body) as never }), notUnderstood, body.case);
    assert.notDeepEqual(decoded({ body: { case: "mark", value: mark } }), notUnderstood);
    const head = { sentAt: 1, target: newMessageId() };
    const reaction = { ...head, kind: "mark", name: "reaction", version: 1 } as const;
    for (const content of [
      { ...head, kind: "edit", revision: MAX_REVISIONS + 1, text: "" },
      { ...reaction, values: nine },
      { ...reaction, values: ["not an emoji"] },
      { ...reaction, values: [], version: 2 ** 32 },
    ] as const)
      assert.throws(() => encodeContent(content), { code: "bad-argument" });
  });

  it("reports text that is not UTF-8 as not understood, and never sends such text", () => {
    const head = toBinary(ContentSchema, create(ContentSchema, { type: "text", level: 1 }));
    // Field 10 (text), length 4; inside it field 1, length 2: a lone continuation byte and a truncated
    // sequence.
    const garbled = Uint8Array.of(0x52, 0x04, 0x0a, 0x02, 0x80, 0xc3);
    assert.deepEqual(decodeContent(Buffer.concat([head, garbled])), notUnderstood);
    const sent = decodeContent(encodeContent({ kind: "text", sentAt: 1, text: "half \ud83d a pair" }));
    assert.deepEqual(sent, { kind: "text", sentAt: 1, level: 1, text: "half \ufffd a pair" });
  });

  it("decodes a kind of a later version to its name and fallback, and ignores unknown fields", () => {
    const later = toBinary(
      ContentSchema,
      create(ContentSchema, { sentAt: 5n, level: 2, type: "later", fallback: "edited: hello" }),
    );
    const body = Uint8Array.of(0xfa, 0x3e, 0x02, 0x0a, 0x00); // Field 1007, which this version lacks.
    const field = Uint8Array.of(0x98, 0x06, 0x07); // field 99
    assert.deepEqual(decodeContent(Buffer.concat([later, body, field])), {
      kind: "unknown",
      sentAt: 5,
      level: 2,
      type: "later",
      fallback: "edited: hello",
    });
    const text = encodeContent({ kind: "text", sentAt: 5, text: "hi" });
    assert.deepEqual(decodeContent(Buffer.concat([text, field])), {
      kind: "text",
      sentAt: 5,
      level: 1,
      text: "hi",
    });
  });

  it("decodes a known body under an unknown kind's name, but not under another known kind's", () => {
    const body = { case: "text", value: { text: "hi" } } as const;
    for (const type of ["text", "acme.poll"])
      assert.deepEqual(decoded({ type, body }), { kind: "text", sentAt: 0, level: 1, text: "hi" });
    for (const type of ["receipt", "timer", "edit", "", "Text"])
      assert.deepEqual(decoded({ type, body }), notUnderstood);
    for (const type of Object.keys(CODECS)) {
      assert.deepEqual(decoded({ type, fallback: "no body" }), notUnderstood);
      assert.throws(() => encodeContent({ kind: "unknown", sentAt: 1, type, fallback: "" }), {
        code: "bad-argument",
      });
    }
  });

  it("writes kind and level into every content", () => {
    fc.assert(
      fc.property(content, (value) => {
        const { type, level } = fromBinary(ContentSchema, encodeContent(value));
        assert.equal(type, value.kind === "unknown" ? value.type : value.kind);
        assert.equal(level, CONTENT_LEVEL);
      }),
    );
  });

  it("reports a kind without a name as not understood", () => {
    assert.deepEqual(decodeContent(new Uint8Array()), notUnderstood);
    assert.deepEqual(decodeContent(Uint8Array.of(0x6a, 0x00)), notUnderstood);
    for (const type of ["", "Edit", "-edit", "a/b", "x".repeat(65), "edit\n"]) {
      assert.deepEqual(decoded({ type }), notUnderstood);
      assert.throws(() => encodeContent({ kind: "unknown", sentAt: 1, type, fallback: "" }), {
        code: "bad-argument",
      });
    }
  });

  it("refuses to send an invalid time, and a receipt for no messages or too many", () => {
    for (const sentAt of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 8_640_000_000_000_001])
      assert.throws(() => encodeContent({ kind: "text", sentAt, text: "" }), { code: "bad-argument" });
    assert.throws(() => encodeContent({ kind: "receipt", sentAt: 1, state: "read", ids: [] }), {
      code: "bad-argument",
    });
    const ids = Array.from({ length: MAX_RECEIPT_IDS + 1 }, newMessageId);
    assert.throws(() => encodeContent({ kind: "receipt", sentAt: 1, state: "read", ids }), {
      code: "too-large",
    });
  });

  it("accepts no expiry longer than a year, and no timer without a version", () => {
    const seconds = MAX_EXPIRY_SECONDS + 1;
    for (const wrong of [seconds, -1, 0.5, Number.NaN]) {
      const text = { kind: "text", sentAt: 1, text: "", expirySeconds: wrong } as const;
      assert.throws(() => encodeContent(text), { code: "bad-argument" });
      const timer = { kind: "timer", sentAt: 1, seconds: wrong, version: 1 } as const;
      assert.throws(() => encodeContent(timer), { code: "bad-argument" });
    }
    for (const version of [0, -1, 1.5, 2 ** 32])
      assert.throws(() => encodeContent({ kind: "timer", sentAt: 1, seconds: 1, version }), {
        code: "bad-argument",
      });
    const text = { case: "text", value: { text: "x" } } as const;
    assert.deepEqual(decoded({ expirySeconds: seconds, body: text }), notUnderstood);
    assert.deepEqual(decoded({ body: { case: "timer", value: { seconds, version: 1 } } }), notUnderstood);
    assert.deepEqual(decoded({ body: { case: "timer", value: { seconds: 1, version: 0 } } }), notUnderstood);
  });
});

function understandsOrNot(bytes: Uint8Array): void {
  const value = decodeContent(bytes);
  if (value.kind === "not-understood") return;
  assert.deepEqual(decodeContent(encodeContent(value)), { ...value, level: CONTENT_LEVEL });
}
