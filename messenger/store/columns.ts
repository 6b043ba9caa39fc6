/** Reads the columns of a row with their types checked: a file may have been damaged or edited. */
import type { SQLOutputValue } from "node:sqlite";
import * as v from "valibot";
import { MESSAGE_ID_BYTES } from "../../protocol/limits.ts";
import { type MessageId, messageIdFrom } from "../../protocol/names.ts";

export type Row = Record<string, SQLOutputValue>;

/** The file was not written by this program, or was changed since. */
export class DamageError extends Error {
  override readonly name = "DamageError";
}

export function blob(row: Row, column: string): Uint8Array {
  const value = row[column];
  if (value instanceof Uint8Array) return value;
  throw new DamageError(`Column ${column} is no blob`);
}

export function integer(row: Row, column: string): number {
  const value = row[column];
  if (typeof value === "number" && Number.isSafeInteger(value)) return value;
  throw new DamageError(`Column ${column} is no integer`);
}

export function text(row: Row, column: string): string {
  const value = row[column];
  if (typeof value === "string") return value;
  throw new DamageError(`Column ${column} is no text`);
}

export function optionalText(row: Row, column: string): string | undefined {
  return row[column] === null ? undefined : text(row, column);
}

/** Bytes inside JSON. */
export const base64Bytes = v.pipe(
  v.string(),
  v.base64(),
  v.transform((encoded): Uint8Array => new Uint8Array(Buffer.from(encoded, "base64"))),
);

export function base64(value: Uint8Array): string;
export function base64(value: Uint8Array | undefined): string | undefined;
export function base64(value: Uint8Array | undefined): string | undefined {
  return value && Buffer.from(value).toString("base64");
}

/** @returns `value` when it is one of `allowed` */
export function oneOf<Value extends string>(value: string, allowed: readonly Value[]): Value {
  const found = allowed.find((candidate) => candidate === value);
  if (found === undefined) throw new DamageError("A column holds no value of its list");
  return found;
}

/** Reads the id of a message that a row belongs to. @throws DamageError */
export function messageIdIn(row: Row): MessageId {
  const id = messageIdFrom(blob(row, "id"));
  if (id === undefined) throw new DamageError("A message id has a wrong length");
  return id;
}

/**
 * Reads the id of a message's row. A damaged one gives way to an id made of the position, which nothing is found by:
 * one row must not close the whole history.
 */
export function messageIdOf(row: Row): MessageId {
  const position = integer(row, "position");
  return (
    messageIdFrom(blob(row, "id")) ?? (position.toString(16).padStart(2 * MESSAGE_ID_BYTES, "0") as MessageId)
  );
}
