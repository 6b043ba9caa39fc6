import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { type ParleyError, ProtocolError, TrustError, UsageError } from "../errors.ts";
import {
  MAX_NOTE_CHARACTERS,
  NOTE_BYTES,
  PASS_PROOF_BYTES,
  SEALED_NOTE_BYTES,
  XWING_PUBLIC_KEY_BYTES,
} from "../limits.ts";
import { newConversationId, username } from "../names.ts";
import { generateRequestKey, isNote, type NotePlace, openNote, sealNote } from "./note.ts";
import { parleySuite } from "./suite.ts";

const place: NotePlace = {
  conversation: newConversationId(),
  server: randomBytes(32),
  requester: username("alice"),
  addressee: username("bob"),
};
const RUNS = { numRuns: 25 };

const fails =
  (kind: new (...parameters: never[]) => ParleyError, code: string) =>
  (error: unknown): boolean =>
    error instanceof kind && error.code === code;
const closed = fails(TrustError, "undecryptable");

describe("a note", () => {
  let own: Awaited<ReturnType<typeof generateRequestKey>>;
  before(async () => {
    own = await generateRequestKey();
  });

  /** Seals a note as another program would, with any content. */
  async function sealed(padded: Uint8Array, info = "parley/1 request note"): Promise<Uint8Array> {
    const { hpke } = parleySuite();
    const { conversation, server, requester, addressee } = place;
    const aad = Buffer.concat([
      Buffer.from(conversation, "hex"),
      server,
      Buffer.from(`${requester}\0${addressee}`, "ascii"),
    ]);
    const { kemOutput, ciphertext } = hpke.seal(own.key, Buffer.from(info), padded, aad);
    return Buffer.concat([kemOutput, ciphertext]);
  }
  function padded(text: Uint8Array, length = text.length): Buffer {
    const bytes = Buffer.alloc(NOTE_BYTES);
    bytes.writeUInt16BE(length);
    bytes.set(text, 2 + PASS_PROOF_BYTES);
    return bytes;
  }

  it("opens unchanged, and its length stays hidden", async () => {
    assert.equal(own.key.length, XWING_PUBLIC_KEY_BYTES);
    const text = fc.string({ unit: "binary", minLength: 1, maxLength: MAX_NOTE_CHARACTERS });
    await fc.assert(
      fc.asyncProperty(text, async (written) => {
        const bytes = await sealNote({ text: written }, own.key, place);
        assert.equal(bytes.length, SEALED_NOTE_BYTES);
        assert.deepEqual(await openNote(bytes, own.privateKey, place), { text: written });
      }),
      RUNS,
    );
    const longest = "\u{1f44b}".repeat(MAX_NOTE_CHARACTERS);
    assert.deepEqual(
      await openNote(await sealNote({ text: longest }, own.key, place), own.privateKey, place),
      {
        text: longest,
      },
    );
  });

  it("carries an invite's proof, with or without a text, and has the size of any other note", async () => {
    const passProof = new Uint8Array(randomBytes(PASS_PROOF_BYTES));
    for (const text of ["", "hi", "\u{1f44b}".repeat(MAX_NOTE_CHARACTERS)]) {
      const bytes = await sealNote({ text, passProof }, own.key, place);
      assert.equal(bytes.length, SEALED_NOTE_BYTES);
      assert.deepEqual(await openNote(bytes, own.privateKey, place), { text, passProof });
    }
  });

  it("is sealed as in RFC 9180, under this protocol's label", async () => {
    assert.deepEqual(await openNote(await sealed(padded(Buffer.from("hi"))), own.privateKey, place), {
      text: "hi",
    });
    await assert.rejects(
      openNote(await sealed(padded(Buffer.from("hi")), "parley/1 request"), own.privateKey, place),
      closed,
    );
  });

  it("does not open in another request, for another person or with another key", async () => {
    const bytes = await sealNote({ text: "for bob" }, own.key, place);
    const [alice, bob, carol] = [username("alice"), username("bob"), username("carol")];
    for (const other of [
      { ...place, conversation: newConversationId() },
      { ...place, server: randomBytes(32) },
      { ...place, requester: carol },
      { ...place, addressee: carol },
      { ...place, requester: bob, addressee: alice },
      { ...place, requester: username("alic"), addressee: username("e.bob") },
    ])
      await assert.rejects(openNote(bytes, own.privateKey, other), closed);
    const { privateKey } = await generateRequestKey();
    await assert.rejects(openNote(bytes, privateKey, place), closed);
  });

  it("does not open with a bit flipped, or bytes missing or added", async () => {
    const bytes = await sealNote({ text: "for bob" }, own.key, place);
    await fc.assert(
      fc.asyncProperty(fc.nat(bytes.length - 1), fc.nat(7), async (at, bit) => {
        const changed = Uint8Array.from(bytes);
        changed[at] = (changed[at] ?? 0) ^ (1 << bit);
        await assert.rejects(openNote(changed, own.privateKey, place), closed);
      }),
      RUNS,
    );
    for (const other of [
      bytes.subarray(1),
      bytes.subarray(0, -1),
      Buffer.concat([bytes, bytes]),
      bytes.subarray(0, 0),
    ])
      await assert.rejects(openNote(other, own.privateKey, place), closed);
    await assert.rejects(openNote(randomBytes(SEALED_NOTE_BYTES), own.privateKey, place), closed);
  });

  it("is bounded when it is written, in characters as people count them", async () => {
    assert.ok(isNote("x") && isNote("\u{1f44b}".repeat(MAX_NOTE_CHARACTERS)));
    for (const text of ["", "x".repeat(MAX_NOTE_CHARACTERS + 1)]) {
      assert.ok(!isNote(text));
      await assert.rejects(sealNote({ text }, own.key, place), fails(UsageError, "too-large"));
    }
  });

  it("is refused when another program sealed an invalid one", async () => {
    const none = fails(ProtocolError, "bad-content");
    const long = Buffer.from("x".repeat(MAX_NOTE_CHARACTERS + 1));
    for (const [what, inside] of [
      ["empty", padded(Buffer.alloc(0))],
      ["too long", padded(long)],
      ["longer than what is there", padded(Buffer.from("hi"), NOTE_BYTES)],
      ["no more than room for a proof", Buffer.alloc(NOTE_BYTES)],
      ["more than it says", padded(Buffer.from("hi, and more"), 2)],
      ["no text", padded(Buffer.from([0xff, 0xfe]))],
    ] as const)
      await assert.rejects(openNote(await sealed(inside), own.privateKey, place), none, what);
    // Another size before it was sealed, and so afterwards.
    await assert.rejects(openNote(await sealed(Buffer.alloc(NOTE_BYTES + 1)), own.privateKey, place), closed);
  });

  it("is not sealed for an invalid key", async () => {
    const broken = Buffer.from(own.key);
    broken.fill(0xff, 0, 1184); // Invalid coefficients of ML-KEM.
    for (const key of [new Uint8Array(), own.key.subarray(1), broken])
      await assert.rejects(sealNote({ text: "for bob" }, key, place), fails(ProtocolError, "bad-content"));
  });
});
