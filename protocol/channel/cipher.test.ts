import assert from "node:assert/strict";
import { createCipheriv, randomBytes } from "node:crypto";
import { inspect } from "node:util";
import { ProtocolError, UsageError } from "../errors.ts";
import { CipherState, Nonce } from "./cipher.ts";

const AD = Buffer.from("ad");
const TEXT = Buffer.from("text");

describe("Nonce", () => {
  it("is encoded as four zero bytes and a big-endian u64", () => {
    const hex = (start: number) => Buffer.from(new Nonce(start).bytes()).toString("hex");
    assert.equal(hex(0), "000000000000000000000000");
    assert.equal(hex(0x01020304), "000000000000000001020304");
    assert.equal(hex(2 ** 32 - 1), "0000000000000000ffffffff");
    assert.equal(hex(2 ** 32), "000000000000000100000000");
    assert.equal(hex(2 ** 53 - 2), "00000000001ffffffffffffe");
  });

  it("increments, and stops before it would repeat", () => {
    const nonce = new Nonce(Number.MAX_SAFE_INTEGER - 2);
    const first = Uint8Array.from(nonce.bytes());
    nonce.advance();
    assert.notDeepEqual(nonce.bytes(), first);
    nonce.advance();
    assert.throws(() => nonce.bytes(), wrongState);
    nonce.advance();
    assert.throws(() => nonce.bytes(), wrongState);
  });
});

describe("CipherState", () => {
  it("never returns the same ciphertext twice", () => {
    const cipher = new CipherState(randomBytes(32));
    assert.notDeepEqual(cipher.encryptWithAd(AD, TEXT), cipher.encryptWithAd(AD, TEXT));
  });

  it("keeps its nonce when a tag does not verify", () => {
    const [ours, theirs] = pair();
    const first = ours.encryptWithAd(AD, TEXT);
    const second = ours.encryptWithAd(AD, TEXT);
    assert.throws(() => theirs.decryptWithAd(AD, second), badRecord);
    assert.throws(() => theirs.decryptWithAd(TEXT, first), badRecord);
    assert.throws(() => theirs.decryptWithAd(AD, first.subarray(0, 15)), badRecord);
    assert.deepEqual(Buffer.from(theirs.decryptWithAd(AD, first)), TEXT);
    assert.deepEqual(Buffer.from(theirs.decryptWithAd(AD, second)), TEXT);
  });

  it("rekeys as Noise specifies: encrypts zeros under the last nonce, and the nonce continues", () => {
    const key = randomBytes(32);
    const cipher = new CipherState(key);
    cipher.encryptWithAd(AD, TEXT);
    cipher.rekey();
    const last = Buffer.concat([Buffer.alloc(4), Buffer.alloc(8, 0xff)]);
    const next = createCipheriv("aes-256-gcm", key, last).update(Buffer.alloc(32));
    const reference = createCipheriv("aes-256-gcm", next, Buffer.from("000000000000000000000001", "hex"));
    reference.setAAD(AD);
    const expected = Buffer.concat([reference.update(TEXT), reference.final(), reference.getAuthTag()]);
    assert.deepEqual(Buffer.from(cipher.encryptWithAd(AD, TEXT)), expected);
  });

  it("opens nothing sealed under the old key after a rekey", () => {
    const [ours, theirs] = pair();
    const before = ours.encryptWithAd(AD, TEXT);
    theirs.rekey();
    assert.throws(() => theirs.decryptWithAd(AD, before), badRecord);
  });

  it("refuses to seal or open once it is discarded", () => {
    const [ours, theirs] = pair();
    const message = ours.encryptWithAd(AD, TEXT);
    theirs.discard();
    assert.throws(() => theirs.decryptWithAd(AD, message), wrongState);
    assert.throws(() => theirs.encryptWithAd(AD, TEXT), wrongState);
    assert.throws(() => theirs.rekey(), wrongState);
  });

  it("shows no key when printed or serialised", () => {
    const [cipher] = pair();
    assert.equal(JSON.stringify(cipher), "{}");
    assert.equal(inspect(cipher, { depth: null, showHidden: true }), "CipherState {}");
  });
});

function pair(): [CipherState, CipherState] {
  const key = randomBytes(32);
  return [new CipherState(key), new CipherState(key)];
}
function badRecord(error: unknown): boolean {
  return error instanceof ProtocolError && error.code === "bad-record";
}
function wrongState(error: unknown): boolean {
  return error instanceof UsageError && error.code === "wrong-state";
}
