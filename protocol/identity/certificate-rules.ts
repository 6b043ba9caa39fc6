/** Rules for each certificate of the server's chain, as node-forge reads it (RFC 5280 §4). */
import { TrustError } from "../errors.ts";
import { MAX_CERTIFICATE_BYTES } from "../limits.ts";
import { readCertificate } from "./certificate-encoding.ts";
import { type Certificate, forgeCertificate, fromBinary } from "./forge.ts";
import { addressFromBytes, type Host, parseHost } from "./host.ts";

const MIN_RSA_BITS = 3072;
/** A larger key would only make the signature checks expensive. */
const MAX_RSA_BITS = 8192;
const RSA_EXPONENT = "65537";
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
/** GeneralName choices, RFC 5280 §4.2.1.6. */
const DNS_NAME = 2;
const IP_ADDRESS = 7;

/** node-forge's reading of one extension; its members depend on `id`. */
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
 * Parses a certificate.
 * @param der foreign bytes
 * @param whose "CA" or "server", for the error
 * @throws TrustError "certificate-invalid" for one that is not DER to the innermost value, is too weak, or
 * has an unknown critical extension
 */
export function parseCertificate(der: Uint8Array, whose: string): Certificate {
  if (der.length > MAX_CERTIFICATE_BYTES)
    throw invalidCertificate(`The ${whose} certificate has ${der.length} bytes`);
  let certificate: Certificate;
  try {
    readCertificate(der); // first, and strictly, since forge is lenient
    certificate = forgeCertificate(der);
  } catch (cause) {
    throw invalidCertificate(`The ${whose} certificate does not parse`, { cause });
  }
  if (certificate.version !== 2) throw invalidCertificate(`The ${whose} certificate is not of version 3`);
  if (
    !SIGNATURE_ALGORITHMS.has(certificate.signatureOid) ||
    certificate.signatureOid !== certificate.siginfo.algorithmOid
  )
    throw invalidCertificate(`The ${whose} certificate is not signed with RSA and SHA-256 or better`);
  // node-forge reads RSA keys only, but its types allow for others.
  const key = certificate.publicKey;
  if (!("n" in key)) throw invalidCertificate(`The ${whose} certificate's key is not RSA`);
  const bits = key.n.bitLength();
  if (bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || key.e.toString() !== RSA_EXPONENT)
    throw invalidCertificate(
      `The ${whose} certificate's key is RSA-${bits}: too weak, too large, or of an odd exponent`,
    );
  const extensions: readonly Extension[] = certificate.extensions;
  if (new Set(extensions.map(({ id }) => id)).size !== extensions.length)
    throw invalidCertificate(`The ${whose} certificate repeats an extension`);
  const unknown = extensions.find(({ id, critical }) => critical && !UNDERSTOOD.has(id));
  if (unknown) throw invalidCertificate(`The ${whose} certificate has the critical extension ${unknown.id}`);
  return certificate;
}

function extension(certificate: Certificate, id: string): Extension | undefined {
  const extensions: readonly Extension[] = certificate.extensions;
  return extensions.find((each) => each.id === id);
}

/**
 * Checks a CA certificate.
 * @throws TrustError "certificate-invalid" for one that may not sign certificates and revocation lists
 */
export function requireCertificationAuthority(ca: Certificate): void {
  const constraints = extension(ca, BASIC_CONSTRAINTS);
  if (constraints?.cA !== true || !constraints.critical)
    throw invalidCertificate("The CA's certificate is not one of a CA");
  const usage = extension(ca, KEY_USAGE);
  if (!usage?.keyCertSign || !usage.cRLSign)
    throw invalidCertificate("The CA's key is not meant for signing certificates and revocation lists");
}

/**
 * Checks a server certificate's usage.
 * @throws TrustError "certificate-invalid" for one that may not authenticate a server
 */
export function requireServerUsage(server: Certificate): void {
  if (extension(server, BASIC_CONSTRAINTS)?.cA === true)
    throw invalidCertificate("The server's certificate is one of a CA");
  if (!extension(server, KEY_USAGE)?.digitalSignature)
    throw invalidCertificate("The server's key is not meant for signing");
  if (extension(server, EXTENDED_KEY_USAGE)?.serverAuth !== true)
    throw invalidCertificate("The certificate is not meant for servers");
}

/**
 * Checks the validity period.
 * @throws TrustError "certificate-expired", also before it begins
 */
export function requireValidAt(certificate: Certificate, now: Date, whose: string): void {
  const { notBefore, notAfter } = certificate.validity;
  // Compared this way round, so that a date that did not parse (NaN) is refused.
  if (!(notBefore <= now))
    throw new TrustError("certificate-expired", `The ${whose} certificate is not valid yet`);
  if (!(now <= notAfter)) throw new TrustError("certificate-expired", `The ${whose} certificate has expired`);
}

/**
 * Checks the name as in RFC 6125, without wildcards: the name dialled is one of the subjectAltNames; the
 * subject's common name is ignored.
 * @throws TrustError "certificate-name"
 */
export function requireName(server: Certificate, dialled: string): void {
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

export function invalidCertificate(detail: string, options?: ErrorOptions): TrustError {
  return new TrustError("certificate-invalid", detail, options);
}
