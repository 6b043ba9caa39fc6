/** The clock of a change that has not arrived at everybody. */
import { html, nothing, type TemplateResult } from "lit/html.js";
import type { PanelMessage } from "../contract/panel.ts";
import { icons } from "./icons.ts";
import { strings } from "./strings.ts";

type Change = NonNullable<PanelMessage["changes"]>[number];

export function pendingView(
  { changes = [] }: Pick<PanelMessage, "changes">,
  kind: Change["kind"],
): TemplateResult | typeof nothing {
  const pending = changes.find((change) => change.kind === kind && change.state !== "failed");
  if (pending === undefined) return nothing;
  const text = strings[pending.state];
  return html`<span class="state pending" title=${text}>${icons.waiting}<span class="spoken">${text}</span></span>`;
}
