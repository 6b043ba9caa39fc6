/** A person's reactions to a message. Each change contains all of them, so that repeated, lost or reordered changes do no harm. */
import * as v from "valibot";
import { isEmoji } from "../../protocol/e2ee/kinds/emoji.ts";
import { MAX_REACTIONS } from "../../protocol/limits.ts";
import type { ChangingKind, PersonMark } from "./kind.ts";
import { messageIdSchema } from "./message-id.ts";

export { isEmoji };

export const markNameSchema = v.picklist(["reaction"]);
export const emojiSchema = v.pipe(v.string(), v.check(isEmoji));
export const markValuesSchema = v.pipe(v.array(emojiSchema), v.maxLength(MAX_REACTIONS), v.readonly());

const schema = v.object({
  kind: v.literal("mark"),
  target: messageIdSchema,
  name: markNameSchema,
  version: v.pipe(v.number(), v.safeInteger(), v.minValue(1)),
  values: markValuesSchema,
});

export type Mark = v.InferOutput<typeof schema>;

export const mark: ChangingKind<Mark, never> = {
  schema,
  effect: {
    does: "amend",
    target: ({ target }) => target,
    apply: ({ marks }, { id, author, body: { name, version, values } }) => {
      if (author === undefined) return undefined;
      const before = marks.find((one) => one.by === author && one.name === name);
      if (before !== undefined && !isLater({ version, id }, before)) return undefined;
      const others = marks.filter((one) => one !== before);
      return { marks: [...others, { by: author, name, version, id, values }].sort(byPerson) };
    },
  },
};

type Stamp = Pick<PersonMark, "version" | "id">;

function isLater(one: Stamp, other: Stamp): boolean {
  return one.version > other.version || (one.version === other.version && one.id > other.id);
}

function byPerson(a: PersonMark, b: PersonMark): number {
  return a.by < b.by ? -1 : a.by > b.by ? 1 : a.name < b.name ? -1 : 1;
}
