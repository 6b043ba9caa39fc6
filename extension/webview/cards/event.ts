import { type Body, bodyText } from "../../../messenger/kinds/body.ts";
import type { Card } from "./card.ts";

export const event: Card<Extract<Body, { kind: "event" }>> = { view: bodyText };
