/** A window's role: it has the account open (Leader), or uses it through the leader (Follower). */
import type { Call, Params, Result } from "../calls.ts";
import type { AnyEvent } from "../events.ts";
import type { Focus } from "./pipe-messages.ts";
import type { Snapshots } from "./snapshots.ts";

export interface Role {
  readonly shown: Snapshots;
  /** Resolves when the role ends, because the leader ended or this window closed the role. Never rejects. */
  readonly ended: Promise<void>;
  /**
   * Performs a call. Calls begin in the order in which they are made.
   * @throws the call's error in the leader; ConnectionLost
   */
  perform<C extends Call>(call: C, params: Params<C>): Promise<Result<C>>;
  focus(focus: Focus): void;
  /** Ends the role. Safe to call twice. */
  close(): Promise<void>;
}

/** The connection to the leader ended before the answer. The call may have been performed. */
export class ConnectionLost extends Error {
  constructor() {
    super("The connection to the window that has the account open was lost");
    this.name = "ConnectionLost";
  }
}

/** The messenger's events, and two events of the window itself. */
export type AnyWindowEvent =
  | AnyEvent
  /** The leader has stopped answering, or answers again. */
  | { readonly name: "hung"; readonly value: { readonly is: boolean } }
  /** Another window took over, and events were lost meanwhile. Read the messages again. */
  | { readonly name: "reread"; readonly value: Readonly<Record<string, never>> };
export type WindowEvents = { readonly [E in AnyWindowEvent as E["name"]]: [value: E["value"]] };
export type WindowEvent = keyof WindowEvents;
export type Emit = (event: AnyWindowEvent) => void;
