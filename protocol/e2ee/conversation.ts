/**
 * One conversation: an MLS group (RFC 9420) whose members' signature keys are their Parley identity keys.
 * Values are immutable: an operation returns the next state, which the caller stores before it lets any bytes out.
 *
 * Use one line of values: wait for an operation, store its `next`, begin the following one on that. Two operations begun
 * on the same value are two futures, of which one gets lost, and two messages sealed on it share a key.
 *
 * What is wiped: message keys and what was derived on the way, as soon as they are used. A ratchet secret that `next`
 * has left behind is not, as the caller may have to come back to this value when storing `next` fails; it is gone when
 * the value is garbage, and on disk when the caller overwrites what it stored.
 */
import type { GroupState } from "ts-mls";
import { protectApplicationData } from "ts-mls/messageProtection.js";
import type { PrivateMessage } from "ts-mls/privateMessage.js";
import { ProtocolError, TrustError } from "../errors.ts";
import {
  MAX_COMMIT_BYTES,
  MAX_SEALED_BYTES,
  SELF_UPDATE_AFTER_MESSAGES,
  SELF_UPDATE_AFTER_MS,
} from "../limits.ts";
import {
  type ConversationId,
  conversationIdFrom,
  idBytes,
  type MessageId,
  newMessageId,
  type Username,
} from "../names.ts";
import { type Content, decodeContent, encodeContent, type ReceivedContent } from "./content.ts";
import { forgetOldSkipped, keysOf, retire, unprotect } from "./epoch-keys.ts";
import { checkKey, groupConfig, type KeyCheck, type Members, membersOf, sameMembers } from "./group.ts";
import { joinGroup, makeGroup, type Parties } from "./group-agreement.ts";
import { type ConversationState, decodeStored, encodeStored, wipeUnheld } from "./group-state.ts";
import type { Joining, KeyPackageOwner } from "./key-package.ts";
import { decodeMessage, encodeMessage } from "./mls-message.ts";
import { type Order, orderOf } from "./order.ts";
import { paddingFor } from "./padding.ts";
import { applyUpdate, makeUpdate } from "./self-update.ts";
import { parleySuite } from "./suite.ts";

export type { KeyCheck } from "./group.ts";
export { inspectKeyPackage, type Joining, type KeyPackageOwner, prepareToJoin } from "./key-package.ts";

export interface Sealed {
  readonly next: Conversation;
  /** MLSMessage(PrivateMessage), at most MAX_SEALED_BYTES. */
  readonly bytes: Uint8Array;
}
/** A message, or the peer's self-update, which has no content: from `next` on it counts. */
export type Opened = { readonly next: Conversation; readonly sender: Username } & (
  | { readonly content: ReceivedContent; readonly order: Order }
  | { readonly content?: undefined; readonly order?: undefined }
);
/** One's own self-update, kept in `next` until mergeCommit(). */
export interface Committed {
  readonly next: Conversation;
  readonly id: MessageId;
  /** The epoch it follows on: what the server orders commits by. */
  readonly epoch: bigint;
  /** MLSMessage(PrivateMessage), at most MAX_COMMIT_BYTES. */
  readonly bytes: Uint8Array;
}

