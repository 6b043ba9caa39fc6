/** Every bound of the protocol, with its unit in its name and its reason beside it. */

/** A handshake message carries at most a certificate chain, a revocation list and an ML-KEM ciphertext. */
export const MAX_HANDSHAKE_FRAME_BYTES = 32 * 1024;
/** An RSA-3072 certificate with a handful of names is 1.2 KiB; a client parses no larger one. */
export const MAX_CERTIFICATE_BYTES = 4 * 1024;
/** Some 30 bytes a revoked certificate: room for a few hundred. */
export const MAX_REVOCATION_LIST_BYTES = 16 * 1024;
/** One record: four of the largest messages, so that a stranger can occupy little memory. */
export const MAX_FRAME_BYTES = 256 * 1024;
/** Longest text of one message: a long log or source file, not an archive. */
export const MAX_PLAINTEXT_BYTES = 64 * 1024;
/** Plaintext of a sealed message: the text above, and the time, ids and names that go with it. */
export const MAX_CONTENT_BYTES = MAX_PLAINTEXT_BYTES + 1024;
/** Longest lifetime of a disappearing message: a year. */
export const MAX_EXPIRY_SECONDS = 365 * 24 * 60 * 60;
/** Revisions of one text: enough for corrections, and few to store. */
export const MAX_REVISIONS = 20;
/** How long a text can be edited after it was written. */
export const EDITABLE_MS = 24 * 60 * 60_000;
/** Longest display name, Unicode code points. */
export const MAX_DISPLAY_NAME_CHARACTERS = 40;
/** Colours that a person can choose from. */
export const PROFILE_COLORS = 12;
/** Emoji of one person on one message. */
export const MAX_REACTIONS = 8;
/** A sealed message: the plaintext above plus MLS framing, signature and padding. */
export const MAX_SEALED_BYTES = MAX_PLAINTEXT_BYTES + 4 * 1024;
/** A KeyPackage or Welcome of the X-Wing suite is some 4 KiB for two people; room for growth. */
export const MAX_KEY_MATERIAL_BYTES = 64 * 1024;
/**
 * Largest that a client accepts for a conversation of two: 2.6 and 4.3 KiB are usual, and parsing more would
 * only cost time.
 */
export const MAX_KEY_PACKAGE_BYTES = 8 * 1024;
export const MAX_WELCOME_BYTES = 8 * 1024;
/**
 * A self-update is 4.1 KiB: two public keys, a KEM ciphertext, two signatures. Parsing more would only cost
 * the receiver time.
 */
export const MAX_COMMIT_BYTES = 8 * 1024;

/** X-Wing: a public key is one of ML-KEM-768 and one of X25519; a private key is a seed. */
export const XWING_PUBLIC_KEY_BYTES = 1184 + 32;
export const XWING_PRIVATE_KEY_BYTES = 32;
/** Longest note with a request to talk, Unicode code points: an introduction and the subject. */
export const MAX_NOTE_CHARACTERS = 500;
/**
 * A note before it is sealed, always of this size: its length, a PASS_PROOF_BYTES, and the longest text in
 * UTF-8, four bytes a code point.
 */
export const NOTE_BYTES = 2048;
/** A note once sealed: X-Wing's ciphertext, the note, AES-GCM's tag. */
export const SEALED_NOTE_BYTES = 1088 + 32 + NOTE_BYTES + 16;
/** How long a request may wait for a person who is offline: as long as the server keeps any mail. */
export const REQUEST_WAIT_SECONDS = 30 * 24 * 60 * 60;
/** Lifetime of a request key: a note that arrives halfway through can wait its full time and still be opened. */
export const REQUEST_KEY_LIFETIME_SECONDS = 2 * REQUEST_WAIT_SECONDS;

/**
 * A member renews its keys in a conversation after this many messages of its own, including receipts: a busy
 * conversation recovers from a stolen state within the hour, for less than a tenth more bytes.
 */
export const SELF_UPDATE_AFTER_MESSAGES = 100;
/** ... and after this long, so that a quiet conversation recovers within the day. */
export const SELF_UPDATE_AFTER_MS = 12 * 60 * 60_000;
/**
 * Past epochs whose late messages still open. Members who follow the rule not to commit before the other was
 * seen in the current epoch are never more than two epochs apart; the rest is for servers that reorder.
 */
export const PAST_EPOCHS = 4;

