/**
 * All text written in one chat's composer that has not been accepted yet: texts on their way to the messenger, texts that it refused, and
 * the draft. All of it together is the chat's draft on disk, so that neither a crash nor the disposal of the page loses a word.
 */
import { joinedTexts } from "../../contract/text.ts";

/** Milliseconds after which a text on its way becomes part of the draft on disk. Most are accepted within a few milliseconds. */
const SLOW_MS = 500;

export interface ComposerTextParts {
  /** @throws where the text was not accepted */
  readonly send: (text: string) => Promise<void>;
  /** Stores the chat's draft on disk. */
  readonly keep: (draft: string) => Promise<void>;
  /** Lets the page forget the text of that id. */
  readonly taken: (id: string) => void;
  /** Makes the page put `text`, of these ids, in front of the composer's content, and confirm it with its next draft. */
  readonly refused: (ids: readonly string[], text: string) => void;
  /** Called when storing a slow text failed. */
  readonly failed: (error: unknown) => void;
}

interface Unsent {
  readonly id: string;
  readonly text: string;
  refused: boolean;
}

export class ComposerText {
  readonly #parts: ComposerTextParts;
  /** In the order they were written. */
  #unsent: Unsent[] = [];
  /** The content of the page's composer, as last reported. */
  #composer = "";
  #kept = "";
  #keeping = 0;
  #sending = false;

  constructor(parts: ComposerTextParts) {
    this.#parts = parts;
  }

  /**
   * Reads the draft from disk, for a new page or because another window wrote it.
   * @returns the text for the composer
   */
  begin(draft: string): string {
    this.#unsent = this.#underWay;
    this.#kept = draft;
    // A text on its way is not put into the composer too: it comes back by itself if it is refused.
    const underWay = joinedTexts(this.#unsent.map(({ text }) => text));
    if (underWay === "") this.#composer = draft;
    else if (draft === underWay) this.#composer = "";
    else this.#composer = draft.startsWith(`${underWay}\n`) ? draft.slice(underWay.length + 1) : draft;
    return this.#composer;
  }

  /** @returns whether this window neither wrote nor has read the draft on disk */
  isNews(draft: string): boolean {
    return this.#keeping === 0 && draft !== this.#kept;
  }

  /** @param includes id of the newest refused text that is part of `text` */
  async edit(text: string, includes: string | undefined): Promise<void> {
    const last = this.#unsent.findIndex(({ id }) => id === includes);
    this.#unsent = this.#unsent.filter(({ refused }, index) => !refused || index > last);
    this.#composer = text;
    await this.#keep();
  }

  /**
   * Sends one text after the other, to keep their order. Once one is refused, those behind it come back as well.
   * The page has emptied its composer.
   * @throws the error that refused the first of them
   */
  async send(id: string, text: string): Promise<void> {
    this.#unsent.push({ id, text, refused: false });
    this.#composer = "";
    if (this.#sending) return;
    this.#sending = true;
    const slow = setTimeout(() => this.#keep().catch(this.#parts.failed), SLOW_MS);
    try {
      for (let [next] = this.#underWay; next !== undefined; [next] = this.#underWay) {
        await this.#parts.send(next.text);
        this.#take(next);
      }
    } catch (error) {
      this.#refuse();
      throw error;
    } finally {
      clearTimeout(slow);
      this.#sending = false;
      await this.#keep();
    }
  }

  get #underWay(): Unsent[] {
    return this.#unsent.filter(({ refused }) => !refused);
  }

  #take(taken: Unsent): void {
    this.#unsent = this.#unsent.filter((one) => one !== taken);
    this.#parts.taken(taken.id);
  }

  #refuse(): void {
    const back = this.#underWay;
    for (const one of back) one.refused = true;
    this.#parts.refused(
      back.map(({ id }) => id),
      joinedTexts(back.map(({ text }) => text)),
    );
  }

  async #keep(): Promise<void> {
    const draft = joinedTexts([...this.#unsent.map(({ text }) => text), this.#composer]);
    if (draft === this.#kept) return;
    this.#kept = draft;
    this.#keeping++;
    try {
      await this.#parts.keep(draft);
    } finally {
      this.#keeping--;
    }
  }
}
