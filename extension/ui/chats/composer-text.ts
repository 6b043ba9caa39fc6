/**
 * Keeps all text of one chat's composer that the messenger has not accepted: texts being sent, refused texts, and the draft. Joined,
 * they are the chat's draft on disk, so that neither a crash nor the disposal of the page loses text.
 */
import { joinedTexts } from "../../contract/text.ts";

/** Milliseconds after which a text being sent is added to the draft on disk. Most are accepted within a few milliseconds. */
const SLOW_MS = 500;

export interface ComposerTextParts {
  /** Sends a text, or files with it. @throws the error if the messenger refuses it */
  readonly send: (message: Omit<Written, "id">) => Promise<void>;
  /** Stores the chat's draft on disk. */
  readonly keep: (draft: string) => Promise<void>;
  /** Tells the page that the text with that id was accepted. */
  readonly taken: (id: string) => void;
  /** Makes the page put `text`, made of the texts with these ids, in front of the composer's content. Its next draft confirms that. */
  readonly refused: (ids: readonly string[], text: string) => void;
  /** Called when storing a slow text failed. */
  readonly failed: (error: unknown) => void;
}

interface Written {
  readonly id: string;
  /** "" only with files. */
  readonly text: string;
  /** Id of the message that it replies to. */
  readonly replyTo?: string | undefined;
  /** Id of the message that the attached files become. They stay attached if it is refused. */
  readonly parcel?: string | undefined;
}
interface Unsent extends Written {
  refused: boolean;
}

export class ComposerText {
  readonly #parts: ComposerTextParts;
  /** Texts that were not accepted, in the order of writing. */
  #unsent: Unsent[] = [];
  /** The content of the composer, as last reported. */
  #composer = "";
  #kept = "";
  #keeping = 0;
  #sending = false;

  constructor(parts: ComposerTextParts) {
    this.#parts = parts;
  }

  /**
   * Adopts the draft from disk, for a new page or after another window wrote it.
   * @returns the text for the composer
   */
  begin(draft: string): string {
    this.#unsent = this.#underWay;
    this.#kept = draft;
    // Leave texts being sent out of the composer. They return to it if they are refused.
    const underWay = joinedTexts(this.#unsent.map(({ text }) => text));
    if (underWay === "") this.#composer = draft;
    else if (draft === underWay) this.#composer = "";
    else this.#composer = draft.startsWith(`${underWay}\n`) ? draft.slice(underWay.length + 1) : draft;
    return this.#composer;
  }

  /** @returns whether another window wrote this draft and this window has not adopted it yet */
  isNews(draft: string): boolean {
    return this.#keeping === 0 && draft !== this.#kept;
  }

  /** Records the composer's content. @param includes id of the newest refused text that `text` contains */
  async edit(text: string, includes: string | undefined): Promise<void> {
    const last = this.#unsent.findIndex(({ id }) => id === includes);
    this.#unsent = this.#unsent.filter(({ refused }, index) => !refused || index > last);
    this.#composer = text;
    await this.#keep();
  }

  /**
   * Sends the texts one after the other, in order. If one is refused, those after it return to the composer too. The page has emptied
   * its composer.
   * @throws the error of the first refused text
   */
  async send({ id, text, replyTo, parcel }: Written): Promise<void> {
    this.#unsent.push({ id, text, replyTo, parcel, refused: false });
    this.#composer = "";
    if (this.#sending) return;
    this.#sending = true;
    const slow = setTimeout(() => this.#keep().catch(this.#parts.failed), SLOW_MS);
    try {
      for (let [next] = this.#underWay; next !== undefined; [next] = this.#underWay) {
        await this.#parts.send(next);
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
