/** What the user saw at the click, as it comes to a command: from a row of the tree, a page or a toast. */
import type { Chat, Shown } from "../../messenger/messenger.ts";

/** What there was to decide about, beside a person's name. */
export interface Decisions {
  readonly request?: Shown<"request">;
  readonly keyChange?: Shown<"key-change">;
  readonly standing?: Shown<"standing">;
}

/** @returns what of a chat is on screen, for whatever draws it to hand on */
export function decisionsOf({ request, keyChange, standing }: Chat): Decisions {
  return {
    ...(request !== undefined && { request: request.shown }),
    ...(keyChange !== undefined && { keyChange: keyChange.shown }),
    ...(standing !== undefined && { standing }),
  };
}

/** @param argument anything: whether it was ever shown is for the messenger to say. @returns undefined where only a name is said */
export function shownIn<Field extends keyof Decisions>(
  argument: unknown,
  field: Field,
): Decisions[Field] | undefined {
  const value =
    typeof argument === "object" ? (argument as Readonly<Record<string, unknown>> | null)?.[field] : 0;
  return typeof value === "string" ? (value as Decisions[Field]) : undefined;
}
