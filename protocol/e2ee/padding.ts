/** How many bytes are added to a sealed message, so that its size tells the server little about its text. */

/** Most chat messages, and every receipt for a few of them, have this size. */
const SMALLEST_BYTES = 256;
/** RFC 9420 §6.3.1: a length and an Ed25519 signature of 64 bytes follow the application data. */
const SIGNATURE_FIELD_BYTES = 2 + 64;

/**
 * Rounds a length up as Padmé does (Nikitin et al., "Reducing Metadata Leakage from Encrypted Files and
 * Communication with PURBs", PETS 2019): a length may have only as many significant bits as its exponent has
 * bits. Of all lengths up to 64 KiB about a hundred remain, for at most 12 % more bytes.
 * @param bytes 2 or more.
 * @returns the next such length
 */
export function padmeBytes(bytes: number): number {
  const exponent = Math.floor(Math.log2(bytes));
  const step = 2 ** (exponent - (Math.floor(Math.log2(exponent)) + 1));
  return Math.ceil(bytes / step) * step;
}

/**
 * Returns how many zero bytes to add, so that data, lengths and signature have a Padmé size.
 * @param length of the application data, bytes
 */
export function paddingFor(length: number): number {
  const framed = lengthFieldBytes(length) + length + SIGNATURE_FIELD_BYTES;
  return (framed <= SMALLEST_BYTES ? SMALLEST_BYTES : padmeBytes(framed)) - framed;
}

/** RFC 9420 §2.1.2: a length takes 1, 2 or 4 bytes. */
function lengthFieldBytes(length: number): number {
  if (length < 64) return 1;
  return length < 16_384 ? 2 : 4;
}
