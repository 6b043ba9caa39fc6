/** A new version of a text by its author. All versions are kept, with their revisions. */
import * as v from "valibot";
import { EDITABLE_MS } from "../../protocol/limits.ts";
import type { ChangingKind } from "./kind.ts";
import { messageIdSchema } from "./message-id.ts";
import { type TextBody, textSchema } from "./text.ts";

const schema = v.object({
  kind: v.literal("edit"),
  target: messageIdSchema,
  revision: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  text: v.string(),
});

export type Edit = v.InferOutput<typeof schema>;

/** @returns whether a body can be edited, by its author */
export function isEditable(body: unknown): body is TextBody {
  return v.is(textSchema, body);
}

export const edit: ChangingKind<Edit, TextBody> = {
  schema,
  effect: {
    does: "amend",
    target: ({ target }) => target,
    apply: (message, { id, author, at, claimedAt, body: { revision, text } }) => {
      if (author !== message.author || Math.abs(claimedAt - message.claimedAt) > EDITABLE_MS)
        return undefined;
      const { body } = message;
      if (!isEditable(body)) return undefined;
      const first = { revision: 0, id: message.id, at: message.at, body };
      const versions = message.versions.length === 0 ? [first] : message.versions;
      const same = versions.find((version) => version.revision === revision);
      if (same !== undefined && same.id >= id) return undefined;
      const version = { revision, id, at, body: { kind: "text", text } } as const;
      const others = versions.filter((one) => one !== same);
      const next = [...others, version].sort((a, b) => a.revision - b.revision);
      return { body: next.at(-1)?.body ?? body, versions: next };
    },
  },
};
