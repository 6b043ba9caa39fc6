/** What a window shows at any moment without asking: the messenger itself in the leader, a copy in the followers. */
import type { Username } from "../../protocol/names.ts";
import type { Account, Chat, MessengerState, Person } from "../model.ts";

export interface Snapshots {
  readonly state: MessengerState;
  readonly account: Account | undefined;
  /** Everybody online but oneself, and everybody one has a chat with; sorted online first, then by name. */
  people(): readonly Person[];
  /** Chats with anything in them or in progress, most recent first. */
  chats(): readonly Chat[];
  chat(peer: Username): Chat;
  /** Whom the server says one has blocked, and nobody here has, by name. */
  claimedBlocks(): readonly Username[];
}
