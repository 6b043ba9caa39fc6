/** Formats a message for the clipboard, and its details. */

import { isMine } from "../../../messenger/chats/author.ts";
import { bodyText, shownKind } from "../../../messenger/kinds/body.ts";
import { durationText } from "../../../messenger/kinds/duration-text.ts";
import type { ChatMessage, OutgoingState } from "../../../messenger/model.ts";
import { fullText } from "../../../messenger/text/times.ts";
import type { Username } from "../../../protocol/names.ts";
import type { Translate } from "../translate.ts";

/** @returns the text with its Markdown marks */
export function messageMarkdown({ body }: Pick<ChatMessage, "body">, t: Translate): string {
  return bodyText(body, { t, name: (person) => person });
}

/** @returns the text without Markdown marks, equal to that of the page's own menu */
export async function messagePlainText(message: Pick<ChatMessage, "body">, t: Translate): Promise<string> {
  const { textToCopy } = await import("../../engine.ts");
  const text = messageMarkdown(message, t);
  return shownKind(message.body).markdown ? textToCopy(text, t) : text;
}

/** Formats the details of a message. @param self the account's name */
export function messageDetailsText(message: ChatMessage, self: Username | undefined, t: Translate): string {
  const { author = "", at, state, receivers = [], expiry } = message;
  const to = receivers.map(({ person }) => person).join(", ");
  const disappears =
    expiry === undefined
      ? ""
      : expiry.due === undefined
        ? t("Disappears {0} after it arrives.", durationText(expiry.seconds, t))
        : t("Disappears on {0}.", fullText(expiry.due));
  return [
    isMine(message, self)
      ? t("Sent to {0} on {1}.", to, fullText(at))
      : t("Sent by {0} on {1}.", author, fullText(at)),
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
