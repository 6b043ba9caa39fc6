/**
 * Issues X.509 certificates and revocation lists (RFC 5280). node-forge builds the structures; only
 * node:crypto generates and uses keys, since it is faster and runs in constant time.
 */
import { generateKeyPair, type KeyObject, randomBytes, sign } from "node:crypto";
import { promisify } from "node:util";
import { UsageError } from "../../protocol/errors.ts";
import {
  type Asn1,
  asn1,
  type Certificate,
  encodeDer,
  forgeCertificate,
  toBinary,
  x509,
} from "../../protocol/identity/forge.ts";
import type { Host } from "../../protocol/identity/host.ts";
import { MAX_CERTIFICATE_BYTES } from "../../protocol/limits.ts";

/** The strength that NIST SP 800-57 considers sufficient beyond 2030. */
const RSA_BITS = 3072;
const SERIAL_BYTES = 16;
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const AUTHORITY_NAME = "Parley team CA";
const SERVER_NAME = "Parley server";
/** GeneralName choices, RFC 5280 §4.2.1.6. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

export interface Issued {
  readonly certificate: Uint8Array;
  readonly privateKey: KeyObject;
}
export interface Validity {
  readonly notBefore: Date;
  readonly notAfter: Date;
}
export interface RevocationContent {
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  readonly revoked: ReadonlyMap<bigint, Date>;
}

/** Issues a self-signed CA that may sign server certificates, but no further CAs. */
export async function issueAuthority(validity: Validity): Promise<Issued> {
  const keys = await generateRsa();
  const certificate = template(keys.publicKey, AUTHORITY_NAME, validity);
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: true, pathLenConstraint: 0 },
    { name: "keyUsage", critical: true, keyCertSign: true, cRLSign: true },
    { name: "subjectKeyIdentifier" },
  ]);
  return { certificate: signCertificate(certificate, keys.privateKey), privateKey: keys.privateKey };
}

/**
 * Issues a server certificate with a key of its own.
 * @param names each becomes a subjectAltName.
 * @throws UsageError "too-large"
 */
export async function issueServer(ca: Issued, names: readonly Host[], validity: Validity): Promise<Issued> {
  const keys = await generateRsa();
  const certificate = template(keys.publicKey, SERVER_NAME, validity);
  const authority = forgeCertificate(ca.certificate);
  certificate.setIssuer(authority.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", critical: true, cA: false },
    { name: "keyUsage", critical: true, digitalSignature: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: names.map(generalName) },
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: keyIdentifier(authority) },
  ]);
  const signed = signCertificate(certificate, ca.privateKey);
  if (signed.length > MAX_CERTIFICATE_BYTES)
    throw new UsageError(
      "too-large",
      `A certificate for ${names.length} names is larger than clients accept`,
    );
  return { certificate: signed, privateKey: keys.privateKey };
}

/** Issues a complete list of the CA's, version 2, DER (RFC 5280 §5.1). */
export function issueRevocationList(ca: Issued, content: RevocationContent): Uint8Array {
  const authority = forgeCertificate(ca.certificate);
  const entries = [...content.revoked].map(([serial, date]) => sequence(integer(serial), time(date)));
  const list = sequence(
    integer(1n), // v2
    sha256WithRsa(),
    x509.distinguishedNameToAsn1(authority.subject),
    time(content.thisUpdate),
    time(content.nextUpdate),
    ...(entries.length > 0 ? [sequence(...entries)] : []), // absent rather than empty, §5.1.2.6
    asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, true, [
      sequence(
        crlExtension(
          "2.5.29.35",
          sequence(asn1.create(asn1.Class.CONTEXT_SPECIFIC, 0, false, keyIdentifier(authority))),
        ),
        crlExtension("2.5.29.20", integer(content.number)),
      ),
    ]),
  );
  const signature = sign("sha256", encodeDer(list), ca.privateKey);
  return encodeDer(
    sequence(list, sha256WithRsa(), primitive(asn1.Type.BITSTRING, `\0${toBinary(signature)}`)),
  );
}

function generateRsa() {
  return promisify(generateKeyPair)("rsa", { modulusLength: RSA_BITS });
}

function template(publicKey: KeyObject, commonName: string, validity: Validity): Certificate {
  const certificate = x509.createCertificate();
  certificate.publicKey = x509.publicKeyFromPem(publicKey.export({ format: "pem", type: "spki" }).toString());
  const serial = randomBytes(SERIAL_BYTES);
  serial[0] = 0x40 | ((serial[0] ?? 0) & 0x3f); // positive, and of full length without a leading zero
  certificate.serialNumber = serial.toString("hex");
  Object.assign(certificate.validity, validity);
  certificate.setSubject([{ name: "commonName", value: commonName }]);
  return certificate;
}

function signCertificate(certificate: Certificate, caKey: KeyObject): Uint8Array {
  certificate.signatureOid = SHA256_WITH_RSA;
  certificate.siginfo.algorithmOid = SHA256_WITH_RSA;
  certificate.tbsCertificate = x509.getTBSCertificate(certificate);
  certificate.signature = toBinary(sign("sha256", encodeDer(certificate.tbsCertificate), caKey));
  return encodeDer(x509.certificateToAsn1(certificate));
}

function keyIdentifier(certificate: Certificate): string {
  return certificate.generateSubjectKeyIdentifier().getBytes();
}

function generalName({ type, text }: Host) {
  return type === "address" ? { type: IP_ADDRESS, ip: text } : { type: DNS_NAME, value: text };
}

function sequence(...values: Asn1[]): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, asn1.Type.SEQUENCE, true, values);
}

function primitive(type: number, value: string): Asn1 {
  return asn1.create(asn1.Class.UNIVERSAL, type, false, value);
}

function oid(text: string): Asn1 {
  return primitive(asn1.Type.OID, asn1.oidToDer(text).getBytes());
}

function sha256WithRsa(): Asn1 {
  return sequence(oid(SHA256_WITH_RSA), primitive(asn1.Type.NULL, ""));
}

function crlExtension(id: string, value: Asn1): Asn1 {
  return sequence(oid(id), primitive(asn1.Type.OCTETSTRING, toBinary(encodeDer(value))));
}

/** Not negative; a leading zero byte keeps the sign bit clear. */
function integer(value: bigint): Asn1 {
  const digits = value.toString(16);
  const bytes = Buffer.from(digits.length % 2 === 0 ? digits : `0${digits}`, "hex");
  const signBit = (bytes[0] ?? 0) >= 0x80;
  return primitive(asn1.Type.INTEGER, toBinary(signBit ? Buffer.concat([Buffer.of(0), bytes]) : bytes));
}

/** UTCTime until 2049, GeneralizedTime from 2050 (§5.1.2.4). */
function time(date: Date): Asn1 {
  return date.getUTCFullYear() < 2050
    ? primitive(asn1.Type.UTCTIME, asn1.dateToUtcTime(date))
    : primitive(asn1.Type.GENERALIZEDTIME, asn1.dateToGeneralizedTime(date));
}
