import type { PageBody } from "../../../messenger/kinds/body.ts";
import { renderMarkdown } from "../markdown.ts";
import type { Card } from "./card.ts";

export const text: Card<Extract<PageBody, { kind: "text" }>> = { view: ({ text }) => renderMarkdown(text) };
