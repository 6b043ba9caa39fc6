/** Conversations in SQLite: stores the states that `rules.ts` decides on, so that a restart loses none. */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import * as v from "valibot";
import { type ConversationId, idBytes, type Username } from "../../protocol/names.ts";
import type { Pieces } from "../gateway/pieces.ts";
import type { Conversation } from "../routing/rules.ts";
import type { GroupCommit } from "./group-commit.ts";
import { Memory } from "./memory.ts";
import { inRanges } from "./ranges.ts";
import { conversationColumn, countColumn, messageColumn, nameColumn, optionalColumn } from "./row.ts";
import type { Conversations } from "./store.ts";

/** Sorts before any id. */
const BEFORE_ALL = new Uint8Array();
/** Some 40,000 of them. */
const REMEMBERED_BYTES = 24 * 1024 * 1024;
/** An object of eight fields, which holds ids, names and digest as strings. */
const CONVERSATION_BYTES = 450;

const ConversationRow = v.pipe(
  v.object({
    id: conversationColumn,
    requester: nameColumn,
    addressee: nameColumn,
    stage: v.picklist(["requested", "accepted", "established"]),
    digest: v.string(),
    epoch: countColumn,
    last_commit: optionalColumn(messageColumn),
  }),
  v.transform(
    ({ last_commit: lastCommit, ...rest }): Conversation =>
      lastCommit === undefined ? rest : { ...rest, lastCommit },
  ),
);
const IdRow = v.object({ id: conversationColumn });

function conversation(row: unknown): Conversation {
  return v.parse(ConversationRow, row);
}

export class SqliteConversations implements Conversations {
  readonly #db: DatabaseSync;
  readonly #commit: GroupCommit;
  readonly #memory = new Memory<ConversationId, Conversation>(REMEMBERED_BYTES, () => CONVERSATION_BYTES);
  readonly #find: StatementSync;
  readonly #between: StatementSync;
  readonly #of: StatementSync;
  readonly #established: StatementSync;
  readonly #count: StatementSync;
  readonly #countAskedBy: StatementSync;
  readonly #countAskedOf: StatementSync;
  readonly #firstToGiveWay: StatementSync;
  readonly #recordAcquaintance: StatementSync;
  readonly #areAcquainted: StatementSync;
  readonly #forgetAcquaintances: StatementSync;
  readonly #purgeAcquaintances: StatementSync;
  readonly #put: StatementSync;
  readonly #remove: StatementSync;
  readonly #purge: StatementSync;

