/** The interface of cards. Each file in this folder draws one kind of message. */
import type { Words } from "../../../messenger/kinds/kind.ts";
import type { MessageFiles } from "../files/file-desk.ts";

export interface Card<Data> {
  /**
   * Draws the content of a bubble or, for the chat's own events, of a line.
   * @param words makes hidden characters in names visible
   * @param author the person's name for display, undefined for the user
   * @param files undefined where nothing can be done with files, as in earlier versions
   */
  view(body: Data, words: Words, author: string | undefined, files: MessageFiles | undefined): unknown;
}
