/** How two people come to have a group: the requester makes it and adds the other, who joins by the Welcome. */
import {
  createCommit,
  createGroup,
  emptyPskIndex,
  type GroupState,
  joinGroupWithExtensions,
  zeroOutUint8Array,
} from "ts-mls";
import { ParleyError, ProtocolError, TrustError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { MAX_WELCOME_BYTES } from "../limits.ts";
import { type ConversationId, conversationIdFrom, idBytes, type Username } from "../names.ts";
import { checkKey, groupConfig, type KeyCheck, type Members, membersAtFirst } from "./group.ts";
import { generateOwn, type Joining, readKeyPackage, resumeJoining } from "./key-package.ts";
import { decodeMessage, encodeMessage } from "./mls-message.ts";
import { CIPHERSUITE, parleySuite } from "./suite.ts";

export interface Parties {
  readonly id: ConversationId;
  /** One's own. */
  readonly name: Username;
  readonly identity: Identity;
  readonly peer: Username;
  readonly check: KeyCheck;
}
interface Made {
  readonly group: GroupState;
  readonly members: Members;
}

/** Conversation.create says what goes in and what is thrown. @returns the Welcome's bytes too */
export async function makeGroup({
  id,
  name,
  identity,
  peer,
  check,
  keyPackage: keyPackageBytes,
}: Parties & { readonly keyPackage: Uint8Array }): Promise<Made & { readonly welcome: Uint8Array }> {
  const { keyPackage, owner } = await readKeyPackage(keyPackageBytes);
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
  const members = membersAtFirst(group);
  if (members === undefined || welcome === undefined)
    throw new Error("MLS made another group than asked for");
  return { group, members, welcome: encodeMessage({ version: "mls10", wireformat: "mls_welcome", welcome }) };
}

/** Conversation.join says what goes in and what is thrown. */
export async function joinGroup({
  id,
  name,
  identity,
  peer,
  joining,
  welcome,
  check,
}: Parties & { readonly joining: Joining; readonly welcome: Uint8Array }): Promise<Made> {
  const { own, keys } = resumeJoining(joining, identity);
  const message = decodeMessage(welcome, "mls_welcome", MAX_WELCOME_BYTES);
  // The library reads it with our suite, whatever it says that its own is.
  if (message?.welcome.cipherSuite !== CIPHERSUITE)
    throw new TrustError("undecryptable", "Not a Welcome of this suite");
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
    if (error instanceof ParleyError) throw error;
    // The library's errors say what failed in fixed words, without bytes of anybody's.
    throw new TrustError("undecryptable", "The Welcome does not open", { cause: error });
  });
  if (conversationIdFrom(group.groupContext.groupId) !== id)
    throw new TrustError("wrong-conversation", "The Welcome is for another conversation");
  const members = membersAtFirst(group);
  if (
    members === undefined ||
    members.own.name !== name ||
    members.peer.name !== peer ||
    groupInfoExtensions.some(({ extensionType }) => extensionType !== "ratchet_tree")
  )
    throw new TrustError("identity-mismatch", "The group is not just the two people it was asked for");
  return { group, members };
}
