/** The state that a window can read without a call: from the messenger in the leader, from a copy in followers. */
import type { Username } from "../../protocol/names.ts";
import type { Account, Chat, ChatId, MessengerState, Person } from "../model.ts";

export interface Snapshots {
  readonly state: MessengerState;
  readonly account: Account | undefined;
  /** Returns the other people who are online or have a chat with the user; online first, then by name. */
  people(): readonly Person[];
  /** Returns the chats with content or with an agreement in progress, most recent first. */
  chats(): readonly Chat[];
  chat(id: ChatId): Chat;
  /** Returns the people whom only the server lists as blocked, by name. */
  claimedBlocks(): readonly Username[];
}
