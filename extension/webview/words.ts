/** What the texts of messages are made with on the page. */
import type { Words } from "../../messenger/kinds/kind.ts";
import { translate } from "./strings.ts";

/** @param peer made visible */
export function pageWords(peer: string): Words {
  return { t: translate, peer };
}
