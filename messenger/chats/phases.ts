/**
 * The state of a chat of two, as a pure function from state and action to state. Nothing here touches
 * disk or network: the caller stores the outcome of an action and sends the messages that belong to it.
 */
import type { ConversationId } from "../../protocol/names.ts";
import type { ChatEvent } from "../kinds/event.ts";
import type { ChatPhase } from "../model.ts";

export interface ChatState {
  readonly phase: ChatPhase;
  /**
   * The conversation that messages are sealed for, in "open". Kept in "key-changed", should the user stay with the old
   * key.
   */
  readonly current?: ConversationId | undefined;
  /** The one being agreed on: in "requested", "invited" and "establishing"; and in "open", the one to replace `current`. */
  readonly pending?: ConversationId | undefined;
  /**
   * In "open": the keys of `current` are of no use any more. To the user the chat is open: new messages wait, and go
   * in the next conversation, which the two programs agree on by themselves.
   */
  readonly lost?: boolean | undefined;
}

export type ChatAction =
  /** We ask. */
  | { readonly type: "ask"; readonly conversation: ConversationId }
  /** They asked. In "requested" both asked at once; the caller then accepts theirs. */
  | { readonly type: "asked"; readonly conversation: ConversationId }
  | { readonly type: "accept" }
  /** The conversation is established: made by us after their ACCEPT, or joined by us with their Welcome. */
  | { readonly type: "agreed"; readonly conversation: ConversationId }
  | { readonly type: "refuse" }
  | { readonly type: "refused"; readonly conversation: ConversationId }
  /** It made room for others that wait for that person. */
  | { readonly type: "gave-way"; readonly conversation: ConversationId }
  | { readonly type: "close" }
  /** We want nothing more of them. */
  | { readonly type: "block" }
  | { readonly type: "closed"; readonly conversation: ConversationId }
  /** The server knows no such conversation, or the keys could not be agreed on. */
  | { readonly type: "failed"; readonly conversation: ConversationId }
  /** A message of it does not open: our keys and theirs do not fit (any more). */
  | { readonly type: "lost"; readonly conversation: ConversationId }
  /** They say so. */
  | { readonly type: "lost-by-peer"; readonly conversation: ConversationId }
  /** We ask for a conversation in the place of one that was lost. */
  | { readonly type: "ask-anew"; readonly conversation: ConversationId }
  /** They ask for one in the place of the open one; the caller accepts at once. */
  | { readonly type: "asked-anew"; readonly conversation: ConversationId }
  /** Lost, and no other came about. */
  | { readonly type: "give-up" }
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
  const { phase, current, pending, lost } = state;
  switch (action.type) {
    case "ask":
      // Again from "requested": the server may have lost the first request in a restart.
      if (phase !== "none" && phase !== "requested" && phase !== "closed-by-me" && phase !== "closed-by-peer")
        return undefined;
      return { state: { phase: "requested", pending: action.conversation } };
    case "asked":
      // From "open" too, where that is not for the programs alone to settle ("asked-anew").
      if (phase === "key-changed" || action.conversation === current || action.conversation === pending)
        return undefined;
      return { state: { phase: "invited", pending: action.conversation } };
    case "accept":
      if (phase === "open" && pending !== undefined) return { state };
      return phase === "invited" ? { state: { phase: "establishing", pending } } : undefined;
    case "agreed":
      if (phase === "open" && action.conversation === pending)
        return { state: { phase, current: pending }, event: "renewed" };
      if ((phase !== "requested" && phase !== "establishing") || action.conversation !== pending)
        return undefined;
      return { state: { phase: "open", current: pending }, event: "opened" };
    case "refuse":
      return phase === "invited" ? { state: NO_CHAT } : undefined;
    case "refused":
      if (phase === "open" && action.conversation === pending)
        return lost ? { state: NO_CHAT, event: "refused" } : { state: { phase, current } };
      if (phase !== "requested" || action.conversation !== pending) return undefined;
      return { state: NO_CHAT, event: "refused" };
    case "gave-way":
      if (phase !== "requested" || action.conversation !== pending)
        return step(state, { type: "failed", conversation: action.conversation });
      return { state: NO_CHAT, event: "gave-way" };
    case "close":
      if (phase === "open") return { state: { phase: "closed-by-me" }, event: "closed-by-me" };
      return phase === "requested" || phase === "establishing" ? { state: NO_CHAT } : undefined;
    case "block":
      if (phase === "open") return { state: { phase: "closed-by-me" }, event: "closed-by-me" };
      return { state: phase === "key-changed" ? { phase } : NO_CHAT };
    case "closed":
      if (
        (phase === "open" && action.conversation === current) ||
        ((phase === "open" || phase === "establishing") && action.conversation === pending)
      )
        return { state: { phase: "closed-by-peer" }, event: "closed-by-peer" };
      if (phase === "key-changed" && action.conversation === current) return { state: { phase } };
      return pending !== undefined && action.conversation === pending ? { state: NO_CHAT } : undefined;
    case "failed":
      if (phase === "key-changed") return action.conversation === current ? { state: { phase } } : undefined;
      if (phase === "open" && action.conversation === current) return { state: { ...state, lost: true } };
      if (phase === "open" && action.conversation === pending) return { state: { phase, current, lost } };
      return pending !== undefined && action.conversation === pending ? { state: NO_CHAT } : undefined;
    case "lost":
      if (phase !== "open" || lost || action.conversation !== current) return undefined;
      return { state: { ...state, lost: true }, event: "keys-lost" };
    case "lost-by-peer":
      if (phase !== "open") return step(state, { type: "closed", conversation: action.conversation });
      if (action.conversation === pending) return { state: { phase, current, lost } };
      if (action.conversation !== current) return undefined;
      return lost ? { state } : { state: { ...state, lost: true }, event: "keys-lost-by-peer" };
    case "ask-anew":
      if (phase !== "open" || !lost || pending !== undefined) return undefined;
      return { state: { ...state, pending: action.conversation } };
    case "asked-anew":
      if (phase !== "open" || action.conversation === current || action.conversation === pending)
        return undefined;
      return { state: { ...state, pending: action.conversation } };
    case "give-up":
      return phase === "open" && lost ? { state: NO_CHAT } : undefined;
    case "key-changed":
      if (phase === "key-changed") return undefined;
      return {
        state: { phase: "key-changed", current: phase === "open" && !lost ? current : undefined },
        event: "key-changed",
      };
    case "key-accepted":
      return phase === "key-changed" ? { state: NO_CHAT, event: "key-accepted" } : undefined;
    case "key-kept":
      if (phase !== "key-changed") return undefined;
      return { state: current === undefined ? NO_CHAT : { phase: "open", current } };
  }
}
