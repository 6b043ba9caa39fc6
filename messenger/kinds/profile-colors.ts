/** The names of the colours that a profile can have. The palette of the page is in extension/webview/person.ts. */
import type { Translate } from "./translate.ts";

/** @returns the names of the colours 1 to PROFILE_COLORS, in their order */
export function profileColors(t: Translate): readonly string[] {
  return [
    ...[t("Blue"), t("Purple"), t("Green"), t("Orange"), t("Red"), t("Yellow")],
    ...[t("Teal"), t("Pink"), t("Lime"), t("Amber"), t("Indigo"), t("Gray")],
  ];
}
