import { html } from "lit/html.js";
import type { Body } from "../../../messenger/kinds/body.ts";
import { strings } from "../strings.ts";
import type { Card } from "./card.ts";

export const deleted: Card<Extract<Body, { kind: "deleted" }>> = {
  view: (_, __, author) =>
    html`<div class="deleted">${author === undefined ? strings.deletedByMe : strings.deletedBy(author)}</div>`,
};
