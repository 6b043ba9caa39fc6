/** Words an image, which is never loaded. Apart from the parser, so that the page's second script does not take it along. */
import type { Translate } from "../../../messenger/kinds/translate.ts";

/** @param description the writer's own; "" for none */
export function imageText(description: string, t: Translate): string {
  return description === "" ? t("Image") : t("Image: {0}", description);
}
