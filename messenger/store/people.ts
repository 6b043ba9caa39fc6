/** Numbers of people, by which the other tables name them. All names are held in memory: there are few, and every message has one. */
import { parseUsername, type Username } from "../../protocol/names.ts";
import { blob, DamageError } from "./columns.ts";
import type { Database } from "./database.ts";
import { type PersonNumber, personNumber } from "./numbers.ts";
import type { StoreKey } from "./seal.ts";

export class People {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #numbers = new Map<Username, PersonNumber>();
  readonly #names = new Map<PersonNumber, Username>();

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
    this.load();
  }

  /** Reads everything from the disk again, for example after a transaction was rolled back. @throws DamageError, SealError */
  load(): void {
    this.#numbers.clear();
    this.#names.clear();
    for (const row of this.#database.statement("SELECT id, name FROM person").all()) {
      const number = personNumber(row, "id");
      const name = parseUsername(
        Buffer.from(this.#key.open(blob(row, "name"), place(number))).toString("utf8"),
      );
      if (name === undefined) throw new DamageError("A person's name does not parse");
      this.#remember(number, name);
    }
  }

  nameOf(number: PersonNumber): Username | undefined {
    return this.#names.get(number);
  }

  /** @returns the number of that person, given if there is none. Inside a transaction. */
  number(name: Username): PersonNumber {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#database
      .statement("INSERT INTO person (tag, name) VALUES (?, ?)")
      .run(this.#key.nameTag(name), Buffer.alloc(0));
    const number = Number(lastInsertRowid) as PersonNumber;
    this.#database
      .statement("UPDATE person SET name = ? WHERE id = ?")
      .run(this.#key.seal(Buffer.from(name, "utf8"), place(number)), number);
    this.#remember(number, name);
    return number;
  }

  #remember(number: PersonNumber, name: Username): void {
    this.#numbers.set(name, number);
    this.#names.set(number, name);
  }
}

function place(row: number) {
  return { table: "person", column: "name", row };
}
