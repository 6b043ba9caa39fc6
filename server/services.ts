/** What every part of a running server shares. */
import type { Logger } from "pino";
import type { Reach } from "./invitation.ts";
import type { ServerLimits } from "./limits.ts";
import type { Counts } from "./metrics/counts.ts";
import type { OnlineUser, Presence } from "./presence.ts";
import type { RefusalLog } from "./refusal-log.ts";
import type { Store } from "./store/store.ts";
import type { Switchboard } from "./switchboard.ts";

export interface Services {
  readonly store: Store;
  readonly presence: Presence<OnlineUser>;
  readonly switchboard: Switchboard;
  readonly limits: ServerLimits;
  readonly log: Logger;
  readonly counts: Counts;
  readonly refusals: RefusalLog;
  /** Whether members may invite, or only the operator. */
  readonly memberInvites: boolean;
  /** What invites say about where this server is. */
  readonly reach: () => Reach;
  /** Unix milliseconds. */
  readonly clock: () => number;
}
