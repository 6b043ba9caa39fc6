/** A kind newer than this program, or a plugin's: its sender supplies a text to show in its place. */
import * as v from "valibot";
import type { ShownKind } from "./kind.ts";

const schema = v.object({ kind: v.literal("unknown"), type: v.string(), fallback: v.string() });

export const unknown = {
  schema,
  effect: {
    does: "append",
    author: "person",
    unread: true,
    notify: true,
    receipt: true,
    retry: true,
    changeable: true,
  },
  markdown: false,
  text: ({ fallback }, { t }) => fallback || t("This version of Parley can't show this message."),
} as const satisfies ShownKind<v.InferOutput<typeof schema>>;
