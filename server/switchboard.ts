/** Applies the rules of a conversation: asks `rules.ts`, keeps the outcome in the store, hands what is to forward to the post. */
import { create, toBinary } from "@bufbuild/protobuf";
import { type ConversationId, idBytes, type MessageId, type Username } from "../protocol/names.ts";
import { ErrorCode, NotifySchema, Opcode } from "../protocol/wire/parley_pb.ts";
import type { ServerLimits } from "./limits.ts";
import type { Post, Settle, Unposted } from "./post.ts";
import { Refusal } from "./refusal.ts";
import { RequestPace } from "./request-pace.ts";
import {
  type Commit,
  type Conversation,
  type Decision,
  decideCommit,
  decideMessage,
  decideRequest,
  decideStep,
  otherSide,
  type Request,
  type Step,
} from "./rules.ts";
import type { Store } from "./store/store.ts";

/** What the other side is to get. */
export type Forward = Pick<Unposted, "opcode" | "body">;

type RequestLimits = Pick<
  ServerLimits,
  "waitingRequestsOfOne" | "waitingRequestsForOne" | "requestPaceMs" | "conversations"
>;

export class Switchboard {
  readonly #store: Store;
  readonly #post: Post;
  readonly #isReachable: (name: Username, by: Username) => boolean;
  readonly #limits: RequestLimits;
  readonly #clock: () => number;
  readonly #pace: RequestPace;

  /** @param isReachable whether `name` is online as far as `by` may know */
  constructor(
    store: Store,
    post: Post,
    isReachable: (name: Username, by: Username) => boolean,
    limits: RequestLimits,
    clock: () => number,
  ) {
    this.#store = store;
    this.#post = post;
    this.#isReachable = isReachable;
    this.#limits = limits;
    this.#clock = clock;
    this.#pace = new RequestPace(limits.requestPaceMs);
  }

