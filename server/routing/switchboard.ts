/** Applies the rules of a conversation: asks `rules.ts`, keeps the outcome in the store, hands deliveries to the post. */
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { EndReason, ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import { type Pieces, ROWS_A_PIECE } from "../gateway/pieces.ts";
import { Refusal } from "../gateway/refusal.ts";
import { RequestPace } from "../gateway/request-pace.ts";
import type { ServerLimits } from "../limits.ts";
import type { Store } from "../store/store.ts";
import { words } from "../words/words.ts";
import { ending, endingWith } from "./ending.ts";
import type { Post, Settle, Unposted } from "./post.ts";
import {
  type Commit,
  type Conversation,
  type Decision,
  decideCommit,
  decideMessage,
  decideRequest,
  decideStep,
  isWithdrawal,
  otherSide,
  type Request,
  type Step,
} from "./rules.ts";

/** The delivery for the other side. */
export type Forward = Pick<Unposted, "opcode" | "body">;

type RequestLimits = Pick<
  ServerLimits,
  "waitingRequestsOfOne" | "waitingRequestsForOne" | "requestPaceMs" | "conversations"
>;
type Advance = Extract<Decision, { type: "advance" }>;

/** To end one is some ten statements. */
const CONVERSATIONS_A_PIECE = 4;
const NAMES_A_PIECE = 50;

/** A name has more conversations, acquaintances or mail than can be ended in one piece. */
export class MuchToEnd extends Error {
  override readonly name = "MuchToEnd";
}

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
    if (decision.type !== "advance") {
      this.#apply(decision, request.id, request.by, forward, settle);
      return true;
    }
    if (this.#store.blocks.has(request.by, request.to))
      throw refused(ErrorCode.NOT_ALLOWED, request.id, words.refusals.person.blocked);
    if (wait && this.#limits.waitingRequestsOfOne === 0)
      throw refused(ErrorCode.NOT_ALLOWED, request.id, words.refusals.talk.noRequests);
    this.#requireRoom(request.by, request.id, between);
    const acquainted = conversations.areAcquainted(request.by, request.to);
    if (!acquainted) this.#requireFewAsked(request);
    // First, and not counted: one who cannot be asked is not there however often, or a block could be told from absence.
    if (!wait && !this.#isReachable(request.to, request.by)) return false;
    this.#requirePace(request, acquainted);
    this.#ask(decision, request, { wait, acquainted }, forward, settle);
    this.#pace.asked(request.by, request.to, performance.now());
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
    const mail: Unposted = { recipient, sender: by, opcode: Opcode.MESSAGE, conversation: id, message, body };
    if (this.#store.blocks.has(recipient, by)) this.#post.discard(mail, settle);
    else this.#post.forward(mail, settle);
  }

  /** MESSAGE that is a commit: on disk with the epoch it makes, so that neither counts without the other. @throws Refusal */
  commit(id: ConversationId, commit: Commit, body: Uint8Array, settle: Settle): void {
    const decision = decideCommit(commit, this.#store.conversations.find(id));
    this.#apply(decision, id, commit.by, { opcode: Opcode.MESSAGE, body }, settle);
  }

  /**
   * From now on `blocker` is away for `blocked`, for good: nothing of theirs arrives, and they get the answers they
   * would get if it waited: it does, and is not given to `blocker`. Their conversations stay as they are, since an end would tell.
   */
  block(blocker: Username, blocked: Username): void {
    this.#store.blocks.add(blocker, blocked);
  }

  /** Steps taken meanwhile did not arrive, so the conversation ends here, as if `blocker` had come back and closed it. */
  unblock(blocker: Username, blocked: Username): void {
    this.#store.atomically(() => {
      this.#store.blocks.remove(blocker, blocked);
      this.#store.mailbox.giveUp(blocker, blocked);
      for (const conversation of this.#store.conversations.between(blocker, blocked))
        this.#endFor(conversation, blocker);
    });
  }

  /**
   * Ends all conversations of that name, which is somebody else from now on, tells the others, and gives up the name's mail and files.
   * @throws MuchToEnd where that is more than one piece, to be done by `endInPieces` first
   */
  endAll(name: Username): void {
    if (!this.#endSome(name)) throw new MuchToEnd();
  }

  /** As `endAll`, any amount of it. */
  *endInPieces(name: Username): Pieces {
    while (!this.#store.atomically(() => this.#endSome(name))) yield;
  }

  /** As `endAll`, of everybody whom the command line has revoked. */
  *endRevoked(): Pieces {
    const { directory, conversations, blobs } = this.#store;
    let names = directory.revoked(undefined, NAMES_A_PIECE);
    for (; names.length > 0; names = directory.revoked(names.at(-1), NAMES_A_PIECE)) {
      for (const name of names)
        if (conversations.of(name, 1).length > 0 || blobs.bytesOf(name) > 0) yield* this.endInPieces(name);
      yield;
    }
  }

  /** @returns whether that was all */
  #endSome(name: Username): boolean {
    const { conversations, mailbox, blobs } = this.#store;
    const some = conversations.of(name, CONVERSATIONS_A_PIECE);
    for (const conversation of some) this.#endFor(conversation, name);
    const forgotten = conversations.forgetAcquaintances(name, ROWS_A_PIECE);
    const givenUp = mailbox.giveUpAll(name, ROWS_A_PIECE);
    blobs.giveUpAll(name);
    return some.length < CONVERSATIONS_A_PIECE && Math.max(forgotten, givenUp) < ROWS_A_PIECE;
  }

  /** Ends it for the other side, as `gone` would. */
  #endFor(conversation: Conversation, gone: Username): void {
    this.#end(conversation, ending(conversation, gone, EndReason.CLOSED), ignore);
  }

  /** The other side is told unless it never heard of that conversation; then nothing is left of it. */
  #end(conversation: Conversation, mail: Unposted, settle: Settle): void {
    const change = () => this.#forget(conversation);
    if (!isWithdrawal(conversation, mail.sender)) this.#file(mail, settle, change);
    else if (this.#store.mailbox.isUnseen(conversation.id)) this.#post.drop(mail, settle, change);
    else this.#leave(mail, settle, change);
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
      case "end":
        this.#end(decision.conversation, endingWith(forward, decision.conversation, by), settle);
        return;
      case "advance": {
        const recipient = otherSide(decision.conversation, by);
        const mail = { ...forward, recipient, sender: by, conversation: id };
        this.#file(mail, settle, () => this.#advance(decision));
        return;
      }
    }
  }

  #advance({ conversation, replaces }: Advance): void {
    const { conversations, mailbox } = this.#store;
    for (const replaced of replaces) this.#forget(replaced);
    if (conversation.stage !== "requested") mailbox.removeRequest(conversation.id);
    if (conversation.stage === "established" && conversations.find(conversation.id)?.stage !== "established")
      conversations.haveTalked(conversation.requester, conversation.addressee, this.#clock());
    conversations.put(conversation, this.#clock());
  }

  /** @throws Refusal TOO_MANY; for an addressee who is there as for one who is not, or it would tell */
  #requireFewAsked({ id, by }: Request): void {
    const { waitingRequestsOfOne } = this.#limits;
    if (waitingRequestsOfOne > 0 && this.#store.conversations.countAskedBy(by) >= waitingRequestsOfOne)
      throw refused(ErrorCode.TOO_MANY, id, words.refusals.talk.waiting(waitingRequestsOfOne));
  }

  /**
   * Of conversations in which `name` has a say: asked for by them, or accepted. One that takes the place of another always fits.
   * @throws Refusal TOO_MANY
   */
  #requireRoom(name: Username, id: ConversationId, between: readonly Conversation[]): void {
    if (between.some(({ stage }) => stage === "established")) return;
    if (this.#store.conversations.count(name) >= this.#limits.conversations)
      throw refused(ErrorCode.TOO_MANY, id, words.refusals.talk.conversations(this.#limits.conversations));
  }

  /** @throws Refusal RATE_LIMITED; alike for an addressee who is there, away, nobody or blocks the requester, where it waits */
  #requirePace({ id, by, to }: Request, acquainted: boolean): void {
    const retryAfterMs = this.#pace.waitMs(by, to, performance.now(), acquainted);
    if (retryAfterMs === 0) return;
    const context = { conversation: id, retryAfterMs };
    throw new Refusal(ErrorCode.RATE_LIMITED, words.refusals.talk.askedBefore, context);
  }

  /**
   * A new request, which stays until it is answered. Whether the addressee is away, there, nobody at all or has blocked the
   * requester: the conversation is kept, its bounds are counted and the answer is given in the same way; only the request itself
   * is left out for the last two. A stranger's takes the place of another stranger's where there are too many, and none is in
   * the way of people who have talked.
   */
  #ask(
    decision: Advance,
    { id, by, to }: Request,
    { wait, acquainted }: { wait: boolean; acquainted: boolean },
    forward: Forward,
    settle: Settle,
  ): void {
    const mail: Unposted = { ...forward, recipient: to, sender: by, conversation: id };
    const change = () => {
      if (!acquainted) this.#makeRoomFor(to);
      this.#advance(decision);
    };
    const request: Unposted = acquainted ? { ...mail, always: true } : mail;
    if (wait) this.#leave(request, settle, change);
    else this.#file(request, settle, change);
  }

  /** Strangers' requests end, both sides told, until there is room for another. */
  #makeRoomFor(addressee: Username): void {
    const { conversations, mailbox } = this.#store;
    while (conversations.countAskedOf(addressee) >= Math.max(1, this.#limits.waitingRequestsForOne)) {
      const ended = conversations.firstToGiveWay(addressee);
      if (ended === undefined) return;
      const wasSeen = !mailbox.isUnseen(ended.id);
      this.#file(ending(ended, addressee, EndReason.GAVE_WAY), ignore, () => this.#forget(ended));
      if (wasSeen) this.#file(ending(ended, ended.requester, EndReason.CLOSED), ignore, ignore);
    }
  }

  /** To nobody, and to somebody who has blocked the sender, nothing goes, and the sender does not notice. */
  #file(mail: Unposted, settle: Settle, change: () => void): void {
    if (this.#isWanted(mail)) this.#post.file(mail, settle, change);
    else this.#post.discard(mail, settle, change);
  }

  /** As `#file`, and the sender does not notice either whether the recipient is there. */
  #leave(mail: Unposted, settle: Settle, change: () => void): void {
    if (this.#isWanted(mail)) this.#post.leave(mail, settle, change);
    else this.#post.discard(mail, settle, change);
  }

  /** Both are looked up always. */
  #isWanted({ recipient, sender }: Unposted): boolean {
    const member = this.#store.directory.find(recipient);
    const blocked = this.#store.blocks.has(recipient, sender);
    return member !== undefined && member.revokedAt === undefined && !blocked;
  }

  #forget({ id, requester, addressee, stage }: Conversation): void {
    const { conversations, mailbox } = this.#store;
    if (stage === "established") conversations.haveTalked(requester, addressee, this.#clock());
    conversations.remove(id);
    mailbox.removeRequest(id);
  }
}

function ignore(): void {}

function refused(code: ErrorCode, conversation: ConversationId, why = REASONS.get(code) ?? ""): Refusal {
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
