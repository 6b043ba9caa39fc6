/** The chat in every kind of theme, checked for accessibility. */
import assert from "node:assert/strict";
import type { TwoUsers } from "./two-users.ts";

/** Name in the list of themes, and its kind as webviews see it. */
const THEMES = [
  ["Dark Modern", "vscode-dark"],
  ["Light Modern", "vscode-light"],
  ["Dark High Contrast", "vscode-high-contrast"],
  ["Light High Contrast", "vscode-high-contrast-light"],
] as const;

export function looks(two: TwoUsers): void {
  for (const [theme, kind] of THEMES)
    it(`has no fault that axe can find: ${theme}`, async () => {
      const { alice } = two;
      await alice.command("Preferences: Color Theme");
      await alice.answer(theme, theme);
      await alice.chat.frame.locator(`body[data-vscode-theme-kind="${kind}"]`).waitFor();
      await alice.screenshot(`30-${kind}`);
      assert.deepEqual(await alice.chat.accessibilityFaults(), []);
    });
}
