/**
 * The server's data behind one interface: members (directory), invites, conversations, blocks, request keys,
 * mailboxes, and a few settings. All changes made in one turn of the event loop are one transaction,
 * committed at its end; `committed()` reports when, and nothing is acknowledged before.
 */
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import type { Opcode } from "../../protocol/wire/parley_pb.ts";
import type { BlobName } from "../blobs/blob-name.ts";
import type { Pieces } from "../gateway/pieces.ts";
import type { Conversation } from "../routing/rules.ts";
import type { CommitFigures } from "./commit-figures.ts";

/** Times are Unix milliseconds throughout. */
export interface Member {
  readonly name: Username;
  /** Ed25519 public key, 32 bytes. */
  readonly identityKey: Uint8Array;
  readonly enrolledAt: number;
  readonly lastSeenAt: number | undefined;
  /**
   * Whether the member was signed in when the server last recorded it; stays set after a server was killed.
   */
  readonly online: boolean;
  readonly revokedAt: number | undefined;
  /** The member whose invite was used; absent: the operator's. */
  readonly invitedBy: Username | undefined;
}

export interface Directory {
  find(name: Username): Member | undefined;
  /** Sorted by name. */
  list(): Member[];
  /** Number of members who have not been revoked. */
  count(): number;
  /**
   * Adds a member, or gives an existing (or revoked) one a new key. They count as seen now.
   * @param invitedBy a member; absent: the operator
   */
  enrol(name: Username, identityKey: Uint8Array, now: number, invitedBy?: Username): void;
  /**
   * Returns the number of members in `member`'s whole tree of invites, which begins with a person whom the
   * operator invited.
   * @param from the earliest time of joining, up to `until`; Unix milliseconds
   */
  countInTree(member: Username, from: number, until: number): number;
  /** Returns the names of everybody who joined by invites of `member`, directly or not. */
  invitedFrom(member: Username): Username[];
  seen(name: Username, now: number): void;
  /**
   * Records the people who are signed in, and clears the record of all others.
   * @param atMost how many records to change at once.
   * @returns whether all are correct now
   */
  setOnline(names: ReadonlySet<Username>, atMost: number): boolean;
  /** Returns whether the member appears offline to the others. */
  isHidden(name: Username): boolean;
  hide(name: Username, hidden: boolean): void;
  /** Returns up to `limit` revoked members after `after`, sorted by name. */
  revoked(after: Username | undefined, limit: number): Username[];
  /**
   * Revokes a member.
   * @returns false if there is no such member, or it is already revoked
   */
  revoke(name: Username, now: number): boolean;
}

export interface InviteTerms {
  readonly uses: number;
  readonly expiresAt: number;
  /** Only this name may use it, and this name may get a new key with it. */
  readonly reservedFor?: Username;
  /** The member who requested it; absent for the operator's. */
  readonly createdBy?: Username;
}

/** Tokens are bearer secrets: the store keeps SHA-256(token) only. */
export interface Invites {
  /** @param token INVITE_TOKEN_BYTES; not kept. */
  add(token: Uint8Array, terms: InviteTerms): void;
  /** Returns the terms with the `uses` left; also of expired and used-up invites. */
  find(token: Uint8Array): InviteTerms | undefined;
  /**
   * Takes one use, atomically.
   * @returns false if none was left or it has expired
   */
  spend(token: Uint8Array, now: number): boolean;
  /** Number of invites of `member` that are not used up, including expired ones until they are purged. */
  countUnused(member: Username): number;
  /** Number of stored invites of `member`, or of all members if absent. The operator's do not count. */
  count(member?: Username): number;
  /** Deletes all invites of a member, so that their holders cannot use them any more. */
  removeOf(member: Username): void;
  /** Deletes invites that expired before `before`. */
  purge(before: number): Pieces;
}

