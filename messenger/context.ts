/** The values that the parts of a messenger share while one store is open. */
import type { Client } from "../protocol/client/client.ts";
import { UsageError } from "../protocol/errors.ts";
import type { Identity } from "../protocol/identity/identity.ts";
import type { Username } from "../protocol/names.ts";
import type { Chats } from "./chats/chats.ts";
import type { Conversations } from "./groups/conversations.ts";
import type { Lanes } from "./lanes.ts";
import type { MessengerLog } from "./model.ts";
import type { Peer } from "./store/peers.ts";
import type { Store } from "./store/store.ts";

export interface Me {
  readonly name: Username;
  readonly identity: Identity;
  /** The fingerprint of its CA. */
  readonly server: Uint8Array;
}

export interface Context {
  readonly store: Store;
  readonly chats: Chats;
  readonly conversations: Conversations;
  /** One lane a person, by name. */
  readonly lanes: Lanes;
  readonly log: MessengerLog;
  /** @throws UsageError "wrong-state" where there is no account */
  me(): Me;
  /** @returns the client while it is online */
  client(): Client | undefined;
}

/** @returns the person's row as it is now. @throws UsageError "wrong-state" for somebody we have no chat with */
export function peerOf(store: Store, name: Username): Peer {
  const peer = store.peers.get(name);
  if (peer === undefined) throw new UsageError("wrong-state", `There is no chat with ${name}`);
  return peer;
}
