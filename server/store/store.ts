/**
 * The server's data behind one interface: members (directory), invites, conversations, blocks, request
 * keys, mailboxes, and a few settings. Every change made in one turn of the event loop is one transaction, committed at its end;
 * `committed()` tells when, and nothing is acknowledged to anybody before.
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
  /** Was signed in when the server last noted that; a server that was killed leaves it behind. */
  readonly online: boolean;
  readonly revokedAt: number | undefined;
  /** The member whose invite it was; absent: the operator's own. */
  readonly invitedBy: Username | undefined;
}

export interface Directory {
  find(name: Username): Member | undefined;
  /** By name. */
  list(): Member[];
  /** Those who have not been revoked. */
  count(): number;
  /** Adds a member, or gives an existing (or revoked) one a new key. @param invitedBy a member; absent: the operator */
  enrol(name: Username, identityKey: Uint8Array, now: number, invitedBy?: Username): void;
  /**
   * Members who came by invites of `member`'s whole tree, which begins with somebody whom the operator let in.
   * @param from when they came, up to `until`; Unix milliseconds
   */
  countInTree(member: Username, from: number, until: number): number;
  /** The names of everybody who came by invites of `member`, of those who came so, and so on. */
  invitedFrom(member: Username): Username[];
  seen(name: Username, now: number): void;
  /**
   * Notes the people who are signed in; everybody else's note goes.
   * @param atMost how many notes to change at once. @returns whether all are right now
   */
  setOnline(names: ReadonlySet<Username>, atMost: number): boolean;
  /** Whether the member appears offline to the others. */
  isHidden(name: Username): boolean;
  hide(name: Username, hidden: boolean): void;
  /** @returns up to `limit` of those who have been revoked and come after `after`, by name */
  revoked(after: Username | undefined, limit: number): Username[];
  /** @returns false where there is no such member, or a revoked one. */
  revoke(name: Username, now: number): boolean;
}

export interface InviteTerms {
  readonly uses: number;
  readonly expiresAt: number;
  /** Only this name may use it, and this name may be given a new key with it. */
  readonly reservedFor?: Username;
  /** The member who asked for it; absent for the operator's own. */
  readonly createdBy?: Username;
}

/** Tokens are bearer secrets: the store keeps SHA-256(token) only. */
export interface Invites {
  /** @param token INVITE_TOKEN_BYTES; not kept. */
  add(token: Uint8Array, terms: InviteTerms): void;
  /** @returns the terms with the `uses` left; expired and used-up ones too. */
  find(token: Uint8Array): InviteTerms | undefined;
  /** Takes one use, atomically. @returns false where none was left or it has expired. */
  spend(token: Uint8Array, now: number): boolean;
  /** Invites of `member` that are not used up, expired ones too until they are purged. */
  countUnused(member: Username): number;
  /** All of `member` that are kept; without: of all members. The operator's own are nobody's. */
  count(member?: Username): number;
  /** Its holders cannot use it any more. */
  removeOf(member: Username): void;
  /** Forgets those that expired before `before`. */
  purge(before: number): Pieces;
}

export interface Conversations {
  find(id: ConversationId): Conversation | undefined;
  /** All of the pair, in both directions. */
  between(one: Username, other: Username): Conversation[];
  /** @param limit how many of them; all where absent */
  of(name: Username, limit?: number): Conversation[];
  /**
   * Established ones of `name`, but those with somebody whom `name` has blocked.
   * @returns up to `limit` that come after `after`, ascending
   */
  established(name: Username, after: ConversationId | undefined, limit: number): ConversationId[];
  /** Those that `name` has asked for, answered or not, and those of others that `name` has accepted. */
  count(name: Username): number;
  /** Strangers' requests that nobody has answered yet: of people who have not talked with the other one. */
  countAskedBy(requester: Username): number;
  countAskedOf(addressee: Username): number;
  /** @returns the request to `addressee` that gives way to another: the oldest of the person who asks the most people */
  firstToGiveWay(addressee: Username): Conversation | undefined;
  /** The two have an established conversation, or had until now. */
  haveTalked(one: Username, other: Username, now: number): void;
  /** @returns whether they have, or had one that is not forgotten (`purge`). */
  areAcquainted(one: Username, other: Username): boolean;
  /** `name` is somebody else from now on, or nobody: a stranger to up to `limit` more. @returns to how many */
  forgetAcquaintances(name: Username, limit: number): number;
  put(conversation: Conversation, now: number): void;
  remove(id: ConversationId): void;
  /**
   * Forgets requests, answered or not, that led to no session and have not moved since `before`; and acquaintances
   * where the last session ended before that.
   */
  purge(before: number): Pieces;
}

/** Block lists. */
export interface Blocks {
  has(blocker: Username, blocked: Username): boolean;
  /** The names that `blocker` has blocked. */
  by(blocker: Username): ReadonlySet<Username>;
  /** The names that have blocked `blocked`. */
  of(blocked: Username): ReadonlySet<Username>;
  add(blocker: Username, blocked: Username): void;
  remove(blocker: Username, blocked: Username): void;
}

/** The keys that notes are sealed for: the newest of each person. Gone when their name gets another identity key. */
export interface RequestKeys {
  /** @returns the RequestKey as it goes over the wire. Not modified. */
  of(name: Username): Uint8Array | undefined;
  put(name: Username, body: Uint8Array): void;
}

