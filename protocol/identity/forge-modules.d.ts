// node-forge's parts by file. @types/node-forge covers the package's index only; forge.ts gives these their types.
declare module "node-forge/lib/x509.js" {
  const x509: unknown;
  export default x509;
}
declare module "node-forge/lib/asn1.js" {
  const asn1: unknown;
  export default asn1;
}
declare module "node-forge/lib/sha512.js";
