/** One message as text for the clipboard, and its details. */

import { bodyText } from "../../../messenger/kinds/body.ts";
import { durationText } from "../../../messenger/kinds/duration-text.ts";
import type { ChatMessage, OutgoingState } from "../../../messenger/model.ts";
import { fullText } from "../../contract/times.ts";
import { withoutMarks } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

/** @returns the text as it was written */
export function messageMarkdown({ body, peer }: Pick<ChatMessage, "body" | "peer">, t: Translate): string {
  return bodyText(body, { t, peer });
}

/** @returns the text without the marks of Markdown, line by line */
export function messagePlainText(message: Pick<ChatMessage, "body" | "peer">, t: Translate): string {
  return messageMarkdown(message, t)
    .split("\n")
    .filter((line) => !/^\s*(?:```|~~~)[\w+-]*\s*$/.test(line))
    .map(withoutMarks)
    .join("\n");
}

export function messageDetailsText({ mine, peer, at, state, expiry }: ChatMessage, t: Translate): string {
  const disappears =
    expiry === undefined
      ? ""
      : expiry.due === undefined
        ? t("Disappears {0} after it arrives.", durationText(expiry.seconds, t))
        : t("Disappears on {0}.", fullText(expiry.due));
  return [
    mine ? t("Sent to {0} on {1}.", peer, fullText(at)) : t("Sent by {0} on {1}.", peer, fullText(at)),
    state === undefined ? "" : stateText(state, t),
    disappears,
  ]
    .filter((part) => part !== "")
    .join(" ");
}

function stateText(state: OutgoingState, t: Translate): string {
  switch (state) {
    case "waiting":
      return t("Waiting to be sent.");
    case "sending":
      return t("Being sent.");
    case "sent":
      return t("The server has it.");
    case "delivered":
      return t("Delivered.");
    case "read":
      return t("Delivered and read.");
    case "failed":
      return t("Not delivered.");
  }
}
