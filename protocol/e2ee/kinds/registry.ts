/**
 * The only list of the kinds that have a body in content.proto. A kind has the name of its body, which is
 * also its `type` on the wire. A body added to the .proto does not compile until its codec is listed here.
 */
import type { BodyCase, Codec } from "./codec.ts";
import { deletion } from "./delete.ts";
import { edit } from "./edit.ts";
import { files } from "./files.ts";
import { mark } from "./mark.ts";
import { profile } from "./profile.ts";
import { receipt } from "./receipt.ts";
import { text } from "./text.ts";
import { timer } from "./timer.ts";

export const CODECS = {
  text,
  receipt,
  timer,
  edit,
  delete: deletion,
  mark,
  profile,
  files,
} as const satisfies {
  readonly [Kind in BodyCase]: Codec<{ readonly kind: Kind }>;
};
