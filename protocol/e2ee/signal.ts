/**
 * Signals: news of the moment, such as "typing". Sealed with a key that both people export from the group's epoch, and
 * not as an MLS message, whose key and number in the order of messages would be lost with each signal that the server drops.
 */
import { randomBytes } from "node:crypto";
import { create, fromBinary, toBinary } from "@bufbuild/protobuf";
import { TrustError } from "../errors.ts";
import { SEALED_SIGNAL_BYTES, SIGNAL_BYTES } from "../limits.ts";
import { aes256Gcm } from "../mls/aead.ts";
import { exportSecret } from "../mls/application.ts";
import { ascii, EMPTY, wipe } from "../mls/bytes.ts";
import type { Group } from "../mls/group.ts";
import type { Username } from "../names.ts";
import { SealedSignalSchema } from "../wire/content_pb.ts";

/** The label of MLS-Exporter (RFC 9420 §8.5); its context is the sender's name, so that no signal can be sent back to its sender. */
const LABEL = "parley/1 signal";
const NONCE_BYTES = 12;

export interface Signal {
  /** Unix time, milliseconds, by the sender's clock. */
  readonly sentAt: number;
  /** "unknown": of a later version. */
  readonly kind: "typing" | "unknown";
}

/**
 * Seals the signal that `sender` is typing.
 * @returns SEALED_SIGNAL_BYTES: nonce | ciphertext. The nonce is random: a counter would begin again with each run of the program.
 */
export function sealTyping(group: Group, sender: Username, sentAt: number): Uint8Array {
  const signal = { case: "typing", value: {} } as const;
  const written = toBinary(
    SealedSignalSchema,
    create(SealedSignalSchema, { sentAt: BigInt(sentAt), signal }),
  );
  const padded = Buffer.alloc(SIGNAL_BYTES);
  padded.writeUInt8(written.length);
  padded.set(written, 1);
  const nonce = randomBytes(NONCE_BYTES);
  return Buffer.concat([nonce, withKey(group, sender, (key) => aes256Gcm.seal(key, nonce, EMPTY, padded))]);
}

/**
 * Opens a signal.
 * @param sealed foreign bytes
 * @throws TrustError "undecryptable" for another epoch, sender or group, and bytes that were changed
 */
export function openSignal(group: Group, sender: Username, sealed: Uint8Array): Signal {
  try {
    if (sealed.length !== SEALED_SIGNAL_BYTES) throw new RangeError("length");
    const [nonce, ciphertext] = [sealed.subarray(0, NONCE_BYTES), sealed.subarray(NONCE_BYTES)];
    const padded = withKey(group, sender, (key) => aes256Gcm.open(key, nonce, EMPTY, ciphertext));
    const end = 1 + (padded[0] ?? 0);
    if (padded.subarray(end).some((byte) => byte !== 0) || end > SIGNAL_BYTES)
      throw new RangeError("padding");
    const { sentAt, signal } = fromBinary(SealedSignalSchema, padded.subarray(1, end), {
      readUnknownFields: false,
    });
    return { sentAt: Number(sentAt), kind: signal.case ?? "unknown" };
  } catch (cause) {
    throw new TrustError("undecryptable", "A signal does not open", { cause });
  }
}

function withKey<Result>(group: Group, sender: Username, use: (key: Uint8Array) => Result): Result {
  const key = exportSecret(group, LABEL, ascii(sender), aes256Gcm.keyBytes);
  try {
    return use(key);
  } finally {
    wipe(key);
  }
}
