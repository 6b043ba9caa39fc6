/**
 * The table of the messenger's events. Each is a row here and an `emit` where it happens. The types, the notifications on the pipe with
 * their checks, and the events of all windows are made from this table.
 */
import type { EventEmitter } from "node:events";
import * as v from "valibot";
import {
  archivingSchema,
  messageSchema,
  parcelsSchema,
  removedSchema,
  requestSchema,
  transferSchema,
  typingSchema,
  vaultSchema,
} from "./values.ts";

interface EventDefinition {
  readonly value: v.GenericSchema;
  /** The windows that receive it: "all"; "one", which the user is looking at; "view": all, as part of a view change. */
  readonly reach: "all" | "one" | "view";
}

const nothing = v.strictObject({});

export const EVENTS = {
  /** State, people or chats have changed: read the snapshots again. */
  changed: { value: nothing, reach: "view" },
  /** A message was added. */
  message: { value: messageSchema, reach: "all" },
  /** A message's state changed. */
  updated: { value: messageSchema, reach: "all" },
  /** Messages were deleted. */
  removed: { value: removedSchema, reach: "all" },
  /** A message arrived that the user should be notified of. */
  notify: { value: messageSchema, reach: "one" },
  /** A request arrived that the user should be notified of. */
  request: { value: requestSchema, reach: "one" },
  /** A person in an open chat types, which is repeated as long as they do, or has stopped. */
  typing: { value: typingSchema, reach: "all" },
  /** Progress of a file to or from the server. */
  transfer: { value: transferSchema, reach: "all" },
  /** The parcels of a chat changed: read them again. */
  parcels: { value: parcelsSchema, reach: "all" },
  /** Progress of a backup or restore of any window, from 0 to 1. */
  archiving: { value: archivingSchema, reach: "all" },
  /** The user locked Parley. All windows close the account until the passphrase is entered again. */
  locked: { value: nothing, reach: "all" },
  /** The lock was turned on or off in one of the windows. Carries the vault's new contents. */
  vault: { value: vaultSchema, reach: "all" },
} as const satisfies Record<string, EventDefinition>;

type MessengerEvent = keyof typeof EVENTS;
type EventValue<E extends MessengerEvent> = v.InferOutput<(typeof EVENTS)[E]["value"]>;
export type MessengerEvents = { readonly [E in keyof typeof EVENTS]: [value: EventValue<E>] };
export type MessengerEmitter = EventEmitter<MessengerEvents>;
/** An event as a value, for forwarding. */
export type AnyEvent = {
  readonly [E in MessengerEvent]: { readonly name: E; readonly value: EventValue<E> };
}[MessengerEvent];

function isMessengerEvent(name: string): name is MessengerEvent {
  return Object.hasOwn(EVENTS, name);
}

/** Calls `hear` for every event of a messenger. */
export function subscribeAll(messenger: MessengerEmitter, hear: (event: AnyEvent) => void): void {
  for (const name of Object.keys(EVENTS).filter(isMessengerEvent))
    messenger.on(name, (value: unknown) => hear({ name, value } as AnyEvent));
}

/** Checks an event from the leader. @throws Error for an unknown name, or a value that does not match the schema */
export function checkEvent(name: string, value: unknown): AnyEvent {
  if (!isMessengerEvent(name) || EVENTS[name].reach === "view") throw new Error("No such event");
  return { name, value: v.parse(EVENTS[name].value, value) } as AnyEvent;
}
