/**
 * Mail accounts: the bytes that one sender has in one recipient's mailbox. Cached, since a message needs its
 * account three times. Triggers in the database keep the counts exact, and an account is read again after a
 * rollback.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import { Memory } from "./memory.ts";
import { countColumn } from "./row.ts";

export interface Account {
  readonly id: number;
  /** Bytes that count for the sender in that mailbox. */
  bytes: number;
  /** The most bytes that others had there when this sender was refused. */
  othersSeen: number;
}

/** Some 40,000 of them. */
const REMEMBERED_BYTES = 16 * 1024 * 1024;
/** A key of two names, and an object of three numbers. */
const ACCOUNT_BYTES = 250;

const AccountRow = v.pipe(
  v.object({ id: countColumn, bytes: countColumn, others_seen: countColumn }),
  v.transform(({ others_seen: othersSeen, ...rest }): Account => ({ ...rest, othersSeen })),
);

export class MailAccounts {
  readonly #commit: GroupCommit;
  readonly #memory = new Memory<string, Account>(REMEMBERED_BYTES, () => ACCOUNT_BYTES);
  readonly #find: StatementSync;
  readonly #open: StatementSync;
  readonly #refused: StatementSync;
  readonly #collected: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    commit.onUndone(() => this.#memory.clear());
    this.#find = db.prepare(
      "SELECT id, bytes, others_seen FROM mail_accounts WHERE recipient = ? AND sender = ?",
    );
    this.#open = db.prepare(
      "INSERT INTO mail_accounts (recipient, sender) VALUES (?, ?) RETURNING id, bytes, others_seen",
    );
    this.#refused = db.prepare(
      `INSERT INTO mail_accounts (recipient, sender, others_seen, seen_at) VALUES (?, ?, ?, ?)
       ON CONFLICT (recipient, sender) DO UPDATE SET others_seen = excluded.others_seen, seen_at = excluded.seen_at`,
    );
    this.#collected = db.prepare("UPDATE mail_accounts SET others_seen = 0 WHERE id = ?");
  }

  find(recipient: Username, sender: Username): Account | undefined {
    return this.#memory.get(key(recipient, sender), () => {
      const row = this.#find.get(recipient, sender);
      return row === undefined ? undefined : v.parse(AccountRow, row);
    });
  }

  /** Opens an account if there is none. */
  open(recipient: Username, sender: Username): Account {
    const row = this.#commit.inOneStatement(() => this.#open.get(recipient, sender));
    const account = v.parse(AccountRow, row);
    this.#memory.set(key(recipient, sender), account);
    return account;
  }

  /**
   * Updates a cached account by `bytes`, negative for mail that was removed. The database has already counted
   * them itself.
   */
  changed(recipient: Username, sender: Username, bytes: number): void {
    const account = this.#memory.peek(key(recipient, sender));
    if (account !== undefined) account.bytes += bytes;
  }

  /** Records that the sender's mail was refused while other senders had `othersSeen` bytes in that mailbox. */
  refused(recipient: Username, sender: Username, othersSeen: number, now: number): void {
    this.#commit.inOneStatement(() => this.#refused.run(recipient, sender, othersSeen, now));
    this.forget(recipient, sender);
  }

  /** Resets `othersSeen` once the recipient has collected mail of that sender. */
  collected(account: Account): void {
    if (account.othersSeen === 0) return;
    this.#commit.inOneStatement(() => this.#collected.run(account.id));
    account.othersSeen = 0;
  }

  /** Forgets a cached account that the pair no longer has. */
  forget(recipient: Username, sender: Username): void {
    this.#memory.forget(key(recipient, sender));
  }

  /** Forgets all cached accounts, any of which may have changed. */
  forgetAll(): void {
    this.#memory.clear();
  }
}

function key(recipient: Username, sender: Username): string {
  return `${recipient} ${sender}`;
}
