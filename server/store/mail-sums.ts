/** How many bytes of mail lie in each mailbox, are from each sender, and are there at all: added up once, and then kept in memory. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import type { GroupCommit } from "./group-commit.ts";
import { countColumn, nameColumn } from "./row.ts";

const AccountRow = v.object({ recipient: nameColumn, sender: nameColumn, bytes: countColumn });

interface Sums {
  readonly to: Map<Username, number>;
  readonly from: Map<Username, number>;
  total: number;
}

export class MailSums {
  readonly #commit: GroupCommit;
  readonly #accounts: StatementSync;
  #sums: Sums;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#commit = commit;
    this.#accounts = db.prepare("SELECT recipient, sender, bytes FROM mail_accounts WHERE bytes > 0");
    this.#sums = this.#read();
  }

  get total(): number {
    return this.#sums.total;
  }

  to(recipient: Username): number {
    return this.#sums.to.get(recipient) ?? 0;
  }

  from(sender: Username): number {
    return this.#sums.from.get(sender) ?? 0;
  }

  /** `bytes` more lie there, or less; unless the present write is undone. */
  add(recipient: Username, sender: Username, bytes: number): void {
    add(this.#sums, recipient, sender, bytes);
    this.#commit.onUndoneNow(() => add(this.#sums, recipient, sender, -bytes));
  }

  /** Adds up anew. */
  reload(): void {
    const before = this.#sums;
    this.#sums = this.#read();
    this.#commit.onUndoneNow(() => {
      this.#sums = before;
    });
  }

  #read(): Sums {
    const sums: Sums = { to: new Map(), from: new Map(), total: 0 };
    for (const row of this.#accounts.iterate()) {
      const { recipient, sender, bytes } = v.parse(AccountRow, row);
      add(sums, recipient, sender, bytes);
    }
    return sums;
  }
}

function add(sums: Sums, recipient: Username, sender: Username, bytes: number): void {
  sums.total += bytes;
  raise(sums.to, recipient, bytes);
  raise(sums.from, sender, bytes);
}

function raise(sums: Map<Username, number>, name: Username, bytes: number): void {
  const sum = (sums.get(name) ?? 0) + bytes;
  if (sum === 0) sums.delete(name);
  else sums.set(name, sum);
}
