/** The CA's certificate revocation list (RFC 5280 §5) as a client reads it: one issuer, complete, signed and fresh. */
import { type KeyObject, verify } from "node:crypto";
import { TrustError } from "../errors.ts";
import { MAX_REVOCATION_LIST_BYTES } from "../limits.ts";
import { type Asn1, asn1, encodeDer, fromBinary, parseDer } from "./forge.ts";

export interface RevocationList {
  readonly number: bigint;
  readonly thisUpdate: Date;
  readonly nextUpdate: Date;
  /** Serial number to the moment of revocation. */
  readonly revoked: ReadonlyMap<bigint, Date>;
}
/** The CA a list must come from. */
export interface RevocationIssuer {
  readonly publicKey: KeyObject;
  /** The CA's distinguished name, DER. */
  readonly name: Uint8Array;
}

const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";
const CRL_NUMBER = "2.5.29.20";
const AUTHORITY_KEY_IDENTIFIER = "2.5.29.35";
/** RFC 5280 §5.2.3: at most 20 octets. */
const MAX_NUMBER_BYTES = 20;

/**
 * @param der foreign bytes
 * @throws TrustError "revocation-list-invalid" for one that is missing, malformed, forged, not of `issuer`, or of
 * a kind we do not issue (partial, indirect, with other critical extensions)
 */
export function readRevocationList(der: Uint8Array, issuer: RevocationIssuer): RevocationList {
  if (der.length === 0) throw invalid("The server sent no revocation list");
  if (der.length > MAX_REVOCATION_LIST_BYTES) throw invalid(`The revocation list has ${der.length} bytes`);
  try {
    return read(parseDer(der, { decodeBitStrings: false }), issuer);
  } catch (cause) {
    if (cause instanceof TrustError) throw cause;
    throw invalid("The revocation list does not parse", { cause });
  }
}

/** @throws TrustError "revocation-list-invalid" for a list that is not of `now`, or older than one already seen */
export function requireFresh(list: RevocationList, now: Date, minimumNumber: bigint): void {
  if (!(list.thisUpdate <= now)) throw invalid("The revocation list is from the future");
  if (!(now <= list.nextUpdate))
    throw invalid(`The revocation list expired ${list.nextUpdate.toISOString()}`);
  if (list.number < minimumNumber)
    throw invalid(`The revocation list is number ${list.number}, but ${minimumNumber} was seen before`);
}

function read(list: Asn1, issuer: RevocationIssuer): RevocationList {
  const [content, algorithm, signature, ...rest] = children(list, asn1.Type.SEQUENCE);
  if (!content || !algorithm || !signature || rest.length > 0)
    throw new Error("CertificateList has other parts");
  requireSha256WithRsa(algorithm);
  const signatureBits = fromBinary(primitive(signature, asn1.Type.BITSTRING));
  if (signatureBits[0] !== 0) throw new Error("signature with unused bits");
  if (!verify("sha256", encodeDer(content), issuer.publicKey, signatureBits.subarray(1)))
    throw invalid("The revocation list is not signed by the team's CA");
  return readContent(content, issuer);
}

/** TBSCertList, RFC 5280 §5.1.2, version 2. */
function readContent(content: Asn1, issuer: RevocationIssuer): RevocationList {
  const fields = children(content, asn1.Type.SEQUENCE);
  const next = (): Asn1 => {
    const field = fields.shift();
    if (field === undefined) throw new Error("TBSCertList is short");
    return field;
  };
  if (integer(next()) !== 1n) throw new Error("not version 2");
  requireSha256WithRsa(next());
  if (!encodeDer(next()).equals(issuer.name)) throw invalid("The revocation list names another issuer");
  const thisUpdate = time(next());
  const nextUpdate = time(next());
  const revoked = new Map<bigint, Date>();
  let field = next();
  if (field.tagClass === asn1.Class.UNIVERSAL) {
    for (const entry of children(field, asn1.Type.SEQUENCE)) {
      const [serial, date, ...extensions] = children(entry, asn1.Type.SEQUENCE);
      if (!serial || !date || extensions.length > 0) throw new Error("revoked certificate has other parts");
      revoked.set(integer(serial), time(date));
    }
    field = next();
  }
  if (field.tagClass !== asn1.Class.CONTEXT_SPECIFIC || field.type !== 0 || fields.length > 0)
    throw new Error("TBSCertList does not end with its extensions");
  return { number: crlNumber(field), thisUpdate, nextUpdate, revoked };
}

