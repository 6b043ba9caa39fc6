/** The contacts: sealed on disk, and all in memory. */
import * as v from "valibot";
import { IDENTITY_KEY_BYTES, XWING_PUBLIC_KEY_BYTES } from "../../protocol/limits.ts";
import type { Username } from "../../protocol/names.ts";
import { OwnProfileSchema } from "../account/profile.ts";
import type { Contact } from "../contacts/contact.ts";
import { countSchema } from "../values.ts";
import { base64, base64Bytes, DamageError } from "./columns.ts";
import type { Database } from "./database.ts";
import { personNumber } from "./numbers.ts";
import type { People } from "./people.ts";
import type { StoreKey } from "./seal.ts";
import { openJson, sealJson } from "./sealed-json.ts";

const identityKey = v.pipe(base64Bytes, v.length(IDENTITY_KEY_BYTES));

/** A contact as JSON, the same on disk and in a backup. */
export const ContactSchema = v.object({
  identityKey: v.optional(identityKey),
  verified: v.boolean(),
  changedTo: v.optional(identityKey),
  blocked: v.optional(v.boolean()),
  knownSince: v.optional(countSchema),
  requestKey: v.optional(
    v.object({ key: v.pipe(base64Bytes, v.length(XWING_PUBLIC_KEY_BYTES)), validUntil: countSchema }),
  ),
  profile: v.optional(OwnProfileSchema),
});

export function contactJson({
  identityKey,
  changedTo,
  requestKey,
  ...plain
}: Contact): v.InferInput<typeof ContactSchema> {
  return {
    ...plain,
    identityKey: base64(identityKey),
    changedTo: base64(changedTo),
    requestKey: requestKey && { key: base64(requestKey.key), validUntil: requestKey.validUntil },
  };
}

export class ContactRecords {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #people: People;
  readonly #contacts = new Map<Username, Contact>();

  constructor(database: Database, key: StoreKey, people: People) {
    this.#database = database;
    this.#key = key;
    this.#people = people;
    this.load();
  }

  /** Reads everything from the disk again, for example after a transaction was rolled back. @throws DamageError, SealError */
  load(): void {
    this.#contacts.clear();
    for (const row of this.#database.statement("SELECT person, record FROM contact").all()) {
      const person = personNumber(row);
      const name = this.#people.nameOf(person);
      if (name === undefined) throw new DamageError("A contact of nobody");
      this.#contacts.set(name, openJson(this.#key, ContactSchema, row, place(person)));
    }
  }

  get(name: Username): Contact | undefined {
    return this.#contacts.get(name);
  }

  all(): IterableIterator<[Username, Contact]> {
    return this.#contacts.entries();
  }

  /** Inside a transaction. */
  put(name: Username, contact: Contact): void {
    const person = this.#people.number(name);
    this.#database
      .statement(
        "INSERT INTO contact (person, record) VALUES (?, ?) ON CONFLICT (person) DO UPDATE SET record = excluded.record",
      )
      .run(person, sealJson(this.#key, contactJson(contact), place(person)));
    this.#contacts.set(name, contact);
  }
}

function place(row: number) {
  return { table: "contact", column: "record", row };
}
