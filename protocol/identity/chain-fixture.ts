/**
 * Certificates and revocation lists for tests, valid by default and invalid where a test asks for it. Written
 * by hand in DER (X.690) and signed by node:crypto, so that checking and issuing are both compared with a
 * third implementation.
 */
import { type KeyObject, sign } from "node:crypto";

export interface Keys {
  readonly publicKey: KeyObject;
  readonly privateKey: KeyObject;
}
/** A number, or the octets of its INTEGER, which may be invalid. */
type Serial = bigint | Uint8Array;
export interface CertificateShape {
  readonly issuer: string;
  readonly subject: string;
  readonly serial: Serial;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly extensions: readonly Uint8Array[];
  readonly version: bigint;
  readonly hash: "sha1" | "sha256" | "sha384" | "sha512";
}
export interface RevocationListShape {
  readonly issuer: string;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: readonly Serial[];
  readonly extensions: readonly Uint8Array[];
  readonly hash: "sha1" | "sha256";
}

export const NOW = new Date("2026-06-01T12:00:00Z");
export const CA_NAME = "Parley team CA";
export const SERVER_SERIAL = 0x5eabcdn;
const daysFromNow = (days: number) => new Date(NOW.getTime() + days * 86_400_000);

const SIGNATURE_OIDS = {
  sha1: "1.2.840.113549.1.1.5",
  sha256: "1.2.840.113549.1.1.11",
  sha384: "1.2.840.113549.1.1.12",
  sha512: "1.2.840.113549.1.1.13",
};

// Encodes a DER value (X.690), as far as the tests need.
export function der(tag: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = Buffer.concat(parts);
  const length = Buffer.from(body.length.toString(16).padStart(body.length > 255 ? 4 : 2, "0"), "hex");
  const head = body.length < 128 ? length : Buffer.concat([Buffer.of(0x80 | length.length), length]);
  return new Uint8Array(Buffer.concat([Buffer.of(tag), head, body]));
}
export const sequence = (...parts: readonly Uint8Array[]) => der(0x30, ...parts);
const boolean = (value: boolean) => der(0x01, Buffer.of(value ? 0xff : 0));
const ascii = (text: string) => Buffer.from(text, "latin1");

export function integer(value: Serial): Uint8Array {
  if (typeof value !== "bigint") return der(0x02, value);
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  return der(0x02, ...((bytes[0] ?? 0) >= 0x80 ? [Buffer.of(0)] : []), bytes);
}
function oid(text: string): Uint8Array {
  const [first = 0, second = 0, ...rest] = text.split(".").map(Number);
  const base128 = (value: number): number[] =>
    value < 128 ? [value] : [...base128(value >> 7).map((byte) => byte | 0x80), value & 0x7f];
  return der(0x06, Buffer.from([first * 40 + second, ...rest.flatMap(base128)]));
}
function time(date: Date): Uint8Array {
  const digits = `${date.toISOString().replace(/\.\d+|[-:T]/g, "")}`;
  return date.getUTCFullYear() < 2050 ? der(0x17, ascii(digits.slice(2))) : der(0x18, ascii(digits));
}
const algorithm = (hash: CertificateShape["hash"]) => sequence(oid(SIGNATURE_OIDS[hash]), der(0x05));
const commonName = (text: string) => sequence(der(0x31, sequence(oid("2.5.4.3"), der(0x0c, ascii(text)))));

/** Encodes signed content | algorithm | signature, the form of certificates and revocation lists. */
function signed(content: Uint8Array, hash: CertificateShape["hash"], key: KeyObject): Uint8Array {
  return sequence(content, algorithm(hash), der(0x03, Buffer.of(0), sign(hash, content, key)));
}

export function extension(id: string, value: Uint8Array, critical = false): Uint8Array {
  return sequence(oid(id), ...(critical ? [boolean(true)] : []), der(0x04, value));
}
export const basicConstraints = (ca: boolean, critical = true) =>
  extension("2.5.29.19", sequence(...(ca ? [boolean(true)] : [])), critical);
