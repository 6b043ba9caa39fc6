/** Mail that waits, in SQLite: in the order of its places, each message once, bounded in bytes for each recipient. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isUnknownEnum } from "@bufbuild/protobuf";
import * as v from "valibot";
import { type ConversationId, idBytes, type Username } from "../../protocol/names.ts";
import { Opcode, OpcodeSchema } from "../../protocol/wire/parley_pb.ts";
import { MAILBOX_ENTRY_BYTES } from "../limits.ts";
import type { GroupCommit } from "./group-commit.ts";
import {
  bytesColumn,
  conversationColumn,
  countColumn,
  messageColumn,
  nameColumn,
  optionalColumn,
} from "./row.ts";
import type { Mail, Mailbox, MailboxSize } from "./store.ts";

const MailRow = v.object({
  place: countColumn,
  recipient: nameColumn,
  opcode: v.custom<Opcode>((value) => typeof value === "number" && !isUnknownEnum(OpcodeSchema, value)),
  conversation: conversationColumn,
  message: optionalColumn(messageColumn),
  body: bytesColumn,
});

function mail(row: unknown): Mail {
  const { message, ...rest } = v.parse(MailRow, row);
  return message === undefined ? rest : { ...rest, message };
}

export class SqliteMailbox implements Mailbox {
  readonly #commit: GroupCommit;
  readonly #maxBytes: number;
  readonly #size: StatementSync;
  readonly #put: StatementSync;
  readonly #after: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeRequest: StatementSync;
  readonly #clear: StatementSync;
  readonly #discard: StatementSync;
  readonly #purge: StatementSync;
  readonly #total: StatementSync;
  #lastPlace: number;
  #stored = 0;

  constructor(db: DatabaseSync, commit: GroupCommit, maxBytes: number) {
    this.#commit = commit;
    this.#maxBytes = maxBytes;
    this.#size = db.prepare("SELECT mailbox_bytes FROM users WHERE name = ?");
    this.#put = db.prepare(
      `INSERT INTO mailbox (place, recipient, opcode, conversation, message, body, bytes, stored_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
    );
    this.#after = db.prepare(
      "SELECT * FROM mailbox WHERE recipient = ? AND place > ? ORDER BY place LIMIT ?",
    );
    this.#remove = db.prepare("DELETE FROM mailbox WHERE place = ?");
    // The opcode stands in the statement, or its index would not serve.
    this.#removeRequest = db.prepare(`DELETE FROM mailbox WHERE conversation = ? AND opcode = ${Opcode.RTT}`);
    this.#clear = db.prepare("DELETE FROM mailbox WHERE recipient = ?");
    this.#discard = db.prepare("DELETE FROM mailbox WHERE recipient = ? AND conversation = ?");
    this.#purge = db.prepare("DELETE FROM mailbox WHERE stored_at < ?");
    this.#total = db.prepare(
      "SELECT (SELECT COUNT(*) FROM mailbox) AS items, (SELECT COALESCE(SUM(mailbox_bytes), 0) FROM users) AS bytes",
    );
    this.#lastPlace = Number(
      db.prepare("SELECT COALESCE(MAX(place), 0) AS last FROM mailbox").get()?.["last"],
    );
  }

  get stored(): number {
    return this.#stored;
  }

  nextPlace(): number {
    this.#lastPlace += 1;
    return this.#lastPlace;
  }

  put({ place, recipient, opcode, conversation, message, body }: Mail, now: number): boolean {
    const bytes = body.length + MAILBOX_ENTRY_BYTES;
    // An ending is small, comes once for each conversation, and must always be possible. Of requests a pair has one.
    const bounded = opcode !== Opcode.REFUSE && opcode !== Opcode.NOTIFY && opcode !== Opcode.RTT;
    const waiting = Number(this.#size.get(recipient)?.["mailbox_bytes"]);
    if (bounded && !(waiting + bytes <= this.#maxBytes)) return false;
    const messageId = message === undefined ? null : idBytes(message);
    const { changes } = this.#commit.atomically(() =>
      this.#put.run(place, recipient, opcode, idBytes(conversation), messageId, body, bytes, now),
    );
    this.#stored += Number(changes);
    return true;
  }

  after(recipient: Username, place: number, limit: number): Mail[] {
    return this.#after.all(recipient, place, limit).map(mail);
  }

  remove(place: number): void {
    this.#commit.atomically(() => this.#remove.run(place));
  }

  removeRequest(conversation: ConversationId): void {
    this.#commit.atomically(() => this.#removeRequest.run(idBytes(conversation)));
  }

  clear(recipient: Username): void {
    this.#commit.atomically(() => this.#clear.run(recipient));
  }

  discard(recipient: Username, conversation: ConversationId): void {
    this.#commit.atomically(() => this.#discard.run(recipient, idBytes(conversation)));
  }

  purge(before: number): void {
    this.#commit.atomically(() => this.#purge.run(before));
  }

  size(): MailboxSize {
    const row = this.#total.get();
    return { items: Number(row?.["items"]), bytes: Number(row?.["bytes"]) };
  }
}