export class Conversation {
  readonly id: ConversationId;
  /** One's own name in it. */
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
    return this.#state.group.groupContext.epoch;
  }

  /**
   * The requester's side: makes the group and adds the accepting person.
   * @throws TrustError "identity-mismatch" when the KeyPackage is not `peer`'s, "identity-changed" when its key fails
   * `check`; ProtocolError "bad-content" for what is no KeyPackage
   */
  static async create(
    options: Parties & { readonly keyPackage: Uint8Array },
  ): Promise<{ readonly conversation: Conversation; readonly welcome: Uint8Array }> {
    const { group, members, welcome } = await makeGroup(options);
    return {
      // The peer is in no epoch of it yet.
      conversation: new Conversation(options.id, begun(group, 0n), members, options.check),
      welcome,
    };
  }

  /**
   * The accepting side. The caller deletes `joining` once the result is stored: a KeyPackage is used once.
   * @throws TrustError "wrong-conversation" when it is another group, "identity-mismatch" when its members are not
   * exactly `name` and `peer`, "identity-changed" when the peer's key fails `check`, "undecryptable" when the Welcome
   * is damaged or for another KeyPackage
   */
  static async join(
    options: Parties & { readonly joining: Joining; readonly welcome: Uint8Array },
  ): Promise<Conversation> {
    const { group, members } = await joinGroup(options);
    return new Conversation(options.id, begun(group, group.groupContext.epoch), members, options.check);
  }

  /**
   * For storage, sealed by the caller: holds key material, one's own identity seed among it.
   * @returns some 6 KiB, 70 bytes for each message that is missing so far, and 10 KiB while a commit is under way
   */
  serialize(): Uint8Array {
    return encodeStored(this.#state);
  }

  /** @param bytes what serialize() gave; copied. @throws ProtocolError "bad-content" for anything else */
  static deserialize(bytes: Uint8Array, check: KeyCheck): Conversation {
    const state = decodeStored(bytes);
    const members = membersOf(state.group);
    const id = conversationIdFrom(state.group.groupContext.groupId);
    if (members === undefined || id === undefined)
      throw new ProtocolError("bad-content", "Not the stored state of a conversation");
    return new Conversation(id, state, members, check);
  }

  /**
   * @param id goes along as authenticated data; the same on every retry, which sends the same bytes again
   * @throws TrustError "identity-changed" when the peer's key is no longer the pinned one; UsageError "too-large"
   */
  async seal(id: MessageId, content: Content): Promise<Sealed> {
    checkKey(this.#members.peer, this.#check);
    const plaintext = encodeContent(content);
    const { group, sealedSince } = this.#state;
    const sealed = await protectApplicationData(
      group.signaturePrivateKey,
      group.keySchedule.senderDataSecret,
      plaintext,
      new Uint8Array(idBytes(id)),
      group.groupContext,
      group.secretTree,
      this.#members.own.leafIndex,
      { kind: "alwaysPad", paddingLength: paddingFor(plaintext.length) },
      await parleySuite(),
    );
    const { privateMessage } = sealed;
    wipeUnheld(sealed.consumed, group);
    return {
      next: this.#with({
        group: { ...group, secretTree: sealed.newSecretTree },
        sealedSince: sealedSince + 1,
      }),
      bytes: encodeMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage }),
    };
  }

  /**
   * @param id what the server says the message's id is; must be the one its sender sealed it with
   * @param sealed foreign bytes; not modified and not kept
   * @throws TrustError "undecryptable" (damaged, forged, replayed, too late, or of an epoch that is not ours: the two
   * sides' states may not fit any more), "wrong-conversation", "identity-mismatch" (not from the peer, or under another
   * id: somebody lies), "identity-changed". This value stays usable.
   */
  async open(id: MessageId, sealed: Uint8Array): Promise<Opened> {
    const message = decodeMessage(sealed, "mls_private_message", MAX_SEALED_BYTES)?.privateMessage;
    if (message === undefined) throw new TrustError("undecryptable", "Not a sealed message");
    if (conversationIdFrom(message.groupId) !== this.id)
      throw new TrustError("wrong-conversation", "The message was sealed for another conversation");
    if (!Buffer.from(message.authenticatedData).equals(idBytes(id)))
      throw new TrustError("identity-mismatch", "The message was sealed under another id");
    checkKey(this.#members.peer, this.#check);
    // Who seals in the epoch that our commit makes has opened it: it counts, though the server's word is not here yet.
    const { pending } = this.#state;
    const at = message.epoch === pending?.group.groupContext.epoch ? this.#merged(pending.group) : this;
    switch (message.contentType) {
      case "application":
        return at.#openMessage(message);
      case "commit":
        return at.#openCommit(message, sealed.length);
      case "proposal":
        throw new TrustError("undecryptable", "Proposals are not taken");
    }
  }

  /** @param now Unix time, milliseconds. @returns whether it is time for commit() */
  updateDue(now: number): boolean {
    const { peerEpoch, sealedSince, updatedAt } = this.#state;
    // Not before the peer is here too: else what they sealed long ago, and send when they come back, is too old to open.
    if (peerEpoch < this.epoch) return false;
    return sealedSince >= SELF_UPDATE_AFTER_MESSAGES || Math.abs(now - updatedAt) >= SELF_UPDATE_AFTER_MS;
  }

  /**
   * Self-update: new keys for our side. Store `next`, send `bytes`; until mergeCommit() nothing else changes. While one
   * is under way it is given again, word for word: it is sent until it counts, or until the peer's has come instead.
   * @param now Unix time, milliseconds
   * @throws TrustError "identity-changed"
   */
  async commit(now: number): Promise<Committed> {
    checkKey(this.#members.peer, this.#check);
    const { group } = this.#state;
    const pending = this.#state.pending ?? (await this.#makeCommit());
    return {
      next: this.#with({ pending, updatedAt: now, sealedSince: 0 }),
      id: pending.id,
      epoch: group.groupContext.epoch,
      bytes: new Uint8Array(pending.bytes),
    };
  }

  /** Id of one's own commit that neither counts nor has given way to the peer's yet. */
  get underWay(): MessageId | undefined {
    return this.#state.pending?.id;
  }

  /** The server has taken one's own commit. Changes nothing where that is not the one under way. */
  mergeCommit(id: MessageId): Conversation {
    const { pending } = this.#state;
    return pending?.id === id ? this.#merged(pending.group) : this;
  }

  async #makeCommit(): Promise<NonNullable<ConversationState["pending"]>> {
    const id = newMessageId();
    const { bytes, next } = await makeUpdate(this.#state.group, this.#config, id);
    return { id, bytes, group: next };
  }

  async #openMessage(message: PrivateMessage): Promise<Opened> {
    const { group, past } = this.#state;
    const current = message.epoch === this.epoch;
    const keys = current
      ? keysOf(group)
      : past.find(({ groupContext }) => groupContext.epoch === message.epoch);
    if (keys === undefined)
      throw new TrustError("undecryptable", "The message was sealed in an epoch that is not ours");
    const { leafIndex } = this.#members.peer;
    const { content, tree, consumed } = await unprotect(keys, group, leafIndex, message);
    if (content.contentType !== "application")
      throw new TrustError("undecryptable", "The message holds a change to the group");
    wipeUnheld(consumed, keys);
    const secretTree = forgetOldSkipped(tree);
    const opened = decodeContent(content.applicationData);
    const next = current
      ? this.#with({ group: { ...group, secretTree }, peerEpoch: message.epoch })
      : this.#with({ past: past.map((one) => (one === keys ? { ...keys, secretTree } : one)) });
    return {
      next,
      content: opened,
      sender: this.peer.name,
      order: orderOf(keys, [keysOf(group), ...past], secretTree, leafIndex),
    };
  }

  async #openCommit(message: PrivateMessage, bytes: number): Promise<Opened> {
    const { group, past, pending, sealedSince } = this.#state;
    if (message.epoch !== this.epoch || bytes > MAX_COMMIT_BYTES)
      throw new TrustError("undecryptable", "The commit follows on another epoch than ours, or is too long");
    const { peer } = this.#members;
    const updated = await applyUpdate(group, this.#config, peer.leafIndex, message);
    if (!sameMembers(membersOf(updated), this.#members))
      throw new TrustError("identity-mismatch", "The commit changes more than its sender's keys");
    const next = this.#with({
      group: updated,
      past: retire(group, peer.leafIndex, past),
      pending: undefined,
      peerEpoch: updated.groupContext.epoch,
      // Ours came second: our own keys are still to be renewed.
      sealedSince: pending === undefined ? sealedSince : SELF_UPDATE_AFTER_MESSAGES,
    });
    return { next, sender: this.peer.name };
  }

  /** @param next the group that one's own commit makes */
  #merged(next: GroupState): Conversation {
    const { group, past } = this.#state;
    return this.#with({
      group: next,
      past: retire(group, this.#members.peer.leafIndex, past),
      pending: undefined,
    });
  }

  get #config() {
    const { own, peer } = this.#members;
    return groupConfig(own, peer.name, this.#check);
  }

  #with(change: Partial<ConversationState>): Conversation {
    return new Conversation(this.id, { ...this.#state, ...change }, this.#members, this.#check);
  }
}

function begun(group: GroupState, peerEpoch: bigint): ConversationState {
  return { group, past: [], pending: undefined, peerEpoch, updatedAt: Date.now(), sealedSince: 0 };
}
