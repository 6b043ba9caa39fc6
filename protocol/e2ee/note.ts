/**
 * The text that goes with a request to talk. No group exists yet whose key could seal it, so it is sealed for
 * a request key that the addressee has published: HPKE (RFC 9180, base mode) with the KEM, KDF and AEAD of
 * our MLS suite. The request's signature covers the note and so proves its author.
 */
import { createHash } from "node:crypto";
import { ProtocolError, TrustError, UsageError } from "../errors.ts";
import {
  MAX_NOTE_CHARACTERS,
  MESSAGE_ID_BYTES,
  NOTE_BYTES,
  PASS_PROOF_BYTES,
  SEALED_NOTE_BYTES,
} from "../limits.ts";
import { type ConversationId, idBytes, type MessageId, type Username } from "../names.ts";
import { parleySuite } from "./suite.ts";

/**
 * A text, the proof that the requester holds an invite of the addressee's (identity/invite-pass.ts), or both.
 */
export interface Note {
  /** "" or a text that isNote() accepts. */
  readonly text: string;
  /** PASS_PROOF_BYTES */
  readonly passProof?: Uint8Array;
}

/** The request that a note belongs to; it does not open in any other. */
export interface NotePlace {
  readonly conversation: ConversationId;
  /** The fingerprint of the server's CA, CA_FINGERPRINT_BYTES. */
  readonly server: Uint8Array;
  readonly requester: Username;
  readonly addressee: Username;
}

/** `info` of RFC 9180 §5.1: separates notes from values that MLS seals. */
const LABEL = new TextEncoder().encode("parley/1 request note");
/** The padded note begins with the length of the text, u16. */
const LENGTH_BYTES = 2;
/** The proof follows, zeros where there is none; then the text. */
const TEXT_AT = LENGTH_BYTES + PASS_PROOF_BYTES;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Generates an X-Wing key pair. */
export async function generateRequestKey(): Promise<{
  readonly key: Uint8Array;
  readonly privateKey: Uint8Array;
}> {
  const { publicKey, privateKey } = parleySuite().hpke.kem.generateKeyPair();
  return { key: publicKey, privateKey };
}

/** Returns whether `text` fits into a note: at least one code point, at most MAX_NOTE_CHARACTERS. */
export function isNote(text: string): boolean {
  return text !== "" && [...text].length <= MAX_NOTE_CHARACTERS;
}

/**
 * Seals a note.
 * @param key the addressee's request key, foreign
 * @returns SEALED_NOTE_BYTES, for a text of any length: enc | ciphertext
 * @throws UsageError "too-large", also for an empty note; ProtocolError "bad-content" for an invalid key
 */
export async function sealNote(note: Note, key: Uint8Array, place: NotePlace): Promise<Uint8Array> {
  if (!isWhole(note)) throw new UsageError("too-large", `A note has 1 to ${MAX_NOTE_CHARACTERS} characters`);
  const { hpke } = parleySuite();
  if (!hpke.kem.isPublicKey(key))
    throw new ProtocolError("bad-content", "No note can be sealed for this request key");
  const { kemOutput, ciphertext } = hpke.seal(key, LABEL, pad(note), associatedData(place));
  return Buffer.concat([kemOutput, ciphertext]);
}

/**
 * Opens a note.
 * @param sealed foreign bytes of any length, in a request whose signature was checked
 * @throws TrustError "undecryptable" for another key, another request, or bytes that were changed;
 * ProtocolError "bad-content" where the plaintext is not a valid note
 */
export async function openNote(sealed: Uint8Array, privateKey: Uint8Array, place: NotePlace): Promise<Note> {
  return unpad(open(sealed, privateKey, place));
}

function open(sealed: Uint8Array, privateKey: Uint8Array, place: NotePlace): Uint8Array {
  const ciphertextBytes = NOTE_BYTES + 16;
  if (sealed.length !== SEALED_NOTE_BYTES)
    throw new TrustError("undecryptable", `A sealed note of ${sealed.length} bytes`);
  const kemOutput = new Uint8Array(sealed.subarray(0, -ciphertextBytes));
  const ciphertext = sealed.subarray(-ciphertextBytes);
  try {
    return parleySuite().hpke.open(privateKey, LABEL, { kemOutput, ciphertext }, associatedData(place));
  } catch (cause) {
    throw new TrustError("undecryptable", "A note does not open", { cause });
  }
}

/**
 * Returns the message id of an accepted request's note in the chat: the first 16 bytes of the note's SHA-256.
 */
export function noteMessageId(sealed: Uint8Array): MessageId {
  return createHash("sha256")
    .update(sealed)
    .digest("hex")
    .slice(0, 2 * MESSAGE_ID_BYTES) as MessageId;
}

/** Encodes conversation (16 bytes) | server (32) | requester | 0x00 | addressee. */
function associatedData({ conversation, server, requester, addressee }: NotePlace): Uint8Array {
  return Buffer.concat([idBytes(conversation), server, Buffer.from(`${requester}\0${addressee}`, "latin1")]);
}

function isWhole({ text, passProof }: Note): boolean {
  return isNote(text) || (text === "" && passProof !== undefined);
}

function pad({ text, passProof }: Note): Uint8Array {
  const written = new TextEncoder().encode(text);
  const padded = Buffer.alloc(NOTE_BYTES);
  padded.writeUInt16BE(written.length);
  if (passProof !== undefined) padded.set(passProof.subarray(0, PASS_PROOF_BYTES), LENGTH_BYTES);
  padded.set(written, TEXT_AT);
  return padded;
}

function unpad(padded: Uint8Array): Note {
  const end = TEXT_AT + Buffer.from(padded).readUInt16BE();
  if (end > NOTE_BYTES || padded.subarray(end).some((byte) => byte !== 0)) throw noNote();
  let text: string;
  try {
    text = UTF8.decode(padded.subarray(TEXT_AT, end));
  } catch {
    throw noNote();
  }
  const passProof = new Uint8Array(padded.subarray(LENGTH_BYTES, TEXT_AT));
  const note = passProof.some((byte) => byte !== 0) ? { text, passProof } : { text };
  if (!isWhole(note)) throw noNote();
  return note;
}

function noNote(): ProtocolError {
  return new ProtocolError("bad-content", "What was sealed as a note is none");
}
