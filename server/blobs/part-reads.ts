/**
 * Reads parts of blobs for connections: for each connection one after the other, once it has taken everything
 * before, and for all together a few at once, first come first served. A reader that is slow or greedy thus
 * holds one part in memory, and delays the others by one.
 */
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { Refusal } from "../gateway/refusal.ts";
import { BLOB_PARTS_ASKED, BLOB_RETRY_MS } from "../limits.ts";
import { words } from "../words/words.ts";

/** A connection's request for a part. */
export interface Asked {
  /** Identifies the connection; its entries are dropped with it. */
  readonly user: object;
  /** Calls `work` once the connection has taken everything; never if it ends first. */
  whenIdle(work: () => void): void;
}

/** Reads a part and answers with it. Never rejects. */
type Answer = () => Promise<void>;

export class PartReads {
  readonly #atOnce: number;
  #underWay = 0;
  /** Answers for connections that are ready for a part. */
  readonly #ready: Answer[] = [];
  /** Pending requests by connection; the first is being answered. */
  readonly #asked = new WeakMap<object, { readonly asked: Asked; readonly answer: Answer }[]>();

  constructor(atOnce: number) {
    this.#atOnce = atOnce;
  }

  /**
   * Queues a request.
   * @throws Refusal RATE_LIMITED if the connection has too many pending ones
   */
  add(asked: Asked, answer: Answer): void {
    const queue = this.#asked.get(asked.user) ?? [];
    if (queue.length >= BLOB_PARTS_ASKED)
      throw new Refusal(ErrorCode.RATE_LIMITED, words.refusals.blob.tooManyParts, {
        retryAfterMs: BLOB_RETRY_MS,
      });
    this.#asked.set(asked.user, queue);
    queue.push({ asked, answer });
    if (queue.length === 1) this.#wait(queue);
  }

  #wait(queue: { readonly asked: Asked; readonly answer: Answer }[]): void {
    const [first] = queue;
    first?.asked.whenIdle(() => {
      this.#ready.push(async () => {
        await first.answer();
        queue.shift();
        this.#wait(queue);
      });
      this.#next();
    });
  }

  #next(): void {
    if (this.#underWay >= this.#atOnce) return;
    const answer = this.#ready.shift();
    if (answer === undefined) return;
    this.#underWay += 1;
    void answer().finally(() => {
      this.#underWay -= 1;
      this.#next();
    });
  }
}
