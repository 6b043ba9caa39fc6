/** The state that the user saw at the click, as commands get it: from a row of the tree, a page or a toast. */
import { partner } from "../../messenger/chats/direct.ts";
import type { Chat, Shown } from "../../messenger/messenger.ts";

/** The request, key change or standing to decide about, beside a chat. */
export interface Decisions {
  readonly request?: Shown<"request">;
  readonly keyChange?: Shown<"key-change">;
  readonly standing?: Shown<"standing">;
}

/** @returns the decidable state of a chat of two, for the code that draws it to hand on */
export function decisionsOf(chat: Chat): Decisions {
  const { request, standing } = chat;
  const { keyChange } = partner(chat);
  return {
    ...(request !== undefined && { request: request.shown }),
    ...(keyChange !== undefined && { keyChange: keyChange.shown }),
    ...(standing !== undefined && { standing }),
  };
}

/** @param argument any value: the messenger checks that it was ever shown. @returns undefined where it is only a name */
export function shownIn<Field extends keyof Decisions>(
  argument: unknown,
  field: Field,
): Decisions[Field] | undefined {
  const value =
    typeof argument === "object" ? (argument as Readonly<Record<string, unknown>> | null)?.[field] : 0;
  return typeof value === "string" ? (value as Decisions[Field]) : undefined;
}