  constructor(db: DatabaseSync, commit: GroupCommit) {
    this.#db = db;
    this.#commit = commit;
    commit.onUndone(() => this.#memory.clear());
    this.#find = db.prepare("SELECT * FROM conversations WHERE id = ?");
    this.#between = db.prepare(
      "SELECT * FROM conversations WHERE (requester = ? AND addressee = ?) OR (requester = ? AND addressee = ?)",
    );
    this.#of = db.prepare("SELECT * FROM conversations WHERE requester = ? OR addressee = ? LIMIT ?");
    this.#established = db.prepare(
      `SELECT id FROM conversations
       WHERE (requester = ?1 OR addressee = ?1) AND stage = 'established' AND id > ?2
       AND iif(requester = ?1, addressee, requester) NOT IN (SELECT blocked FROM blocks WHERE blocker = ?1)
       ORDER BY id LIMIT ?3`,
    );
    this.#count = db.prepare(
      `SELECT (SELECT COUNT(*) FROM conversations WHERE requester = ?1)
       + (SELECT COUNT(*) FROM conversations WHERE addressee = ?1 AND stage <> 'requested') AS count`,
    );
    const stranger = `stage = 'requested' AND NOT EXISTS (SELECT 1 FROM acquaintances
       WHERE one = min(requester, addressee) AND other = max(requester, addressee))`;
    const asked = `SELECT COUNT(*) AS count FROM conversations WHERE ${stranger} AND`;
    this.#countAskedBy = db.prepare(`${asked} requester = ?`);
    this.#countAskedOf = db.prepare(`${asked} addressee = ?`);
    this.#firstToGiveWay = db.prepare(
      `SELECT * FROM conversations WHERE ${stranger} AND addressee = ? ORDER BY
         (SELECT COUNT(*) FROM conversations AS more WHERE more.stage = 'requested' AND more.requester = conversations.requester) DESC,
         changed_at LIMIT 1`,
    );
    this.#recordAcquaintance = db.prepare(
      "INSERT OR REPLACE INTO acquaintances (one, other, at) VALUES (min(?1, ?2), max(?1, ?2), ?3)",
    );
    this.#areAcquainted = db.prepare(
      "SELECT 1 FROM acquaintances WHERE one = min(?1, ?2) AND other = max(?1, ?2)",
    );
    this.#forgetAcquaintances = db.prepare(
      `DELETE FROM acquaintances WHERE (one, other) IN
         (SELECT one, other FROM acquaintances WHERE one = ?1 OR other = ?1 LIMIT ?2)`,
    );
    this.#purgeAcquaintances = db.prepare(
      `DELETE FROM acquaintances WHERE (one, other) > (?, ?) AND (one, other) <= (?, ?) AND at < ? AND NOT EXISTS (SELECT 1 FROM conversations WHERE stage = 'established' AND
         ((requester = one AND addressee = other) OR (requester = other AND addressee = one)))`,
    );
    this.#put = db.prepare(
      "INSERT OR REPLACE INTO conversations (id, requester, addressee, stage, digest, epoch, last_commit, changed_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
    );
    this.#remove = db.prepare("DELETE FROM conversations WHERE id = ?");
    this.#purge = db.prepare(
      "DELETE FROM conversations WHERE id > ? AND id <= ? AND stage <> 'established' AND changed_at < ? RETURNING id",
    );
  }

  find(id: ConversationId): Conversation | undefined {
    return this.#memory.get(id, () => {
      const row = this.#find.get(idBytes(id));
      return row === undefined ? undefined : conversation(row);
    });
  }

  between(one: Username, other: Username): Conversation[] {
    return this.#between.all(one, other, other, one).map(conversation);
  }

  of(name: Username, limit = -1): Conversation[] {
    return this.#of.all(name, name, limit).map(conversation);
  }

  established(name: Username, after: ConversationId | undefined, limit: number): ConversationId[] {
    const last = after === undefined ? BEFORE_ALL : idBytes(after);
    return this.#established.all(name, last, limit).map((row) => v.parse(IdRow, row).id);
  }

  count(name: Username): number {
    return Number(this.#count.get(name)?.["count"]);
  }

  countAskedBy(requester: Username): number {
    return Number(this.#countAskedBy.get(requester)?.["count"]);
  }

  countAskedOf(addressee: Username): number {
    return Number(this.#countAskedOf.get(addressee)?.["count"]);
  }

  firstToGiveWay(addressee: Username): Conversation | undefined {
    const row = this.#firstToGiveWay.get(addressee);
    return row === undefined ? undefined : conversation(row);
  }

  recordAcquaintance(one: Username, other: Username, now: number): void {
    this.#commit.atomically(() => this.#recordAcquaintance.run(one, other, now));
  }

  areAcquainted(one: Username, other: Username): boolean {
    return this.#areAcquainted.get(one, other) !== undefined;
  }

  forgetAcquaintances(name: Username, limit: number): number {
    const { changes } = this.#commit.inOneStatement(() => this.#forgetAcquaintances.run(name, limit));
    return Number(changes);
  }

  put(conversation: Conversation, now: number): void {
    const { id, requester, addressee, stage, digest, epoch, lastCommit } = conversation;
    const commit = lastCommit === undefined ? null : idBytes(lastCommit);
    this.#commit.atomically(() =>
      this.#put.run(idBytes(id), requester, addressee, stage, digest, epoch, commit, now),
    );
    this.#memory.set(id, conversation);
  }

  remove(id: ConversationId): void {
    this.#commit.atomically(() => this.#remove.run(idBytes(id)));
    this.#memory.forget(id);
  }

  *purge(before: number): Pieces {
    yield* inRanges(this.#db, { table: "conversations", key: ["id"], first: [BEFORE_ALL] }, (range) =>
      this.#commit.atomically(() => {
        for (const row of this.#purge.all(...range, before)) this.#memory.forget(v.parse(IdRow, row).id);
      }),
    );
    const acquaintances = { table: "acquaintances", key: ["one", "other"], first: ["", ""] };
    yield* inRanges(this.#db, acquaintances, (range) =>
      this.#commit.atomically(() => this.#purgeAcquaintances.run(...range, before)),
    );
  }
}
