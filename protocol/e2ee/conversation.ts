/**
 * One conversation: an MLS group (RFC 9420) whose members' signature keys are their Parley identity keys.
 * Values are immutable: an operation returns the next state, and the caller stores it before it sends any
 * bytes. Use values one after the other: wait for an operation, store its `next`, start the following one on
 * that. Two operations started on the same value fork the state: one of them is lost, and two messages sealed
 * on it share a key.
 * Wiped: message keys and all intermediate secrets, as soon as they are used. Not wiped: secrets of a value
 * that `next` replaces, since the caller may have to return to that value when storing `next` fails. They are
 * released when the value is garbage-collected, and on disk when the caller overwrites the stored state.
 */
import { ProtocolError, TrustError } from "../errors.ts";
import {
  MAX_COMMIT_BYTES,
  MAX_SEALED_BYTES,
  SELF_UPDATE_AFTER_MESSAGES,
  SELF_UPDATE_AFTER_MS,
} from "../limits.ts";
import { seal } from "../mls/application.ts";
import { createCommit } from "../mls/commit.ts";
import { MlsError, OwnCommitError } from "../mls/errors.ts";
import type { Group } from "../mls/group.ts";
import { merge } from "../mls/next-epoch.ts";
import type { Policy } from "../mls/policy.ts";
import { type Received, receive } from "../mls/receive.ts";
import {
  type ConversationId,
  conversationIdFrom,
  idBytes,
  type MessageId,
  newMessageId,
  type Username,
} from "../names.ts";
import { type Content, decodeContent, encodeContent, type ReceivedContent } from "./content.ts";
import { checkKey, type KeyCheck, type Members, membersOf, sameMembers, updatePolicy } from "./group.ts";
import { joinGroup, makeGroup, type Parties } from "./group-agreement.ts";
import { type ConversationState, decodeStored, encodeStored } from "./group-state.ts";
import type { Joining, KeyPackageOwner } from "./key-package.ts";
import { decodeMessage } from "./mls-message.ts";
import { type Order, orderOf } from "./order.ts";
import { paddingFor } from "./padding.ts";
import { openSignal, type Signal, sealTyping } from "./signal.ts";

export type { KeyCheck } from "./group.ts";
export { inspectKeyPackage, type Joining, type KeyPackageOwner, prepareToJoin } from "./key-package.ts";

export interface Sealed {
  readonly next: Conversation;
  /** MLSMessage(PrivateMessage), at most MAX_SEALED_BYTES. */
  readonly bytes: Uint8Array;
}
/** A message, or the peer's self-update, which has no content and is in effect from `next` on. */
export type Opened = { readonly next: Conversation; readonly sender: Username } & (
  | { readonly content: ReceivedContent; readonly order: Order }
  | { readonly content?: undefined; readonly order?: undefined }
);
/** This side's self-update, kept in `next` until mergeCommit(). */
export interface Committed {
  readonly next: Conversation;
  readonly id: MessageId;
  /** The epoch that it follows: the server orders commits by it. */
  readonly epoch: bigint;
  /** MLSMessage(PrivateMessage), at most MAX_COMMIT_BYTES. */
  readonly bytes: Uint8Array;
}

export class Conversation {
  readonly id: ConversationId;
  /** This user's name in the conversation. */
  readonly name: Username;
  /** The other person's name and identity key, 32 bytes. */
  readonly peer: KeyPackageOwner;
  readonly #state: ConversationState;
  readonly #members: Members;
  readonly #check: KeyCheck;

  private constructor(id: ConversationId, state: ConversationState, members: Members, check: KeyCheck) {
    this.id = id;
    this.name = members.own.name;
    this.peer = { name: members.peer.name, identityKey: new Uint8Array(members.peer.identityKey) };
    this.#state = state;
    this.#members = members;
    this.#check = check;
  }

  get epoch(): bigint {
    return this.#state.group.context.epoch;
  }

  /**
   * Creates the group and adds the accepting person; called by the requester.
   * @throws TrustError "identity-mismatch" when the KeyPackage is not `peer`'s, "identity-changed" when its
   * key fails `check`; ProtocolError "bad-content" for anything but a KeyPackage
   */
  static async create(
    options: Parties & { readonly keyPackage: Uint8Array },
  ): Promise<{ readonly conversation: Conversation; readonly welcome: Uint8Array }> {
    const { group, members, welcome } = makeGroup(options);
    return {
      // The peer has not reached any epoch yet.
      conversation: new Conversation(options.id, begun(group, 0n), members, options.check),
      welcome,
    };
  }