/** A client that has not authenticated by then is cut off, so that half-open handshakes cannot pile up. */
export const HANDSHAKE_DEADLINE_MS = 10_000;
/** How long a client waits for TCP to connect. */
export const CONNECT_DEADLINE_MS = 10_000;
/** How long a client waits for the answer to a request. */
export const REQUEST_DEADLINE_MS = 20_000;
/** Each end sends a sign of life this often when it has nothing else to send. */
export const KEEP_ALIVE_MS = 30_000;
/** Silence for this long means the line is dead: two signs of life missed, and some slack. */
export const DEAD_AFTER_MS = 75_000;
/** A server with a longer interval could not tell a dead line from a quiet one. */
export const MAX_KEEP_ALIVE_MS = 10 * 60_000;
/**
 * After an end has closed its side, it waits this long for the other end's FIN before it destroys the socket.
 */
export const CLOSE_DEADLINE_MS = 3_000;
/** ... and discards at most this many bytes: bytes that the other end may have sent before it saw the end. */
export const MAX_READ_AWAY_BYTES = 4 * 1024 * 1024;
/** First wait before a reconnect; doubled, with jitter, up to the last. */
export const RECONNECT_FIRST_MS = 250;
export const RECONNECT_LAST_MS = 30_000;
/** A server may ask for a pause, but it cannot keep a client away for good or overflow its timers. */
export const MAX_RETRY_AFTER_MS = 10 * 60_000;

/**
 * Acknowledgements on a busy line wait this long to be sent together, as TCP's own do: too short for a person
 * to notice, and as long as it takes to gather PACED_AT_ONCE at 200 messages a second.
 */
export const PACE_MS = 20;
/**
 * ... or until this many have gathered: not more than a client has in flight to one person, so that it does
 * not stall.
 */
export const PACED_AT_ONCE = 4;

/** Records sealed under one key before both ends rekey (Noise revision 34, section 11.3); far below AES-GCM's bound. */
export const RECORDS_PER_KEY = 1 << 16;

/** A signal before it is sealed, always of this size, so that its length reveals nothing. */
export const SIGNAL_BYTES = 128;
/** A signal once sealed: a nonce, the signal, AES-GCM's tag. */
export const SEALED_SIGNAL_BYTES = 12 + SIGNAL_BYTES + 16;
/**
 * How far from its receiver's clock a signal may have been sent: a server that holds signals back, or plays them again to a client that
 * has restarted, can do so for this long.
 */
export const SIGNAL_FRESH_MS = 30_000;

export const CONVERSATION_ID_BYTES = 16;
export const MESSAGE_ID_BYTES = 16;
export const INVITE_TOKEN_BYTES = 20;
/** The part of a link that the inviter's program adds: too long to guess, also for a quantum computer. */
export const INVITE_PASS_BYTES = 32;
/** HMAC-SHA256. */
export const PASS_PROOF_BYTES = 32;
/** SHA-256 over the CA certificate. */
export const CA_FINGERPRINT_BYTES = 32;
/** The longest server name, escaped, and the rest of a link. */
export const MAX_INVITE_CHARACTERS = 1024;
export const IDENTITY_KEY_BYTES = 32;
/**
 * People online that a client shows, some 200 bytes each, so that a server that invents names cannot fill its
 * memory. Of a longer list it shows the first.
 */
export const MAX_ONLINE_USERS = 10_000;
/** Too long to guess: the id alone allows fetching the blob. */
export const BLOB_ID_BYTES = 32;
/** The largest file that a message can describe. A server limits its blobs by itself. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024 * 1024;
/** Files of one message: as many as people choose at once, and few enough for their previews to fit. */
export const MAX_FILES = 10;
/** The text of a message with files, in UTF-8. */
export const MAX_CAPTION_BYTES = 8 * 1024;
/** The description of one file, in UTF-8. */
export const MAX_DESCRIPTION_BYTES = 500;
/** A picture's preview inside its message. */
export const MAX_PREVIEW_BYTES = 8 * 1024;
/** A chunk of a sealed file (e2ee/sealed-chunks.ts): a message waits at most as long as sending one takes. */
export const MAX_BLOB_PART_BYTES = 64 * 1024 + 16;
/** Parts of one blob in flight at once: one is on the network while the other is processed. */
export const BLOB_PARTS_UNDER_WAY = 2;
/** Ids in one answer to CONVERSATIONS: 18 KB. A client with more asks again. */
export const MAX_LISTED_CONVERSATIONS = 1000;
/** The name of a program in 1.1 and 1.2, for logs. */
export const MAX_SOFTWARE_CHARACTERS = 32;
/** Name of a run of the server's process. */
export const SERVER_RUN_BYTES = 16;
export const MAX_ERROR_DETAIL_CHARACTERS = 200;
