/**
 * The client's check of the server's X.509 certificate: chain, validity, name, key usage, revocation (RFC
 * 5280 §6, for the one shape of chain that a team's CA issues). Issuing is in server/authority/.
 * Our own parser accepts nothing but strict DER (certificate-encoding.ts), node-forge makes the checks, and
 * at the end node:crypto's X509Certificate has to agree, so that a bug in a single parser does not admit an
 * attacker.
 */
import { constants, createHash, type KeyObject, verify, X509Certificate } from "node:crypto";
import { TrustError } from "../errors.ts";
import { readCertificate } from "./certificate-encoding.ts";
import {
  invalidCertificate,
  parseCertificate,
  requireCertificationAuthority,
  requireName,
  requireServerUsage,
  requireValidAt,
} from "./certificate-rules.ts";
import type { Certificate } from "./forge.ts";
import { parseHost } from "./host.ts";
import { readRevocationList, requireFresh } from "./revocation.ts";

export interface ServerChain {
  /** DER, the server's own certificate first, the CA's last. Foreign bytes. */
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

const STATIC_KEY_BYTES = 32;
const PSS_SALT_BYTES = 32;
/** id-kp-serverAuth, RFC 5280 §4.2.1.12 */
const SERVER_AUTH = "1.3.6.1.5.5.7.3.1";

/**
 * Verifies a server's chain.
 * @param host the name or address that was dialled
 * @param now the time at which both certificates and the revocation list must be valid
 * @throws TrustError for the first fault found
 */
export function verifyServerChain(chain: ServerChain, trust: Trust, host: string, now: Date): VerifiedServer {
  const [serverDer, caDer, ...more] = chain.certificates;
  if (!serverDer || !caDer || more.length > 0)
    throw invalidCertificate(
      `The server sent ${chain.certificates.length} certificates instead of its own and its CA's`,
    );
  // Checked before anything is parsed: after this the CA's bytes are known to be the team's.
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
    name: readCertificate(caDer).subject,
  });
  requireFresh(revocations, now, trust.minimumCrlNumber ?? 0n);
  if (revocations.revoked.has(readCertificate(serverDer).serial))
    throw new TrustError("certificate-revoked", "The server's certificate was revoked by the team's CA");
  return {
    publicKey: second.serverKey,
    crlNumber: revocations.number,
    expiresAt:
      server.validity.notAfter < ca.validity.notAfter ? server.validity.notAfter : ca.validity.notAfter,
  };
}

/**
 * Verifies the signature by the server's RSA key (RSA-PSS-SHA256, salt 32 bytes) over "parley/1 server static
 * key" | 0x00 | key.
 */
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

/** Returns the bytes that are signed for a Noise static key of 32 bytes. */
export function staticKeyContent(staticKey: Uint8Array): Uint8Array {
  return Buffer.concat([Buffer.from("parley/1 server static key\0", "ascii"), staticKey]);
}

function requireIssued(ca: Certificate, certificate: Certificate): void {
  let signed = false;
  let cause: unknown;
  try {
    signed = ca.verify(certificate);
  } catch (error) {
    cause = error; // another issuer's name, or a malformed signature
  }
  if (!signed) throw invalidCertificate("The certificate is not signed by the team's CA", { cause });
}

/**
 * Checks the result with a second parser.
 * @throws TrustError "certificate-invalid" where node:crypto does not agree with node-forge
 */
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
    throw invalidCertificate("The two X.509 implementations disagree", { cause });
  }
  throw invalidCertificate("The two X.509 implementations disagree");
}
