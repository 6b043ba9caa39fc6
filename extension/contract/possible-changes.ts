/** The rules by which the menus offer changes to a message, with the reason where they do not. The messenger checks them again. */
import { isChangeable } from "../../messenger/kinds/body.ts";
import { isEditable } from "../../messenger/kinds/edit.ts";
import type { Translate } from "../../messenger/kinds/translate.ts";
import { EDITABLE_MS, MAX_REVISIONS } from "../../protocol/limits.ts";
import type { PanelMessage } from "./panel.ts";

export type WhyNotDelete = "deleted" | "not-yours" | "no-chat";
export type WhyNot = "no-chat" | "not-yours" | "no-text" | "too-late" | "too-often";

export interface At {
  /** Whether the chat is open, so that changes can be sent. */
  readonly open: boolean;
  /** Unix time, milliseconds. */
  readonly now: number;
}

type Message = Pick<PanelMessage, "mine" | "body" | "at" | "edited">;

/** @returns the reason why the message cannot be edited, undefined if it can */
export function whyNotEdit({ mine, body, at, edited }: Message, { open, now }: At): WhyNot | undefined {
  if (!mine) return "not-yours";
  if (!isEditable(body)) return "no-text";
  if (Math.abs(now - at) > EDITABLE_MS) return "too-late";
  if ((edited?.times ?? 0) >= MAX_REVISIONS) return "too-often";
  return open ? undefined : "no-chat";
}

/** @returns the reason why the message cannot be deleted for both, undefined if it can */
export function whyNotDelete(
  { mine, body }: Pick<Message, "mine" | "body">,
  { open }: Pick<At, "open">,
): WhyNotDelete | undefined {
  if (!isChangeable(body)) return "deleted";
  if (!mine) return "not-yours";
  return open ? undefined : "no-chat";
}

/** @returns the sentence for the reason. @param peer the other person, with hidden characters made visible */
export function whyNotText(reason: WhyNot, peer: string, t: Translate): string {
  switch (reason) {
    case "no-chat":
      return t("The chat isn't open.");
    case "not-yours":
      return t("Only {0} can edit this message.", peer);
    case "no-text":
      return t("Only text can be edited.");
    case "too-late":
      return t("You can edit a message for 24 hours.");
    case "too-often":
      return t("You can edit a message 20 times.");
  }
}

/** @returns whether people may reply and react to it. A message that was deleted offers none of the changes */
export function isAnswerable({ body }: Pick<Message, "body">): boolean {
  return isChangeable(body);
}
