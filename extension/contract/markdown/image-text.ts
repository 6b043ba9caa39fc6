/** The text in place of an image, which is never loaded. Separate from the parser, so that the page's second script does not bundle it. */
import type { Translate } from "../../../messenger/kinds/translate.ts";

/** Returns the text in place of an image. @param description the sender's alternative text, or "" */
export function imageText(description: string, t: Translate): string {
  return description === "" ? t("Image") : t("Image: {0}", description);
}
