import { html } from "lit/html.js";
import { bodyText, type PageBody } from "../../../messenger/kinds/body.ts";
import { visible } from "../../../messenger/text/hidden-characters.ts";
import { renderPlain } from "../markdown.ts";
import { strings } from "../strings.ts";
import type { Card } from "./card.ts";

export const unknown: Card<Extract<PageBody, { kind: "unknown" }>> = {
  view: (body, words) =>
    html`<div class="unknown">${renderPlain(bodyText(body, words))}</div>
      <div class="unknown-detail">${strings.unknownKindDetail(visible(body.type))}</div>`,
};
