/** A person's text. */
import * as v from "valibot";
import type { ShownKind } from "./kind.ts";

export const textSchema = v.object({ kind: v.literal("text"), text: v.string() });

export type TextBody = v.InferOutput<typeof textSchema>;

export const text = {
  schema: textSchema,
  effect: {
    does: "append",
    author: "person",
    unread: true,
    notify: true,
    receipt: true,
    retry: true,
    changeable: true,
  },
  markdown: true,
  text: ({ text }) => text,
} as const satisfies ShownKind<TextBody>;
