/** Computes the rows of the list: messages, grouped by sender and day, and the lines between them. */

import { isLine } from "../../messenger/kinds/body.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { dayLabel, dayOf } from "./dates.ts";

export type Row =
  | { readonly kind: "day"; readonly key: string; readonly label: string }
  | { readonly kind: "unread"; readonly key: string }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly message: PanelMessage;
      /** Whether it shows sender and time, as the first message of a group does. */
      readonly first: boolean;
    };

/** Milliseconds between two messages that start a new group, so that the time shown for a group is never far off. */
const GROUP_PAUSE_MS = 5 * 60_000;

/**
 * Groups messages into rows.
 * @param messages in the order of the chat
 * @param divider id of the message below the "new messages" line
 * @param now Unix time, milliseconds, for "Today" and "Yesterday"
 */
export function rows(
  messages: readonly PanelMessage[],
  { divider, now }: { readonly divider: string | undefined; readonly now: number },
): readonly Row[] {
  const result: Row[] = [];
  let previous: PanelMessage | undefined;
  for (const message of messages) {
    const newDay = previous === undefined || dayOf(previous.at) !== dayOf(message.at);
    if (newDay) result.push({ kind: "day", key: `day-${message.id}`, label: dayLabel(message.at, now) });
    if (message.id === divider) result.push({ kind: "unread", key: "unread" });
    const first = newDay || message.id === divider || previous === undefined || !together(previous, message);
    result.push({ kind: "message", key: message.id, message, first });
    previous = message;
  }
  return result;
}

function together(previous: PanelMessage, message: PanelMessage): boolean {
  return (
    previous.author === message.author &&
    isLine(previous.body) === isLine(message.body) &&
    Math.abs(message.at - previous.at) < GROUP_PAUSE_MS
  );
}
