/** Whose message it is: the only place that compares an author with oneself. */
import type { Username } from "../../protocol/ids.ts";

/** @param self the account's name. @returns whether the user has written it; not so for the chat's own events */
export function isMine(
  { author }: { readonly author?: Username | undefined },
  self: Username | undefined,
): boolean {
  return author !== undefined && author === self;
}
