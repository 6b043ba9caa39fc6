/** How two people set up a group: the requester makes it and adds the other, who joins by the Welcome. */
import { ProtocolError, TrustError } from "../errors.ts";
import type { Identity } from "../identity/identity.ts";
import { MAX_WELCOME_BYTES } from "../limits.ts";
import { wipe } from "../mls/bytes.ts";
import { createCommit } from "../mls/commit.ts";
import { MlsError } from "../mls/errors.ts";
import { createGroup, type Group } from "../mls/group.ts";
import { joinByWelcome } from "../mls/join.ts";
import { type ConversationId, idBytes, type Username } from "../names.ts";
import { checkKey, joiningPolicy, type KeyCheck, type Members, membersAtFirst } from "./group.ts";
import { generateOwn, type Joining, readKeyPackage, resumeJoining } from "./key-package.ts";
import { parleySuite } from "./suite.ts";

export interface Parties {
  readonly id: ConversationId;
  /** This user's name. */
  readonly name: Username;
  readonly identity: Identity;
  readonly peer: Username;
  readonly check: KeyCheck;
}
interface Made {
  readonly group: Group;
  readonly members: Members;
}

/**
 * Makes the group. Arguments and errors as for Conversation.create.
 * @returns also the bytes of the Welcome
 */
export function makeGroup({
  id,
  name,
  identity,
  peer,
  check,
  keyPackage: keyPackageBytes,
}: Parties & { readonly keyPackage: Uint8Array }): Made & { readonly welcome: Uint8Array } {
  const { keyPackage, owner } = readKeyPackage(keyPackageBytes);
  if (owner.name !== peer || peer === name)
    throw new TrustError("identity-mismatch", "The KeyPackage is another person's");
  checkKey(owner, check);
  const own = generateOwn(name, identity);
  wipe(own.initPrivateKey); // Only needed for joining, which the creator of the group does not do.
  const alone = createGroup(parleySuite(), idBytes(id), own);
  const { next, welcome } = sealable(() =>
    createCommit(alone, { proposals: [{ type: "add", keyPackage }], path: false }, {}),
  );
  // Nobody else was in the previous epoch, so no message from it can arrive.
  const group: Group = { ...next, past: [] };
  const members = membersAtFirst(group);
  if (members === undefined || welcome === undefined)
    throw new Error("MLS made another group than asked for");
  return { group, members, welcome };
}

function sealable<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    if (!(cause instanceof MlsError)) throw cause;
    throw new ProtocolError("bad-content", "Nothing can be sealed to the KeyPackage", { cause });
  }
}

/** Joins the group. Arguments and errors as for Conversation.join. */
export function joinGroup({
  id,
  name,
  identity,
  peer,
  joining,
  welcome,
  check,
}: Parties & { readonly joining: Joining; readonly welcome: Uint8Array }): Made {
  const own = resumeJoining(joining, identity);
  if (welcome.length > MAX_WELCOME_BYTES)
    throw new TrustError("undecryptable", "A Welcome longer than any can be");
  const policy = joiningPolicy(id, { name, identityKey: identity.publicKey }, peer, check);
  const group = opened(() => joinByWelcome(parleySuite(), welcome, own, policy));
  const members = membersAtFirst(group);
  if (members === undefined || members.own.name !== name || members.peer.name !== peer)
    throw new TrustError("identity-mismatch", "The group is not just the two people it was asked for");
  return { group, members };
}

function opened(join: () => Group): Group {
  try {
    return join();
  } catch (cause) {
    if (!(cause instanceof MlsError)) throw cause;
    throw new TrustError("undecryptable", "The Welcome does not open", { cause });
  }
}