  /**
   * RTT.
   * @param wait leave it for an addressee who is away
   * @returns false where it does not wait and the addressee is unknown, not online, or not there for this requester
   * @throws Refusal
   */
  request(request: Request, wait: boolean, forward: Forward, settle: Settle): boolean {
    const { conversations } = this.#store;
    const between = conversations.between(request.by, request.to);
    const decision = decideRequest(request, conversations.find(request.id), between);
    if (decision.type === "advance") {
      if (this.#store.blocks.has(request.by, request.to))
        throw new Refusal(ErrorCode.NOT_ALLOWED, "you have blocked that person", {
          conversation: request.id,
        });
      this.#requireRoom(request.by, request.id, between);
      // First, and not counted: one who cannot be asked is not there however often, or a block could be told from absence.
      if (!wait && !this.#isReachable(request.to, request.by)) return false;
      this.#requirePace(request);
      if (wait) this.#leave(decision, request, forward, settle);
      else this.#apply(decision, request.id, request.by, forward, settle);
      this.#pace.asked(request.by, request.to, performance.now());
      return true;
    }
    this.#apply(decision, request.id, request.by, forward, settle);
    return true;
  }

  /**
   * ACCEPT, REFUSE, CC_SESSION_ESTABLISHMENT, NOTIFY.
   * @param peer whom the sender believes to be on the other side; undefined: they do not know any more. @throws Refusal
   */
  step(id: ConversationId, peer: string | undefined, step: Step, forward: Forward, settle: Settle): void {
    const { conversations } = this.#store;
    const found = conversations.find(id);
    const meant = found !== undefined && (peer === undefined || otherSide(found, step.by) === peer);
    const conversation = meant ? found : undefined;
    const between =
      conversation === undefined ? [] : conversations.between(conversation.requester, conversation.addressee);
    const decision = decideStep(step, conversation, between);
    if (step.verb === "accept" && decision.type === "advance") this.#requireRoom(step.by, id, between);
    this.#apply(decision, id, step.by, forward, settle);
    if ((step.verb === "accept" || step.verb === "refuse") && conversation !== undefined)
      this.#pace.answered(conversation.requester, conversation.addressee);
  }

  /** MESSAGE. @param body forwarded as it is. @throws Refusal */
  message(id: ConversationId, message: MessageId, by: Username, body: Uint8Array, settle: Settle): void {
    const recipient = decideMessage(by, this.#store.conversations.find(id));
    if (recipient === undefined) throw refused(ErrorCode.NO_CONVERSATION, id);
    const mail: Unposted = { recipient, opcode: Opcode.MESSAGE, conversation: id, message, body };
    if (this.#store.blocks.has(recipient, by)) this.#post.discard(mail, settle, () => {});
    else this.#post.forward(mail, settle);
  }

  /** MESSAGE that is a commit: on disk with the epoch it makes, so that neither counts without the other. @throws Refusal */
  commit(id: ConversationId, commit: Commit, body: Uint8Array, settle: Settle): void {
    const decision = decideCommit(commit, this.#store.conversations.find(id));
    this.#apply(decision, id, commit.by, { opcode: Opcode.MESSAGE, body }, settle);
  }

  /**
   * From now on `blocker` is away for `blocked`, for good: nothing of theirs arrives, and they get the answers they
   * would get if it waited. Their conversations stay as they are, since an end would tell.
   */
  block(blocker: Username, blocked: Username): void {
    const { blocks, conversations, mailbox } = this.#store;
    this.#store.atomically(() => {
      blocks.add(blocker, blocked);
      for (const { id } of conversations.between(blocker, blocked)) mailbox.discard(blocker, id);
    });
  }

  /** What went on meanwhile did not arrive, so it ends here, as if `blocker` had come back and closed it. */
  unblock(blocker: Username, blocked: Username): void {
    this.#store.atomically(() => {
      this.#store.blocks.remove(blocker, blocked);
      for (const conversation of this.#store.conversations.between(blocker, blocked))
        this.#endFor(conversation, blocker);
    });
  }

  /** The user is gone or has a new key: their conversations can go on no more, and the others are told. */
  endAll(name: Username): void {
    for (const conversation of this.#store.conversations.of(name)) this.#endFor(conversation, name);
    this.#store.mailbox.clear(name);
  }

  /** Ends what is left of users revoked by the command line. */
  endRevoked(): void {
    for (const { conversation, revoked } of this.#store.conversations.ofRevoked()) {
      this.#endFor(conversation, revoked);
      this.#store.mailbox.clear(revoked);
    }
  }

  #endFor(conversation: Conversation, gone: Username): void {
    const notify = create(NotifySchema, { conversation: idBytes(conversation.id), peer: gone });
    const mail: Unposted = {
      recipient: otherSide(conversation, gone),
      opcode: Opcode.NOTIFY,
      conversation: conversation.id,
      body: toBinary(NotifySchema, notify),
    };
    this.#file(
      mail,
      gone,
      () => {},
      () => this.#forget(conversation),
    );
  }

  #apply(decision: Decision, id: ConversationId, by: Username, forward: Forward, settle: Settle): void {
    switch (decision.type) {
      case "refuse":
        throw refused(decision.code, decision.conversation ?? id);
      case "repeat":
        // It was written when it was first asked, and is in the mailbox until confirmed.
        this.#store.committed().then(
          () => settle("stored"),
          () => settle("failed"),
        );
        return;
      case "end": {
        const { conversation } = decision;
        const mail = { ...forward, recipient: otherSide(conversation, by), conversation: id };
        this.#file(mail, by, settle, () => this.#forget(conversation));
        return;
      }
      case "advance": {
        const mail = { ...forward, recipient: otherSide(decision.conversation, by), conversation: id };
        this.#file(mail, by, settle, () => this.#advance(decision));
        return;
      }
    }
  }

  #advance({ conversation, replaces }: Extract<Decision, { type: "advance" }>): void {
    for (const replaced of replaces) this.#forget(replaced);
    if (conversation.stage !== "requested") this.#store.mailbox.removeRequest(conversation.id);
    this.#store.conversations.put(conversation, this.#clock());
  }

  /**
   * Of conversations in which `name` has a say: asked for by them, or accepted. One that takes the place of another always fits.
   * @throws Refusal TOO_MANY
   */
  #requireRoom(name: Username, id: ConversationId, between: readonly Conversation[]): void {
    if (between.some(({ stage }) => stage === "established")) return;
    if (this.#store.conversations.count(name) >= this.#limits.conversations)
      throw refused(ErrorCode.TOO_MANY, id, `you have ${this.#limits.conversations} conversations`);
  }

  /** @throws Refusal RATE_LIMITED; alike for an addressee who is there, away, nobody or blocks the requester, where it waits */
  #requirePace({ id, by, to }: Request): void {
    const retryAfterMs = this.#pace.waitMs(by, to, performance.now());
    if (retryAfterMs === 0) return;
    const context = { conversation: id, retryAfterMs };
    throw new Refusal(ErrorCode.RATE_LIMITED, "you have asked that person a moment ago", context);
  }

  /**
   * A request that waits. Whether the addressee is away, there, nobody at all or has blocked the requester: the
   * conversation is kept, its bounds are counted and the answer is given in the same way; only the request itself is
   * left out for the last two.
   */
  #leave(
    decision: Extract<Decision, { type: "advance" }>,
    { id, by, to }: Request,
    forward: Forward,
    settle: Settle,
  ): void {
    const { waitingRequestsOfOne, waitingRequestsForOne } = this.#limits;
    const { conversations } = this.#store;
    if (waitingRequestsOfOne === 0) throw refused(ErrorCode.NOT_ALLOWED, id, "this server keeps no requests");
    if (conversations.countAskedBy(by) >= waitingRequestsOfOne)
      throw refused(ErrorCode.TOO_MANY, id, `${waitingRequestsOfOne} of your requests wait for an answer`);
    if (conversations.countAskedOf(to) >= waitingRequestsForOne)
      throw refused(ErrorCode.MAILBOX_FULL, id, "too many requests wait for that person");
    const mail = { ...forward, recipient: to, conversation: id };
    const change = () => this.#advance(decision);
    if (this.#isWanted(mail, by)) this.#post.leave(mail, settle, change);
    else this.#post.discard(mail, settle, change);
  }

  /** To nobody, and to somebody who has blocked the sender, nothing goes, and the sender does not notice. */
  #file(mail: Unposted, by: Username, settle: Settle, change: () => void): void {
    if (this.#isWanted(mail, by)) this.#post.file(mail, settle, change);
    else this.#post.discard(mail, settle, change);
  }

  /** Both are looked up always. */
  #isWanted({ recipient }: Unposted, by: Username): boolean {
    const member = this.#store.directory.find(recipient);
    const blocked = this.#store.blocks.has(recipient, by);
    return member !== undefined && member.revokedAt === undefined && !blocked;
  }

  #forget(conversation: Conversation): void {
    this.#store.conversations.remove(conversation.id);
    this.#store.mailbox.removeRequest(conversation.id);
  }
}

function refused(code: ErrorCode, conversation: ConversationId, why = REASONS.get(code) ?? ""): Refusal {
  return new Refusal(code, why, { conversation });
}

const REASONS: ReadonlyMap<ErrorCode, string> = new Map([
  [ErrorCode.SELF, "one cannot talk to oneself"],
  [ErrorCode.ALREADY_ASKED, "your request to that person is waiting already"],
  [ErrorCode.REQUEST_CROSSED, "that person has asked you: answer that request"],
  [ErrorCode.NOT_ALLOWED, "that conversation id is in use: choose a random one"],
  [ErrorCode.EPOCH_STALE, "another commit for that epoch came first"],
  [ErrorCode.NO_CONVERSATION, "no such conversation, or not at the step this needs"],
]);
