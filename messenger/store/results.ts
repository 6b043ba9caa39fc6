/** The results of changes to messages: all versions of an edited message, and the marks on a message. They are deleted with the message. */
import * as v from "valibot";
import type { Body } from "../kinds/body.ts";
import { bodySchema } from "../kinds/body.ts";
import type { PersonMark, Results, Version } from "../kinds/kind.ts";
import { markNameSchema, markValuesSchema } from "../kinds/mark.ts";
import { messageIdSchema } from "../kinds/message-id.ts";
import { countSchema, peerSchema } from "../values.ts";
import { DamageError, integer, type Row, text } from "./columns.ts";
import type { Database } from "./database.ts";
import { personNumber } from "./numbers.ts";
import type { People } from "./people.ts";
import { type Place, SealError, type StoreKey } from "./seal.ts";
import { openJson, sealJson } from "./sealed-json.ts";

/** A version without its revision. */
export const VersionSchema = v.object({ id: messageIdSchema, at: countSchema, body: bodySchema });
const SealedMarkSchema = v.object({ version: countSchema, id: messageIdSchema, values: markValuesSchema });
export const MarkSchema = v.object({ by: peerSchema, name: markNameSchema, ...SealedMarkSchema.entries });

export class ChangeResults {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #people: People;

  constructor(database: Database, key: StoreKey, people: People) {
    this.#database = database;
    this.#key = key;
    this.#people = people;
  }

  /**
   * Reads the versions of a message. Damaged rows are left out.
   * @param message its position
   * @returns sorted by revision; empty for a message without edits
   */
  versions(message: number): readonly Version<Body>[] {
    return this.#database
      .statement("SELECT * FROM revision WHERE message = ? ORDER BY number")
      .all(message)
      .flatMap((row) =>
        unlessDamaged(() => {
          const revision = integer(row, "number");
          const place = revisionPlace(message, revision);
          return { revision, ...openJson(this.#key, VersionSchema, row, place) };
        }),
      );
  }

  /**
   * Reads the marks on messages with a single query. Damaged rows are left out.
   * @param messages their positions
   * @returns the marks by position
   */
  marksOf(messages: readonly number[]): ReadonlyMap<number, readonly PersonMark[]> {
    const found = new Map<number, PersonMark[]>();
    if (messages.length === 0) return found;
    const rows = this.#database
      .statement("SELECT * FROM mark WHERE message IN (SELECT value FROM json_each(?)) ORDER BY message")
      .all(JSON.stringify(messages));
    for (const row of rows)
      for (const mark of unlessDamaged(() => this.#mark(row))) {
        const message = integer(row, "message");
        const others = found.get(message);
        if (others === undefined) found.set(message, [mark]);
        else others.push(mark);
      }
    for (const marks of found.values()) marks.sort((a, b) => (a.by < b.by ? -1 : 1));
    return found;
  }

  /** Writes the results that differ from those before. Inside a transaction. @param message its position */
  put(message: number, before: Results<Body>, after: Partial<Results<Body>>): void {
    const { versions = before.versions, marks = before.marks } = after;
    for (const version of versions)
      if (!before.versions.includes(version)) this.#putVersion(message, version);
    for (const mark of marks) if (!before.marks.includes(mark)) this.#putMark(message, mark);
    if (versions.length === 0 && before.versions.length > 0)
      this.#database.statement("DELETE FROM revision WHERE message = ?").run(message);
    if (marks.length === 0 && before.marks.length > 0)
      this.#database.statement("DELETE FROM mark WHERE message = ?").run(message);
  }

  #putVersion(message: number, { revision, ...version }: Version<Body>): void {
    const sealed = sealJson(this.#key, version, revisionPlace(message, revision));
    this.#database
      .statement(
        "INSERT INTO revision (message, number, body) VALUES (?, ?, ?) ON CONFLICT (message, number) DO UPDATE SET body = excluded.body",
      )
      .run(message, revision, sealed);
  }

  #putMark(message: number, { by, name, ...mark }: PersonMark): void {
    const person = this.#people.number(by);
    this.#database
      .statement(
        "INSERT INTO mark (message, person, name, body) VALUES (?, ?, ?, ?) ON CONFLICT (message, person, name) DO UPDATE SET body = excluded.body",
      )
      .run(message, person, name, sealJson(this.#key, mark, markPlace(message, person, name)));
  }

  #mark(row: Row): PersonMark {
    const person = personNumber(row);
    const by = this.#people.nameOf(person);
    const name = v.safeParse(markNameSchema, text(row, "name"));
    if (by === undefined || !name.success) throw new DamageError("A mark of nobody, or of no name");
    const place = markPlace(integer(row, "message"), person, name.output);
    return { by, name: name.output, ...openJson(this.#key, SealedMarkSchema, row, place) };
  }
}

/** @returns a list of the value; empty if its row is damaged, so that one row cannot make the history unreadable */
function unlessDamaged<Value>(read: () => Value): readonly Value[] {
  try {
    return [read()];
  } catch (error) {
    if (error instanceof DamageError || error instanceof SealError || error instanceof SyntaxError) return [];
    throw error;
  }
}

function revisionPlace(message: number, number: number): Place {
  return { table: "revision", column: "body", row: `${message} ${number}` };
}

function markPlace(message: number, person: number, name: string): Place {
  return { table: "mark", column: "body", row: `${message} ${person} ${name}` };
}
