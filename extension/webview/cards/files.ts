import { type Body, bodyText } from "../../../messenger/kinds/body.ts";
import { renderPlain } from "../markdown.ts";
import type { Card } from "./card.ts";

export const files: Card<Extract<Body, { kind: "files" }>> = {
  view: (body, words) => renderPlain(bodyText(body, words)),
};
