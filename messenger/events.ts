/**
 * Every event of a messenger: one row here, and an emit where it happens. The types, the notifications on the pipe with
 * their checks, and the events of every window are all made from this table.
 */
import type { EventEmitter } from "node:events";
import * as v from "valibot";
import { archivingSchema, messageSchema, removedSchema, requestSchema, vaultSchema } from "./values.ts";

interface EventDefinition {
  readonly value: v.GenericSchema;
  /** The windows that get it: all; the one that the user looks at; or all, as a change of their view. */
  readonly reach: "all" | "one" | "view";
}

const nothing = v.strictObject({});

export const EVENTS = {
  /** State, people or chats changed: read the snapshots again. */
  changed: { value: nothing, reach: "view" },
  /** A message was added. */
  message: { value: messageSchema, reach: "all" },
  /** A message's state changed. */
  updated: { value: messageSchema, reach: "all" },
  /** Messages are no more. */
  removed: { value: removedSchema, reach: "all" },
  /** A message came that the user is to be told about. */
  notify: { value: messageSchema, reach: "one" },
  /** Somebody wants to talk, and the user is to be told. */
  request: { value: requestSchema, reach: "one" },
  /** How far a backup or a restore is, from 0 to 1, whichever window asked for it. */
  archiving: { value: archivingSchema, reach: "all" },
  /** The user wants Parley locked, in all windows: they put it away until the passphrase is given again. */
  locked: { value: nothing, reach: "all" },
  /** The lock was turned on or off, in any of the windows: the vault's present contents. */
  vault: { value: vaultSchema, reach: "all" },
} as const satisfies Record<string, EventDefinition>;

type MessengerEvent = keyof typeof EVENTS;
type EventValue<E extends MessengerEvent> = v.InferOutput<(typeof EVENTS)[E]["value"]>;
export type MessengerEvents = { readonly [E in keyof typeof EVENTS]: [value: EventValue<E>] };
export type MessengerEmitter = EventEmitter<MessengerEvents>;
/** An event as a value, to be passed on. */
export type AnyEvent = {
  readonly [E in MessengerEvent]: { readonly name: E; readonly value: EventValue<E> };
}[MessengerEvent];

function isMessengerEvent(name: string): name is MessengerEvent {
  return Object.hasOwn(EVENTS, name);
}

/** Calls `hear` with every event of a messenger. */
export function hearAll(messenger: MessengerEmitter, hear: (event: AnyEvent) => void): void {
  for (const name of Object.keys(EVENTS).filter(isMessengerEvent))
    messenger.on(name, (value: unknown) => hear({ name, value } as AnyEvent));
}

/** @returns the event that came by that name from the leader. @throws where it is none that crosses, or its value does not fit */
export function checkEvent(name: string, value: unknown): AnyEvent {
  if (!isMessengerEvent(name) || EVENTS[name].reach === "view") throw new Error("No such event");
  return { name, value: v.parse(EVENTS[name].value, value) } as AnyEvent;
}
