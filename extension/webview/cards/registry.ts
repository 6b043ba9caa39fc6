/** The list of cards. A visible kind without a card is a compile error. */
import type { PageBody } from "../../../messenger/kinds/body.ts";
import type { Card } from "./card.ts";
import { deleted } from "./deleted.ts";
import { event } from "./event.ts";
import { files } from "./files.ts";
import { notUnderstood } from "./not-understood.ts";
import { text } from "./text.ts";
import { unknown } from "./unknown.ts";

type Cards = { readonly [Kind in PageBody["kind"]]: Card<Extract<PageBody, { kind: Kind }>> };

export const CARDS: Cards = { text, unknown, "not-understood": notUnderstood, deleted, files, event };
