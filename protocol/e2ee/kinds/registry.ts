/**
 * The only list of the kinds that have a body in content.proto. A kind's name is that of its body, and its `type` on the
 * wire. A body that the .proto gains does not compile before it has its codec here.
 */
import type { BodyCase, Codec } from "./codec.ts";
import { receipt } from "./receipt.ts";
import { text } from "./text.ts";
import { timer } from "./timer.ts";

export const CODECS = { text, receipt, timer } as const satisfies {
  readonly [Kind in BodyCase]: Codec<{ readonly kind: Kind }>;
};
