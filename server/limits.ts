/** Every bound of the server, its unit in its name, its reason beside it. Bounds that both ends must know are in protocol/limits.ts. */
import {
  DEAD_AFTER_MS,
  HANDSHAKE_DEADLINE_MS,
  KEEP_ALIVE_MS,
  MAX_ONLINE_USERS,
  MAX_SEALED_BYTES,
} from "../protocol/limits.ts";

export const DEFAULT_PORT = 7750;

/** Bounds that a test or an embedding program may set; the command line runs with `DEFAULT_LIMITS`. */
export interface ServerLimits {
  /** A connection that has not signed in by then is cut. */
  readonly handshakeDeadlineMs: number;
  /** Unfinished handshakes of one address; one more evicts that address's oldest, so that a fast honest one still gets in. */
  readonly handshakesPerAddress: number;
  /** Unfinished handshakes altogether; one more evicts the oldest. Each holds a socket and some 2 KiB. */
  readonly handshakes: number;
  /** Message 1.0 costs the server a key encapsulation, a third of a millisecond where Node has it: at most this many a second and address, */
  readonly handshakesPerSecond: number;
  /** and this many at once, for an office behind one address that reconnects after a restart. */
  readonly handshakeBurst: number;
  /** Connections of one address, signed in or not: an organisation may be behind one. Unfinished ones are bounded above. */
  readonly connectionsPerAddress: number;
  /** Connections altogether: some 200 MB. The limit of open files may be lower. Not more than people whom a client counts as online. */
  readonly connections: number;
  /** Work units a second one user may ask for, over all their connections: PING is one, a small message ten (`cost` of each verb). */
  readonly workPerSecond: number;
  /** Work units one user may ask for at once. */
  readonly workBurst: number;
  /** Requests refused as too fast before the connection is cut; forgotten again as fast as work is granted. */
  readonly refusalsTolerated: number;
  readonly keepAliveMs: number;
  readonly deadAfterMs: number;
  /** How often deadlines are looked at. */
  readonly tickMs: number;
  /**
   * Sent to a user and not confirmed: above it, further mail waits on disk and not in memory. Of it, one sender takes at most a
   * quarter of the room that others leave free.
   */
  readonly unconfirmedBytes: number;
  readonly unconfirmedItems: number;
  /** A delivery not confirmed by then is written to disk and its sender told so; below the client's request deadline. */
  readonly confirmDeadlineMs: number;
  /** Bytes a connection may leave unread before it is served no further requests, until it has read. */
  readonly servedUpToBytes: number;
  /** Bytes it may leave unread before it is cut: mail and presence pile up even if it asks for nothing. */
  readonly unreadBytes: number;
  /** Memory that all connections together may make the server hold: unread, unconfirmed, incomplete. Above it, the largest are cut. */
  readonly heldBytes: number;
  /** Mail on disk for one user. Of it, and of the next, one sender takes at most a quarter of the room that others leave free. */
  readonly mailboxBytes: number;
  /** Mail on disk for all users together. */
  readonly mailBytes: number;
  /** How long anything may wait: mail, and requests nobody answered. */
  readonly mailboxDays: number;
  readonly maxSealedBytes: number;
  /** Largest blob. 0: the server keeps none. The default is for a file of 100 MB, sealed and padded. */
  readonly maxBlobBytes: number;
  /** Blobs of one member, complete or not. A member whose blobs expire in a month sends four files of 4 MiB a day. */
  readonly blobBytesPerPerson: number;
  /** Blobs of all members together. Besides, a tenth of the disk stays free. */
  readonly blobBytes: number;
  /** How long a complete blob is kept. */
  readonly blobDays: number;
  /** How often a running server looks for changes by the command line (a revoked user, a new certificate). */
  readonly watchMs: number;
  /** How often a server tries whether it can write, so that a full disk shows before somebody writes. */
  readonly probeMs: number;
  /** How long a stopping server waits for its farewells to be read. */
  readonly drainMs: number;
  /** Invites that a member may ask for with INVITE; the operator's command line is not bound by it. */
  readonly memberInviteUses: number;
  readonly memberInviteSeconds: number;
  /** Of one member, not used up. Expired ones count until they are dropped, or any number of them could be made. */
  readonly memberInvites: number;
  /** Of one member, used up or not: so many rows at most. */
  readonly memberInviteRows: number;
  /** Of all members: some 150 bytes each. */
  readonly invites: number;
  /** Accounts altogether, but those revoked. Each may come with a mailbox, conversations and a list of blocks. */
  readonly members: number;
  /** Delay before a user who came by a member's invite may invite others, so that no account makes thousands in a moment. */
  readonly inviteAfterHours: number;
  /** Accounts that one member's invites, and those of all who came by them, make in 24 hours. */
  readonly newcomersPerDay: number;
  /** Requests of one user to strangers that nobody has answered, when another is made. 0: none are left for somebody away. */
  readonly waitingRequestsOfOne: number;
  /** Requests of strangers to one addressee; one more, and another gives way. People who have talked are no strangers. */
  readonly waitingRequestsForOne: number;
  /**
   * Of one user, asked for or accepted, with as many people; to agree anew with one of them is always possible. Some 300 bytes each on
   * disk: 3 GB for as many members as there may be, if all of them have as many as they may and agree on each anew.
   */
  readonly conversations: number;
  /** From one request to the next of the same person to the same, unless the first was answered. */
  readonly requestPaceMs: number;
  /** People one user may have blocked. */
  readonly blocks: number;
}

