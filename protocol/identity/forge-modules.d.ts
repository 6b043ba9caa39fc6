/**
 * node-forge's parts by file: the package's index pulls in TLS, PKCS#7, PKCS#12 and more, some 150 KB of an
 * extension bundle that we never call. @types/node-forge covers the index only.
 */
declare module "node-forge/lib/x509.js" {
  import type { asn1, pki } from "node-forge";

  const x509: Pick<
    typeof pki,
    "createCertificate" | "certificateFromAsn1" | "certificateToAsn1" | "publicKeyFromPem" | "oids"
  > & {
    getTBSCertificate(certificate: pki.Certificate): asn1.Asn1;
    distinguishedNameToAsn1(name: pki.Certificate["subject"]): asn1.Asn1;
  };
  export default x509;
}
declare module "node-forge/lib/asn1.js" {
  import type { asn1 } from "node-forge";

  const module: Omit<typeof asn1, "fromDer"> & {
    fromDer(
      bytes: string,
      options: { readonly strict: boolean; readonly decodeBitStrings: boolean; readonly maxDepth: number },
    ): asn1.Asn1;
  };
  export default module;
}
declare module "node-forge/lib/sha512.js";
