/** Reads and seals rows of messages, with the data of a message in other tables. */
import { isChange } from "../kinds/body.ts";
import { blob, DamageError, integer, messageIdOf, oneOf, optionalText, type Row } from "./columns.ts";
import type { Database } from "./database.ts";
import type { Expiries } from "./expiries.ts";
import { DAMAGED, openContent, sealContent } from "./message-content.ts";
import { chatNumber, personNumber } from "./numbers.ts";
import type { People } from "./people.ts";
import type { ChangeResults } from "./results.ts";
import type { StoreKey } from "./seal.ts";
import {
  isShownMessage,
  RECEIPTS,
  type Receiver,
  type ShownMessage,
  STORED_STATES,
  type StoredMessage,
  type UnsettledChange,
} from "./stored-message.ts";

export class MessageRows {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #people: People;
  readonly #expiries: Expiries;
  readonly #results: ChangeResults;

  constructor(database: Database, key: StoreKey, people: People, expiries: Expiries, results: ChangeResults) {
    this.#results = results;
    this.#database = database;
    this.#key = key;
    this.#people = people;
    this.#expiries = expiries;
  }

  seal(message: StoredMessage): Uint8Array {
    const { chat, position, author } = message;
    const by = author === undefined ? null : this.#people.number(author);
    return sealContent(this.#key, { chat, position, by }, message);
  }

  readAll(rows: readonly Row[]): readonly StoredMessage[] {
    const receivers = this.#receiversOf(rows);
    const positions = rows.map((row) => integer(row, "position"));
    const marks = this.#results.marksOf(positions);
    const unsettled = this.#unsettledOf(positions);
    return rows.map((row, index) => {
      const position = positions[index] ?? 0;
      const [marksOnIt, changesOfIt] = [marks.get(position), unsettled.get(position)];
      return {
        ...this.read(row, receivers),
        ...(marksOnIt && { marks: marksOnIt }),
        ...(changesOfIt && { unsettled: changesOfIt }),
      };
    });
  }

  /**
   * Reads a row. A damaged one is read as DAMAGED, so that one row cannot make the history unreadable.
   * @param receivers by position; absent: the message is read without
   */
  read(row: Row, receivers?: ReadonlyMap<number, readonly Receiver[]>): StoredMessage {
    const position = integer(row, "position");
    const expiry = this.#expiries.of(row);
    const place = { position, chat: chatNumber(row), id: messageIdOf(row), ...(expiry && { expiry }) };
    try {
      const by = row["author"] === null ? null : personNumber(row, "author");
      const author = by === null ? undefined : this.#people.nameOf(by);
      if (by !== null && author === undefined) throw new DamageError("A message of nobody");
      const content = openContent(this.#key, { chat: place.chat, position, by }, blob(row, "body"));
      const state = optionalText(row, "state");
      return {
        ...place,
        author: content === DAMAGED ? undefined : author,
        ...content,
        state: state === undefined ? undefined : oneOf(state, STORED_STATES),
        failure: optionalText(row, "failure"),
        ...(receivers && state !== undefined && { receivers: receivers.get(position) ?? [] }),
      };
    } catch (error) {
      if (!(error instanceof DamageError)) throw error;
      return { ...place, author: undefined, ...DAMAGED };
    }
  }

  /** @returns outgoing changes that not all receivers have, by the position of their target */
  #unsettledOf(positions: readonly number[]): ReadonlyMap<number, readonly UnsettledChange[]> {
    const found = new Map<number, UnsettledChange[]>();
    if (positions.length === 0) return found;
    const rows = this.#database
      .statement(
        `SELECT change.*, target.position AS target_position FROM message AS target
         JOIN message AS change ON change.chat = target.chat AND change.target = target.id
         WHERE target.position IN (SELECT value FROM json_each(?)) AND change.state IS NOT NULL ORDER BY change.position`,
      )
      .all(JSON.stringify(positions));
    for (const row of rows) {
      const { id, body, state, failure } = this.read(row);
      if (!isChange(body) || state === undefined) continue; // a damaged row
      const change = { id, kind: body.kind, state, ...(failure !== undefined && { failure }) };
      const target = integer(row, "target_position");
      const others = found.get(target);
      if (others === undefined) found.set(target, [change]);
      else others.push(change);
    }
    return found;
  }

  /** Reads the receivers of outgoing messages with a single query. @returns them by position */
  #receiversOf(rows: readonly Row[]): ReadonlyMap<number, readonly Receiver[]> {
    const found = new Map<number, Receiver[]>();
    const mine = rows.filter((row) => row["state"] !== null).map((row) => row["position"]);
    if (mine.length === 0) return found;
    const receivers = this.#database
      .statement(
        "SELECT message, person, receipt FROM receiver WHERE message IN (SELECT value FROM json_each(?)) ORDER BY message, person",
      )
      .all(JSON.stringify(mine));
    for (const row of receivers) {
      const person = this.#people.nameOf(personNumber(row));
      const receipt = RECEIPTS.find((one) => one === row["receipt"]);
      if (person === undefined) continue; // a damaged row
      const message = integer(row, "message");
      const others = found.get(message);
      if (others === undefined) found.set(message, [{ person, receipt }]);
      else others.push({ person, receipt });
    }
    return found;
  }
}

/** @returns the message as a shown one; DAMAGED for a row that contains a change instead */
export function shown(message: StoredMessage): ShownMessage {
  return isShownMessage(message) ? message : { ...(message as StoredMessage), author: undefined, ...DAMAGED };
}
