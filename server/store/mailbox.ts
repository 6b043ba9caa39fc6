/** Mail that waits, in SQLite: in the order of its places, each message once, a bounded share for each sender. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { isUnknownEnum } from "@bufbuild/protobuf";
import * as v from "valibot";
import { type ConversationId, idBytes, type Username } from "../../protocol/names.ts";
import { Opcode, OpcodeSchema } from "../../protocol/wire/parley_pb.ts";
import { MAILBOX_ENTRY_BYTES, type ServerLimits } from "../limits.ts";
import { isWithinShare } from "../mail-share.ts";
import type { GroupCommit } from "./group-commit.ts";
import { MailSums } from "./mail-sums.ts";
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
  sender: nameColumn,
  opcode: v.custom<Opcode>((value) => typeof value === "number" && !isUnknownEnum(OpcodeSchema, value)),
  conversation: conversationColumn,
  message: optionalColumn(messageColumn),
  body: bytesColumn,
});

const RemovedRow = v.object({ recipient: nameColumn, sender: nameColumn, bytes: countColumn });
const AccountRow = v.object({ sender: nameColumn, bytes: countColumn });

function mail(row: unknown): Mail {
  const { message, ...rest } = v.parse(MailRow, row);
  return message === undefined ? rest : { ...rest, message };
}

export class SqliteMailbox implements Mailbox {
  readonly #commit: GroupCommit;
  readonly #bounds: Pick<ServerLimits, "mailboxBytes" | "mailBytes">;
  readonly #sums: MailSums;
  readonly #account: StatementSync;
  readonly #accountsOf: StatementSync;
  readonly #refused: StatementSync;
  readonly #isThere: StatementSync;
  readonly #put: StatementSync;
  readonly #empty: StatementSync;
  readonly #drop: StatementSync;
  readonly #after: StatementSync;
  readonly #remove: StatementSync;
  readonly #show: StatementSync;
  readonly #isUnseen: StatementSync;
  readonly #removeRequest: StatementSync;
  readonly #clear: readonly StatementSync[];
  readonly #discardFrom: StatementSync;
  readonly #forgetDiscarded: readonly StatementSync[];
  readonly #purge: StatementSync;
  readonly #purgeAccounts: StatementSync;
  readonly #count: StatementSync;
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
    this.#account = db.prepare(
      "SELECT bytes, others_seen FROM mail_accounts WHERE recipient = ? AND sender = ?",
    );
    this.#accountsOf = db.prepare(
      "SELECT sender, bytes FROM mail_accounts WHERE recipient = ? AND bytes > 0",
    );
    this.#refused = db.prepare(
      `INSERT INTO mail_accounts (recipient, sender, others_seen, seen_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (recipient, sender) DO UPDATE SET others_seen = excluded.others_seen, seen_at = excluded.seen_at`,
    );
    this.#isThere = db.prepare(
      "SELECT 1 FROM mailbox WHERE recipient = ? AND conversation = ? AND message = ? AND message IS NOT NULL",
    );
    // A place that is taken is a fault, and must not pass for a message that is there.
    this.#put = db.prepare(
      `INSERT INTO mailbox (place, recipient, sender, opcode, conversation, message, body, bytes, stored_at, wanted)
       VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
       ON CONFLICT (recipient, conversation, message) WHERE message IS NOT NULL DO NOTHING`,
    );
    this.#empty = db.prepare("UPDATE mailbox SET body = x'' WHERE place = ?");
    this.#drop = db.prepare("DELETE FROM mailbox WHERE place = ?");
    // Whether it is wanted stands in the statements, or the indexes would not serve; so does the opcode.
    this.#after = db.prepare(
      "SELECT * FROM mailbox WHERE recipient = ? AND sender = ? AND wanted = 1 AND place > ? ORDER BY place LIMIT ?",
    );
    this.#remove = db.prepare("DELETE FROM mailbox WHERE place = ? AND wanted = 1");
    this.#show = db.prepare("UPDATE mailbox SET shown = 1 WHERE place = ? AND shown = 0");
    const request = `FROM mailbox WHERE conversation = ? AND opcode = ${Opcode.RTT}`;
    this.#isUnseen = db.prepare(`SELECT 1 ${request} AND shown = 0`);
    this.#removeRequest = db.prepare(`DELETE ${request} RETURNING recipient, sender, bytes`);
    this.#clear = [0, 1].map((wanted) =>
      db.prepare(`DELETE FROM mailbox WHERE recipient = ? AND wanted = ${wanted}`),
    );
    this.#discardFrom = db.prepare(
      "UPDATE mailbox SET wanted = 0, body = x'' WHERE recipient = ? AND sender = ? AND wanted = 1",
    );
    this.#forgetDiscarded = [
      db.prepare("DELETE FROM mailbox WHERE recipient = ? AND sender = ? AND wanted = 0"),
      db.prepare("UPDATE mail_accounts SET others_seen = 0 WHERE recipient = ? AND sender = ?"),
    ];
    this.#purge = db.prepare("DELETE FROM mailbox WHERE stored_at < ?");
    this.#purgeAccounts = db.prepare("DELETE FROM mail_accounts WHERE bytes = 0 AND seen_at < ?");
    this.#count = db.prepare("SELECT COUNT(*) AS items FROM mailbox WHERE wanted = 1");
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
      id !== undefined && this.#isThere.get(recipient, idBytes(mail.conversation), idBytes(id)) !== undefined
    );
  }

  put(mail: Mail, now: number): void {
    this.#commit.atomically(() => this.#insert(mail, now, true));
  }

  discard(mail: Mail, now: number): void {
    this.#commit.atomically(() => {
      this.#insert(mail, now, false);
      this.#empty.run(mail.place);
    });
  }

  drop(mail: Mail, now: number): void {
    this.#commit.atomically(() => {
      this.#insert(mail, now, false);
      if (Number(this.#drop.run(mail.place).changes) > 0) this.#lessOf(mail);
    });
  }

  #insert(mail: Mail, now: number, wanted: boolean): void {
    const { place, recipient, sender, opcode, message, body } = mail;
    const conversation = idBytes(mail.conversation);
    const id = message === undefined ? null : idBytes(message);
    const bytes = bytesOf(mail);
    const { changes } = this.#put.run(
      ...[place, recipient, sender, opcode, conversation, id, body, bytes, now, Number(wanted)],
    );
    if (Number(changes) === 0) return;
    this.#stored += 1;
    this.#sums.add(recipient, sender, bytes);
  }

  senders(recipient: Username): Username[] {
    return this.#accountsOf.all(recipient).map((row) => v.parse(AccountRow, row).sender);
  }

  after(recipient: Username, sender: Username, place: number, limit: number): Mail[] {
    return this.#after.all(recipient, sender, place, limit).map(mail);
  }

  remove(mail: Mail): void {
    this.#commit.atomically(() => {
      if (Number(this.#remove.run(mail.place).changes) > 0) this.#lessOf(mail);
    });
  }

  show(place: number): void {
    this.#commit.atomically(() => this.#show.run(place));
  }

  isUnseen(conversation: ConversationId): boolean {
    return this.#isUnseen.get(idBytes(conversation)) !== undefined;
  }

  removeRequest(conversation: ConversationId): void {
    this.#commit.atomically(() => {
      for (const row of this.#removeRequest.all(idBytes(conversation))) {
        const { recipient, sender, bytes } = v.parse(RemovedRow, row);
        this.#sums.add(recipient, sender, -bytes);
      }
    });
  }

  clear(recipient: Username): void {
    this.#commit.atomically(() => {
      for (const row of this.#accountsOf.all(recipient)) {
        const { sender, bytes } = v.parse(AccountRow, row);
        this.#sums.add(recipient, sender, -bytes);
      }
      for (const statement of this.#clear) statement.run(recipient);
    });
  }

  discardFrom(recipient: Username, sender: Username): void {
    this.#commit.atomically(() => this.#discardFrom.run(recipient, sender));
  }

  forgetDiscarded(recipient: Username, sender: Username): void {
    const counted = () => Number(this.#account.get(recipient, sender)?.["bytes"] ?? 0);
    this.#commit.atomically(() => {
      const before = counted();
      for (const statement of this.#forgetDiscarded) statement.run(recipient, sender);
      this.#sums.add(recipient, sender, counted() - before);
    });
  }

  purge(before: number): void {
    this.#commit.atomically(() => {
      this.#purge.run(before);
      this.#purgeAccounts.run(before);
      this.#sums.reload();
    });
  }

  size(): MailboxSize {
    return { items: Number(this.#count.get()?.["items"]), bytes: this.#sums.total };
  }

  #lessOf(mail: Mail): void {
    this.#sums.add(mail.recipient, mail.sender, -bytesOf(mail));
  }
}

function bytesOf({ body }: Mail): number {
  return body.length + MAILBOX_ENTRY_BYTES;
}
