/** A person's Ed25519 identity key: signs in to the server, signs requests, and is the MLS signature key. */
/** What a signature is for. Every signature of this protocol goes through one of these labels, so that none can be passed off as another. */
export type SignatureLabel = "parley/1 client" | "parley/1 request";

export declare class Identity {
  static generate(): Identity;
  /** @param seed 32 bytes (RFC 8032 private key); copied. */
  static fromSeed(seed: Uint8Array): Identity;
  /** Ed25519 public key, 32 bytes. */
  readonly publicKey: Uint8Array;
  /** The 32-byte seed, for storage in a keyring only. Never printed, never in JSON, never inspected. */
  exportSeed(): Uint8Array;
  /** Signs label | 0x00 | content. @returns 64 bytes */
  sign(label: SignatureLabel, content: Uint8Array): Uint8Array;
}
/** @returns false for a wrong key, a wrong signature or a wrong length; never throws for foreign bytes. */
export declare function verifyIdentity(publicKey: Uint8Array, label: SignatureLabel, content: Uint8Array, signature: Uint8Array): boolean;
/** SHA-256 of the key, first 16 bytes, as 8 groups of 4 hexadecimal digits: for showing one key to a person. */
export declare function fingerprint(publicKey: Uint8Array): string;
