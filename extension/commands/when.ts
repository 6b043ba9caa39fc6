/**
 * Conditions for showing a command. Each is a `when` clause for the manifest. If it uses only Parley's own context keys, it is also a
 * function that the status bar's menu calls, so that both use one condition.
 */
import type { ContextKeys, RowFlag } from "./context-keys.ts";

/** A `when` clause. It may use VS Code's own keys, so only VS Code can evaluate it. */
export interface Clause {
  readonly text: string;
  /** The loosest operator in the clause, for deciding about parentheses; "one" if there is none. */
  readonly binds: "or" | "and" | "one";
}
/** A clause that Parley can evaluate itself. */
export interface Condition extends Clause {
  readonly holds: (keys: ContextKeys) => boolean;
}

type KeyOf<Value> = {
  [Key in keyof ContextKeys]: ContextKeys[Key] extends Value ? Key : never;
}[keyof ContextKeys];

export const isTrue = (key: KeyOf<boolean>): Condition => one(key, (keys) => keys[key]);
export const isSome = (key: KeyOf<number>): Condition => one(`${key} > 0`, (keys) => keys[key] > 0);
export const is = <Key extends KeyOf<string>>(key: Key, value: ContextKeys[Key]): Condition =>
  one(`${key} == ${value}`, (keys) => keys[key] === value);
export const isNot = <Key extends KeyOf<string>>(key: Key, value: ContextKeys[Key]): Condition =>
  one(`${key} != ${value}`, (keys) => keys[key] !== value);
export const isOneOf = <Key extends KeyOf<string>>(
  key: Key,
  ...values: readonly ContextKeys[Key][]
): Condition => one(`${key} =~ /^(${values.join("|")})$/`, (keys) => values.includes(keys[key]));
/** Makes a condition on a key's text. @param pattern without flags and slashes */
export const matches = (key: KeyOf<string>, pattern: RegExp): Condition =>
  one(`${key} =~ ${pattern}`, (keys) => pattern.test(keys[key]));

/** Hides a command from the palette, because it needs an argument. */
export const never: Condition = one("false", () => false);

/** Makes a clause from a key of VS Code's. @param text one term, without operators */
export const editorHas = (text: string): Clause => ({ text, binds: "one" });

/** Makes a clause that is true on tree rows with one of these flags. */
export const rowIs = (...flags: readonly [RowFlag, ...RowFlag[]]): Clause =>
  editorHas(`viewItem =~ /\\b${flags.length === 1 ? flags[0] : `(${flags.join("|")})`}\\b/`);

export function not(clause: Condition): Condition;
export function not(clause: Clause): Clause;
export function not(clause: Clause | Condition): Clause | Condition {
  const plain = /^[a-zA-Z.]+$/.test(clause.text);
  const text = plain ? `!${clause.text}` : `!(${clause.text})`;
  return "holds" in clause ? one(text, (keys) => !clause.holds(keys)) : editorHas(text);
}

export function all(...clauses: readonly Condition[]): Condition;
export function all(...clauses: readonly Clause[]): Clause;
export function all(...clauses: readonly (Clause | Condition)[]): Clause | Condition {
  return joined("and", " && ", clauses, (conditions, keys) => conditions.every(({ holds }) => holds(keys)));
}

export function any(...clauses: readonly Condition[]): Condition;
export function any(...clauses: readonly Clause[]): Clause;
export function any(...clauses: readonly (Clause | Condition)[]): Clause | Condition {
  return joined("or", " || ", clauses, (conditions, keys) => conditions.some(({ holds }) => holds(keys)));
}

function one(text: string, holds: Condition["holds"]): Condition {
  return { text, binds: "one", holds };
}

function joined(
  binds: "and" | "or",
  sign: string,
  clauses: readonly (Clause | Condition)[],
  holds: (conditions: readonly Condition[], keys: ContextKeys) => boolean,
): Clause | Condition {
  const inside = clauses.map(({ text, binds: inner }) =>
    binds === "and" && inner === "or" && clauses.length > 1 ? `(${text})` : text,
  );
  const [first] = clauses;
  const clause: Clause = {
    text: inside.join(sign),
    binds: clauses.length === 1 ? (first?.binds ?? "one") : binds,
  };
  const conditions = clauses.filter((part) => "holds" in part);
  return conditions.length === clauses.length
    ? { ...clause, holds: (keys) => holds(conditions, keys) }
    : clause;
}
