/**
 * The server's X.509 certificate as a client judges it: chain, validity, name, key usage, revocation (RFC 5280 §6
 * for the one shape of chain that a team's CA makes). Issuing is in server/authority/.
 *
 * node-forge does the judging; at the end node:crypto's X509Certificate is asked too, so that a mistake in one
 * parser alone lets nobody in.
 */
import { constants, createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import type { pki } from "node-forge";
import { TrustError } from "../errors.ts";
import { MAX_CERTIFICATE_BYTES } from "../limits.ts";
import { encodeDer, fromBinary, parseDer, x509 } from "./forge.ts";
import { addressFromBytes, type Host, parseHost } from "./host.ts";
import { readRevocationList, requireFresh } from "./revocation.ts";

export interface ServerChain {
  /** DER, the server's own first, the CA last. Foreign bytes. */
  readonly certificates: readonly Uint8Array[];
  /** DER. Foreign bytes. */
  readonly revocationList: Uint8Array;
}
export interface Trust {
  /** SHA-256 over the CA certificate's DER, 32 bytes. */
  readonly caFingerprint: Uint8Array;
  /** The highest CRL number seen so far: an older list is a rollback. */
  readonly minimumCrlNumber?: bigint;
}
export interface VerifiedServer {
  /** The certificate's RSA key. */
  readonly publicKey: KeyObject;
  readonly crlNumber: bigint;
  readonly expiresAt: Date;
}

const MIN_RSA_BITS = 3072;
/** A larger key only makes the signature checks dear. */
const MAX_RSA_BITS = 8192;
const RSA_EXPONENT = 65537;
const STATIC_KEY_BYTES = 32;
const PSS_SALT_BYTES = 32;
const SIGNATURE_ALGORITHMS: ReadonlySet<string> = new Set([
  "1.2.840.113549.1.1.11", // sha256WithRSAEncryption
  "1.2.840.113549.1.1.12", // sha384WithRSAEncryption
  "1.2.840.113549.1.1.13", // sha512WithRSAEncryption
]);
const BASIC_CONSTRAINTS = "2.5.29.19";
const KEY_USAGE = "2.5.29.15";
const EXTENDED_KEY_USAGE = "2.5.29.37";
const SUBJECT_ALT_NAME = "2.5.29.17";
const UNDERSTOOD: ReadonlySet<string> = new Set([
  BASIC_CONSTRAINTS,
  KEY_USAGE,
  EXTENDED_KEY_USAGE,
  SUBJECT_ALT_NAME,
]);
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
/** GeneralName choices, RFC 5280 §4.2.1.6. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** What node-forge reads out of one extension; which members it has depends on `id`. */
interface Extension {
  readonly id: string;
  readonly critical: boolean;
  readonly cA?: boolean;
  readonly digitalSignature?: boolean;
  readonly keyCertSign?: boolean;
  readonly cRLSign?: boolean;
  readonly serverAuth?: boolean;
  readonly altNames?: readonly { readonly type: number; readonly value: unknown }[];
}

/**
 * @param host the name or address that was dialled
 * @param now what both certificates and the revocation list must be valid at
 * @throws TrustError with the first thing that is wrong
 */
export function verifyServerChain(chain: ServerChain, trust: Trust, host: string, now: Date): VerifiedServer {
  const [serverDer, caDer, ...more] = chain.certificates;
  if (!serverDer || !caDer || more.length > 0)
    throw invalid(
      `The server sent ${chain.certificates.length} certificates instead of its own and its CA's`,
    );
  // First of all, and before anything is parsed: from here on the CA's bytes are the team's own.
  if (!createHash("sha256").update(caDer).digest().equals(trust.caFingerprint))
    throw new TrustError(
      "wrong-ca",
      "The server's certificate comes from another CA than the one of the invite",
    );
  const ca = parseCertificate(caDer, "CA");
  const server = parseCertificate(serverDer, "server");
  requireIssued(ca, ca);
  requireCertificationAuthority(ca);
  requireIssued(ca, server);
  requireServerUsage(server);
  requireValidAt(ca, now, "CA");
  requireValidAt(server, now, "server");
  requireName(server, host);

  const second = secondOpinion(serverDer, caDer, host, now);
  const revocations = readRevocationList(chain.revocationList, {
    publicKey: second.caKey,
    name: encodeDer(x509.distinguishedNameToAsn1(ca.subject)),
  });
  requireFresh(revocations, now, trust.minimumCrlNumber ?? 0n);
  if (revocations.revoked.has(BigInt(`0x${server.serialNumber}`)))
    throw new TrustError("certificate-revoked", "The server's certificate was revoked by the team's CA");
  return {
    publicKey: second.serverKey,
    crlNumber: revocations.number,
    expiresAt:
      server.validity.notAfter < ca.validity.notAfter ? server.validity.notAfter : ca.validity.notAfter,
  };
}

/** Signed by the server's RSA key (RSA-PSS-SHA256, salt 32 bytes): "parley/1 server static key" | 0x00 | key. */
export function verifyStaticKey(
  server: VerifiedServer,
  staticKey: Uint8Array,
  signature: Uint8Array,
): boolean {
  if (staticKey.length !== STATIC_KEY_BYTES) return false;
  const key = { key: server.publicKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: PSS_SALT_BYTES };
  try {
    return verify("sha256", staticKeyContent(staticKey), key, signature);
  } catch {
    return false; // a signature of another length than the key's
  }
}

/** @returns the bytes that are signed for a Noise static key of 32 bytes. */
export function staticKeyContent(staticKey: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("parley/1 server static key\0", "ascii"), staticKey]);
}

