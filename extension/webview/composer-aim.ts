/** The composer's purpose: a new message, a reply, or the edit of a message. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { Aim } from "../contract/page-message.ts";
import { icons } from "./icons.ts";
import { type Quote, quoteText } from "./quotes.ts";
import { strings } from "./strings.ts";

export const AIM_ID = "composer-aim";

/** An edit in the composer, and the draft that stood there before, which returns after it. */
interface Editing {
  readonly kind: "edit";
  readonly target: string;
  /** The message's present text. */
  readonly before: string;
  readonly draft: string;
  /** Id of the edit while the extension has not accepted it. */
  sent?: string;
}
export type ComposerAim = { readonly kind: "new" } | Extract<Aim, { kind: "reply" }> | Editing;

export const NEW: ComposerAim = { kind: "new" };

/** Draws the bar above the composer. */
export function aimView(
  aim: ComposerAim,
  quoteOf: (id: string) => Quote,
  cancel: () => void,
): TemplateResult | typeof nothing {
  if (aim.kind === "new") return nothing;
  const text = aim.kind === "edit" ? strings.editing : strings.replyingTo(quoteText(quoteOf(aim.target)));
  return html`<div class="composer-aim">
    ${aim.kind === "edit" ? nothing : icons.reply}
    <span class="aim-text" id=${AIM_ID}>${text}</span>
    <button
      type="button"
      class="quiet icon-only"
      title=${strings.cancel}
      aria-label=${strings.cancel}
      @click=${cancel}
    >
      ${icons.close}
    </button>
  </div>`;
}
