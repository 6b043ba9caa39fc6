import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { create, toBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { SEALED_SIGNAL_BYTES, SIGNAL_BYTES } from "../limits.ts";
import { aes256Gcm } from "../mls/aead.ts";
import { exportSecret } from "../mls/application.ts";
import { ascii, EMPTY } from "../mls/bytes.ts";
import { SealedSignalSchema } from "../wire/content_pb.ts";
import { Conversation } from "./conversation.ts";
import { decodeStored } from "./group-state.ts";
import { alice, bob, established, pins } from "./people-fixture.ts";

const undecryptable = { code: "undecryptable" };
const NOW = 1_800_000_000_000;

/** Seals any plaintext as alice's signal, as alice can. */
function sealedBy(conversation: Conversation, plaintext: Uint8Array): Uint8Array {
  const { group } = decodeStored(conversation.serialize());
  const key = exportSecret(group, "parley/1 signal", ascii(alice.name), 32);
  const nonce = randomBytes(12);
  return Buffer.concat([nonce, aes256Gcm.seal(key, nonce, EMPTY, plaintext)]);
}

describe("a signal", () => {
  it("opens at the other side, always at the same size, and changes no state at either", async () => {
    const { alices, bobs } = await established();
    const before = [alices, bobs].map((one) => Buffer.from(one.serialize()).toString("hex"));
    for (const sentAt of [0, 1, NOW, Number.MAX_SAFE_INTEGER]) {
      const sealed = alices.sealTyping(sentAt);
      assert.equal(sealed.length, SEALED_SIGNAL_BYTES);
      assert.deepEqual(bobs.openSignal(sealed), { sentAt, kind: "typing" });
    }
    assert.deepEqual(
      [alices, bobs].map((one) => Buffer.from(one.serialize()).toString("hex")),
      before,
    );
  });

  it("never has the same bytes twice", async () => {
    const { alices } = await established();
    assert.notDeepEqual(alices.sealTyping(NOW), alices.sealTyping(NOW));
  });

  it("opens neither at its own sender, nor in another conversation", async () => {
    const [one, other] = [await established(), await established()];
    const sealed = one.alices.sealTyping(NOW);
    assert.throws(() => one.alices.openSignal(sealed), undecryptable);
    assert.throws(() => other.bobs.openSignal(sealed), undecryptable);
  });

  it("doesn't open in another epoch than the one it was sealed in", async () => {
    const { alices, bobs } = await established();
    const sealed = alices.sealTyping(NOW);
    const { next, id, bytes } = await alices.commit(NOW);
    const later = { alices: next.mergeCommit(id), bobs: (await bobs.open(id, bytes)).next };
    assert.throws(() => later.bobs.openSignal(sealed), undecryptable);
    assert.throws(() => bobs.openSignal(later.alices.sealTyping(NOW)), undecryptable);
    assert.equal(later.bobs.openSignal(later.alices.sealTyping(NOW)).kind, "typing");
  });

  it("doesn't open with any bit changed, cut or lengthened, and any bytes fail in one way", async () => {
    const { alices, bobs } = await established();
    const sealed = alices.sealTyping(NOW);
    fc.assert(
      fc.property(fc.nat({ max: sealed.length * 8 - 1 }), (bit) => {
        const changed = Uint8Array.from(sealed);
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.throws(() => bobs.openSignal(changed), undecryptable);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2 * SEALED_SIGNAL_BYTES }), (bytes) => {
        assert.throws(() => bobs.openSignal(bytes), undecryptable);
      }),
    );
  });

  it("with any plaintext is read or refused, and of a later version is unknown", async () => {
    const { alices, bobs } = await established();
    fc.assert(
      fc.property(fc.uint8Array({ minLength: SIGNAL_BYTES, maxLength: SIGNAL_BYTES }), (plaintext) => {
        try {
          bobs.openSignal(sealedBy(alices, plaintext));
        } catch (error) {
          assert.equal((error as { code?: unknown }).code, "undecryptable");
        }
      }),
    );
    const written = toBinary(SealedSignalSchema, create(SealedSignalSchema, { sentAt: 7n }));
    const padded = (end: number) => {
      const bytes = new Uint8Array(SIGNAL_BYTES);
      bytes.set([written.length, ...written]);
      bytes[SIGNAL_BYTES - 1] = end;
      return sealedBy(alices, bytes);
    };
    assert.deepEqual(bobs.openSignal(padded(0)), { sentAt: 7, kind: "unknown" });
    assert.throws(() => bobs.openSignal(padded(1)), undecryptable, "bytes after its end");
  });

  it("is neither sealed nor opened once the other's key is no longer the pinned one", async () => {
    const { alices, bobs } = await established();
    const changed = Conversation.deserialize(bobs.serialize(), pins(bob));
    assert.throws(() => changed.sealTyping(NOW), { code: "identity-changed" });
    assert.throws(() => changed.openSignal(alices.sealTyping(NOW)), { code: "identity-changed" });
  });
});
