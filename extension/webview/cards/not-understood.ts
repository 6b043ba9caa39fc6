import { html } from "lit/html.js";
import { type Body, bodyText } from "../../../messenger/kinds/body.ts";
import { renderPlain } from "../markdown.ts";
import type { Card } from "./card.ts";

export const notUnderstood: Card<Extract<Body, { kind: "not-understood" }>> = {
  view: (body, words) => html`<div class="unknown">${renderPlain(bodyText(body, words))}</div>`,
};