/** One thing to hand to one person. */
export interface Mail {
  /** Place in the order of everything ever sent through this server; given by `Mailbox.nextPlace`. */
  readonly place: number;
  readonly recipient: Username;
  /** It counts against them while it waits. */
  readonly sender: Username;
  readonly opcode: Opcode;
  readonly conversation: ConversationId;
  /** With MESSAGE only. A second one with the same id is not stored again. */
  readonly message?: MessageId | undefined;
  /** As it goes over the wire. Not modified. */
  readonly body: Uint8Array;
}

export interface Mailbox {
  /** Reserves a place, so that mail which is written later (it was under way) keeps its order. */
  nextPlace(): number;
  /**
   * @returns whether the sender's share of the recipient's mailbox, and of all mailboxes, has room for it (mail-share.ts), or it
   * lies there already. Alike for a reader and for a recipient who has blocked the sender.
   */
  takes(mail: Mail, now: number): boolean;
  /** Stores it, room or not; a message that lies there already is not stored again. */
  put(mail: Mail, now: number): void;
  /** As `put`, and then nothing is left. */
  drop(mail: Mail, now: number): void;
  /** @returns whose mail lies there, also of those whom the recipient has blocked */
  senders(recipient: Username): Username[];
  /** @returns up to `limit` items of `sender` after `place`, in order; none where the recipient has blocked the sender. */
  after(recipient: Username, sender: Username, place: number, limit: number): Mail[];
  /** The recipient has it. Nothing happens where the sender is blocked by now: for them it waits on. */
  remove(mail: Mail): void;
  /** The recipient is about to be given that request. */
  show(place: number): void;
  /** @returns whether that conversation's request lies there and its addressee was never given it */
  isUnseen(conversation: ConversationId): boolean;
  /** The request was answered or withdrawn: no need to ask again. */
  removeRequest(conversation: ConversationId): void;
  /**
   * Gives up the mail there from `sender`, any amount of it: from now on it is neither read nor counts for that mailbox.
   * Until it is off the disk it counts among all mail of the sender.
   */
  giveUp(recipient: Username, sender: Username): void;
  /** As `giveUp`, from up to `limit` senders. @returns from how many */
  giveUpAll(recipient: Username, limit: number): number;
  /** Takes mail that was given up off the disk. */
  sweep(): Pieces;
  /** Deletes mail that was stored before `before`. */
  purge(before: number): Pieces;
  /** How often something was put in since the store was opened. */
  readonly stored: number;
  /** All waiting mail. */
  size(): MailboxSize;
}

export interface MailboxSize {
  readonly items: number;
  /** As the bounds count them: with mail that was given up and is not off the disk yet. */
  readonly bytes: number;
}

/** A blob's row: its bytes are in a file. */
export interface BlobRow {
  readonly owner: Username;
  readonly bytes: number;
  /** How many of them are certainly on the disk. All: it is complete, and changes no more. */
  readonly done: number;
  /** Unix milliseconds. */
  readonly until: number;
}

/** The rows of blobs. One that was given up is found no more, and counts until its file is off the disk. */
export interface BlobRows {
  find(name: BlobName): BlobRow | undefined;
  /** @returns whether there is a row, given up or not */
  has(name: BlobName): boolean;
  /** @returns false where one of that name is still there */
  add(name: BlobName, blob: Omit<BlobRow, "done">, now: number): boolean;
  /** The owner goes on with it. */
  touch(name: BlobName, now: number): void;
  /** So many bytes are on the disk. @returns false where there is no such blob any more */
  reached(name: BlobName, done: number, now: number): boolean;
  /** Of blobs and uploads, as the bounds count them. */
  bytesOf(owner: Username): number;
  /** All, those that were given up included. */
  size(): BlobSize;
  giveUp(name: BlobName): void;
  /** Any number of them. */
  giveUpAll(owner: Username): void;
  /** Gives up those whose time is over. @param unfinishedBefore uploads that nobody has gone on with since then */
  expire(now: number, unfinishedBefore: number): Pieces;
  /** @returns one that was given up and whose row is still there */
  nextGivenUp(): BlobName | undefined;
  /** Its file is off the disk. */
  forget(name: BlobName): void;
  /** @returns up to `limit` that were not given up and come after `after`, by name */
  after(after: BlobName | undefined, limit: number): { readonly name: BlobName; readonly row: BlobRow }[];
  /** Uploads that are not complete. */
  unfinished(): { readonly name: BlobName; readonly row: BlobRow }[];
}

export interface BlobSize {
  readonly blobs: number;
  /** As the bounds count them. */
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
  /** All of `work` or, where it throws, nothing of it. @throws StoreBusy, errors of `work` */
  atomically<T>(work: () => T): T;
  /** Resolves when everything written so far is on disk; rejects when that failed and it is undone. */
  committed(): Promise<void>;
  /** @returns whether another process has written since the last call. */
  changedElsewhere(): boolean;
  /**
   * Sets for how long a writer waits here while another program writes, and with it everything else in this process. A running
   * server does not wait at all: those who need no disk would wait too.
   * @param ms 5 s at first
   */
  waitForOthers(ms: number): void;
  /** Commits and closes. Safe to call twice. */
  close(): void;
}
