/** The requests of one connection that wait for an answer. */
import { NetworkError, type ParleyError, ProtocolError } from "../errors.ts";
import { REQUEST_DEADLINE_MS } from "../limits.ts";
import type { Envelope } from "../wire/batch.ts";
import type { ReadAnswer } from "./answers.ts";

/** Ids are u32 and 0 asks for no answer. */
const LAST_ID = 0xffff_ffff;

interface Waiting {
  /** @throws ProtocolError for an invalid answer */
  answer(envelope: Envelope): void;
  reject(error: ParleyError): void;
  /** Set while the caller waits. The entry stays after the deadline, so that a late answer is recognised. */
  deadline: NodeJS.Timeout | undefined;
}

export class Requests {
  readonly #waiting = new Map<number, Waiting>();
  #lastId = 0;

  /**
   * Sends a request and waits for its answer.
   * @param send sends the request under the id it is given; the result rejects with its errors
   * @param read converts the answer to the result
   * @returns rejects with errors of `read`, with NetworkError "timeout", or with the reason given to
   * rejectAll()
   */
  ask<Result>(send: (id: number) => void, read: ReadAnswer<Result>): Promise<Result> {
    const id = this.#nextId();
    return new Promise<Result>((resolve, reject) => {
      send(id);
      const waiting: Waiting = {
        answer: (envelope) => {
          try {
            resolve(read(envelope));
          } catch (error) {
            reject(error);
            if (error instanceof ProtocolError) throw error;
          }
        },
        reject,
        deadline: setTimeout(() => {
          waiting.deadline = undefined;
          reject(new NetworkError("timeout", `no answer within ${REQUEST_DEADLINE_MS} ms`));
        }, REQUEST_DEADLINE_MS),
      };
      this.#waiting.set(id, waiting);
    });
  }

  /**
   * Completes the request that an answer belongs to.
   * @throws ProtocolError "bad-message" when there is no such request, or the answer does not fit it
   */
  settle(answer: Envelope): void {
    const waiting = this.#waiting.get(answer.id);
    if (waiting === undefined) throw new ProtocolError("bad-message", "an answer to no request");
    this.#waiting.delete(answer.id);
    clearTimeout(waiting.deadline);
    waiting.answer(answer);
  }

  /** Rejects all pending requests when the line is lost. */
  rejectAll(error: ParleyError): void {
    for (const waiting of this.#waiting.values()) {
      clearTimeout(waiting.deadline);
      waiting.reject(error);
    }
    this.#waiting.clear();
  }

  #nextId(): number {
    do this.#lastId = this.#lastId === LAST_ID ? 1 : this.#lastId + 1;
    while (this.#waiting.has(this.#lastId));
    return this.#lastId;
  }
}
