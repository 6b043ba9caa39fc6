/**
 * Waiting mail, in SQLite: in the order of its places, each message once, a bounded share for each sender.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isUnknownEnum } from "@bufbuild/protobuf";
import * as v from "valibot";
import { type ConversationId, idBytes, type Username } from "../../protocol/names.ts";
import { Opcode, OpcodeSchema } from "../../protocol/wire/parley_pb.ts";
import type { Pieces } from "../gateway/pieces.ts";
import { MAILBOX_ENTRY_BYTES, type ServerLimits } from "../limits.ts";
import { isWithinShare } from "../routing/mail-share.ts";
import type { GroupCommit } from "./group-commit.ts";
import { type Account, MailAccounts } from "./mail-accounts.ts";
import { MailClearance } from "./mail-clearance.ts";
import { MailSums, pairColumns } from "./mail-sums.ts";
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

/**
 * Selects the mail of an account unless the recipient blocks the sender: such mail stays in the mailbox, as if the
 * recipient were offline.
 */
const READ = "account = ? AND NOT EXISTS (SELECT 1 FROM blocks WHERE blocker = ? AND blocked = ?)";

function mail(row: unknown, recipient: Username, sender: Username): Mail {
  const { message, ...rest } = v.parse(MailRow, row);
  return { ...rest, recipient, sender, ...(message !== undefined && { message }) };
}

export class SqliteMailbox implements Mailbox {
  readonly #commit: GroupCommit;
  readonly #bounds: Pick<ServerLimits, "mailboxBytes" | "mailBytes">;
  readonly #accounts: MailAccounts;
  readonly #sums: MailSums;
  readonly #clearance: MailClearance;
  readonly #senders: StatementSync;
  readonly #isThere: StatementSync;
  readonly #put: StatementSync;
  readonly #drop: StatementSync;
  readonly #after: StatementSync;
  readonly #remove: StatementSync;
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
    this.#accounts = new MailAccounts(db, commit);
    this.#sums = new MailSums(db, commit, this.#accounts);
    this.#clearance = new MailClearance(db, commit, this.#accounts, this.#sums);
    this.#senders = db.prepare("SELECT sender FROM mail_accounts WHERE recipient = ? AND bytes > 0");
    this.#isThere = db.prepare(
      "SELECT 1 FROM mailbox WHERE account = ? AND conversation = ? AND message = ? AND message IS NOT NULL",
    );
    // A place that is taken is a bug, and must not pass for a message that is already stored.
    this.#put = db.prepare(
      `INSERT INTO mailbox (place, account, opcode, conversation, message, body, bytes, stored_at)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (account, conversation, message) WHERE message IS NOT NULL DO NOTHING`,
    );
    this.#drop = db.prepare("DELETE FROM mailbox WHERE place = ?");
    const columns = "place, opcode, conversation, message, body";
    this.#after = db.prepare(
      `SELECT ${columns} FROM mailbox WHERE ${READ} AND place > ? ORDER BY place LIMIT ?`,
    );
    this.#remove = db.prepare(`DELETE FROM mailbox WHERE ${READ} AND place = ?`);
    this.#show = db.prepare("UPDATE mailbox SET shown = 1 WHERE place = ? AND shown = 0");
    // The opcode is part of the statements, or SQLite would not use the index.
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
   * Returns whether there is room for the mail. After a refusal, room that the recipient made by collecting
   * other people's mail does not count for this sender until some of the sender's own mail is collected:
   * with the sender blocked, the recipient still collects others' mail; offline, none. The room would show
   * the sender which of the two it is.
   */
  takes(mail: Mail, now: number): boolean {
    const { recipient, sender } = mail;
    const account = this.#accounts.find(recipient, sender);
    const [bytes, own, seen] = [bytesOf(mail), account?.bytes ?? 0, account?.othersSeen ?? 0];
    const others = this.#sums.to(recipient) - own;
    const sent = this.#sums.from(sender);
    const { mailboxBytes, mailBytes } = this.#bounds;
    if (
      isWithinShare({ bound: mailboxBytes, others: Math.max(others, seen), own }, bytes) &&
      isWithinShare({ bound: mailBytes, others: this.#sums.total - sent, own: sent }, bytes)
    )
      return true;
    if (others > seen) this.#accounts.refused(recipient, sender, others, now);
    const id = mail.message;
    return (
      id !== undefined &&
      account !== undefined &&
      this.#isThere.get(account.id, idBytes(mail.conversation), idBytes(id)) !== undefined
    );
  }

  put(mail: Mail, now: number): void {
    const account = this.#accounts.find(mail.recipient, mail.sender);
    if (account === undefined) this.#commit.atomically(() => this.#insert(this.#open(mail), mail, now));
    else this.#commit.inOneStatement(() => this.#insert(account, mail, now));
  }

  drop(mail: Mail, now: number): void {
    this.#commit.atomically(() => {
      this.put(mail, now);
      if (Number(this.#drop.run(mail.place).changes) > 0) this.#less(mail);
    });
  }

  #open({ recipient, sender }: Mail): Account {
    return this.#accounts.open(recipient, sender);
  }

  #insert({ id: account }: Account, mail: Mail, now: number): void {
    const { place, opcode, message, body } = mail;
    const conversation = idBytes(mail.conversation);
    const id = message === undefined ? null : idBytes(message);
    const bytes = bytesOf(mail);
    const { changes } = this.#put.run(place, account, opcode, conversation, id, body, bytes, now);
    if (Number(changes) === 0) return;
    this.#stored += 1;
    this.#sums.add(mail, { items: 1, bytes });
  }

  senders(recipient: Username): Username[] {
    return this.#senders.all(recipient).map((row) => v.parse(SenderRow, row).sender);
  }

  after(recipient: Username, sender: Username, place: number, limit: number): Mail[] {
    const account = this.#accounts.find(recipient, sender);
    if (account === undefined) return [];
    const rows = this.#after.all(account.id, recipient, sender, place, limit);
    return rows.map((row) => mail(row, recipient, sender));
  }

  remove(mail: Mail): void {
    const { recipient, sender, place } = mail;
    const account = this.#accounts.find(recipient, sender);
    if (account === undefined) return;
    const removed = this.#commit.inOneStatement(() => {
      const { changes } = this.#remove.run(account.id, recipient, sender, place);
      if (Number(changes) > 0) this.#less(mail);
      return Number(changes) > 0;
    });
    if (removed) this.#accounts.collected(account);
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

  giveUpAll(recipient: Username, limit: number): number {
    return this.#clearance.giveUpAll(recipient, limit);
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

  #less(mail: Mail): void {
    this.#sums.add(mail, { items: -1, bytes: -bytesOf(mail) });
  }
}

function bytesOf({ body }: Mail): number {
  return body.length + MAILBOX_ENTRY_BYTES;
}
