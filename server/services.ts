/** The parts that a running server's modules share, and how they are connected. */
import type { Logger } from "pino";
import type { Username } from "../protocol/names.ts";
import { OpcodeSchema } from "../protocol/wire/parley_pb.ts";
import type { BlobFiles } from "./blobs/blob-files.ts";
import { BlobStore } from "./blobs/blob-store.ts";
import { PartReads } from "./blobs/part-reads.ts";
import { Allowances } from "./gateway/allowances.ts";
import { FairShare } from "./gateway/fair-share.ts";
import type { Duty } from "./gateway/pieces.ts";
import { RemoteLog } from "./gateway/remote-log.ts";
import { BLOB_READS_AT_ONCE, type ServerLimits } from "./limits.ts";
import type { Reach } from "./membership/invitation.ts";
import { LastSeen } from "./operations/last-seen.ts";
import { Counts } from "./operations/metrics/counts.ts";
import { Holdings } from "./routing/holdings.ts";
import { Post } from "./routing/post.ts";
import { type OnlineUser, Presence } from "./routing/presence.ts";
import { Signals } from "./routing/signals.ts";
import { Switchboard } from "./routing/switchboard.ts";
import type { Store } from "./store/store.ts";

/** Options of a server. */
export interface ServicesOptions {
  readonly store: Store;
  readonly blobFiles: BlobFiles;
  readonly limits: ServerLimits;
  readonly log: Logger;
  /** Whether members may invite, or only the operator. */
  readonly memberInvites: boolean;
  /** Returns this server's address as in invites. */
  readonly reach: () => Reach;
  /** Unix milliseconds. */
  readonly clock: () => number;
}

export interface Services<User extends OnlineUser = OnlineUser> extends ServicesOptions {
  readonly presence: Presence<User>;
  readonly switchboard: Switchboard;
  readonly signals: Signals;
  readonly lastSeen: LastSeen;
  readonly allowances: Allowances;
  readonly shares: FairShare<Username | Duty>;
  readonly counts: Counts;
  readonly holdings: Holdings;
  readonly blobs: BlobStore;
  readonly partReads: PartReads;
  readonly remote: RemoteLog;
}

export function createServices<User extends OnlineUser>(options: ServicesOptions): Services<User> {
  const { store, blobFiles, limits, log, clock } = options;
  const counts = new Counts(OpcodeSchema.values.length);
  const shares = new FairShare<Username | Duty>();
  const telling = shares.join(Symbol("presence"));
  const presence = new Presence<User>(store.blocks, (worker) => shares.serve(telling, worker));
  const post = new Post(store, (name) => presence.get(name)?.outbox, clock, counts);
  const isReachable = presence.isReachable.bind(presence);
  return {
    ...options,
    presence,
    switchboard: new Switchboard(store, post, isReachable, limits, clock),
    signals: new Signals(store, presence, limits, performance.now()),
    lastSeen: new LastSeen(store, () => [...presence.all()].map(({ name }) => name)),
    allowances: new Allowances(limits),
    shares,
    counts,
    holdings: new Holdings(limits.heldBytes),
    blobs: new BlobStore(store, blobFiles, limits, clock),
    partReads: new PartReads(BLOB_READS_AT_ONCE),
    remote: new RemoteLog(log, performance.now()),
  };
}
