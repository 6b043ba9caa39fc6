/** The reactions below a message: a button for each emoji, which adds the user's own or takes it back. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { pendingView } from "./pending.ts";
import { strings } from "./strings.ts";

export interface Reaction {
  readonly emoji: string;
  /** Names for display. */
  readonly by: readonly string[];
  readonly mine: boolean;
}

/** Groups the reactions of all people by emoji, in the order in which the first person has them. */
function reactionsOf({ reactions = [] }: Pick<PanelMessage, "reactions">): readonly Reaction[] {
  const grouped = new Map<string, Reaction>();
  for (const { by, mine, emoji: all } of reactions)
    for (const emoji of all) {
      const before = grouped.get(emoji);
      const name = mine ? strings.me : visible(by);
      grouped.set(emoji, {
        emoji,
        by: [...(before?.by ?? []), name],
        mine: mine || (before?.mine ?? false),
      });
    }
  return [...grouped.values()];
}

/** @returns the reactions for a screen reader, undefined if there are none */
export function spokenReactions(message: PanelMessage): string | undefined {
  const all = reactionsOf(message).map(({ emoji, by }) => strings.reaction(emoji, by.join(", ")));
  return all.length === 0 ? undefined : all.join(", ");
}

export function reactionsView(
  message: PanelMessage,
  toggle: (reaction: Reaction, chip: HTMLElement) => void,
): TemplateResult | typeof nothing {
  const all = reactionsOf(message);
  if (all.length === 0) return nothing;
  return html`<div class="reactions" role="group" aria-label=${strings.reactions}>
    ${all.map(
      (reaction) =>
        html`<button
          type="button"
          class="chip"
          tabindex="-1"
          aria-pressed=${reaction.mine}
          title=${reaction.by.join(", ")}
          @click=${({ currentTarget }: Event) => {
            if (currentTarget instanceof HTMLElement) toggle(reaction, currentTarget);
          }}
        >
          <span aria-hidden="true">${reaction.emoji}</span><span class="count" aria-hidden="true">${reaction.by.length}</span
          ><span class="spoken">${strings.reaction(reaction.emoji, reaction.by.join(", "))}</span>
        </button>`,
    )}
    ${pendingView(message, "mark")}
  </div>`;
}
