import { bodyText, type PageBody } from "../../../messenger/kinds/body.ts";
import type { Card } from "./card.ts";

export const event: Card<Extract<PageBody, { kind: "event" }>> = { view: bodyText };
