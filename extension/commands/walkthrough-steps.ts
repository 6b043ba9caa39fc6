/** The walkthrough's steps: the context key by which each is done, or the condition on such keys. */
import type { DeedKey } from "./context-keys.ts";
import { type Condition, isSome, isTrue } from "./when.ts";

export const walkthroughSteps = {
  join: isTrue("parley.hasAccount"),
  invite: "parley.hasInvited",
  chat: isSome("parley.establishedChats"),
  verify: isSome("parley.verifiedKeys"),
  write: "parley.hasWritten",
} as const satisfies Readonly<Record<string, Condition | DeedKey>>;

export type Step = keyof typeof walkthroughSteps;
/** Steps that no state shows: once done, Parley remembers them. */
export type Deed = { [S in Step]: (typeof walkthroughSteps)[S] extends DeedKey ? S : never }[Step];
