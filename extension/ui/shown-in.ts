/** The state that was on screen when the user clicked, which commands get from a tree row, a page or a toast. */
import { partner } from "../../messenger/chats/direct.ts";
import type { Chat, Shown } from "../../messenger/messenger.ts";

/** The request, key change or standing of a chat, each of which a user can decide about. */
export interface Decisions {
  readonly request?: Shown<"request">;
  readonly keyChange?: Shown<"key-change">;
  readonly standing?: Shown<"standing">;
}

/** @returns the state to decide about in a chat of two. Code that draws the chat passes it to the command */
export function decisionsOf(chat: Chat): Decisions {
  const { request, standing } = chat;
  const { keyChange } = partner(chat);
  return {
    ...(request !== undefined && { request: request.shown }),
    ...(keyChange !== undefined && { keyChange: keyChange.shown }),
    ...(standing !== undefined && { standing }),
  };
}

/**
 * Reads the state on screen from a command's argument.
 * @param argument any value, since the messenger checks the state.
 * @returns undefined if the argument has no such state
 */
export function shownIn<Field extends keyof Decisions>(
  argument: unknown,
  field: Field,
): Decisions[Field] | undefined {
  const value =
    typeof argument === "object" ? (argument as Readonly<Record<string, unknown>> | null)?.[field] : 0;
  return typeof value === "string" ? (value as Decisions[Field]) : undefined;
}
