/**
 * One conversation: an MLS group (RFC 9420) whose members' signature keys are their Parley identity keys.
 * Values are immutable: an operation returns the next state, which the caller stores before it lets any bytes out.
 */
import type { Identity } from "../identity/identity.ts";
import type { ConversationId, MessageId, Username } from "../names.ts";
import type { Content } from "./content.ts";

/** Says whether `key` (32 bytes) is the one pinned for `name`. Handed to MLS as its authentication service. */
export type KeyCheck = (name: Username, key: Uint8Array) => boolean;

/** The accepting side before the Welcome: keep `secret` (bytes to be stored sealed) until then, send `keyPackage`. */
export interface Joining {
  readonly keyPackage: Uint8Array;
  readonly secret: Uint8Array;
}
/** Makes a fresh KeyPackage, used once. */
export declare function prepareToJoin(name: Username, identity: Identity): Promise<Joining>;
/** Who a KeyPackage says it is from, signature checked, before anybody trusts it. @throws TrustError "identity-mismatch" */
export declare function inspectKeyPackage(keyPackage: Uint8Array): Promise<{ readonly name: Username; readonly identityKey: Uint8Array }>;

export interface Sealed {
  readonly next: Conversation;
  readonly bytes: Uint8Array;
}
export interface Opened {
  readonly next: Conversation;
  readonly content: Content;
  readonly sender: Username;
}

export declare class Conversation {
  readonly id: ConversationId;
  /** The other person's name and identity key, 32 bytes. */
  readonly peer: { readonly name: Username; readonly identityKey: Uint8Array };
  readonly epoch: bigint;
  /** The requester's side: makes the group and adds the accepting person. @throws TrustError when the KeyPackage is not `peer`'s or fails `check` */
  static create(options: {
    id: ConversationId;
    name: Username;
    identity: Identity;
    peer: Username;
    keyPackage: Uint8Array;
    check: KeyCheck;
  }): Promise<{ readonly conversation: Conversation; readonly welcome: Uint8Array }>;
  /** The accepting side. @throws TrustError when the group's id, its members or their keys are not the expected ones */
  static join(options: {
    id: ConversationId;
    name: Username;
    identity: Identity;
    peer: Username;
    joining: Joining;
    welcome: Uint8Array;
    check: KeyCheck;
  }): Promise<Conversation>;
  /** For storage, sealed by the caller: holds key material. */
  serialize(): Uint8Array;
  static deserialize(bytes: Uint8Array, check: KeyCheck): Conversation;
  seal(id: MessageId, content: Content): Promise<Sealed>;
  /** @throws TrustError "undecryptable", "wrong-conversation", "identity-mismatch"; this value stays usable. */
  open(id: MessageId, sealed: Uint8Array): Promise<Opened>;
}
