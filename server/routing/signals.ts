/**
 * Passes signals on, such as that somebody is typing: now, or not at all. Nothing of a signal is kept, and its sender does not learn
 * what became of it.
 */
import type { ConversationId, Username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { WorkBudget } from "../gateway/work-budget.ts";
import type { ServerLimits } from "../limits.ts";
import type { Store } from "../store/store.ts";
import { decideMessage } from "./rules.ts";

type Limits = Pick<ServerLimits, "signalsFromOne" | "signalsToOne" | "signalsOfAll">;

const BURST_SECONDS = 4;

/** The people online. */
interface Online {
  get(name: Username):
    | {
        readonly isBehind: boolean;
        send(opcode: Opcode, id: number, body: Uint8Array): void;
      }
    | undefined;
  isReachable(name: Username, by: Username): boolean;
}

export class Signals {
  readonly #store: Store;
  readonly #online: Online;
  readonly #limits: Limits;
  readonly #ofAll: WorkBudget;
  /** Kept until they are full again: only for people who sent or received signals within the last seconds. */
  readonly #from = new Map<Username, WorkBudget>();
  readonly #to = new Map<Username, WorkBudget>();

  /** @param now monotonic milliseconds, here and below */
  constructor(store: Store, online: Online, limits: Limits, now: number) {
    this.#store = store;
    this.#online = online;
    this.#limits = limits;
    this.#ofAll = budget(limits.signalsOfAll, now);
  }

  /** Number of budgets remembered. */
  get size(): number {
    return this.#from.size + this.#to.size;
  }

  /**
   * Passes a signal on if the conversation is established, both people are online and see each other, and nobody's bound is reached.
   * @param body forwarded unchanged
   */
  pass(id: ConversationId, by: Username, body: Uint8Array, now: number): void {
    const { signalsFromOne, signalsToOne } = this.#limits;
    if (!takes(this.#from, by, signalsFromOne, now)) return;
    const recipient = decideMessage(by, this.#store.conversations.find(id));
    if (recipient === undefined) return;
    // Both lookups are always made, so that the time of later answers reveals neither a block nor invisibility.
    const [sees, isSeen] = [this.#online.isReachable(recipient, by), this.#online.isReachable(by, recipient)];
    const session = this.#online.get(recipient);
    if (!sees || !isSeen || session === undefined || session.isBehind) return;
    if (!takes(this.#to, recipient, signalsToOne, now) || this.#ofAll.take(1, now) > 0) return;
    session.send(Opcode.SIGNAL, 0, body);
  }

  /** Forgets people whose budget is full again. */
  tick(now: number): void {
    for (const budgets of [this.#from, this.#to])
      for (const [name, one] of budgets) if (one.full(now)) budgets.delete(name);
  }
}

function budget(perSecond: number, now: number): WorkBudget {
  return new WorkBudget(perSecond, perSecond * BURST_SECONDS, now);
}

function takes(budgets: Map<Username, WorkBudget>, name: Username, perSecond: number, now: number): boolean {
  const known = budgets.get(name) ?? budget(perSecond, now);
  budgets.set(name, known);
  return known.take(1, now) === 0;
}
