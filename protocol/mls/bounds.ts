/** Every bound on a peer's input. Lengths are checked before anything is allocated for them. */

/** 2^12: a tree of 13 levels, 8,191 nodes. */
export const MAX_LEAVES = 4096;

/** Longest `opaque<V>`, bytes; enough for a ratchet_tree extension of MAX_LEAVES with post-quantum keys. */
export const MAX_OPAQUE_BYTES = 1 << 24;
export const MAX_KEY_BYTES = 4096;
export const MAX_HASH_BYTES = 64;
export const MAX_SIGNATURE_BYTES = 8192;
export const MAX_GROUP_ID_BYTES = 256;
export const MAX_IDENTITY_BYTES = 16_384;
/** Certificates in an x509 credential. */
export const MAX_CERTIFICATES = 16;
/** Entries of a list in `capabilities` or `required_capabilities`. */
export const MAX_CAPABILITIES = 256;
export const MAX_EXTENSIONS = 64;
export const MAX_EXTERNAL_SENDERS = 64;
/** Proposals that one commit covers. */
export const MAX_PROPOSALS = 2048;
/** PSKs that one commit or Welcome names. */
export const MAX_PSKS = 32;
/** Proposals kept until a commit refers to them; each at most one KeyPackage long. */
export const MAX_PENDING_PROPOSALS = 256;

/** Keys of generations that have not arrived, kept for each ratchet. */
export const MAX_SKIPPED_KEYS = 64;
/** How far a ratchet is advanced for one message. */
export const MAX_FORWARD_STEPS = 1024;
/** Epochs before this one whose messages still open. */
export const MAX_PAST_EPOCHS = 4;
