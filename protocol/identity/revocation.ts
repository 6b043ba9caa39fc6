/**
 * The client's reading of the CA's certificate revocation list (RFC 5280 §5): one issuer, complete, signed
 * and fresh.
 */
import { type KeyObject, verify } from "node:crypto";
import { TrustError } from "../errors.ts";
import { MAX_REVOCATION_LIST_BYTES } from "../limits.ts";
import { serialOf } from "./certificate-encoding.ts";
import { childrenOf, contentOf, type Der, naturalOf, octetsOf, readDer, Tag, timeOf } from "./der.ts";

export interface RevocationList {
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serial number to the time of revocation. */
  readonly revoked: ReadonlyMap<bigint, Date>;
}
/** The CA a list must come from. */
export interface RevocationIssuer {
  readonly publicKey: KeyObject;
  /** The CA's distinguished name, DER. */
  readonly name: Uint8Array;
}

/** Content of an OID, hexadecimal. */
const SHA256_WITH_RSA = "2a864886f70d01010b"; // 1.2.840.113549.1.1.11
const CRL_NUMBER = "551d14"; // 2.5.29.20
const AUTHORITY_KEY_IDENTIFIER = "551d23"; // 2.5.29.35
/** Context-specific and constructed: `[0]` of TBSCertList. */
const EXTENSIONS = 0xa0;
/** RFC 5280 §5.2.3: at most 20 octets. */
const MAX_NUMBER_BYTES = 20;

/**
 * Parses a revocation list.
 * @param der foreign bytes
 * @throws TrustError "revocation-list-invalid" for one that is missing, not DER to the innermost value,
 * forged, not of `issuer`, or of a kind we do not issue (partial, indirect, with other critical extensions)
 */
export function readRevocationList(der: Uint8Array, issuer: RevocationIssuer): RevocationList {
  if (der.length === 0) throw invalid("The server sent no revocation list");
  if (der.length > MAX_REVOCATION_LIST_BYTES) throw invalid(`The revocation list has ${der.length} bytes`);
  try {
    return read(readDer(der), issuer);
  } catch (cause) {
    if (cause instanceof TrustError) throw cause;
    throw invalid("The revocation list does not parse", { cause });
  }
}

/**
 * Checks that a list is current.
 * @throws TrustError "revocation-list-invalid" for one that is not valid at `now`, or older than one already
 * seen
 */
export function requireFresh(list: RevocationList, now: Date, minimumNumber: bigint): void {
  if (!(list.thisUpdate <= now)) throw invalid("The revocation list is from the future");
  if (!(now <= list.nextUpdate))
    throw invalid(`The revocation list expired ${list.nextUpdate.toISOString()}`);
  if (list.number < minimumNumber)
    throw invalid(`The revocation list is number ${list.number}, but ${minimumNumber} was seen before`);
}

function read(list: Der, issuer: RevocationIssuer): RevocationList {
  const [content, algorithm, signature, ...rest] = childrenOf(list, Tag.SEQUENCE);
  if (content === undefined || rest.length > 0) throw new Error("CertificateList has other parts");
  requireSha256WithRsa(algorithm);
  if (!verify("sha256", content.bytes, issuer.publicKey, octetsOf(signature)))
    throw invalid("The revocation list is not signed by the team's CA");
  return readContent(content, issuer);
}

/** Parses a TBSCertList (RFC 5280 §5.1.2), version 2. */
function readContent(content: Der, issuer: RevocationIssuer): RevocationList {
  const fields = [...childrenOf(content, Tag.SEQUENCE)];
  if (naturalOf(fields.shift(), 1) !== 1n) throw new Error("not version 2");
  requireSha256WithRsa(fields.shift());
  if (Buffer.compare(fields.shift()?.bytes ?? new Uint8Array(), issuer.name) !== 0)
    throw invalid("The revocation list names another issuer");
  const thisUpdate = timeOf(fields.shift());
  const nextUpdate = timeOf(fields.shift());
  const revoked = new Map<bigint, Date>();
  if (fields[0]?.tag === Tag.SEQUENCE)
    for (const entry of childrenOf(fields.shift(), Tag.SEQUENCE)) {
      const [serial, date, ...extensions] = childrenOf(entry, Tag.SEQUENCE);
      if (extensions.length > 0) throw new Error("revoked certificate has other parts");
      revoked.set(serialOf(serial), timeOf(date));
    }
  const [list, ...more] = childrenOf(fields.shift(), EXTENSIONS);
  if (fields.length + more.length > 0) throw new Error("TBSCertList does not end with its extensions");
  return { number: crlNumber(list), thisUpdate, nextUpdate, revoked };
}

/**
 * Returns cRLNumber (§5.2.3). The only other extension allowed is the key identifier, which adds no
 * information.
 */
function crlNumber(extensions: Der | undefined): bigint {
  let number: bigint | undefined;
  for (const extension of childrenOf(extensions, Tag.SEQUENCE)) {
    const [id, value, ...rest] = childrenOf(extension, Tag.SEQUENCE);
    if (rest.length > 0) throw new Error("extension, perhaps a critical one");
    const oid = hex(contentOf(id, Tag.OID));
    const inner = readDer(contentOf(value, Tag.OCTET_STRING));
    if (oid === CRL_NUMBER && number === undefined) number = naturalOf(inner, MAX_NUMBER_BYTES);
    else if (oid !== AUTHORITY_KEY_IDENTIFIER) throw new Error(`extension ${oid}`);
  }
  if (number === undefined) throw new Error("no CRL number");
  return number;
}

function requireSha256WithRsa(algorithm: Der | undefined): void {
  const [id, parameters, ...rest] = childrenOf(algorithm, Tag.SEQUENCE);
  contentOf(parameters, Tag.NULL);
  if (rest.length > 0 || hex(contentOf(id, Tag.OID)) !== SHA256_WITH_RSA)
    throw invalid("The revocation list is not signed with RSA and SHA-256");
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString("hex");
}

function invalid(detail: string, options?: ErrorOptions): TrustError {
  return new TrustError("revocation-list-invalid", detail, options);
}
