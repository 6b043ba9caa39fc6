/** Validates column values when they are read: a database file is a boundary too. */
import * as v from "valibot";
import { conversationIdFrom, messageIdFrom, parseUsername, type Username } from "../../protocol/names.ts";

export const bytesColumn = v.custom<Uint8Array>((value) => value instanceof Uint8Array);

function idColumn<Id>(convert: (bytes: Uint8Array) => Id | undefined) {
  return v.pipe(
    bytesColumn,
    v.rawTransform<Uint8Array, Id>(({ dataset, addIssue, NEVER }) => {
      const id = convert(dataset.value);
      if (id !== undefined) return id;
      addIssue({ message: "not-an-id" });
      return NEVER;
    }),
  );
}

export const countColumn = v.pipe(v.number(), v.safeInteger());
/** Unix milliseconds. */
export const timeColumn = v.pipe(countColumn, v.minValue(0));
export const nameColumn = v.custom<Username>(
  (value) => typeof value === "string" && parseUsername(value) !== undefined,
);
/** Joined by blanks, which no name has. NULL is none. */
export const namesColumn = v.pipe(
  v.nullable(v.string()),
  v.transform((text) => text?.split(" ") ?? []),
  v.array(nameColumn),
);
export const conversationColumn = idColumn(conversationIdFrom);
export const messageColumn = idColumn(messageIdFrom);

/** A column in which NULL becomes `undefined`. */
export function optionalColumn<T>(column: v.GenericSchema<unknown, T>) {
  return v.pipe(
    v.nullable(column),
    v.transform((value) => value ?? undefined),
  );
}
