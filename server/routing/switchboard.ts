/**
 * Applies the rules of a conversation: asks `rules.ts`, stores the outcome, and passes deliveries to the
 * post.
 */
import type { ConversationId, MessageId, Username } from "../../protocol/names.ts";
import { EndReason, ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import { type Pieces, ROWS_A_PIECE } from "../gateway/pieces.ts";
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
import { type RequestLimits, TalkBounds } from "./talk-bounds.ts";
import { refused } from "./talk-refusal.ts";

/** The delivery for the other side. */
export type Forward = Pick<Unposted, "opcode" | "body">;

type Advance = Extract<Decision, { type: "advance" }>;

/** Ending one takes some ten statements. */
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
  readonly #bounds: TalkBounds;

  /**
   * @param isReachable returns whether `name` is online as far as `by` may know
   */
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
    this.#bounds = new TalkBounds(store, limits);
  }

  /**
   * RTT.
   * @param wait keep the request for an addressee who is offline
   * @returns false if it does not wait and the addressee is unknown, offline, or blocks the requester
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
    this.#bounds.requireRoom(request.by, request.id, between);
    const acquainted = conversations.areAcquainted(request.by, request.to);
    if (!acquainted) this.#bounds.requireFewAsked(request);
    // First, and not counted: requests to an unreachable addressee must not use up the pace, or a block could
    // be distinguished from absence.
    if (!wait && !this.#isReachable(request.to, request.by)) return false;
    this.#bounds.requirePace(request, acquainted);
    this.#ask(decision, request, { wait, acquainted }, forward, settle);
    this.#bounds.asked(request);
    return true;
  }

  /**
   * ACCEPT, REFUSE, CC_SESSION_ESTABLISHMENT, NOTIFY.
   * @param peer the other side as the sender knows it; undefined: no longer known.
   * @throws Refusal
   */
  step(id: ConversationId, peer: string | undefined, step: Step, forward: Forward, settle: Settle): void {
    const { conversations } = this.#store;
    const found = conversations.find(id);
    const meant = found !== undefined && (peer === undefined || otherSide(found, step.by) === peer);
    const conversation = meant ? found : undefined;
    const between =
      conversation === undefined ? [] : conversations.between(conversation.requester, conversation.addressee);
    const decision = decideStep(step, conversation, between);
    if (step.verb === "accept" && decision.type === "advance") this.#bounds.requireRoom(step.by, id, between);
    this.#apply(decision, id, step.by, forward, settle);
    if ((step.verb === "accept" || step.verb === "refuse") && conversation !== undefined)
      this.#bounds.answered(conversation);
  }

  /**
   * MESSAGE.
   * @param body forwarded unchanged.
   * @throws Refusal
   */
  message(id: ConversationId, message: MessageId, by: Username, body: Uint8Array, settle: Settle): void {
    const recipient = decideMessage(by, this.#store.conversations.find(id));
    if (recipient === undefined) throw refused(ErrorCode.NO_CONVERSATION, id);
    const mail: Unposted = { recipient, sender: by, opcode: Opcode.MESSAGE, conversation: id, message, body };
    if (this.#store.blocks.has(recipient, by)) this.#post.discard(mail, settle);
    else this.#post.forward(mail, settle);
  }

  /**
   * MESSAGE that is a commit: stored in one transaction with its epoch.
   * @throws Refusal
   */
  commit(id: ConversationId, commit: Commit, body: Uint8Array, settle: Settle): void {
    const decision = decideCommit(commit, this.#store.conversations.find(id));
    this.#apply(decision, id, commit.by, { opcode: Opcode.MESSAGE, body }, settle);
  }

  /**
   * Makes `blocker` permanently offline to `blocked`: none of their mail is delivered, and they get the
   * answers for mail that waits. It does wait, but `blocker` never gets it. Their conversations stay as they
   * are, since an end would reveal the block.
   */
  block(blocker: Username, blocked: Username): void {
    this.#store.blocks.add(blocker, blocked);
  }

  /**
   * Ends their conversations: steps taken during the block did not arrive. It looks as if `blocker` had
   * returned and closed them.
   */
  unblock(blocker: Username, blocked: Username): void {
    this.#store.atomically(() => {
      this.#store.blocks.remove(blocker, blocked);
      this.#store.mailbox.giveUp(blocker, blocked);
      for (const conversation of this.#store.conversations.between(blocker, blocked))
        this.#endFor(conversation, blocker);
    });
  }

  /**
   * Ends all conversations of a name that another person has from now on, notifies the peers, and gives up
   * the name's mail and files.
   * @throws MuchToEnd if that takes more than one piece; call `endInPieces` first
   */
  endAll(name: Username): void {
    if (!this.#endSome(name)) throw new MuchToEnd();
  }

  /** Does what `endAll` does, for any amount, in pieces. */
  *endInPieces(name: Username): Pieces {
    while (!this.#store.atomically(() => this.#endSome(name))) yield;
  }

  /** Does what `endAll` does for everybody whom the command line has revoked. */
  *endRevoked(): Pieces {
    const { directory, conversations, blobs } = this.#store;
    let names = directory.revoked(undefined, NAMES_A_PIECE);
    for (; names.length > 0; names = directory.revoked(names.at(-1), NAMES_A_PIECE)) {
      for (const name of names)
        if (conversations.of(name, 1).length > 0 || blobs.bytesOf(name) > 0) yield* this.endInPieces(name);
      yield;
    }
  }

  /**
   * Ends some conversations.
   * @returns whether those were all
   */
  #endSome(name: Username): boolean {
    const { conversations, mailbox, blobs } = this.#store;
    const some = conversations.of(name, CONVERSATIONS_A_PIECE);
    for (const conversation of some) this.#endFor(conversation, name);
    const forgotten = conversations.forgetAcquaintances(name, ROWS_A_PIECE);
    const givenUp = mailbox.giveUpAll(name, ROWS_A_PIECE);
    blobs.giveUpAll(name);
    return some.length < CONVERSATIONS_A_PIECE && Math.max(forgotten, givenUp) < ROWS_A_PIECE;
  }

  /** Ends a conversation for the other side in the name of `gone`. */
  #endFor(conversation: Conversation, gone: Username): void {
    this.#end(conversation, ending(conversation, gone, EndReason.CLOSED), ignore);
  }

  /** Ends a conversation. The other side is notified unless it never saw it; then nothing is left of it. */
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
        // It was stored at the first attempt, and is in the mailbox until confirmed.
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
      conversations.recordAcquaintance(conversation.requester, conversation.addressee, this.#clock());
    conversations.put(conversation, this.#clock());
  }

  /**
   * Stores a new request, which stays until it is answered. Whether the addressee is offline, online, unknown
   * or has blocked the requester, the conversation is stored, its bounds are counted and the answer is given
   * in the same way; only the request itself is omitted for the last two. A stranger's request displaces
   * another stranger's if there are too many; strangers' requests never displace those of people who have
   * talked.
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

  /** Ends strangers' requests, notifying both sides, until there is room for another. */
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

  /**
   * Stores mail. Mail to an unknown name, or to a person who has blocked the sender, is discarded without the
   * sender noticing.
   */
  #file(mail: Unposted, settle: Settle, change: () => void): void {
    if (this.#isWanted(mail)) this.#post.file(mail, settle, change);
    else this.#post.discard(mail, settle, change);
  }

  /** Does what `#file` does, and hides from the sender whether the recipient is online. */
  #leave(mail: Unposted, settle: Settle, change: () => void): void {
    if (this.#isWanted(mail)) this.#post.leave(mail, settle, change);
    else this.#post.discard(mail, settle, change);
  }

  /**
   * Returns whether the recipient exists and accepts mail of the sender. Always makes both lookups, so that
   * the time reveals nothing.
   */
  #isWanted({ recipient, sender }: Unposted): boolean {
    const member = this.#store.directory.find(recipient);
    const blocked = this.#store.blocks.has(recipient, sender);
    return member !== undefined && member.revokedAt === undefined && !blocked;
  }

  #forget({ id, requester, addressee, stage }: Conversation): void {
    const { conversations, mailbox } = this.#store;
    if (stage === "established") conversations.recordAcquaintance(requester, addressee, this.#clock());
    conversations.remove(id);
    mailbox.removeRequest(id);
  }
}

function ignore(): void {}
