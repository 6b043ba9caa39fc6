/**
 * What the server keeps, behind one interface: who belongs (directory), invites, conversations, blocks, request
 * keys, mailboxes, and a few settings. Every change made in one turn of the event loop is one transaction, committed at its end;
 * `committed()` tells when, and nothing is acknowledged to anybody before.
 */
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import type { Opcode } from "../../protocol/wire/parley_pb.ts";
import type { Conversation } from "../rules.ts";
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
  /** Who came by invites of `member`, of those who came so, and so on, by name. */
  invitedFrom(member: Username): Username[];
  seen(name: Username, now: number): void;
  /** Notes who is signed in; everybody else's note goes. */
  setOnline(names: ReadonlySet<Username>): void;
  /** Whether the member appears offline to the others. */
  isHidden(name: Username): boolean;
  hide(name: Username, hidden: boolean): void;
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
  /** @returns the terms with what is left of `uses`; expired and used-up ones too. */
  find(token: Uint8Array): InviteTerms | undefined;
  /** Takes one use, atomically. @returns false where none was left or it has expired. */
  spend(token: Uint8Array, now: number): boolean;
  /** Invites of `member` that are not used up, expired ones too until they are purged. */
  countUnused(member: Username): number;
  /** All of `member` that are kept; without: of all members. The operator's own are nobody's. */
  count(member?: Username): number;
  /** Whoever has one cannot use it any more. */
  removeOf(member: Username): void;
  /** Forgets those that expired before `before`. */
  purge(before: number): void;
}

export interface Conversations {
  find(id: ConversationId): Conversation | undefined;
  /** All of the pair, whoever asked. */
  between(one: Username, other: Username): Conversation[];
  of(name: Username): Conversation[];
  /**
   * Established ones of `name`, but those with somebody whom `name` has blocked.
   * @returns up to `limit` that come after `after`, ascending
   */
  established(name: Username, after: ConversationId | undefined, limit: number): ConversationId[];
  /** Conversations of members who have been revoked. */
  ofRevoked(): { conversation: Conversation; revoked: Username }[];
  /** Those that `name` has asked for, answered or not, and those of others that `name` has accepted. */
  count(name: Username): number;
  /** Strangers' requests that nobody has answered yet: of people who have not talked with the other one. */
  countAskedBy(requester: Username): number;
  countAskedOf(addressee: Username): number;
  /** @returns which of those of `addressee` gives way to another: of who asks the most people, the oldest */
  firstToGiveWay(addressee: Username): Conversation | undefined;
  /** The two have an established conversation, or had until now. */
  haveTalked(one: Username, other: Username, now: number): void;
  /** @returns whether they have, or had one that is not forgotten (`purge`). */
  areAcquainted(one: Username, other: Username): boolean;
  /** `name` is somebody else from now on, or nobody: a stranger to all. */
  forgetAcquaintances(name: Username): void;
  put(conversation: Conversation, now: number): void;
  remove(id: ConversationId): void;
  /**
   * Forgets requests, answered or not, that led to no session and have not moved since `before`; and who has talked with whom,
   * where the last session ended before that.
   */
  purge(before: number): void;
}

/** Who wants to be left alone by whom. */
export interface Blocks {
  has(blocker: Username, blocked: Username): boolean;
  /** Whom `blocker` has blocked, by name. */
  by(blocker: Username): ReadonlySet<Username>;
  /** Who has blocked `blocked`. */
  of(blocked: Username): ReadonlySet<Username>;
  add(blocker: Username, blocked: Username): void;
  remove(blocker: Username, blocked: Username): void;
}

/** What notes to somebody are sealed for: the newest they said, one each. Gone when their name gets another identity key. */
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
  readonly message?: MessageId;
  /** As it goes over the wire. Not modified. */
  readonly body: Uint8Array;
}

export interface Mailbox {
  /** Reserves a place, so that mail which is written later (it was under way) keeps its order. */
  nextPlace(): number;
  /**
   * @returns whether the sender's share of the recipient's mailbox, and of all mailboxes, has room for it (mail-share.ts), or it
   * lies there already. Alike for who reads it and who has blocked the sender.
   */
  takes(mail: Mail, now: number): boolean;
  /** Stores it, room or not; a message that lies there already is not stored again. */
  put(mail: Mail, now: number): void;
  /** As `put`, in the same steps, but the recipient is never to have it: what is kept counts against the sender, and is empty. */
  discard(mail: Mail, now: number): void;
  /** As `discard`, and then nothing is left. */
  drop(mail: Mail, now: number): void;
  /** @returns whose mail may lie there; of some of them everything was discarded */
  senders(recipient: Username): Username[];
  /** @returns up to `limit` items of `sender` after `place`, in order. */
  after(recipient: Username, sender: Username, place: number, limit: number): Mail[];
  /** The recipient has it. */
  remove(mail: Mail): void;
  /** The recipient is about to be given that request. */
  show(place: number): void;
  /** @returns whether that conversation's request lies there and its addressee was never given it */
  isUnseen(conversation: ConversationId): boolean;
  /** The request was answered or withdrawn: no need to ask again. */
  removeRequest(conversation: ConversationId): void;
  clear(recipient: Username): void;
  /** What waits of `sender` is not wanted any more: as if it had been discarded when it came. */
  discardFrom(recipient: Username, sender: Username): void;
  /** What was discarded counts no more. */
  forgetDiscarded(recipient: Username, sender: Username): void;
  purge(before: number): void;
  /** How often something was put in since the store was opened. */
  readonly stored: number;
  /** What waits for everybody. Reads through an index of all of it: not for every message. */
  size(): MailboxSize;
}

export interface MailboxSize {
  readonly items: number;
  /** As the bounds count them: with what was discarded. */
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
  readonly settings: Settings;
  readonly commits: CommitFigures;
  /** All of `work` or, where it throws, nothing of it. @throws StoreBusy, what `work` throws */
  atomically<T>(work: () => T): T;
  /** Resolves when everything written so far is on disk; rejects when that failed and it is undone. */
  committed(): Promise<void>;
  /** @returns whether another process has written since the last call. */
  changedElsewhere(): boolean;
  /**
   * Says for how long whoever writes here waits while another program does, and with them everything else in this process. A running
   * server does not wait at all: those who need no disk would wait too.
   * @param ms 5 s at first
   */
  waitForOthers(ms: number): void;
  /** Commits and closes. Safe to call twice. */
  close(): void;
}
