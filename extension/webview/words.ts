/** The services that build the page's texts. */
import type { Words } from "../../messenger/kinds/kind.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { translate } from "./strings.ts";

export const pageWords: Words = {
  t: (message, ...args) => translate(message, ...args), // another function once the sentences are here
  name: (person) => visible(person),
};
