/**
 * Every bound of the server, with its unit in its name and its reason beside it. Bounds that both ends must
 * know are in protocol/limits.ts.
 */
import {
  DEAD_AFTER_MS,
  HANDSHAKE_DEADLINE_MS,
  KEEP_ALIVE_MS,
  MAX_ONLINE_USERS,
  MAX_SEALED_BYTES,
} from "../protocol/limits.ts";

export const DEFAULT_PORT = 7750;

/** Bounds that a test or an embedding program may set; the command line starts from `DEFAULT_LIMITS`. */
export interface ServerLimits {
  /** A connection that has not signed in by then is cut. */
  readonly handshakeDeadlineMs: number;
  /**
   * Unfinished handshakes of one address; one more evicts that address's oldest, so that a fast honest client
   * still gets in.
   */
  readonly handshakesPerAddress: number;
  /** Unfinished handshakes in total; one more evicts the oldest. Each holds a socket and some 2 KiB. */
  readonly handshakes: number;
  /**
   * Answers to message 1.0 a second for one address. Each costs a key encapsulation, a third of a millisecond
   * where Node has it.
   */
  readonly handshakesPerSecond: number;
  /** Such answers at once, for an office behind one address that reconnects after a restart. */
  readonly handshakeBurst: number;
  /**
   * Connections of one address, signed in or not: it may be a whole organisation's. Unfinished ones are
   * bounded above.
   */
  readonly connectionsPerAddress: number;
  /**
   * Connections in total: some 200 MB. The limit of open files may be lower. At most as many as a client
   * shows people online.
   */
  readonly connections: number;
  /**
   * Work units a second for one user, over all their connections: PING costs one, a small message ten (`cost`
   * of each verb).
   */
  readonly workPerSecond: number;
  /** Work units that one user may spend at once. */
  readonly workBurst: number;
  /** Requests refused as too fast before the connection is cut; regenerates at the rate of work. */
  readonly refusalsTolerated: number;
  readonly keepAliveMs: number;
  readonly deadAfterMs: number;
  /** Interval at which deadlines are checked. */
  readonly tickMs: number;
  /**
   * Bytes sent to a user and not yet confirmed: above it, further mail waits on disk and not in memory. One
   * sender takes at most a quarter of the room that others leave free.
   */
  readonly unconfirmedBytes: number;
  readonly unconfirmedItems: number;
  /**
   * A delivery not confirmed by then is written to disk and its sender told that it is stored; below the
   * client's request deadline.
   */
  readonly confirmDeadlineMs: number;
  /**
   * Bytes that a connection may leave unread before the server stops serving its requests until it has read.
   */
  readonly servedUpToBytes: number;
  /**
   * Bytes that a connection may leave unread before it is cut: mail and presence accumulate even if it sends
   * no requests.
   */
  readonly unreadBytes: number;
  /**
   * Memory that all connections together may occupy: unread, unconfirmed, incomplete. Above it, the largest
   * are cut.
   */
  readonly heldBytes: number;
  /**
   * Mail on disk for one user. Of this and of the next, one sender takes at most a quarter of the room that
   * others leave free.
   */
  readonly mailboxBytes: number;
  /** Mail on disk for all users together. */
  readonly mailBytes: number;
  /** How long anything may wait: mail, and unanswered requests. */
  readonly mailboxDays: number;
  readonly maxSealedBytes: number;
  /** Largest blob. 0: the server keeps none. The default is for a file of 100 MB, sealed and padded. */
  readonly maxBlobBytes: number;
  /**
   * Blobs of one member, complete or not. Enough for four files of 4 MiB a day if blobs expire after a month.
   */
  readonly blobBytesPerPerson: number;
  /** Blobs of all members together. In addition, a tenth of the disk stays free. */
  readonly blobBytes: number;
  /** How long a complete blob is kept. */
  readonly blobDays: number;
  /**
   * Interval at which a running server checks for changes by the command line (a revoked user, a new
   * certificate).
   */
  readonly watchMs: number;
  /**
   * Interval at which a server tests whether it can write, so that a full disk is noticed before a user's
   * write fails.
   */
  readonly probeMs: number;
  /** How long a stopping server waits for clients to read its QUIT. */
  readonly drainMs: number;
  /** Uses of an invite that a member asks for with INVITE; the operator's command line is not bound by it. */
  readonly memberInviteUses: number;
  readonly memberInviteSeconds: number;
  /**
   * Invites of one member that are not used up. Expired ones count until they are deleted, or any number of
   * them could be made.
   */
  readonly memberInvites: number;
  /** Invites of one member, used up or not, which bounds the number of rows. */
  readonly memberInviteRows: number;
  /** Invites of all members: some 150 bytes each. */
  readonly invites: number;
  /** Accounts in total, without revoked ones. Each may have a mailbox, conversations and a list of blocks. */
  readonly members: number;
  /**
   * Delay before a user who joined by a member's invite may invite others, so that no account creates
   * thousands in a moment.
   */
  readonly inviteAfterHours: number;
  /** Accounts created in 24 hours by one member's invites and those of everybody who joined by them. */
  readonly newcomersPerDay: number;
  /** Unanswered requests of one user to strangers. 0: requests cannot wait for people who are offline. */
  readonly waitingRequestsOfOne: number;
  /**
   * Requests of strangers to one addressee; one more displaces another. People who have talked are no
   * strangers.
   */
  readonly waitingRequestsForOne: number;
  /**
   * Conversations of one user, requested or accepted, with as many people; replacing one with the same person
   * is always possible. Some 300 bytes each on disk: 3 GB if the largest number of members all have as many
   * as allowed and replace each of them.
   */
  readonly conversations: number;
  /** Pause between two requests of one person to the same other person, unless the first was answered. */
  readonly requestPaceMs: number;
  /** People that one user may block. */
  readonly blocks: number;
  /**
   * Signals a second that one user may send, receive, and that all may send together; more are dropped. A client sends one in 3 seconds,
   * in the chat in which its user types. Bursts are four seconds' worth.
   */
  readonly signalsFromOne: number;
  readonly signalsToOne: number;
  readonly signalsOfAll: number;
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
  signalsFromOne: 2,
  signalsToOne: 20,
  signalsOfAll: 4000,
};

