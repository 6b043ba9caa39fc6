/** What every part of a running server shares, and how the parts hang together. */
import type { Logger } from "pino";
import type { Username } from "../protocol/names.ts";
import { OpcodeSchema } from "../protocol/wire/parley_pb.ts";
import { Allowances } from "./allowances.ts";
import { FairShare } from "./fair-share.ts";
import { Holdings } from "./holdings.ts";
import type { Reach } from "./invitation.ts";
import { LastSeen } from "./last-seen.ts";
import type { ServerLimits } from "./limits.ts";
import { Counts } from "./metrics/counts.ts";
import { Post } from "./post.ts";
import { type OnlineUser, Presence } from "./presence.ts";
import { RemoteLog } from "./remote-log.ts";
import type { Store } from "./store/store.ts";
import { Switchboard } from "./switchboard.ts";

/** What a server is given. */
export interface ServicesOptions {
  readonly store: Store;
  readonly limits: ServerLimits;
  readonly log: Logger;
  /** Whether members may invite, or only the operator. */
  readonly memberInvites: boolean;
  /** What invites say about where this server is. */
  readonly reach: () => Reach;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

export interface Services<User extends OnlineUser = OnlineUser> extends ServicesOptions {
  readonly presence: Presence<User>;
  readonly switchboard: Switchboard;
  readonly lastSeen: LastSeen;
  readonly allowances: Allowances;
  readonly shares: FairShare<Username>;
  readonly counts: Counts;
  readonly holdings: Holdings;
  readonly remote: RemoteLog;
}

export function createServices<User extends OnlineUser>(options: ServicesOptions): Services<User> {
  const { store, limits, log, clock } = options;
  const counts = new Counts(OpcodeSchema.values.length);
  const presence = new Presence<User>(store.blocks);
  const post = new Post(store, (name) => presence.get(name)?.outbox, clock, counts);
  const isReachable = presence.isReachable.bind(presence);
  return {
    ...options,
    presence,
    switchboard: new Switchboard(store, post, isReachable, limits, clock),
    lastSeen: new LastSeen(store, () => [...presence.all()].map(({ name }) => name)),
    allowances: new Allowances(limits),
    shares: new FairShare(),
    counts,
    holdings: new Holdings(limits.heldBytes),
    remote: new RemoteLog(log, performance.now()),
  };
}
