/** Every bound of the protocol, its unit in its name, its reason beside it. */

/** A handshake message carries at most a certificate chain, a revocation list and an ML-KEM ciphertext. */
export const MAX_HANDSHAKE_FRAME_BYTES = 32 * 1024;
/** An RSA-3072 certificate with a handful of names is 1.2 KiB; a client parses no larger one. */
export const MAX_CERTIFICATE_BYTES = 4 * 1024;
/** Some 30 bytes a revoked certificate: room for a few hundred. */
export const MAX_REVOCATION_LIST_BYTES = 16 * 1024;
/** One record: four of the largest messages, so that memory a stranger can claim stays small. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** Longest text of one message: a long log or source file, not an archive. */
export const MAX_PLAINTEXT_BYTES = 64 * 1024;
/** Plaintext of a sealed message: the text above, and the time, ids and names that go with it. */
export const MAX_CONTENT_BYTES = MAX_PLAINTEXT_BYTES + 1024;
/** How long a message may be set to stay that is to disappear: a year. */
export const MAX_EXPIRY_SECONDS = 365 * 24 * 60 * 60;
/** A sealed message: the plaintext above plus MLS framing, signature and padding. */
export const MAX_SEALED_BYTES = MAX_PLAINTEXT_BYTES + 4 * 1024;
/** A KeyPackage or Welcome of the X-Wing suite is some 4 KiB for two people; room for growth. */
export const MAX_KEY_MATERIAL_BYTES = 64 * 1024;
/** Largest that a client accepts for a conversation of two: 2.6 and 4.3 KiB are usual, more would only be work for it. */
export const MAX_KEY_PACKAGE_BYTES = 8 * 1024;
export const MAX_WELCOME_BYTES = 8 * 1024;
/** A self-update is 4.1 KiB: two public keys, a KEM ciphertext, two signatures. More would only be work for its receiver. */
export const MAX_COMMIT_BYTES = 8 * 1024;

/** X-Wing: a public key is one of ML-KEM-768 and one of X25519; a private key is a seed. */
export const XWING_PUBLIC_KEY_BYTES = 1184 + 32;
export const XWING_PRIVATE_KEY_BYTES = 32;
/** Longest note with a request to talk, Unicode code points: an introduction and the subject. */
export const MAX_NOTE_CHARACTERS = 500;
/** A note before it is sealed, always of this size: the longest text in UTF-8, four bytes a code point, its length, and a PASS_PROOF_BYTES. */
export const NOTE_BYTES = 2048;
/** A note once sealed: X-Wing's ciphertext, the note, AES-GCM's tag. */
export const SEALED_NOTE_BYTES = 1088 + 32 + NOTE_BYTES + 16;
/** How long a request may wait for a person who is offline: as long as the server keeps any mail. */
export const REQUEST_WAIT_SECONDS = 30 * 24 * 60 * 60;
/** Lifetime of a request key: a note that arrives halfway through can wait its full time and still be opened. */
export const REQUEST_KEY_LIFETIME_SECONDS = 2 * REQUEST_WAIT_SECONDS;

/**
 * A member makes new keys for its side of a conversation after so many messages of its own, receipts counted: a busy
 * conversation heals from a stolen state within the hour, for less than a tenth more bytes.
 */
export const SELF_UPDATE_AFTER_MESSAGES = 100;
/** ... and after that long, so that a quiet one heals within the day. */
export const SELF_UPDATE_AFTER_MS = 12 * 60 * 60_000;
/**
 * Epochs before the present one whose late messages still open. Two people who keep to the rule that nobody commits
 * before the other was heard in the present epoch are never more than two apart; the rest is for servers that reorder.
 */
export const PAST_EPOCHS = 4;

/** A client that has not proved itself by then is cut, so that half-open handshakes cannot pile up. */
export const HANDSHAKE_DEADLINE_MS = 10_000;
/** How long a client waits for TCP to connect. */
export const CONNECT_DEADLINE_MS = 10_000;
/** How long a client waits for the answer to a request. */
export const REQUEST_DEADLINE_MS = 20_000;
/** Each end gives a sign of life this often when it has nothing else to say. */
export const KEEP_ALIVE_MS = 30_000;
/** Silence for this long means the line is dead: two signs of life missed, and some slack. */
export const DEAD_AFTER_MS = 75_000;
/** A server that wants a sign of life less often than this could not tell a dead line from a quiet one. */
export const MAX_KEEP_ALIVE_MS = 10 * 60_000;
/** After an end has closed its side, it waits this long for the other's end before it drops the socket. */
export const CLOSE_DEADLINE_MS = 3_000;
/** ... and reads away so much: as much as may be on its way from somebody who has not heard of the end yet. */
export const MAX_READ_AWAY_BYTES = 4 * 1024 * 1024;
/** First wait before a reconnect; doubled, with jitter, up to the last. */
export const RECONNECT_FIRST_MS = 250;
export const RECONNECT_LAST_MS = 30_000;
/** A server may ask for patience, yet it does not get to keep a client away for good, nor to overflow its timers. */
export const MAX_RETRY_AFTER_MS = 10 * 60_000;

/**
 * Acknowledgements of messages on a busy line wait for each other so long, as TCP's own do: too short for a person to see, and
 * as long as it takes for PACED_AT_ONCE to gather at 200 messages a second.
 */
export const PACE_MS = 20;
/** ... or until so many have gathered: not more than a client has under way to one person, so that it does not run dry. */
export const PACED_AT_ONCE = 4;

/** Records sealed under one key before both ends rekey (Noise revision 34, section 11.3); far below AES-GCM's bound. */
export const RECORDS_PER_KEY = 1 << 16;

export const CONVERSATION_ID_BYTES = 16;
export const MESSAGE_ID_BYTES = 16;
export const INVITE_TOKEN_BYTES = 20;
/** The part of a link that the inviter's program adds: beyond guessing, also for a quantum computer. */
export const INVITE_PASS_BYTES = 32;
/** HMAC-SHA256. */
export const PASS_PROOF_BYTES = 32;
/** SHA-256 over the CA certificate. */
export const CA_FINGERPRINT_BYTES = 32;
/** The longest server name, escaped, and the rest of a link. */
export const MAX_INVITE_CHARACTERS = 1024;
export const IDENTITY_KEY_BYTES = 32;
/** People online that a client shows: some 200 bytes each, so that a server that makes names up fills no memory. Of more it shows the first. */
export const MAX_ONLINE_USERS = 10_000;
/** Beyond guessing: an id is all it takes to fetch a blob. */
export const BLOB_ID_BYTES = 32;
/** A chunk of a sealed file (e2ee/sealed-chunks.ts): a message waits for no more than it takes to send one. */
export const MAX_BLOB_PART_BYTES = 64 * 1024 + 16;
/** Parts of one blob that a client sends, or asks for, before the first is answered: one is under way while the other is worked at. */
export const BLOB_PARTS_UNDER_WAY = 2;
/** In one CONVERSATIONS: 18 KB. A client with more asks again. */
export const MAX_LISTED_CONVERSATIONS = 1000;
/** The name of a program in 1.1 and 1.2, for logs. */
export const MAX_SOFTWARE_CHARACTERS = 32;
export const MAX_ERROR_DETAIL_CHARACTERS = 200;
