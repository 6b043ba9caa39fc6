/** Sums of mail: in each mailbox, from each sender, and in total. Computed once, and then kept in memory. */
import type { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import type { MailAccounts } from "./mail-accounts.ts";
import { countColumn, nameColumn, optionalColumn } from "./row.ts";

/** A sender in a recipient's mailbox. */
export interface Pair {
  /** Absent: the mail was given up, and counts for no mailbox. */
  readonly recipient?: Username | undefined;
  readonly sender: Username;
}

export interface Amount {
  readonly items: number;
  readonly bytes: number;
}

export const pairColumns = { recipient: optionalColumn(nameColumn), sender: nameColumn };
const AccountRow = v.object({ ...pairColumns, items: countColumn, bytes: countColumn });

export class MailSums {
  readonly #commit: GroupCommit;
  readonly #accounts: MailAccounts;
  readonly #to = new Map<Username, number>();
  readonly #from = new Map<Username, number>();
  #total = 0;
  #items = 0;

  constructor(db: DatabaseSync, commit: GroupCommit, accounts: MailAccounts) {
    this.#commit = commit;
    this.#accounts = accounts;
    const all = db.prepare("SELECT recipient, sender, items, bytes FROM mail_accounts WHERE bytes > 0");
    for (const row of all.iterate()) {
      const account = v.parse(AccountRow, row);
      this.#add(account, account);
    }
  }

  /** Bytes on the disk, including mail that was given up. */
  get total(): number {
    return this.#total;
  }

  /** Number of mails in mailboxes. */
  get items(): number {
    return this.#items;
  }

  /** Bytes in a mailbox. */
  to(recipient: Username): number {
    return this.#to.get(recipient) ?? 0;
  }

  /**
   * A sender's bytes on the disk, including mail that was given up, so that nobody gains room by having mail
   * given up.
   */
  from(sender: Username): number {
    return this.#from.get(sender) ?? 0;
  }

  /** Adds or subtracts an amount; reverted with the current transaction. */
  add(pair: Pair, amount: Amount): void {
    this.#change(pair, amount);
    if (pair.recipient !== undefined) this.#accounts.changed(pair.recipient, pair.sender, amount.bytes);
  }

  /** Moves an amount in a mailbox to mail that was given up. */
  giveUp(recipient: Username, sender: Username, { items, bytes }: Amount): void {
    this.#accounts.forget(recipient, sender);
    this.#change({ recipient, sender }, { items: -items, bytes: -bytes });
    this.#change({ sender }, { items, bytes });
  }

  #change(pair: Pair, amount: Amount): void {
    this.#add(pair, amount);
    this.#commit.onUndoneNow(() => this.#add(pair, { items: -amount.items, bytes: -amount.bytes }));
  }

  #add({ recipient, sender }: Pair, { items, bytes }: Amount): void {
    this.#total += bytes;
    raise(this.#from, sender, bytes);
    if (recipient === undefined) return;
    this.#items += items;
    raise(this.#to, recipient, bytes);
  }
}

function raise(sums: Map<Username, number>, name: Username, bytes: number): void {
  const sum = (sums.get(name) ?? 0) + bytes;
  if (sum === 0) sums.delete(name);
  else sums.set(name, sum);
}
