/** The interface of cards, which draw the kinds of messages: one kind a file in this folder. */
import type { Words } from "../../../messenger/kinds/kind.ts";

export interface Card<Data> {
  /** Returns the content of the message's bubble or, for the chat's own events, of the line. Names in `words` are made visible. */
  view(body: Data, words: Words): unknown;
}
