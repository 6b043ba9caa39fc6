/** Mail whose sender waits for its outcome. */
import type { Mail, Store } from "../store/store.ts";

/** The outcome of a piece of mail, reported to its sender once, and only when it is true on disk. */
export type Outcome = "received" | "stored" | "mailbox-full" | "busy" | "failed";

/** A sender waiting for the outcome of their mail. */
export interface Awaited {
  /** Monotonic milliseconds. */
  readonly since: number;
  /** Absent once the sender was answered, and for mail whose sender was answered before a restart. */
  settle: ((outcome: Outcome) => void) | undefined;
}

/** Mail in flight. */
export interface Parcel {
  readonly mail: Mail;
  readonly awaited: Awaited;
  /** Whether it is in the mailbox already (which survives a crash), or only here. */
  stored: boolean;
}

/** Reports the outcome to the sender, once. */
export function tell(awaited: Awaited, outcome: Outcome): void {
  const settle = awaited.settle;
  awaited.settle = undefined;
  settle?.(outcome);
}

/** Reports "stored" to the sender once the commit is durable. */
export function tellWhenCommitted(store: Store, awaited: Awaited): void {
  store.committed().then(
    () => tell(awaited, "stored"),
    () => tell(awaited, "failed"),
  );
}