/** @returns cRLNumber (§5.2.3); of all other extensions only the key identifier, which says nothing new, may be there. */
function crlNumber(extensions: Asn1): bigint {
  const [list, ...rest] = nested(extensions);
  if (!list || rest.length > 0) throw new Error("crlExtensions");
  let number: bigint | undefined;
  for (const extension of children(list, asn1.Type.SEQUENCE)) {
    const parts = children(extension, asn1.Type.SEQUENCE);
    const [id, value] = parts;
    if (!id || !value || parts.length !== 2) throw new Error("extension, perhaps a critical one");
    const oid = asn1.derToOid(primitive(id, asn1.Type.OID));
    const bytes = fromBinary(primitive(value, asn1.Type.OCTETSTRING));
    if (oid === CRL_NUMBER && number === undefined)
      number = integer(parseDer(bytes, { decodeBitStrings: false }));
    else if (oid !== AUTHORITY_KEY_IDENTIFIER) throw new Error(`extension ${oid}`);
  }
  if (number === undefined || number < 0n) throw new Error("no CRL number");
  return number;
}

function requireSha256WithRsa(algorithm: Asn1): void {
  const [id, parameters, ...rest] = children(algorithm, asn1.Type.SEQUENCE);
  if (!id || !parameters || rest.length > 0) throw new Error("AlgorithmIdentifier");
  if (
    asn1.derToOid(primitive(id, asn1.Type.OID)) !== SHA256_WITH_RSA ||
    primitive(parameters, asn1.Type.NULL) !== ""
  )
    throw invalid("The revocation list is not signed with RSA and SHA-256");
}

/** Two's complement, big-endian. */
function integer(node: Asn1): bigint {
  const bytes = fromBinary(primitive(node, asn1.Type.INTEGER));
  if (bytes.length === 0 || bytes.length > MAX_NUMBER_BYTES + 1) throw new Error("INTEGER length");
  return BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString("hex")}`));
}

/** UTCTime until 2049, GeneralizedTime from 2050, both to the second and in UTC (§5.1.2.4). */
function time(node: Asn1): Date {
  const text =
    node.type === asn1.Type.UTCTIME
      ? primitive(node, asn1.Type.UTCTIME).replace(/^(\d\d)/, (year) =>
          year < "50" ? `20${year}` : `19${year}`,
        )
      : primitive(node, asn1.Type.GENERALIZEDTIME);
  const date = new Date(text.replace(/^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/, "$1-$2-$3T$4:$5:$6Z"));
  if (!/^\d{14}Z$/.test(text) || Number.isNaN(date.getTime())) throw new Error("Time");
  return date;
}

function children(node: Asn1, type: number): Asn1[] {
  if (node.tagClass !== asn1.Class.UNIVERSAL || node.type !== type) throw new Error(`not of type ${type}`);
  return nested(node);
}

function nested(node: Asn1): Asn1[] {
  if (!node.constructed || !Array.isArray(node.value)) throw new Error("not constructed");
  return [...node.value];
}

function primitive(node: Asn1, type: number): string {
  if (node.tagClass !== asn1.Class.UNIVERSAL || node.type !== type || typeof node.value !== "string")
    throw new Error(`not of type ${type}`);
  return node.value;
}

function invalid(detail: string, options?: ErrorOptions): TrustError {
  return new TrustError("revocation-list-invalid", detail, options);
}
