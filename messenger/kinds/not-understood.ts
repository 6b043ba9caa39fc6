/** Bytes that this program cannot read as content. There is nothing to send again. */
import * as v from "valibot";
import type { ShownKind } from "./kind.ts";

const schema = v.object({ kind: v.literal("not-understood") });

export const notUnderstood = {
  schema,
  effect: {
    does: "append",
    author: "person",
    unread: true,
    notify: true,
    receipt: true,
    retry: false,
    changeable: true,
  },
  markdown: false,
  text: (_, { t }) => t("A message that this version of Parley doesn't understand. Update Parley."),
} as const satisfies ShownKind<v.InferOutput<typeof schema>>;
