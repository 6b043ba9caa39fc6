/**
 * Where the chat with one person stands, as a pure function from state and action to state. Nothing here touches
 * disk or network: whoever applies an action stores the outcome and sends what belongs to it.
 */
import type { ConversationId } from "../../protocol/names.ts";
import type { ChatEvent, ChatPhase } from "./model.ts";

export interface ChatState {
  readonly phase: ChatPhase;
  /**
   * The conversation that messages are sealed for, in "open". Kept in "key-changed", should the user stay with the old
   * key, and in "none" when the server no longer knows it: why that is may be on its way.
   */
  readonly current?: ConversationId | undefined;
  /** The one being agreed on: in "requested", "invited" and "establishing". */
  readonly pending?: ConversationId | undefined;
}

export type ChatAction =
  /** We ask. */
  | { readonly type: "ask"; readonly conversation: ConversationId }
  /** They asked. In "requested" both asked at once; the caller then accepts theirs. */
  | { readonly type: "asked"; readonly conversation: ConversationId }
  | { readonly type: "accept" }
  /** The conversation stands: made by us after their ACCEPT, or joined by us with their Welcome. */
  | { readonly type: "agreed"; readonly conversation: ConversationId }
  | { readonly type: "refuse" }
  | { readonly type: "refused"; readonly conversation: ConversationId }
  | { readonly type: "close" }
  /** We want nothing more of them. */
  | { readonly type: "block" }
  | { readonly type: "closed"; readonly conversation: ConversationId }
  /** The server knows no such conversation, or the keys could not be agreed on. */
  | { readonly type: "failed"; readonly conversation: ConversationId }
  | { readonly type: "key-changed" }
  | { readonly type: "key-accepted" }
  | { readonly type: "key-kept" };

export interface ChatStep {
  readonly state: ChatState;
  /** The line that the chat's history gets. */
  readonly event?: ChatEvent;
}

export const NO_CHAT: ChatState = { phase: "none" };

/** @returns undefined when the action has no meaning now: too late, for another conversation, or not allowed */
export function step(state: ChatState, action: ChatAction): ChatStep | undefined {
  const { phase, current, pending } = state;
  switch (action.type) {
    case "ask":
      // Again from "requested": the server may have lost the first request in a restart.
      if (phase !== "none" && phase !== "requested" && phase !== "closed-by-me" && phase !== "closed-by-peer")
        return undefined;
      return { state: { phase: "requested", pending: action.conversation } };
    case "asked":
      // From "open" too: they ask anew because on their side the old conversation is no more.
      if (phase === "key-changed" || action.conversation === current || action.conversation === pending)
        return undefined;
      return { state: { phase: "invited", pending: action.conversation } };
    case "accept":
      return phase === "invited" ? { state: { phase: "establishing", pending } } : undefined;
    case "agreed":
      if ((phase !== "requested" && phase !== "establishing") || action.conversation !== pending)
        return undefined;
      return { state: { phase: "open", current: pending }, event: "opened" };
    case "refuse":
      return phase === "invited" ? { state: NO_CHAT } : undefined;
    case "refused":
      if (phase !== "requested" || action.conversation !== pending) return undefined;
      return { state: NO_CHAT, event: "refused" };
    case "close":
      if (phase === "open") return { state: { phase: "closed-by-me" }, event: "closed-by-me" };
      return phase === "requested" || phase === "establishing" ? { state: NO_CHAT } : undefined;
    case "block":
      if (phase === "open") return { state: { phase: "closed-by-me" }, event: "closed-by-me" };
      return { state: phase === "key-changed" ? { phase } : NO_CHAT };
    case "closed":
      if (
        ((phase === "open" || phase === "none") && action.conversation === current) ||
        (phase === "establishing" && action.conversation === pending)
      )
        return { state: { phase: "closed-by-peer" }, event: "closed-by-peer" };
      if (phase === "key-changed" && action.conversation === current) return { state: { phase } };
      return pending !== undefined && action.conversation === pending ? { state: NO_CHAT } : undefined;
    case "failed":
      if (phase === "key-changed") return action.conversation === current ? { state: { phase } } : undefined;
      if (phase === "open" && action.conversation === current) return { state: { phase: "none", current } };
      return pending !== undefined && action.conversation === pending ? { state: NO_CHAT } : undefined;
    case "key-changed":
      if (phase === "key-changed") return undefined;
      return {
        state: { phase: "key-changed", current: phase === "open" ? current : undefined },
        event: "key-changed",
      };
    case "key-accepted":
      return phase === "key-changed" ? { state: NO_CHAT, event: "key-accepted" } : undefined;
    case "key-kept":
      if (phase !== "key-changed") return undefined;
      return { state: current === undefined ? NO_CHAT : { phase: "open", current } };
  }
}