export const DEFAULT_LIMITS: ServerLimits = {
  handshakeDeadlineMs: HANDSHAKE_DEADLINE_MS,
  handshakesPerAddress: 64,
  handshakes: 2048,
  handshakesPerSecond: 250,
  handshakeBurst: 1000,
  connectionsPerAddress: 10_000,
  connections: MAX_ONLINE_USERS,
  workPerSecond: 10_000,
  workBurst: 30_000,
  refusalsTolerated: 1000,
  keepAliveMs: KEEP_ALIVE_MS,
  deadAfterMs: DEAD_AFTER_MS,
  tickMs: 500,
  unconfirmedBytes: 1024 * 1024,
  unconfirmedItems: 4096,
  confirmDeadlineMs: 5000,
  servedUpToBytes: 256 * 1024,
  unreadBytes: 8 * 1024 * 1024,
  heldBytes: 256 * 1024 * 1024,
  mailboxBytes: 64 * 1024 * 1024,
  mailBytes: 4 * 1024 * 1024 * 1024,
  mailboxDays: 30,
  maxSealedBytes: MAX_SEALED_BYTES,
  maxBlobBytes: 128 * 1024 * 1024,
  blobBytesPerPerson: 500 * 1024 * 1024,
  blobBytes: 20 * 1024 * 1024 * 1024,
  blobDays: 30,
  watchMs: 500,
  probeMs: 30_000,
  drainMs: 2000,
  memberInviteUses: 10,
  memberInviteSeconds: 7 * 24 * 3600,
  memberInvites: 20,
  memberInviteRows: 200,
  invites: 10_000,
  members: MAX_ONLINE_USERS,
  inviteAfterHours: 24,
  newcomersPerDay: 100,
  waitingRequestsOfOne: 20,
  waitingRequestsForOne: 100,
  conversations: 1000,
  requestPaceMs: 60_000,
  blocks: 1000,
};

/**
 * How often changes of presence are broadcast: at once where it is quiet, gathered where thousands come back after a restart, so that
 * each of them costs the others a few bytes and not a record.
 */
export const PRESENCE_PACE_MS = 1000;
/** Minimum pause after a presence round, as a multiple of its duration: broadcasting takes a tenth of the time at most. */
export const PRESENCE_REST = 9;
/** Work units that a sign-in costs: the handshake, the list of people online, and telling the others. */
export const SIGN_IN_COST = 150;
/** Body of a verb that carries ids, a name and at most a key with its signature. */
export const MAX_SMALL_BODY_BYTES = 512;
/** Cost of a mailbox entry beyond its body: row, index entries. Counted, so that empty messages are not free. */
export const MAILBOX_ENTRY_BYTES = 128;
/** A blob counts for at least so much: a file takes blocks and a row, and 20 GiB are at most some 300,000 files. */
export const LEAST_COUNTED_BYTES = 64 * 1024;
/** Part of its disk that blobs leave free: the database must always find room. */
export const FREE_DISK_SHARE = 0.1;
/** An upload is on disk up to a multiple of it: more need not be sent again after a power cut, and no more waits unwritten in memory. */
export const BLOB_MARK_BYTES = 4 * 1024 * 1024;
/** An upload that nobody has gone on with for so long is given up, days: a long weekend and a journey. */
export const UNFINISHED_BLOB_DAYS = 7;
/** BLOB_GETs of one connection that wait, some hundred bytes each: a client has two under way. */
export const BLOB_PARTS_ASKED = 64;
/** Parts of blobs that are read at once: each is a chunk in memory, and a thread that nothing else can use meanwhile. */
export const BLOB_READS_AT_ONCE = 2;
/** Of the work that one person may ask for at once, blobs leave this share to everything else. */
export const WORK_LEFT_BY_BLOBS = 0.5;
/** After that long a client asks again whose parts of blobs come faster than the disk, or than it reads them. */
export const BLOB_RETRY_MS = 100;
