/** MLS (RFC 9420), synchronous, on node:crypto. It knows nothing of Parley; docs/MLS.md leads a reviewer through it. */
export * from "./errors.ts";
export { type CipherSuite, cipherSuites } from "./suite.ts";
