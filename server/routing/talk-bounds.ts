/** Bounds how many people one person may ask to talk, how often, and how many conversations they may have. */
import type { ConversationId, Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { RequestPace } from "../gateway/request-pace.ts";
import type { ServerLimits } from "../limits.ts";
import type { Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import type { Conversation, Request } from "./rules.ts";
import { refused } from "./talk-refusal.ts";

export type RequestLimits = Pick<
  ServerLimits,
  "waitingRequestsOfOne" | "waitingRequestsForOne" | "requestPaceMs" | "conversations"
>;

export class TalkBounds {
  readonly #store: Store;
  readonly #limits: RequestLimits;
  readonly #pace: RequestPace;

  constructor(store: Store, limits: RequestLimits) {
    this.#store = store;
    this.#limits = limits;
    this.#pace = new RequestPace(limits.requestPaceMs);
  }

  /**
   * Bounds a requester's pending requests.
   * @throws Refusal TOO_MANY; alike for an addressee online or offline, or it would reveal which
   */
  requireFewAsked({ id, by }: Request): void {
    const { waitingRequestsOfOne } = this.#limits;
    if (waitingRequestsOfOne > 0 && this.#store.conversations.countAskedBy(by) >= waitingRequestsOfOne)
      throw refused(ErrorCode.TOO_MANY, id, words.refusals.talk.waiting(waitingRequestsOfOne));
  }

  /**
   * Bounds the conversations that `name` has requested or accepted. One that replaces another always fits.
   * @throws Refusal TOO_MANY
   */
  requireRoom(name: Username, id: ConversationId, between: readonly Conversation[]): void {
    if (between.some(({ stage }) => stage === "established")) return;
    if (this.#store.conversations.count(name) >= this.#limits.conversations)
      throw refused(ErrorCode.TOO_MANY, id, words.refusals.talk.conversations(this.#limits.conversations));
  }

  /**
   * Applies the pace of requests.
   * @throws Refusal RATE_LIMITED; alike whether the addressee is online, offline, unknown or blocks the
   * requester, if the request waits
   */
  requirePace({ id, by, to }: Request, acquainted: boolean): void {
    const retryAfterMs = this.#pace.waitMs(by, to, performance.now(), acquainted);
    if (retryAfterMs === 0) return;
    const context = { conversation: id, retryAfterMs };
    throw new Refusal(ErrorCode.RATE_LIMITED, words.refusals.talk.askedBefore, context);
  }

  /** Counts a request towards the pace. */
  asked({ by, to }: Request): void {
    this.#pace.asked(by, to, performance.now());
  }

  /** Counts an answer towards the pace. */
  answered({ requester, addressee }: Conversation): void {
    this.#pace.answered(requester, addressee);
  }
}
