/**
 * Self-update: a member replaces its own keys by a commit without proposals (RFC 9420 §12.4), so that who has stolen a
 * state is shut out again. Nothing else may change a group: no adds, removes, PSKs, extensions, reinits, externals.
 */
import {
  type ClientConfig,
  createCommit,
  emptyPskIndex,
  type GroupState,
  processPrivateMessage,
} from "ts-mls";
import type { PrivateMessage } from "ts-mls/privateMessage.js";
import { ParleyError, TrustError } from "../errors.ts";
import { idBytes, type MessageId } from "../names.ts";
import { keysOf, unprotect } from "./epoch-keys.ts";
import { isLeafOfThisProtocol } from "./key-package.ts";
import { encodeMessage } from "./mls-message.ts";
import { parleySuite } from "./suite.ts";

/**
 * At most once on the same epoch: it uses the first key of the epoch's handshake ratchet, which `group` does not note.
 * @param id goes along as authenticated data
 * @returns the commit as MLSMessage(PrivateMessage), and the group as it is once the commit counts
 */
export async function makeUpdate(
  group: GroupState,
  clientConfig: ClientConfig,
  id: MessageId,
): Promise<{ readonly bytes: Uint8Array; readonly next: GroupState }> {
  const { newState, commit } = await createCommit(
    { state: { ...group, clientConfig }, cipherSuite: await parleySuite() },
    { authenticatedData: new Uint8Array(idBytes(id)) },
  );
  return { bytes: encodeMessage(commit), next: withoutHistory(newState) };
}

/**
 * @param leafIndex of the member who must have made it
 * @param message a commit for the group's present epoch
 * @returns the group after it; the caller checks who its members are
 * @throws TrustError "undecryptable" for anything but a self-update, "identity-mismatch", "identity-changed"
 */
export async function applyUpdate(
  group: GroupState,
  clientConfig: ClientConfig,
  leafIndex: number,
  message: PrivateMessage,
): Promise<GroupState> {
  // Looked at before the library is allowed to act on it.
  const { content } = await unprotect(keysOf(group), group, leafIndex, message);
  if (content.contentType !== "commit") throw notAnUpdate();
  const { proposals, path } = content.commit;
  if (proposals.length > 0 || path === undefined || !isLeafOfThisProtocol(path.leafNode)) throw notAnUpdate();
  const state = { ...group, clientConfig };
  const result = await processPrivateMessage(state, message, emptyPskIndex, await parleySuite()).catch(
    (error: unknown) => {
      if (error instanceof ParleyError) throw error;
      throw new TrustError("undecryptable", "The self-update does not hold", { cause: error });
    },
  );
  if (result.kind !== "newState") throw notAnUpdate();
  return withoutHistory(result.newState);
}

function withoutHistory(group: GroupState): GroupState {
  return { ...group, historicalReceiverData: new Map() };
}

function notAnUpdate(): TrustError {
  return new TrustError("undecryptable", "Not a self-update, and no other change to the group is taken");
}