  /**
   * Joins by the Welcome; called by the accepting side. The caller deletes `joining` once the result is
   * stored, since a KeyPackage is used once.
   * @throws TrustError "wrong-conversation" when it is another group, "identity-mismatch" when its members
   * are not exactly `name` and `peer`, "identity-changed" when the peer's key fails `check`, "undecryptable"
   * when the Welcome is damaged or for another KeyPackage
   */
  static async join(
    options: Parties & { readonly joining: Joining; readonly welcome: Uint8Array },
  ): Promise<Conversation> {
    const { group, members } = joinGroup(options);
    return new Conversation(options.id, begun(group, group.context.epoch), members, options.check);
  }

  /**
   * Encodes the state for storage. The caller seals it: it holds key material, including this user's identity
   * seed.
   * @returns some 7 KiB, plus 80 bytes for each message missing so far, and 9 KiB while a commit is pending
   */
  serialize(): Uint8Array {
    return encodeStored(this.#state);
  }

  /**
   * Decodes a stored state.
   * @param bytes from serialize(); copied.
   * @throws ProtocolError "bad-content" for anything else
   */
  static deserialize(bytes: Uint8Array, check: KeyCheck): Conversation {
    const state = decodeStored(bytes);
    const members = membersOf(state.group);
    const id = conversationIdFrom(state.group.context.groupId);
    if (members === undefined || id === undefined)
      throw new ProtocolError("bad-content", "Not the stored state of a conversation");
    return new Conversation(id, state, members, check);
  }

  /**
   * Seals one message.
   * @param id authenticated together with the content; a retry sends the same bytes under the same id
   * @throws TrustError "identity-changed" when the peer's key is no longer the pinned one; UsageError
   * "too-large"
   */
  async seal(id: MessageId, content: Content): Promise<Sealed> {
    checkKey(this.#members.peer, this.#check);
    const plaintext = encodeContent(content);
    const { group, sealedSince } = this.#state;
    const { next, message } = seal(group, plaintext, {
      authenticatedData: idBytes(id),
      padding: paddingFor(plaintext.length),
    });
    return { next: this.#with({ group: next, sealedSince: sealedSince + 1 }), bytes: message };
  }

  /**
   * Opens one message.
   * @param id the message's id as the server reports it; must be the one that its sender sealed it with
   * @param sealed foreign bytes; not modified and not kept
   * @throws TrustError "undecryptable" (damaged, forged, replayed, too late, or of an epoch that is not ours:
   * the two sides may be out of sync), "wrong-conversation", "identity-mismatch" (not from the peer, or under
   * another id: the server or a peer is lying), "identity-changed". This value stays usable.
   */
  async open(id: MessageId, sealed: Uint8Array): Promise<Opened> {
    const message = decodeMessage(sealed, "mls_private_message", MAX_SEALED_BYTES)?.privateMessage;
    if (message === undefined) throw new TrustError("undecryptable", "Not a sealed message");
    if (conversationIdFrom(message.groupId) !== this.id)
      throw new TrustError("wrong-conversation", "The message was sealed for another conversation");
    if (!Buffer.from(message.authenticatedData).equals(idBytes(id)))
      throw new TrustError("identity-mismatch", "The message was sealed under another id");
    checkKey(this.#members.peer, this.#check);
    // A peer that seals in the epoch of our commit has opened it: the commit is in effect, even if the
    // server's answer has not arrived yet.
    const { pending } = this.#state;
    const at = message.epoch === pending?.group.context.epoch ? this.#merged(pending.group) : this;
    switch (message.contentType) {
      case "application":
        return at.#openMessage(sealed);
      case "commit":
        return at.#openCommit(sealed);
      case "proposal":
        throw new TrustError("undecryptable", "Proposals are not taken");
    }
  }

  /**
   * Seals the signal that this user is typing. Changes no state.
   * @param sentAt Unix time, milliseconds
   * @returns SEALED_SIGNAL_BYTES
   * @throws TrustError "identity-changed"
   */
  sealTyping(sentAt: number): Uint8Array {
    checkKey(this.#members.peer, this.#check);
    return sealTyping(this.#state.group, this.name, sentAt);
  }

  /**
   * Opens a signal of the peer's that was sealed in this epoch. Changes no state: the caller drops repetitions.
   * @param sealed foreign bytes
   * @throws TrustError "undecryptable", "identity-changed"
   */
  openSignal(sealed: Uint8Array): Signal {
    checkKey(this.#members.peer, this.#check);
    return openSignal(this.#state.group, this.peer.name, sealed);
  }

  /**
   * Returns whether it is time for commit().
   * @param now Unix time, milliseconds
   */
  updateDue(now: number): boolean {
    const { peerEpoch, sealedSince, updatedAt } = this.#state;
    // Not before the peer has reached this epoch: otherwise messages that they sealed long ago and send when
    // they are back would be too old to open.
    if (peerEpoch < this.epoch) return false;
    return sealedSince >= SELF_UPDATE_AFTER_MESSAGES || Math.abs(now - updatedAt) >= SELF_UPDATE_AFTER_MS;
  }

  /**
   * Makes a self-update: new keys for our side. Store `next` and send `bytes`; until mergeCommit() nothing
   * else changes. While a commit is pending, returns the same bytes again: they are sent until the commit is
   * in effect, or until the peer's has come instead.
   * @param now Unix time, milliseconds
   * @throws TrustError "identity-changed"
   */
  async commit(now: number): Promise<Committed> {
    checkKey(this.#members.peer, this.#check);
    const { group } = this.#state;
    const made =
      this.#state.pending === undefined ? makeCommit(group) : { group, pending: this.#state.pending };
    return {
      next: this.#with({ ...made, updatedAt: now, sealedSince: 0 }),
      id: made.pending.id,
      epoch: group.context.epoch,
      bytes: new Uint8Array(made.pending.bytes),
    };
  }

  /** Id of our pending commit, neither in effect nor superseded by the peer's. */
  get underWay(): MessageId | undefined {
    return this.#state.pending?.id;
  }

  /** Applies our commit after the server has accepted it. Changes nothing if `id` is not the pending one. */
  mergeCommit(id: MessageId): Conversation {
    const { pending } = this.#state;
    return pending?.id === id ? this.#merged(pending.group) : this;
  }

  #openMessage(sealed: Uint8Array): Opened {
    const { group } = this.#state;
    const received = this.#receive(sealed, {});
    if (received.type !== "application")
      throw new TrustError("undecryptable", "The message holds a change to the group");
    const { leafIndex } = this.#members.peer;
    if (received.sender !== leafIndex)
      throw new TrustError("identity-mismatch", "The message is not from the peer");
    const content = decodeContent(received.data);
    const { next, epoch } = received;
    return {
      next: this.#with(epoch === this.epoch ? { group: next, peerEpoch: epoch } : { group: next }),
      content,
      sender: this.peer.name,
      order: orderOf(group, next, epoch, leafIndex),
    };
  }

  #openCommit(sealed: Uint8Array): Opened {
    if (sealed.length > MAX_COMMIT_BYTES)
      throw new TrustError("undecryptable", "The commit is longer than any can be");
    const { pending, sealedSince } = this.#state;
    if (pending !== undefined && Buffer.from(pending.bytes).equals(sealed)) throw ownCommit();
    const received = this.#receive(sealed, updatePolicy(this.#members, this.#check));
    if (received.type !== "commit")
      throw new TrustError("undecryptable", "Not a self-update, and no other change to the group is taken");
    if (!sameMembers(membersOf(received.next), this.#members))
      throw new TrustError("identity-mismatch", "The commit changes more than its sender's keys");
    const next = this.#with({
      group: received.next,
      pending: undefined,
      peerEpoch: received.next.context.epoch,
      // Our commit came second: our keys still have to be renewed.
      sealedSince: pending === undefined ? sealedSince : SELF_UPDATE_AFTER_MESSAGES,
    });
    return { next, sender: this.peer.name };
  }

  /**
   * Processes a received message.
   * @throws TrustError "undecryptable"
   */
  #receive(sealed: Uint8Array, policy: Policy): Received {
    try {
      return receive(this.#state.group, sealed, policy);
    } catch (cause) {
      if (!(cause instanceof MlsError)) throw cause;
      if (cause instanceof OwnCommitError) throw ownCommit();
      // The MLS core's errors use fixed texts, without any bytes of a message.
      throw new TrustError("undecryptable", "The message does not open", { cause });
    }
  }

  /**
   * Merges our commit into the current state.
   * @param next the group that the commit makes
   */
  #merged(next: Group): Conversation {
    return this.#with({ group: merge(this.#state.group, next).next, pending: undefined });
  }

  #with(change: Partial<ConversationState>): Conversation {
    return new Conversation(this.id, { ...this.#state, ...change }, this.#members, this.#check);
  }
}

const ownCommit = () => new TrustError("identity-mismatch", "The commit is one's own, come back");

/**
 * Self-update (RFC 9420 §12.4): a commit without proposals.
 * @returns the current group, and the pending commit
 */
function makeCommit(group: Group) {
  const id = newMessageId();
  const { current, next, message } = createCommit(group, { authenticatedData: idBytes(id) }, {});
  // The keys of past epochs are attached when the commit takes effect.
  return { group: current, pending: { id, bytes: message, group: { ...next, past: [] } } };
}

function begun(group: Group, peerEpoch: bigint): ConversationState {
  return { group, pending: undefined, peerEpoch, updatedAt: Date.now(), sealedSince: 0 };
}
