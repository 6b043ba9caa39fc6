/** How the page draws one kind of message. One kind a file in this folder. */
import type { Words } from "../../../messenger/kinds/kind.ts";

export interface Card<Data> {
  /** Returns what is inside the message's bubble or, of the chat's own lines, the line. Names in `words` are made visible. */
  view(body: Data, words: Words): unknown;
}
