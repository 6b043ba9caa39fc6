/**
 * Reads DER (X.690 §10, §11), in which a value has exactly one encoding: every program then reads signed
 * bytes alike. Supports the types that certificates and revocation lists consist of (RFC 5280), and refuses
 * every other.
 */

export const Tag = {
  BOOLEAN: 0x01,
  INTEGER: 0x02,
  BIT_STRING: 0x03,
  OCTET_STRING: 0x04,
  NULL: 0x05,
  OID: 0x06,
  UTF8_STRING: 0x0c,
  PRINTABLE_STRING: 0x13,
  IA5_STRING: 0x16,
  UTC_TIME: 0x17,
  GENERALIZED_TIME: 0x18,
  SEQUENCE: 0x30,
  SET: 0x31,
} as const;

export interface Der {
  /** The identifier octet: class, whether constructed, and number. */
  readonly tag: number;
  /** The whole encoding. */
  readonly bytes: Uint8Array;
  readonly content: Uint8Array;
  /** For constructed values; otherwise empty. */
  readonly children: readonly Der[];
}

const CONSTRUCTED = 0x20;
const CLASS = 0xc0;
const CONTEXT_SPECIFIC = 0x80;
/** Tag numbers from 31 on take more octets (§8.1.2.4); certificates have none. */
const HIGH_TAG_NUMBER = 0x1f;
/** Certificates and revocation lists nest some ten levels deep. */
const MAX_DEPTH = 24;

/**
 * Parses one value.
 * @param bytes foreign
 * @throws Error for anything but exactly one value in its distinguished encoding. The content of a
 * context-specific tag without children, of an OCTET STRING and of a BIT STRING is left to the caller
 */
export function readDer(bytes: Uint8Array): Der {
  const { value, end } = readValue(bytes, 0, MAX_DEPTH);
  if (end !== bytes.length) throw new Error("bytes behind the value");
  return value;
}

function readValue(bytes: Uint8Array, start: number, depth: number): { value: Der; end: number } {
  const tag = bytes[start];
  if (tag === undefined || depth === 0) throw new Error("too short, or too deep");
  if ((tag & HIGH_TAG_NUMBER) === HIGH_TAG_NUMBER) throw new Error("a tag of more than one octet");
  const { length, at } = readLength(bytes, start + 1);
  const end = at + length;
  if (end > bytes.length) throw new Error("longer than what holds it");
  const content = bytes.subarray(at, end);
  const children: Der[] = [];
  if (tag & CONSTRUCTED)
    for (let next = 0; next < content.length; ) {
      const child = readValue(content, next, depth - 1);
      children.push(child.value);
      next = child.end;
    }
  const value = { tag, bytes: bytes.subarray(start, end), content, children };
  requireDistinguished(value);
  return { value, end };
}

/** Reads a definite length in the fewest octets (§10.1), at most two: nothing here is longer. */
function readLength(bytes: Uint8Array, at: number): { length: number; at: number } {
  const [first = -1, second = -1, third = -1] = bytes.subarray(at, at + 3);
  if (first >= 0 && first < 0x80) return { length: first, at: at + 1 };
  if (first === 0x81 && second >= 0x80) return { length: second, at: at + 2 };
  if (first === 0x82 && second > 0 && third >= 0) return { length: second * 256 + third, at: at + 3 };
  throw new Error("a length that is indefinite, not minimal, cut short or too large");
}

function requireDistinguished({ tag, content, children }: Der): void {
  if ((tag & CLASS) === CONTEXT_SPECIFIC) return;
  if (!isDistinguished(tag, content, children))
    throw new Error(`not the distinguished encoding of type ${tag}`);
}

