/** Records as sealed JSON in one column of a row. */
import type * as v from "valibot";
import { safeParse } from "valibot";
import { blob, DamageError, type Row } from "./columns.ts";
import type { Place, StoreKey } from "./seal.ts";

export function sealJson(key: StoreKey, json: object, place: Place): Uint8Array {
  return key.seal(Buffer.from(JSON.stringify(json), "utf8"), place);
}

/** @throws DamageError, SealError, SyntaxError */
export function openJson<Schema extends v.GenericSchema>(
  key: StoreKey,
  schema: Schema,
  row: Row,
  place: Place,
): v.InferOutput<Schema> {
  const json: unknown = JSON.parse(Buffer.from(key.open(blob(row, place.column), place)).toString("utf8"));
  const parsed = safeParse(schema, json);
  if (!parsed.success) throw new DamageError(`A row of ${place.table} does not parse`);
  return parsed.output;
}
