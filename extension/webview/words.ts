/** The services that build the page's texts. */
import type { Words } from "../../messenger/kinds/kind.ts";
import { translate } from "./strings.ts";

/** @param peer made visible */
export function pageWords(peer: string): Words {
  return { t: translate, peer };
}