/**
 * Interval of presence broadcasts: changes are sent at once after a quiet time, and gathered where thousands
 * of people reconnect after a restart, so that each costs the others a few bytes instead of a record.
 */
export const PRESENCE_PACE_MS = 1000;
/**
 * Minimum pause after a presence round, as a multiple of its duration: broadcasting takes a tenth of the time
 * at most.
 */
export const PRESENCE_REST = 9;
/** Work units that a sign-in costs: the handshake, the list of people online, and the broadcast to others. */
export const SIGN_IN_COST = 150;
/** Body of a verb that carries ids, a name and at most one key with its signature. */
export const MAX_SMALL_BODY_BYTES = 512;
/**
 * Bytes of a mailbox entry beyond its body: row and index entries. Counted, so that empty messages are not
 * free.
 */
export const MAILBOX_ENTRY_BYTES = 128;
/**
 * Minimum size that a blob counts for, since a file takes blocks and a row: 20 GiB are at most some 300,000
 * files.
 */
export const LEAST_COUNTED_BYTES = 64 * 1024;
/** Share of its disk that blobs leave free, so that the database always has room. */
export const FREE_DISK_SHARE = 0.1;
/**
 * An upload is synced at multiples of this: no more has to be sent again after a power cut, and no more waits
 * unwritten in memory.
 */
export const BLOB_MARK_BYTES = 4 * 1024 * 1024;
/** An unfinished upload that is not continued is deleted after this many days: a long weekend plus a trip. */
export const UNFINISHED_BLOB_DAYS = 7;
/** Pending BLOB_GETs of one connection, some hundred bytes each: a client has two in flight. */
export const BLOB_PARTS_ASKED = 64;
/** Parts of blobs that are read at once: each is a chunk in memory, and occupies a thread. */
export const BLOB_READS_AT_ONCE = 2;
/** Share of a person's burst of work that blobs leave for everything else. */
export const WORK_LEFT_BY_BLOBS = 0.5;
/** When a client retries whose parts of blobs come faster than the disk writes, or than it reads them. */
export const BLOB_RETRY_MS = 100;
