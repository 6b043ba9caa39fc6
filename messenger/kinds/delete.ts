/** Deletes a message for everybody. Only its author can do this, and no other change has an effect on a deleted message, whichever arrives first. */
import * as v from "valibot";
import type { Deleted } from "./deleted.ts";
import type { ChangingKind } from "./kind.ts";
import { messageIdSchema } from "./message-id.ts";

const schema = v.object({ kind: v.literal("delete"), target: messageIdSchema });

export type Delete = v.InferOutput<typeof schema>;

export const deletion: ChangingKind<Delete, Deleted> = {
  schema,
  effect: {
    does: "amend",
    target: ({ target }) => target,
    apply: (message, { author }) =>
      author === message.author && author !== undefined
        ? { body: { kind: "deleted" }, versions: [], marks: [] }
        : undefined,
  },
};
