/** The line in the place of a message that its author deleted for everybody. */
import * as v from "valibot";
import type { ShownKind } from "./kind.ts";

const schema = v.object({ kind: v.literal("deleted") });

export type Deleted = v.InferOutput<typeof schema>;

export function isDeleted(body: { readonly kind: string }): body is Deleted {
  return body.kind === "deleted";
}

export const deleted = {
  schema,
  effect: {
    does: "append",
    author: "person",
    unread: false,
    notify: false,
    receipt: true,
    retry: false,
    changeable: false,
  },
  markdown: false,
  text: (_, { t }) => t("This message was deleted."),
} as const satisfies ShownKind<Deleted>;
