/**
 * The only list of the kinds. It does not compile while a kind that can be sent is missing, or has other data here than on
 * the wire. Three kinds exist only in this program: bytes that it does not understand, the chat's events, and deleted messages.
 */
import type { ContentData } from "../../protocol/e2ee/content.ts";
import { deletion } from "./delete.ts";
import { deleted } from "./deleted.ts";
import { edit } from "./edit.ts";
import { event } from "./event.ts";
import { files } from "./files.ts";
import type { Kind } from "./kind.ts";
import { mark } from "./mark.ts";
import { notUnderstood } from "./not-understood.ts";
import { profile } from "./profile.ts";
import { receipt } from "./receipt.ts";
import { text } from "./text.ts";
import { timer } from "./timer.ts";
import { unknown } from "./unknown.ts";

export const KINDS = {
  text,
  unknown,
  receipt,
  timer,
  edit,
  delete: deletion,
  mark,
  profile,
  files,
  "not-understood": notUnderstood,
  deleted,
  event,
} as const satisfies {
  readonly [Name in ContentData["kind"]]: Kind<Extract<ContentData, { kind: Name }>>;
} & {
  readonly [Name in "not-understood" | "event" | "deleted"]: object;
};
