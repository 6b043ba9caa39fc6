/** When the server's proof of identity expires. */
import { X509Certificate } from "node:crypto";
import type { ServerChain } from "../../protocol/identity/certificate.ts";
import { readCertificate } from "../../protocol/identity/certificate-encoding.ts";
import { readRevocationList } from "../../protocol/identity/revocation.ts";

export interface Expiry {
  /** The server's certificate, renewed 30 days before. */
  readonly certificate: Date;
  /** The revocation list, renewed four days before. */
  readonly revocationList: Date;
  /** The team's CA, which is never renewed. */
  readonly authority: Date;
}

/**
 * Returns the expiry dates.
 * @throws Error for certificates or lists that are not in the authority's own form
 */
export function expiryOf({ certificates, revocationList }: ServerChain): Expiry {
  const [own, ca] = certificates;
  if (own === undefined || ca === undefined)
    throw new Error("a server has two certificates, its own and its CA's");
  const authority = new X509Certificate(ca);
  const issuer = { publicKey: authority.publicKey, name: readCertificate(ca).subject };
  return {
    certificate: new X509Certificate(own).validToDate,
    revocationList: readRevocationList(revocationList, issuer).nextUpdate,
    authority: authority.validToDate,
  };
}
