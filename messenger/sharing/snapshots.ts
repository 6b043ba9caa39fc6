/** The state that a window can show at any moment without a call: the messenger itself in the leader, a copy in the followers. */
import type { Username } from "../../protocol/names.ts";
import type { Account, Chat, ChatId, MessengerState, Person } from "../model.ts";

export interface Snapshots {
  readonly state: MessengerState;
  readonly account: Account | undefined;
  /** Returns everybody online but oneself, and everybody one has a chat with; sorted online first, then by name. */
  people(): readonly Person[];
  /** Chats with anything in them or in progress, most recent first. */
  chats(): readonly Chat[];
  chat(id: ChatId): Chat;
  /** Returns the people whom the server reports as blocked without a block here, by name. */
  claimedBlocks(): readonly Username[];
}
