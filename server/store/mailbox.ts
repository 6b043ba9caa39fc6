/** Mail that waits, in SQLite: in the order of its places, each message once, a bounded share for each sender. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isUnknownEnum } from "@bufbuild/protobuf";
import * as v from "valibot";
import { type ConversationId, idBytes, type Username } from "../../protocol/names.ts";
import { Opcode, OpcodeSchema } from "../../protocol/wire/parley_pb.ts";
import type { Pieces } from "../gateway/pieces.ts";
import { MAILBOX_ENTRY_BYTES, type ServerLimits } from "../limits.ts";
import { isWithinShare } from "../routing/mail-share.ts";
import type { GroupCommit } from "./group-commit.ts";
import { MailClearance } from "./mail-clearance.ts";
import { MailSums, type Pair, pairColumns } from "./mail-sums.ts";
import { bytesColumn, conversationColumn, countColumn, messageColumn, optionalColumn } from "./row.ts";
import type { Mail, Mailbox, MailboxSize } from "./store.ts";

const MailRow = v.object({
  place: countColumn,
  opcode: v.custom<Opcode>((value) => typeof value === "number" && !isUnknownEnum(OpcodeSchema, value)),
  conversation: conversationColumn,
  message: optionalColumn(messageColumn),
  body: bytesColumn,
});
const SenderRow = v.object({ sender: pairColumns.sender });

/** The mail of `sender` (?2) in the mailbox of `recipient` (?1), if the recipient reads it: mail of somebody blocked stays as if they were away. */
const READ = `account = (SELECT id FROM mail_accounts WHERE recipient = ?1 AND sender = ?2
  AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocker = ?1 AND blocked = ?2))`;

function mail(row: unknown, recipient: Username, sender: Username): Mail {
  const { message, ...rest } = v.parse(MailRow, row);
  return { ...rest, recipient, sender, ...(message !== undefined && { message }) };
}

export class SqliteMailbox implements Mailbox {
  readonly #commit: GroupCommit;
  readonly #bounds: Pick<ServerLimits, "mailboxBytes" | "mailBytes">;
  readonly #sums: MailSums;
  readonly #clearance: MailClearance;
  readonly #account: StatementSync;
  readonly #accountId: StatementSync;
  readonly #open: StatementSync;
  readonly #senders: StatementSync;
  readonly #refused: StatementSync;
  readonly #isThere: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #after: StatementSync;
  readonly #remove: StatementSync;
  readonly #collected: StatementSync;
  readonly #show: StatementSync;
  readonly #isUnseen: StatementSync;
  readonly #removeRequest: StatementSync;
  #lastPlace: number;
  #stored = 0;

