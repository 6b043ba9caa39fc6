import { html } from "lit/html.js";
import { bodyText, type PageBody } from "../../../messenger/kinds/body.ts";
import { renderPlain } from "../markdown.ts";
import type { Card } from "./card.ts";

export const notUnderstood: Card<Extract<PageBody, { kind: "not-understood" }>> = {
  view: (body, words) => html`<div class="unknown">${renderPlain(bodyText(body, words))}</div>`,
};
