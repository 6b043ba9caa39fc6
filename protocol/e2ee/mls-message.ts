/** Parses an MLSMessage (RFC 9420 §6) strictly: bounded, of the expected kind, and without trailing bytes. */
import { MlsError } from "../mls/errors.ts";
import { decodeAs, type WireFormat } from "../mls/message.ts";

/**
 * Parses a message.
 * @param bytes foreign; copied
 * @returns undefined for anything but exactly one message of that kind
 */
export function decodeMessage<F extends WireFormat>(
  bytes: Uint8Array,
  format: F,
  maxBytes: number,
): ReturnType<typeof decodeAs<F>> | undefined {
  if (bytes.length > maxBytes) return undefined;
  try {
    return decodeAs(format, bytes);
  } catch (error) {
    if (error instanceof MlsError) return undefined;
    throw error;
  }
}
