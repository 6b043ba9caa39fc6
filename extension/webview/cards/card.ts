/** The interface of cards. Each file in this folder draws one kind of message. */
import type { Words } from "../../../messenger/kinds/kind.ts";

export interface Card<Data> {
  /** Draws the content of a bubble or, for the chat's own events, of a line. `words` makes hidden characters in names visible. */
  view(body: Data, words: Words): unknown;
}
