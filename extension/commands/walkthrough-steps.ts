/** The walkthrough's steps, each with the context key or condition that completes it. */
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
/** Steps whose completion cannot be read from Parley's state, so it is stored. */
export type Deed = { [S in Step]: (typeof walkthroughSteps)[S] extends DeedKey ? S : never }[Step];
