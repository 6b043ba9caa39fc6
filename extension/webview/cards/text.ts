import type { Body } from "../../../messenger/kinds/body.ts";
import { renderMarkdown } from "../markdown.ts";
import type { Card } from "./card.ts";

export const text: Card<Extract<Body, { kind: "text" }>> = { view: ({ text }) => renderMarkdown(text) };
