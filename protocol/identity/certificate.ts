/** The server's X.509 certificate as a client judges it: chain, validity, name, key usage, revocation. Issuing is in server/authority/. */
import type { KeyObject } from "node:crypto";

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
/** @param host the name or address that was dialled. @throws TrustError with the first thing that is wrong. */
export declare function verifyServerChain(chain: ServerChain, trust: Trust, host: string, now: Date): VerifiedServer;
/** Signed by the server's RSA key (RSA-PSS-SHA256, salt 32 bytes): "parley/1 server static key" | 0x00 | key. */
export declare function verifyStaticKey(server: VerifiedServer, staticKey: Uint8Array, signature: Uint8Array): boolean;
/** @returns the bytes that are signed for a Noise static key of 32 bytes. */
export declare function staticKeyContent(staticKey: Uint8Array): Uint8Array;
