/** A person's text. */
import * as v from "valibot";
import type { ShownKind } from "./kind.ts";

const schema = v.object({ kind: v.literal("text"), text: v.string() });

export const text = {
  schema,
  effect: { does: "append", author: "person", unread: true, notify: true, receipt: true, retry: true },
  markdown: true,
  text: ({ text }) => text,
} as const satisfies ShownKind<v.InferOutput<typeof schema>>;