export interface Conversations {
  find(id: ConversationId): Conversation | undefined;
  /** Returns all of the pair, in both directions. */
  between(one: Username, other: Username): Conversation[];
  /**
   * Returns a person's conversations.
   * @param limit how many; all if absent
   */
  of(name: Username, limit?: number): Conversation[];
  /**
   * Returns established ones of `name`, without those with people whom `name` has blocked.
   * @returns up to `limit` after `after`, ascending
   */
  established(name: Username, after: ConversationId | undefined, limit: number): ConversationId[];
  /**
   * Number of conversations that `name` has requested, answered or not, and of others' that `name` has
   * accepted.
   */
  count(name: Username): number;
  /** Number of unanswered requests of `requester` to people with whom they have not talked. */
  countAskedBy(requester: Username): number;
  countAskedOf(addressee: Username): number;
  /**
   * Returns the request to `addressee` that is displaced first: the oldest of the person with the most
   * requests.
   */
  firstToGiveWay(addressee: Username): Conversation | undefined;
  /** Records that the two have an established conversation, or had until now. */
  recordAcquaintance(one: Username, other: Username, now: number): void;
  /** Returns whether the two have talked and `purge` has not forgotten it. */
  areAcquainted(one: Username, other: Username): boolean;
  /**
   * Makes a name whose owner changed or left a stranger to up to `limit` more people.
   * @returns to how many
   */
  forgetAcquaintances(name: Username, limit: number): number;
  put(conversation: Conversation, now: number): void;
  remove(id: ConversationId): void;
  /**
   * Deletes requests, answered or not, that led to no session and have not changed since `before`; and
   * acquaintances whose last session ended before that.
   */
  purge(before: number): Pieces;
}

/** Block lists. */
export interface Blocks {
  has(blocker: Username, blocked: Username): boolean;
  /** Returns the names that `blocker` has blocked. */
  by(blocker: Username): ReadonlySet<Username>;
  /** Returns the names that have blocked `blocked`. */
  of(blocked: Username): ReadonlySet<Username>;
  add(blocker: Username, blocked: Username): void;
  remove(blocker: Username, blocked: Username): void;
}

/**
 * The keys that notes are sealed for: the newest of each person. Deleted when the name gets another identity
 * key.
 */
export interface RequestKeys {
  /** Returns the RequestKey in wire form. Do not modify it. */
  of(name: Username): Uint8Array | undefined;
  put(name: Username, body: Uint8Array): void;
}

/** One piece of mail for one person. */
export interface Mail {
  /** Position in the order of everything ever sent through this server; assigned by `Mailbox.nextPlace`. */
  readonly place: number;
  readonly recipient: Username;
  /** The mail counts for this sender while it waits. */
  readonly sender: Username;
  readonly opcode: Opcode;
  readonly conversation: ConversationId;
  /** With MESSAGE only. A second one with the same id is not stored again. */
  readonly message?: MessageId | undefined;
  /** The body in wire form. Do not modify it. */
  readonly body: Uint8Array;
}

export interface Mailbox {
  /** Reserves a place, so that mail that is in flight keeps its order if it is stored later. */
  nextPlace(): number;
  /**
   * Returns whether the sender's share of the recipient's mailbox, and of all mailboxes, has room for it
   * (mail-share.ts), or it is already stored. Alike for a recipient who reads and one who has blocked the
   * sender.
   */
  takes(mail: Mail, now: number): boolean;
  /** Stores it, even without room; a message that is already stored is not stored again. */
  put(mail: Mail, now: number): void;
  /** Stores mail as `put` does, and deletes it at once. */
  drop(mail: Mail, now: number): void;
  /** Returns the senders of stored mail, including those whom the recipient has blocked. */
  senders(recipient: Username): Username[];
  /**
   * Returns up to `limit` mails of `sender` after `place`, in order; none if the recipient has blocked the
   * sender.
   */
  after(recipient: Username, sender: Username, place: number, limit: number): Mail[];
  /**
   * Removes mail that the recipient has received. Does nothing if the sender is blocked by now, for whom it
   * has to look unread.
   */
  remove(mail: Mail): void;
  /** Records that the recipient is about to receive that request. */
  show(place: number): void;
  /** Returns whether that conversation's request is stored and its addressee has never received it. */
  isUnseen(conversation: ConversationId): boolean;
  /** Removes a request that was answered or withdrawn. */
  removeRequest(conversation: ConversationId): void;
  /**
   * Gives up any amount of mail from `sender`: from now on it is not read and does not count for that
   * mailbox. Until it is deleted from the disk it counts in the sender's total.
   */
  giveUp(recipient: Username, sender: Username): void;
  /**
   * Does what `giveUp` does, for up to `limit` senders.
   * @returns for how many
   */
  giveUpAll(recipient: Username, limit: number): number;
  /** Deletes mail that was given up from the disk. */
  sweep(): Pieces;
  /** Deletes mail that was stored before `before`. */
  purge(before: number): Pieces;
  /** How many mails were stored since the store was opened. */
  readonly stored: number;
  /** Returns the amount of all waiting mail. */
  size(): MailboxSize;
}

