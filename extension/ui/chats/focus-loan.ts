/** Asks a chat's page for the focus, for a question in another part of the editor. */
import type { HostMessage } from "../../contract/panel.ts";

/** Milliseconds after which a page that does not answer counts as one without the focus: it may be loading. */
const ANSWER_MS = 500;

export class FocusLoan {
  readonly #post: (message: HostMessage) => boolean;
  readonly #waiting = new Set<(had: boolean) => void>();

  /** @param post returns whether there is a page */
  constructor(post: (message: HostMessage) => boolean) {
    this.#post = post;
  }

  /** Resolves with whether the page had the focus. @param soon whether to wait a moment for a page that is getting it */
  lend(soon: boolean): Promise<boolean> {
    return new Promise((resolve) => {
      if (!this.#post({ type: "lendFocus", soon })) return resolve(false);
      const answer = (had: boolean) => {
        clearTimeout(timer);
        this.#waiting.delete(answer);
        resolve(had);
      };
      const timer = setTimeout(() => answer(false), ANSWER_MS);
      this.#waiting.add(answer);
    });
  }

  /** Takes the page's answer. */
  lent(had: boolean): void {
    for (const answer of [...this.#waiting]) answer(had);
  }

  /** Moves the focus to the page. */
  giveBack(): void {
    this.#post({ type: "returnFocus" });
  }
}
