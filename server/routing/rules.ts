/**
 * The rules of a conversation as a pure state machine: requested, accepted, established, and ended. It
 * decides which steps each of the two may take in each state, and the answer otherwise; it stores and sends
 * nothing.
 *
 *     RTT by requester -> requested -ACCEPT by addressee-> accepted -CC_SESSION_ESTABLISHMENT by requester-> established
 *     REFUSE by addressee (requested only) and NOTIFY by either (always) end it.
 *
 * A pair of people has at most one open request (requested or accepted) and at most one established
 * conversation. A newly established one replaces the older; a new request replaces one that was accepted and
 * never established (otherwise a laptop lost in the middle of an agreement would lock the pair out for good).
 * The two replace their keys by commits, each of which follows an epoch. Both must apply the same commit, so
 * the first for an epoch is accepted here, and any other is stale.
 * A client that lost its line before the answer repeats a verb word for word: it is answered again and
 * changes nothing.
 */
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";

export type Stage = "requested" | "accepted" | "established";

export interface Conversation {
  readonly id: ConversationId;
  readonly requester: Username;
  readonly addressee: Username;
  readonly stage: Stage;
  /** SHA-256 of the body that led to this stage, hexadecimal: distinguishes a repetition from a second attempt with other content. */
  readonly digest: string;
  /** The current MLS epoch: 1 at first, increased by each commit. */
  readonly epoch: number;
  /** The commit that led to this epoch. */
  readonly lastCommit?: MessageId | undefined;
}

export interface Request {
  readonly id: ConversationId;
  readonly by: Username;
  readonly to: Username;
  readonly digest: string;
}

export interface Step {
  readonly verb: "accept" | "refuse" | "establish" | "notify";
  readonly by: Username;
  readonly digest: string;
}

export type Decision =
  /** Store `conversation`, delete those in `replaces`, forward to the other side. */
  | {
      readonly type: "advance";
      readonly conversation: Conversation;
      readonly replaces: readonly Conversation[];
    }
  /** Delete `conversation`, forward to the other side. */
  | { readonly type: "end"; readonly conversation: Conversation }
  /** Already done: answer, change nothing, forward nothing. */
  | { readonly type: "repeat"; readonly conversation: Conversation }
  | { readonly type: "refuse"; readonly code: ErrorCode; readonly conversation?: ConversationId };

const FIRST_EPOCH = 1;
/**
 * How far a commit may be ahead of the epoch known here. A server restored from a backup has lost some
 * epochs, a few a day for each busy conversation; a peer that could jump further would make all the other's
 * commits stale.
 */
export const MAX_EPOCH_JUMP = 1000;

export interface Commit {
  readonly id: MessageId;
  readonly by: Username;
  /** The epoch that it follows. */
  readonly epoch: number;
}

/** Returns the other person of a conversation in which `name` takes part. */
export function otherSide(conversation: Conversation, name: Username): Username {
  return conversation.requester === name ? conversation.addressee : conversation.requester;
}

/** Returns whether `name` takes part. */
export function isParticipant(conversation: Conversation, name: Username): boolean {
  return conversation.requester === name || conversation.addressee === name;
}

/** Returns whether an end by `name` withdraws a request before it was answered. */
export function isWithdrawal(conversation: Conversation, name: Username): boolean {
  return conversation.stage === "requested" && conversation.requester === name;
}

/**
 * Decides about an RTT. The caller checks whether the addressee is online.
 * @param same the conversation that already has the requested id, of any pair.
 * @param between all conversations of the pair, in both directions.
 */
export function decideRequest(
  request: Request,
  same: Conversation | undefined,
  between: readonly Conversation[],
): Decision {
  if (request.by === request.to) return { type: "refuse", code: ErrorCode.SELF };
  if (same !== undefined) {
    if (same.stage === "requested" && same.requester === request.by && same.digest === request.digest)
      return { type: "repeat", conversation: same };
    return { type: "refuse", code: ErrorCode.NOT_ALLOWED };
  }
  const waiting = between.find((one) => one.stage === "requested");
  if (waiting !== undefined) {
    const code = waiting.requester === request.by ? ErrorCode.ALREADY_ASKED : ErrorCode.REQUEST_CROSSED;
    return { type: "refuse", code, conversation: waiting.id };
  }
  return {
    type: "advance",
    conversation: {
      id: request.id,
      requester: request.by,
      addressee: request.to,
      stage: "requested",
      digest: request.digest,
      epoch: FIRST_EPOCH,
    },
    replaces: between.filter((one) => one.stage === "accepted"),
  };
}

/**
 * Decides about ACCEPT, REFUSE, CC_SESSION_ESTABLISHMENT and NOTIFY. A stranger, a wrong order and a missing
 * conversation get the same answer, so that nobody learns of others' conversations.
 * @param between all conversations of the pair.
 */
export function decideStep(
  step: Step,
  conversation: Conversation | undefined,
  between: readonly Conversation[],
): Decision {
  const no: Decision = { type: "refuse", code: ErrorCode.NO_CONVERSATION };
  if (conversation === undefined || !isParticipant(conversation, step.by)) return no;
  const byRequester = conversation.requester === step.by;
  const repeated = conversation.digest === step.digest;
  switch (step.verb) {
    case "accept":
      if (byRequester) return no;
      if (conversation.stage === "accepted" && repeated) return { type: "repeat", conversation };
      if (conversation.stage !== "requested") return no;
      return {
        type: "advance",
        conversation: { ...conversation, stage: "accepted", digest: step.digest },
        replaces: [],
      };
    case "refuse":
      return !byRequester && conversation.stage === "requested" ? { type: "end", conversation } : no;
    case "establish":
      if (!byRequester) return no;
      if (conversation.stage === "established" && repeated) return { type: "repeat", conversation };
      if (conversation.stage !== "accepted") return no;
      return {
        type: "advance",
        conversation: { ...conversation, stage: "established", digest: step.digest },
        replaces: between.filter((one) => one.stage === "established"),
      };
    case "notify":
      return { type: "end", conversation };
  }
}

/**
 * Decides about a MESSAGE.
 * @returns its receiver, or undefined if there is no session to send it in
 */
export function decideMessage(by: Username, conversation: Conversation | undefined): Username | undefined {
  if (conversation?.stage !== "established" || !isParticipant(conversation, by)) return undefined;
  return otherSide(conversation, by);
}

/**
 * Decides about a MESSAGE that is a commit: compare-and-set on the epoch. A commit for a later epoch than
 * ours, by MAX_EPOCH_JUMP at most, is accepted: a server restored from a backup has lost some epochs that
 * both people have passed. A commit further ahead belongs to a conversation other than the one known here.
 */
export function decideCommit({ id, by, epoch }: Commit, conversation: Conversation | undefined): Decision {
  if (conversation === undefined || decideMessage(by, conversation) === undefined)
    return { type: "refuse", code: ErrorCode.NO_CONVERSATION };
  if (conversation.lastCommit === id) return { type: "repeat", conversation };
  if (epoch < conversation.epoch) return { type: "refuse", code: ErrorCode.EPOCH_STALE };
  if (epoch > conversation.epoch + MAX_EPOCH_JUMP) return { type: "refuse", code: ErrorCode.NO_CONVERSATION };
  return {
    type: "advance",
    conversation: { ...conversation, epoch: epoch + 1, lastCommit: id },
    replaces: [],
  };
}