/** Bits from the left: digitalSignature 0x80, keyCertSign 0x04, cRLSign 0x02. */
export const keyUsage = (flags: number) =>
  extension("2.5.29.15", der(0x03, Buffer.of(Math.clz32(flags & -flags) ^ 31, flags)), true);
/** 1.3.6.1.5.5.7.3.1 serverAuth, .2 clientAuth */
export const extendedKeyUsage = (...ids: readonly string[]) =>
  extension("2.5.29.37", sequence(...ids.map(oid)));
export const subjectAltName = (...names: readonly (string | Uint8Array)[]) =>
  extension(
    "2.5.29.17",
    sequence(...names.map((name) => (typeof name === "string" ? der(0x82, ascii(name)) : der(0x87, name)))),
  );
export const crlNumber = (number: bigint) => extension("2.5.29.20", integer(number));

export const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
export const CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
const SERVER_NAMES = [
  "chat.example.org",
  "localhost",
  Uint8Array.of(10, 0, 0, 1),
  new Uint8Array(16).fill(1, 15),
];

function certificate(publicKey: KeyObject, signer: KeyObject, shape: CertificateShape): Uint8Array {
  const content = sequence(
    ...(shape.version === 0n ? [] : [der(0xa0, integer(shape.version))]),
    integer(shape.serial),
    algorithm(shape.hash),
    commonName(shape.issuer),
    sequence(time(shape.notBefore), time(shape.notAfter)),
    commonName(shape.subject),
    publicKey.export({ format: "der", type: "spki" }),
    ...(shape.extensions.length > 0 ? [der(0xa3, sequence(...shape.extensions))] : []),
  );
  return signed(content, shape.hash, signer);
}

export function caCertificate(keys: Keys, wrong: Partial<CertificateShape> = {}): Uint8Array {
  return certificate(keys.publicKey, keys.privateKey, {
    issuer: CA_NAME,
    subject: CA_NAME,
    serial: 1n,
    notBefore: daysFromNow(-10),
    notAfter: daysFromNow(3650),
    extensions: [basicConstraints(true), keyUsage(0x06)],
    version: 2n,
    hash: "sha256",
    ...wrong,
  });
}

/**
 * @param signer the CA's key, or an attacker's
 */
export function serverCertificate(
  keys: Keys,
  signer: KeyObject,
  wrong: Partial<CertificateShape> = {},
): Uint8Array {
  return certificate(keys.publicKey, signer, {
    issuer: CA_NAME,
    subject: "Parley server",
    serial: SERVER_SERIAL,
    notBefore: daysFromNow(-1),
    notAfter: daysFromNow(90),
    extensions: serverExtensions(),
    version: 2n,
    hash: "sha256",
    ...wrong,
  });
}

/** Returns all extensions that a server's certificate needs, with some replaced or (undefined) left out. */
export function serverExtensions(
  wrong: Partial<Record<"constraints" | "usage" | "extendedUsage" | "names", Uint8Array | undefined>> = {},
): Uint8Array[] {
  const all = {
    constraints: basicConstraints(false),
    usage: keyUsage(0x80),
    extendedUsage: extendedKeyUsage(SERVER_AUTH),
    names: subjectAltName(...SERVER_NAMES),
    ...wrong,
  };
  return Object.values(all).filter((each) => each !== undefined);
}

export function revocationList(signer: KeyObject, wrong: Partial<RevocationListShape> = {}): Uint8Array {
  const shape: RevocationListShape = {
    issuer: CA_NAME,
    thisUpdate: daysFromNow(-1),
    nextUpdate: daysFromNow(6),
    revoked: [],
    extensions: [crlNumber(7n)],
    hash: "sha256",
    ...wrong,
  };
  const entries = shape.revoked.map((serial) => sequence(integer(serial), time(shape.thisUpdate)));
  const content = sequence(
    integer(1n),
    algorithm(shape.hash),
    commonName(shape.issuer),
    time(shape.thisUpdate),
    time(shape.nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []),
    der(0xa0, sequence(...shape.extensions)),
  );
  return signed(content, shape.hash, signer);
}
