/**
 * The only list of the kinds. It does not compile while a kind that can be sent is missing, or has other data here than on
 * the wire. Two kinds are this program's own: bytes that it does not understand, and the chat's events.
 */
import type { ContentData } from "../../protocol/e2ee/content.ts";
import { event } from "./event.ts";
import type { Kind } from "./kind.ts";
import { notUnderstood } from "./not-understood.ts";
import { receipt } from "./receipt.ts";
import { text } from "./text.ts";
import { timer } from "./timer.ts";
import { unknown } from "./unknown.ts";

export const KINDS = {
  text,
  unknown,
  receipt,
  timer,
  "not-understood": notUnderstood,
  event,
} as const satisfies {
  readonly [Name in ContentData["kind"]]: Kind<Extract<ContentData, { kind: Name }>>;
} & {
  readonly [Name in "not-understood" | "event"]: object;
};
