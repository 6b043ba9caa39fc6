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
import {
  createCommit,
  createGroup,
  emptyPskIndex,
  type GroupState,
  joinGroupWithExtensions,
  type SecretTree,
  zeroOutUint8Array,
} from "ts-mls";
// Not processMessage: it would act on commits and proposals, and does not tell who sent a message.
import { protectApplicationData, unprotectPrivateMessage } from "ts-mls/messageProtection.js";
import { ParleyError, ProtocolError, TrustError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { MAX_SEALED_BYTES, MAX_WELCOME_BYTES } from "../limits.ts";
import { type ConversationId, conversationIdFrom, idBytes, type MessageId, type Username } from "../names.ts";
import { type Content, decodeContent, encodeContent } from "./content.ts";
import { checkKey, groupConfig, KEY_RETENTION, type KeyCheck, type Members, membersOf } from "./group.ts";
import { decodeStored, encodeStored, forgetOldSkipped, nextGeneration, wipeUnheld } from "./group-state.ts";
import {
  generateOwn,
  type Joining,
  type KeyPackageOwner,
  readKeyPackage,
  resumeJoining,
} from "./key-package.ts";
import { decodeMessage, encodeMessage } from "./mls-message.ts";
import { paddingFor } from "./padding.ts";
import { parleySuite } from "./suite.ts";

export type { KeyCheck } from "./group.ts";
export { inspectKeyPackage, type Joining, type KeyPackageOwner, prepareToJoin } from "./key-package.ts";

export interface Sealed {
  readonly next: Conversation;
  /** MLSMessage(PrivateMessage), at most MAX_SEALED_BYTES. */
  readonly bytes: Uint8Array;
}
export interface Opened {
  readonly next: Conversation;
  readonly content: Content;
  readonly sender: Username;
  readonly order: Order;
}
/** Where a message stands among those its sender sealed here. Who delivers them can drop and reorder them, and this tells. */
export type Order =
  | { readonly type: "next" }
  /** So many before it have not come (yet). */
  | { readonly type: "ahead"; readonly missing: number }
  /** Others, sealed after it, have come before it. */
  | { readonly type: "late" };

export class Conversation {
  readonly id: ConversationId;
  /** One's own name in it. */
  readonly name: Username;
  /** The other person's name and identity key, 32 bytes. */
  readonly peer: KeyPackageOwner;
  readonly #group: GroupState;
  readonly #members: Members;
  readonly #check: KeyCheck;

  private constructor(id: ConversationId, group: GroupState, members: Members, check: KeyCheck) {
    this.id = id;
    this.name = members.own.name;
    this.peer = { name: members.peer.name, identityKey: new Uint8Array(members.peer.identityKey) };
    this.#group = group;
    this.#members = members;
    this.#check = check;
  }

  get epoch(): bigint {
    return this.#group.groupContext.epoch;
  }

  /**
   * The requester's side: makes the group and adds the accepting person.
   * @throws TrustError "identity-mismatch" when the KeyPackage is not `peer`'s, "identity-changed" when its key fails
   * `check`; ProtocolError "bad-content" for what is no KeyPackage
   */
  static async create(options: {
    id: ConversationId;
    name: Username;
    identity: Identity;
    peer: Username;
    keyPackage: Uint8Array;
    check: KeyCheck;
  }): Promise<{ readonly conversation: Conversation; readonly welcome: Uint8Array }> {
    const { id, name, identity, peer, check } = options;
    const { keyPackage, owner } = await readKeyPackage(options.keyPackage);
    if (owner.name !== peer || peer === name)
      throw new TrustError("identity-mismatch", "The KeyPackage is another person's");
    checkKey(owner, check);

    const cipherSuite = await parleySuite();
    const config = groupConfig({ name, identityKey: identity.publicKey }, peer, check);
    const { publicPackage, privatePackage } = await generateOwn(name, identity);
    zeroOutUint8Array(privatePackage.initPrivateKey); // for joining, which the one who makes the group does not
    const groupId = new Uint8Array(idBytes(id));
    const state = await createGroup(groupId, publicPackage, privatePackage, [], cipherSuite, config);
    const { newState, welcome, consumed } = await createCommit(
      { state, cipherSuite },
      { extraProposals: [{ proposalType: "add", add: { keyPackage } }], ratchetTreeExtension: true },
    ).catch((error: unknown) => {
      if (error instanceof ParleyError) throw error;
      throw new ProtocolError("bad-content", "Nothing can be sealed to the KeyPackage", { cause: error });
    });
    for (const secret of consumed) zeroOutUint8Array(secret);
    // Nobody else was in the epoch before, so nothing will ever arrive from it.
    const group: GroupState = { ...newState, historicalReceiverData: new Map() };
    const members = membersOf(group);
    if (members === undefined || welcome === undefined)
      throw new Error("MLS made another group than asked for");
    return {
      conversation: new Conversation(id, group, members, check),
      welcome: encodeMessage({ version: "mls10", wireformat: "mls_welcome", welcome }),
    };
  }

  /**
   * The accepting side. The caller deletes `joining` once the result is stored: a KeyPackage is used once.
   * @throws TrustError "wrong-conversation" when it is another group, "identity-mismatch" when its members are not
   * exactly `name` and `peer`, "identity-changed" when the peer's key fails `check`, "undecryptable" when the Welcome
   * is damaged or for another KeyPackage
   */
  static async join(options: {
    id: ConversationId;
    name: Username;
    identity: Identity;
    peer: Username;
    joining: Joining;
    welcome: Uint8Array;
    check: KeyCheck;
  }): Promise<Conversation> {
    const { id, name, identity, peer, joining, check } = options;
    const { own, keys } = resumeJoining(joining, identity);
    const message = decodeMessage(options.welcome, "mls_welcome", MAX_WELCOME_BYTES);
    if (message === undefined) throw new TrustError("undecryptable", "Not a Welcome");
    const config = groupConfig({ name, identityKey: identity.publicKey }, peer, check);
    const suite = await parleySuite();
    const [group, groupInfoExtensions] = await joinGroupWithExtensions(
      message.welcome,
      own,
      keys,
      emptyPskIndex,
      suite,
      undefined,
      undefined,
      config,
    ).catch((error: unknown) => {
      throw asTrustError("The Welcome does not open", error);
    });
    if (conversationIdFrom(group.groupContext.groupId) !== id)
      throw new TrustError("wrong-conversation", "The Welcome is for another conversation");
    const members = membersOf(group);
    if (
      members === undefined ||
      members.own.name !== name ||
      members.peer.name !== peer ||
      groupInfoExtensions.some(({ extensionType }) => extensionType !== "ratchet_tree")
    )
      throw new TrustError("identity-mismatch", "The group is not just the two people it was asked for");
    return new Conversation(id, group, members, check);
  }

  /**
   * For storage, sealed by the caller: holds key material, one's own identity seed among it.
   * @returns some 4 KiB, and 70 bytes for each message that is missing so far
   */
  serialize(): Uint8Array {
    return encodeStored(this.#group);
  }

  /** @param bytes what serialize() gave; copied. @throws ProtocolError "bad-content" for anything else */
  static deserialize(bytes: Uint8Array, check: KeyCheck): Conversation {
    const group = decodeStored(bytes);
    const members = membersOf(group);
    const id = conversationIdFrom(group.groupContext.groupId);
    if (members === undefined || id === undefined)
      throw new ProtocolError("bad-content", "Not the stored state of a conversation");
    return new Conversation(id, group, members, check);
  }

  /**
   * @param id goes along as authenticated data; the same on every retry, which sends the same bytes again
   * @throws TrustError "identity-changed" when the peer's key is no longer the pinned one; UsageError "too-large"
   */
  async seal(id: MessageId, content: Content): Promise<Sealed> {
    checkKey(this.#members.peer, this.#check);
    const plaintext = encodeContent(content);
    const group = this.#group;
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
    const next = this.#step(sealed.newSecretTree, sealed.consumed);
    return {
      next,
      bytes: encodeMessage({ version: "mls10", wireformat: "mls_private_message", privateMessage }),
    };
  }

  /**
   * @param id what the server says the message's id is; must be the one its sender sealed it with
   * @param sealed foreign bytes; not modified and not kept
   * @throws TrustError "undecryptable" (damaged, forged, replayed, too late, another id), "wrong-conversation",
   * "identity-mismatch" (not from the peer), "identity-changed"; ProtocolError "bad-content". This value stays usable.
   */
  async open(id: MessageId, sealed: Uint8Array): Promise<Opened> {
    const message = decodeMessage(sealed, "mls_private_message", MAX_SEALED_BYTES)?.privateMessage;
    if (message === undefined) throw new TrustError("undecryptable", "Not a sealed message");
    if (conversationIdFrom(message.groupId) !== this.id)
      throw new TrustError("wrong-conversation", "The message was sealed for another conversation");
    if (!Buffer.from(message.authenticatedData).equals(idBytes(id)))
      throw new TrustError("undecryptable", "The message was sealed under another id");
    if (message.epoch !== this.epoch || message.contentType !== "application")
      throw new TrustError(
        "undecryptable",
        "Only messages of this epoch are taken, and no changes to the group",
      );
    checkKey(this.#members.peer, this.#check);

    const group = this.#group;
    const { content, tree, consumed } = await unprotectPrivateMessage(
      group.keySchedule.senderDataSecret,
      message,
      group.secretTree,
      group.ratchetTree,
      group.groupContext,
      KEY_RETENTION,
      await parleySuite(),
    ).catch((error: unknown) => {
      throw asTrustError("The message does not open", error);
    });
    const { sender } = content.content;
    if (sender.senderType !== "member" || sender.leafIndex !== this.#members.peer.leafIndex)
      throw new TrustError("identity-mismatch", "The message is not from the peer");
    if (content.content.contentType !== "application")
      throw new TrustError("undecryptable", "The message holds a change to the group");
    const next = this.#step(tree, consumed);
    const order = orderOf(
      nextGeneration(group.secretTree, sender.leafIndex),
      nextGeneration(tree, sender.leafIndex),
    );
    return { next, content: decodeContent(content.content.applicationData), sender: this.peer.name, order };
  }

  /** @returns this conversation with that secret tree, old skipped keys forgotten; wipes what no value holds any more */
  #step(secretTree: SecretTree, consumed: readonly Uint8Array[]): Conversation {
    wipeUnheld(consumed, this.#group);
    const group: GroupState = { ...this.#group, secretTree: forgetOldSkipped(secretTree) };
    return new Conversation(this.id, group, this.#members, this.#check);
  }
}

/** @param before the generation expected next. @param after the same, once the message was opened */
function orderOf(before: number, after: number): Order {
  if (after <= before) return { type: "late" };
  const missing = after - before - 1;
  return missing === 0 ? { type: "next" } : { type: "ahead", missing };
}

/** The library's errors say what failed in fixed words, without bytes of anybody's. */
function asTrustError(what: string, error: unknown): ParleyError {
  return error instanceof ParleyError ? error : new TrustError("undecryptable", what, { cause: error });
}
