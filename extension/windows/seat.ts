/** A window's part in the account: it holds it (Owner), or goes through the window that does (Follower). */
import type { ChatMessage, MessengerEvents, Person, Secret } from "../messenger/model.ts";
import type { Focus } from "./contract.ts";
import type { Snapshots } from "./snapshots.ts";
import type { Params, Result, Verb } from "./verbs.ts";

export interface Seat {
  readonly shown: Snapshots;
  /** Resolves when the seat is lost: the owner is gone, or this window gave it up. Never rejects. */
  readonly ended: Promise<void>;
  /**
   * Asks begin in the order of the calls.
   * @throws what the verb throws in the window that holds the account; SeatLost
   */
  perform<V extends Verb>(verb: V, params: Params<V>): Promise<Result<V>>;
  focus(focus: Focus): void;
  /** Gives it up. Safe to call twice. */
  close(): Promise<void>;
}

/** The seat went before the answer came: what was asked may have happened. */
export class SeatLost extends Error {
  constructor() {
    super("The window that holds the account is gone");
    this.name = "SeatLost";
  }
}

export interface SharedEvents {
  /** state, people or chats changed: read the snapshots again. */
  changed: [];
  /** A message was added. */
  message: [ChatMessage];
  /** A message's state changed. */
  updated: [ChatMessage];
  /** Messages are no more. */
  removed: MessengerEvents["removed"];
  /** A message came, and it is this window that tells the user. */
  tell: [ChatMessage];
  /** Somebody wants to talk, and it is this window that tells the user. */
  request: [Person];
  /** How far a backup or a restore is, from 0 to 1, whichever window asked for it. */
  archiving: [{ readonly done: number }];
  /** The user wants Parley locked, in all windows. */
  locked: [];
  /** The lock was put on or taken off, in whichever window: what the vault holds now. */
  vault: [readonly Secret[]];
  /** The window that holds the account does not answer, or answers again. */
  hung: [{ readonly is: boolean }];
  /** Another window took over; what happened meanwhile was not told: read the messages again. */
  reread: [];
}

export type Emit = <Event extends keyof SharedEvents>(event: Event, ...values: SharedEvents[Event]) => void;
