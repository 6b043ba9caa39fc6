/**
 * Parses a certificate's encoding (RFC 5280 §4.1), strictly DER to the innermost value, so that the many more
 * lenient parsers cannot read it differently. certificate-rules.ts judges its contents.
 */
import { childrenOf, contentOf, type Der, naturalOf, octetsOf, readDer, Tag, timeOf } from "./der.ts";

export interface CertificateParts {
  readonly serial: bigint;
  /** The distinguished name of its subject, DER. */
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
}

/** RFC 5280 §4.1.2.2: at most 20 octets. */
const MAX_SERIAL_BYTES = 20;
const MAX_KEY_NUMBER_BYTES = 1025;
/** Context-specific and constructed: `[0]` and `[3]` of TBSCertificate. */
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
/** Content of an OID, hexadecimal. */
const BASIC_CONSTRAINTS = "551d13"; // 2.5.29.19
const KEY_USAGE = "551d0f"; // 2.5.29.15
const SUBJECT_ALT_NAME = "551d11"; // 2.5.29.17
/** GeneralName choices that are text, RFC 5280 §4.2.1.6: e-mail, DNS name, URI. */
const TEXT_NAMES: ReadonlySet<number> = new Set([0x81, 0x82, 0x86]);

/**
 * Parses a certificate.
 * @throws Error for one that is not of version 3, or not DER throughout
 */
export function readCertificate(der: Uint8Array): CertificateParts {
  const [content, algorithm, signature, ...rest] = childrenOf(readDer(der), Tag.SEQUENCE);
  octetsOf(signature);
  const [version, serial, sameAlgorithm, issuer, validity, subject, key, extensions, ...more] = childrenOf(
    content,
    Tag.SEQUENCE,
  );
  if (rest.length + more.length > 0) throw new Error("Certificate has other parts");
  naturalOf(only(version, VERSION), 1);
  childrenOf(issuer, Tag.SEQUENCE);
  childrenOf(subject, Tag.SEQUENCE);
  if (!algorithm || !sameAlgorithm || Buffer.compare(algorithm.bytes, sameAlgorithm.bytes) !== 0)
    throw new Error("two signature algorithms");
  const [notBefore, notAfter, ...later] = childrenOf(validity, Tag.SEQUENCE);
  if (later.length > 0) throw new Error("Validity has other parts");
  requireKey(key);
  if (extensions !== undefined)
    for (const one of childrenOf(only(extensions, EXTENSIONS), Tag.SEQUENCE)) requireExtension(one);
  return {
    serial: serialOf(serial),
    subject: subject?.bytes ?? new Uint8Array(),
    notBefore: timeOf(notBefore),
    notAfter: timeOf(notAfter),
  };
}

/**
 * Reads a CertificateSerialNumber of a certificate or a revocation list.
 * @throws Error for one that is negative or longer than 20 octets
 */
export function serialOf(value: Der | undefined): bigint {
  return naturalOf(value, MAX_SERIAL_BYTES);
}

/** Checks a SubjectPublicKeyInfo with an RSAPublicKey (RFC 3279 §2.3.1). */
function requireKey(info: Der | undefined): void {
  const [algorithm, key, ...rest] = childrenOf(info, Tag.SEQUENCE);
  childrenOf(algorithm, Tag.SEQUENCE);
  const [modulus, exponent, ...more] = childrenOf(readDer(octetsOf(key)), Tag.SEQUENCE);
  naturalOf(modulus, MAX_KEY_NUMBER_BYTES);
  naturalOf(exponent, MAX_KEY_NUMBER_BYTES);
  if (rest.length + more.length > 0) throw new Error("SubjectPublicKeyInfo has other parts");
}

function requireExtension(extension: Der): void {
  const parts = childrenOf(extension, Tag.SEQUENCE);
  const [id, ...flags] = parts.slice(0, -1);
  const value = readDer(contentOf(parts.at(-1), Tag.OCTET_STRING));
  if (flags.length > 1 || !flags.every(isTrue)) throw new Error("a criticality that is not written so");
  switch (Buffer.from(contentOf(id, Tag.OID)).toString("hex")) {
    case BASIC_CONSTRAINTS: {
      const [first] = childrenOf(value, Tag.SEQUENCE);
      if (first?.tag === Tag.BOOLEAN && !isTrue(first)) throw new Error("a default that is written");
      return;
    }
    case KEY_USAGE:
      requireNamedBits(contentOf(value, Tag.BIT_STRING));
      return;
    case SUBJECT_ALT_NAME:
      for (const { tag, content } of childrenOf(value, Tag.SEQUENCE))
        if (TEXT_NAMES.has(tag) && content.some((byte) => byte >= 0x80))
          throw new Error("a name not in ASCII");
      return;
  }
}

/** Reads a BOOLEAN with DEFAULT FALSE, whose FALSE is not encoded (X.690 §11.5). */
function isTrue(value: Der): boolean {
  return value.tag === Tag.BOOLEAN && value.content[0] === 0xff;
}

/** Checks that a named bit list has no trailing zero bits (X.690 §11.2.2). */
function requireNamedBits(content: Uint8Array): void {
  const [unused = 0] = content;
  if (content.length > 1 && (((content.at(-1) ?? 0) >> unused) & 1) === 0)
    throw new Error("named bits with zeros at the end");
}

/**
 * Returns the content of an explicit tag.
 * @throws Error if it is anything else
 */
function only(value: Der | undefined, tag: number): Der | undefined {
  const [inner, ...rest] = childrenOf(value, tag);
  if (rest.length > 0) throw new Error("an explicit tag around more than one value");
  return inner;
}