export interface MailboxSize {
  readonly items: number;
  /** Bytes as the bounds count them, including mail that was given up and is still on the disk. */
  readonly bytes: number;
}

/** A blob's row: its bytes are in a file. */
export interface BlobRow {
  readonly owner: Username;
  readonly bytes: number;
  /** How many bytes are certainly on the disk. If all: the blob is complete, and never changes again. */
  readonly done: number;
  /** Unix milliseconds. */
  readonly until: number;
}

/** The rows of blobs. One that was given up is no longer found, but counts until its file is removed. */
export interface BlobRows {
  find(name: BlobName): BlobRow | undefined;
  /** Returns whether there is a row, given up or not. */
  has(name: BlobName): boolean;
  /**
   * Adds a row.
   * @returns false if one of that name still exists
   */
  add(name: BlobName, blob: Omit<BlobRow, "done">, now: number): boolean;
  /** Records that the owner continues the upload. */
  touch(name: BlobName, now: number): void;
  /**
   * Records how many bytes are on the disk.
   * @returns false if there is no such blob any more
   */
  reached(name: BlobName, done: number, now: number): boolean;
  /** Bytes of an owner's blobs and uploads, as the bounds count them. */
  bytesOf(owner: Username): number;
  /** The size of all blobs, including those that were given up. */
  size(): BlobSize;
  giveUp(name: BlobName): void;
  /** Gives up any number of an owner's blobs. */
  giveUpAll(owner: Username): void;
  /**
   * Gives up expired blobs.
   * @param unfinishedBefore uploads that were not continued since then
   */
  expire(now: number, unfinishedBefore: number): Pieces;
  /** Returns one that was given up and whose row still exists. */
  nextGivenUp(): BlobName | undefined;
  /** Deletes the row after its file was removed. */
  forget(name: BlobName): void;
  /** Returns up to `limit` that were not given up, after `after`, sorted by name. */
  after(after: BlobName | undefined, limit: number): { readonly name: BlobName; readonly row: BlobRow }[];
  /** Returns uploads that are not complete. */
  unfinished(): { readonly name: BlobName; readonly row: BlobRow }[];
}

export interface BlobSize {
  readonly blobs: number;
  /** Bytes as the bounds count them. */
  readonly bytes: number;
}

export interface Settings {
  get(key: string): string | undefined;
  set(key: string, value: string): void;
}

export interface Store {
  readonly directory: Directory;
  readonly invites: Invites;
  readonly conversations: Conversations;
  readonly blocks: Blocks;
  readonly requestKeys: RequestKeys;
  readonly mailbox: Mailbox;
  readonly blobs: BlobRows;
  readonly settings: Settings;
  readonly commits: CommitFigures;
  /**
   * Runs `work`, and rolls back all its writes if it throws.
   * @throws StoreBusy, errors of `work`
   */
  atomically<T>(work: () => T): T;
  /** Resolves when everything written so far is durable; rejects when that failed and it was rolled back. */
  committed(): Promise<void>;
  /** Returns whether another process has written since the last call. */
  changedElsewhere(): boolean;
  /**
   * Sets how long a writer waits here while another program writes; the whole process waits meanwhile. A
   * running server does not wait at all, since requests that need no disk would wait too.
   * @param ms 5 s at first
   */
  waitForOthers(ms: number): void;
  /** Commits and closes. Safe to call twice. */
  close(): void;
}