  constructor(
    db: DatabaseSync,
    commit: GroupCommit,
    bounds: Pick<ServerLimits, "mailboxBytes" | "mailBytes">,
  ) {
    this.#commit = commit;
    this.#bounds = bounds;
    this.#sums = new MailSums(db, commit);
    this.#clearance = new MailClearance(db, commit, this.#sums);
    this.#account = db.prepare(
      "SELECT bytes, others_seen FROM mail_accounts WHERE recipient = ? AND sender = ?",
    );
    this.#accountId = db.prepare("SELECT id FROM mail_accounts WHERE recipient = ? AND sender = ?");
    this.#open = db.prepare("INSERT INTO mail_accounts (recipient, sender) VALUES (?, ?) RETURNING id");
    this.#senders = db.prepare("SELECT sender FROM mail_accounts WHERE recipient = ? AND bytes > 0");
    this.#refused = db.prepare(
      `INSERT INTO mail_accounts (recipient, sender, others_seen, seen_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (recipient, sender) DO UPDATE SET others_seen = excluded.others_seen, seen_at = excluded.seen_at`,
    );
    this.#isThere = db.prepare(
      `SELECT 1 FROM mailbox WHERE account = (SELECT id FROM mail_accounts WHERE recipient = ? AND sender = ?)
       AND conversation = ? AND message = ? AND message IS NOT NULL`,
    );
    // A place that is taken is a fault, and must not pass for a message that is there.
    this.#put = db.prepare(
      `INSERT INTO mailbox (place, account, opcode, conversation, message, body, bytes, stored_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, conversation, message) WHERE message IS NOT NULL DO NOTHING`,
    );
    this.#drop = db.prepare("DELETE FROM mailbox WHERE place = ?");
    const columns = "place, opcode, conversation, message, body";
    this.#after = db.prepare(
      `SELECT ${columns} FROM mailbox WHERE ${READ} AND place > ?3 ORDER BY place LIMIT ?4`,
    );
    this.#remove = db.prepare(`DELETE FROM mailbox WHERE place = ?3 AND ${READ}`);
    this.#collected = db.prepare(
      "UPDATE mail_accounts SET others_seen = 0 WHERE recipient = ? AND sender = ? AND others_seen > 0",
    );
    this.#show = db.prepare("UPDATE mailbox SET shown = 1 WHERE place = ? AND shown = 0");
    // The opcode stands in the statements, or the index would not serve.
    const request = `FROM mailbox WHERE conversation = ? AND opcode = ${Opcode.RTT}`;
    this.#isUnseen = db.prepare(`SELECT 1 ${request} AND shown = 0`);
    this.#removeRequest = db.prepare(`DELETE ${request} RETURNING account, bytes`);
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

  /**
   * A sender who was refused once never sees room that the recipient made for others: somebody who has blocked the sender comes and goes, and
   * only for somebody away nothing is collected. It counts again from when something of the sender's own was collected.
   */
  takes(mail: Mail, now: number): boolean {
    const { recipient, sender } = mail;
    const account = this.#account.get(recipient, sender);
    const [bytes, own, seen] = [
      bytesOf(mail),
      Number(account?.["bytes"] ?? 0),
      Number(account?.["others_seen"] ?? 0),
    ];
    const others = this.#sums.to(recipient) - own;
    const sent = this.#sums.from(sender);
    const { mailboxBytes, mailBytes } = this.#bounds;
    if (
      isWithinShare({ bound: mailboxBytes, others: Math.max(others, seen), own }, bytes) &&
      isWithinShare({ bound: mailBytes, others: this.#sums.total - sent, own: sent }, bytes)
    )
      return true;
    if (others > seen) this.#commit.atomically(() => this.#refused.run(recipient, sender, others, now));
    const id = mail.message;
    return (
      id !== undefined &&
      this.#isThere.get(recipient, sender, idBytes(mail.conversation), idBytes(id)) !== undefined
    );
  }

  put(mail: Mail, now: number): void {
    this.#commit.atomically(() => this.#insert(mail, now));
  }

  drop(mail: Mail, now: number): void {
    this.#commit.atomically(() => {
      this.#insert(mail, now);
      if (Number(this.#drop.run(mail.place).changes) > 0) this.#less(mail, bytesOf(mail));
    });
  }

  #insert(mail: Mail, now: number): void {
    const { place, recipient, sender, opcode, message, body } = mail;
    const account = this.#accountId.get(recipient, sender) ?? this.#open.get(recipient, sender);
    const conversation = idBytes(mail.conversation);
    const id = message === undefined ? null : idBytes(message);
    const bytes = bytesOf(mail);
    const { changes } = this.#put.run(
      ...[place, Number(account?.["id"]), opcode, conversation, id, body, bytes, now],
    );
    if (Number(changes) === 0) return;
    this.#stored += 1;
    this.#sums.add(mail, { items: 1, bytes });
  }

  senders(recipient: Username): Username[] {
    return this.#senders.all(recipient).map((row) => v.parse(SenderRow, row).sender);
  }

  after(recipient: Username, sender: Username, place: number, limit: number): Mail[] {
    return this.#after.all(recipient, sender, place, limit).map((row) => mail(row, recipient, sender));
  }

  remove(mail: Mail): void {
    const { recipient, sender, place } = mail;
    this.#commit.atomically(() => {
      if (Number(this.#remove.run(recipient, sender, place).changes) === 0) return;
      this.#less(mail, bytesOf(mail));
      this.#collected.run(recipient, sender);
    });
  }

  show(place: number): void {
    this.#commit.atomically(() => this.#show.run(place));
  }

  isUnseen(conversation: ConversationId): boolean {
    return this.#isUnseen.get(idBytes(conversation)) !== undefined;
  }

  removeRequest(conversation: ConversationId): void {
    this.#commit.atomically(() => this.#clearance.less(this.#removeRequest.all(idBytes(conversation))));
  }

  giveUp(recipient: Username, sender: Username): void {
    this.#clearance.giveUp(recipient, sender);
  }

  giveUpAll(recipient: Username): void {
    this.#clearance.giveUpAll(recipient);
  }

  sweep(): Pieces {
    return this.#clearance.sweep();
  }

  purge(before: number): Pieces {
    return this.#clearance.purge(before);
  }

  size(): MailboxSize {
    return { items: this.#sums.items, bytes: this.#sums.total };
  }

  #less(pair: Pair, bytes: number): void {
    this.#sums.add(pair, { items: -1, bytes: -bytes });
  }
}

function bytesOf({ body }: Mail): number {
  return body.length + MAILBOX_ENTRY_BYTES;
}