function isDistinguished(tag: number, content: Uint8Array, children: readonly Der[]): boolean {
  const [first = -1, second = 0] = content;
  switch (tag) {
    case Tag.BOOLEAN: // §11.1
      return content.length === 1 && (first === 0x00 || first === 0xff);
    case Tag.INTEGER: // §8.3.2
      return content.length === 1 || (content.length > 1 && !isSign(first, second));
    case Tag.BIT_STRING: // §11.2.1
      return isBitString(content);
    case Tag.OCTET_STRING:
    case Tag.SEQUENCE:
      return true;
    case Tag.NULL:
      return content.length === 0;
    case Tag.OID: // §8.19.2
      return isOid(content);
    case Tag.UTF8_STRING:
      return Buffer.from(Buffer.from(content).toString("utf8")).equals(content);
    case Tag.PRINTABLE_STRING:
      return /^[A-Za-z0-9 '()+,\-./:=?]*$/.test(ascii(content));
    case Tag.IA5_STRING:
      return content.every((byte) => byte < 0x80);
    case Tag.UTC_TIME: // §11.8
      return /^\d{12}Z$/.test(ascii(content));
    case Tag.GENERALIZED_TIME: // §11.7, and no fractions (RFC 5280 §4.1.2.5.2)
      return /^\d{14}Z$/.test(ascii(content));
    case Tag.SET: // §11.6, with all elements of one type, as in names
      return children.every((child, index) => {
        const before = children[index - 1];
        return before === undefined || Buffer.compare(before.bytes, child.bytes) < 0;
      });
    default:
      return false;
  }
}

/** Returns whether the first octet only repeats the sign of the second. */
function isSign(first: number, second: number): boolean {
  return (first === 0x00 && second < 0x80) || (first === 0xff && second >= 0x80);
}

function isBitString(content: Uint8Array): boolean {
  const [unused = 8] = content;
  const last = content.at(-1) ?? 0;
  if (content.length === 1) return unused === 0;
  return unused < 8 && (last & ((1 << unused) - 1)) === 0;
}

function isOid(content: Uint8Array): boolean {
  const begins = (at: number) => at === 0 || (content[at - 1] ?? 0) < 0x80;
  const padded = content.some((byte, at) => byte === 0x80 && begins(at));
  return content.length > 0 && (content.at(-1) ?? 0) < 0x80 && !padded;
}

/**
 * Returns a value's children.
 * @throws Error where it is of another type, or not constructed as that type is
 */
export function childrenOf(value: Der | undefined, tag: number): readonly Der[] {
  contentOf(value, tag);
  return value?.children ?? [];
}

/**
 * Returns a value's content.
 * @throws Error where it is of another type
 */
export function contentOf(value: Der | undefined, tag: number): Uint8Array {
  if (value?.tag !== tag) throw new Error(`not of type ${tag}`);
  return value.content;
}

/**
 * Returns a natural number.
 * @throws Error for one that is negative, or longer than `maxBytes`
 */
export function naturalOf(value: Der | undefined, maxBytes: number): bigint {
  const content = contentOf(value, Tag.INTEGER);
  if (content.length > maxBytes || (content[0] ?? 0) >= 0x80) throw new Error("INTEGER out of range");
  return BigInt(`0x${Buffer.from(content).toString("hex")}`);
}

/**
 * Returns the content of an OCTET STRING, or of a BIT STRING of whole octets.
 * @throws Error otherwise
 */
export function octetsOf(value: Der | undefined): Uint8Array {
  if (value?.tag !== Tag.BIT_STRING) return contentOf(value, Tag.OCTET_STRING);
  if (value.content[0] !== 0) throw new Error("BIT STRING of other than whole octets");
  return value.content.subarray(1);
}

/**
 * Returns a time (RFC 5280 §4.1.2.5): UTCTime until 2049, GeneralizedTime from 2050, both to the second and
 * in UTC.
 * @throws Error otherwise
 */
export function timeOf(value: Der | undefined): Date {
  const short = value?.tag === Tag.UTC_TIME;
  const text = ascii(contentOf(value, short ? Tag.UTC_TIME : Tag.GENERALIZED_TIME));
  const digits = short ? `${text < "50" ? "20" : "19"}${text}` : text;
  const date = new Date(digits.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  // Formats the date again and compares, so that 30 February is refused.
  if (Number.isNaN(date.getTime()) || date.toISOString().replace(/\.000|[-:T]/g, "") !== digits)
    throw new Error("no such time");
  if (!short && digits < "2050") throw new Error("GeneralizedTime before 2050");
  return date;
}

function ascii(content: Uint8Array): string {
  return Buffer.from(content).toString("latin1");
}
