/** MLSMessage (RFC 9420 §6) from and to bytes, strictly: bounded, of the kind that is expected, and nothing behind it. */
import { decodeMlsMessage, encodeMlsMessage, type MLSMessage } from "ts-mls";

type Kind = MLSMessage["wireformat"];
type OfKind<K extends Kind> = Extract<MLSMessage, { wireformat: K }>;

/**
 * @param bytes foreign; copied, so that what is decoded does not change with the caller's buffer
 * @returns undefined for anything but one whole message of that kind
 */
export function decodeMessage<K extends Kind>(
  bytes: Uint8Array,
  kind: K,
  maxBytes: number,
): OfKind<K> | undefined {
  if (bytes.length > maxBytes) return undefined;
  try {
    const decoded = decodeMlsMessage(new Uint8Array(bytes), 0);
    if (decoded === undefined || decoded[1] !== bytes.length) return undefined;
    return isOfKind(decoded[0], kind) ? decoded[0] : undefined;
  } catch {
    return undefined; // the library's decoders throw for some malformed input and return undefined for the rest
  }
}

export function encodeMessage(message: MLSMessage): Uint8Array {
  return encodeMlsMessage(message);
}

function isOfKind<K extends Kind>(message: MLSMessage, kind: K): message is OfKind<K> {
  return message.wireformat === kind;
}
