import { html } from "lit/html.js";
import type { PageBody } from "../../../messenger/kinds/body.ts";
import { strings } from "../strings.ts";
import type { Card } from "./card.ts";

export const deleted: Card<Extract<PageBody, { kind: "deleted" }>> = {
  view: (_, __, author) =>
    html`<div class="deleted">${author === undefined ? strings.deletedByMe : strings.deletedBy(author)}</div>`,
};