function parseCertificate(der: Uint8Array, whose: string): pki.Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES) throw invalid(`The ${whose} certificate has ${der.length} bytes`);
  let certificate: pki.Certificate;
  try {
    certificate = x509.certificateFromAsn1(parseDer(der, { decodeBitStrings: true }));
  } catch (cause) {
    throw invalid(`The ${whose} certificate does not parse`, { cause });
  }
  if (certificate.version !== 2) throw invalid(`The ${whose} certificate is not of version 3`);
  if (
    !SIGNATURE_ALGORITHMS.has(certificate.signatureOid) ||
    certificate.signatureOid !== certificate.siginfo.algorithmOid
  )
    throw invalid(`The ${whose} certificate is not signed with RSA and SHA-256 or better`);
  // node-forge reads RSA keys only, but its types allow for others.
  const key = certificate.publicKey;
  if (!("n" in key)) throw invalid(`The ${whose} certificate's key is not RSA`);
  const bits = key.n.bitLength();
  if (
    bits < MIN_RSA_BITS ||
    bits > MAX_RSA_BITS ||
    key.e.intValue() !== RSA_EXPONENT ||
    key.e.bitLength() > 32
  )
    throw invalid(
      `The ${whose} certificate's key is RSA-${bits}: too weak, too large, or of an odd exponent`,
    );
  const extensions: readonly Extension[] = certificate.extensions;
  if (new Set(extensions.map(({ id }) => id)).size !== extensions.length)
    throw invalid(`The ${whose} certificate repeats an extension`);
  const unknown = extensions.find(({ id, critical }) => critical && !UNDERSTOOD.has(id));
  if (unknown) throw invalid(`The ${whose} certificate has the critical extension ${unknown.id}`);
  return certificate;
}

function extension(certificate: pki.Certificate, id: string): Extension | undefined {
  const extensions: readonly Extension[] = certificate.extensions;
  return extensions.find((each) => each.id === id);
}

function requireIssued(ca: pki.Certificate, certificate: pki.Certificate): void {
  let signed = false;
  let cause: unknown;
  try {
    signed = ca.verify(certificate);
  } catch (error) {
    cause = error; // another issuer's name, or a signature that does not even unpack
  }
  if (!signed) throw invalid("The certificate is not signed by the team's CA", { cause });
}

function requireCertificationAuthority(ca: pki.Certificate): void {
  const constraints = extension(ca, BASIC_CONSTRAINTS);
  if (constraints?.cA !== true || !constraints.critical)
    throw invalid("The CA's certificate is not one of a CA");
  const usage = extension(ca, KEY_USAGE);
  if (!usage?.keyCertSign || !usage.cRLSign)
    throw invalid("The CA's key is not meant for signing certificates and revocation lists");
}

function requireServerUsage(server: pki.Certificate): void {
  if (extension(server, BASIC_CONSTRAINTS)?.cA === true)
    throw invalid("The server's certificate is one of a CA");
  if (!extension(server, KEY_USAGE)?.digitalSignature)
    throw invalid("The server's key is not meant for signing");
  if (extension(server, EXTENDED_KEY_USAGE)?.serverAuth !== true)
    throw invalid("The certificate is not meant for servers");
}

function requireValidAt(certificate: pki.Certificate, now: Date, whose: string): void {
  const { notBefore, notAfter } = certificate.validity;
  // Asked so that a date that did not parse (NaN) is refused.
  if (!(notBefore <= now))
    throw new TrustError("certificate-expired", `The ${whose} certificate is not valid yet`);
  if (!(now <= notAfter)) throw new TrustError("certificate-expired", `The ${whose} certificate has expired`);
}

/** RFC 6125 without wildcards: the one name dialled is a subjectAltName; the subject's common name counts for nothing. */
function requireName(server: pki.Certificate, dialled: string): void {
  const host = parseHost(dialled);
  const names = extension(server, SUBJECT_ALT_NAME)?.altNames ?? [];
  const match =
    host && names.some(({ type, value }) => typeof value === "string" && matches(host, type, value));
  if (!match)
    throw new TrustError("certificate-name", "The server's certificate is for another name or address");
}

function matches(host: Host, type: number, value: string): boolean {
  if (host.type === "name") return type === DNS_NAME && value.toLowerCase() === host.text;
  return type === IP_ADDRESS && addressFromBytes(fromBinary(value)) === host.text;
}

/** @throws TrustError "certificate-invalid" where node:crypto does not come to the same judgement as node-forge */
function secondOpinion(serverDer: Uint8Array, caDer: Uint8Array, dialled: string, now: Date) {
  try {
    const ca = new X509Certificate(caDer);
    const server = new X509Certificate(serverDer);
    const host = parseHost(dialled);
    const named =
      host?.type === "address"
        ? server.checkIP(host.text)
        : host && server.checkHost(host.text, { subject: "never", wildcards: false });
    const agreed =
      ca.ca &&
      !server.ca &&
      ca.verify(ca.publicKey) &&
      server.verify(ca.publicKey) &&
      server.checkIssued(ca) &&
      server.keyUsage?.includes(SERVER_AUTH) &&
      named !== undefined &&
      [ca, server].every(({ validFromDate, validToDate }) => validFromDate <= now && now <= validToDate);
    if (agreed) return { caKey: ca.publicKey, serverKey: server.publicKey };
  } catch (cause) {
    throw invalid("The two X.509 implementations disagree", { cause });
  }
  throw invalid("The two X.509 implementations disagree");
}

function invalid(detail: string, options?: ErrorOptions): TrustError {
  return new TrustError("certificate-invalid", detail, options);
}
