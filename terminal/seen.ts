/**
 * Remembers the states that were printed: a decision carries the state that the person saw
 * (messenger/shown.ts), and is refused if it has changed since.
 */
import type { Chat, ChatId, Shown, ShownKind } from "../messenger/model.ts";
import type { Username } from "../protocol/names.ts";

/** The subject of a decision: a chat, or a person. */
type Subject = ChatId | Username;

export class Seen {
  readonly #states = new Map<string, string>();

  note<Kind extends ShownKind>(kind: Kind, subject: Subject, state: Shown<Kind> | undefined): void {
    if (state === undefined) this.#states.delete(`${kind} ${subject}`);
    else this.#states.set(`${kind} ${subject}`, state);
  }

  /** Records that the current state of that chat is on screen. */
  noteChat({ id, standing }: Chat): void {
    this.note("standing", id, standing);
  }

  state<Kind extends ShownKind>(kind: Kind, subject: Subject): Shown<Kind> | undefined {
    return this.#states.get(`${kind} ${subject}`) as Shown<Kind> | undefined;
  }
}
