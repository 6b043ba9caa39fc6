import { html } from "lit/html.js";
import { type Body, bodyText } from "../../../messenger/kinds/body.ts";
import type { Card } from "./card.ts";

export const deleted: Card<Extract<Body, { kind: "deleted" }>> = {
  view: (body, words) => html`<div class="deleted">${bodyText(body, words)}</div>`,
};
