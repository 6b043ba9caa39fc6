/**
 * Deletes mail that nobody will receive: it is given up at once by changing its owner, and deleted from the
 * disk in pieces. Also deletes expired mail, found by a scan in pieces.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import { type Pieces, ROWS_A_PIECE } from "../gateway/pieces.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { MailAccounts } from "./mail-accounts.ts";
import { type MailSums, pairColumns } from "./mail-sums.ts";
import { inRanges } from "./ranges.ts";
import { countColumn } from "./row.ts";

const RemovedRow = v.object({ account: countColumn, bytes: countColumn });
const PairRow = v.object(pairColumns);
const GivenUpRow = v.object({ sender: pairColumns.sender, items: countColumn, bytes: countColumn });
const IdRow = v.object({ id: countColumn });

export class MailClearance {
  readonly #db: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #accounts: MailAccounts;
  readonly #sums: MailSums;
  readonly #pairOf: StatementSync;
  readonly #giveUp: StatementSync;
  readonly #giveUpAll: StatementSync;
  readonly #givenUp: StatementSync;
  readonly #sweep: StatementSync;
  readonly #close: StatementSync;
  readonly #purge: StatementSync;
  readonly #purgeAccounts: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit, accounts: MailAccounts, sums: MailSums) {
    this.#db = db;
    this.#commit = commit;
    this.#accounts = accounts;
    this.#sums = sums;
    this.#pairOf = db.prepare("SELECT recipient, sender FROM mail_accounts WHERE id = ?");
    const giveUp = "UPDATE mail_accounts SET recipient = NULL WHERE";
    const returning = "RETURNING sender, items, bytes";
    this.#giveUp = db.prepare(`${giveUp} recipient = ? AND sender = ? ${returning}`);
    this.#giveUpAll = db.prepare(
      `${giveUp} id IN (SELECT id FROM mail_accounts WHERE recipient = ? LIMIT ?) ${returning}`,
    );
    this.#givenUp = db.prepare("SELECT id FROM mail_accounts WHERE recipient IS NULL LIMIT 1");
    this.#sweep = db.prepare(
      `DELETE FROM mailbox WHERE place IN (SELECT place FROM mailbox WHERE account = ? LIMIT ${ROWS_A_PIECE})
       RETURNING account, bytes`,
    );
    this.#close = db.prepare("DELETE FROM mail_accounts WHERE id = ?");
    this.#purge = db.prepare(
      "DELETE FROM mailbox WHERE place > ? AND place <= ? AND stored_at < ? RETURNING account, bytes",
    );
    this.#purgeAccounts = db.prepare(
      "DELETE FROM mail_accounts WHERE id > ? AND id <= ? AND bytes = 0 AND seen_at < ?",
    );
  }

  giveUp(recipient: Username, sender: Username): void {
    this.#commit.atomically(() => this.#givenUpNow(recipient, this.#giveUp.all(recipient, sender)));
  }

  giveUpAll(recipient: Username, limit: number): number {
    return this.#commit.atomically(() => {
      const rows = this.#giveUpAll.all(recipient, limit);
      this.#givenUpNow(recipient, rows);
      return rows.length;
    });
  }

  /** Deletes mail that was given up from the disk. */
  *sweep(): Pieces {
    for (let row = this.#givenUp.get(); row !== undefined; row = this.#givenUp.get()) {
      const { id } = v.parse(IdRow, row);
      this.#commit.atomically(() => {
        const removed = this.#sweep.all(id);
        this.less(removed);
        if (removed.length < ROWS_A_PIECE) this.#close.run(id);
      });
      yield;
    }
  }

  /** Deletes mail that was stored before `before`, and older records of refused senders. */
  *purge(before: number): Pieces {
    yield* inRanges(this.#db, { table: "mailbox", key: ["place"], first: [0] }, (range) =>
      this.#commit.atomically(() => this.less(this.#purge.all(...range, before))),
    );
    yield* inRanges(this.#db, { table: "mail_accounts", key: ["id"], first: [0] }, (range) =>
      this.#commit.inOneStatement(() => {
        if (Number(this.#purgeAccounts.run(...range, before).changes) > 0) this.#accounts.forgetAll();
      }),
    );
  }

  /**
   * Subtracts deleted rows.
   * @param rows `account` and `bytes` of each
   */
  less(rows: readonly unknown[]): void {
    for (const row of rows) {
      const { account, bytes } = v.parse(RemovedRow, row);
      const pair = v.parse(PairRow, this.#pairOf.get(account));
      this.#sums.add(pair, { items: -1, bytes: -bytes });
    }
  }

  #givenUpNow(recipient: Username, rows: readonly unknown[]): void {
    for (const row of rows) {
      const { sender, ...amount } = v.parse(GivenUpRow, row);
      this.#sums.giveUp(recipient, sender, amount);
    }
  }
}
