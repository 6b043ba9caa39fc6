/** Refusals of the steps of a conversation. */
import type { ConversationId } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { words } from "../words/words.ts";

/** Makes a refusal that names the conversation. */
export function refused(
  code: ErrorCode,
  conversation: ConversationId,
  why = REASONS.get(code) ?? "",
): Refusal {
  return new Refusal(code, why, { conversation });
}

const REASONS: ReadonlyMap<ErrorCode, string> = new Map([
  [ErrorCode.SELF, words.refusals.talk.self],
  [ErrorCode.ALREADY_ASKED, words.refusals.talk.alreadyAsked],
  [ErrorCode.REQUEST_CROSSED, words.refusals.talk.crossed],
  [ErrorCode.NOT_ALLOWED, words.refusals.talk.idInUse],
  [ErrorCode.EPOCH_STALE, words.refusals.talk.epochStale],
  [ErrorCode.NO_CONVERSATION, words.refusals.talk.noConversation],
]);
