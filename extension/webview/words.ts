/** The functions that kinds use to build their texts for the page. */
import type { Words } from "../../messenger/kinds/kind.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { translate } from "./strings.ts";

export const pageWords: Words = {
  t: (message, ...args) => translate(message, ...args), // not bound to a value, since useSentences() replaces `translate`
  name: (person) => visible(person),
};
