/** Shows that the other person is typing. It covers the space below the last message, so that nothing moves. */
import { strings } from "./strings.ts";

/** Milliseconds in which the user's own typing is reported once. */
const REPORTED_EVERY_MS = 3_000;

export class TypingLine {
  readonly #element: HTMLElement;
  readonly #announce: (text: string) => void;
  #isShown = false;

  /** @param announce for screen readers: called once for each time that the line appears */
  constructor(element: HTMLElement, announce: (text: string) => void) {
    this.#element = element;
    this.#announce = announce;
  }

  /** @param peer the person's name, with hidden characters made visible */
  show(typing: boolean, peer: string): void {
    if (typing === this.#isShown) return;
    this.#isShown = typing;
    this.#element.textContent = typing ? strings.typing(peer) : "";
    if (typing) this.#announce(strings.typing(peer));
  }
}

/** Returns a function that calls `report` for each call of it, but at most every few seconds. */
export function reportingTyping(report: () => void): () => void {
  let reportedAt = Number.NEGATIVE_INFINITY;
  return () => {
    const now = performance.now();
    if (now - reportedAt < REPORTED_EVERY_MS) return;
    reportedAt = now;
    report();
  };
}
