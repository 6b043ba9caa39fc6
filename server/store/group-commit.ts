/**
 * One transaction for all writes of one turn of the event loop, or of several turns under load: a hundred
 * senders share one wait for the disk.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CommitFigures } from "./commit-figures.ts";
import { orStoreBusy } from "./store-busy.ts";

/** Minimum time between commits: each waits for the disk and writes every page it touched. */
export const GATHER_MS = 5;

interface Open {
  readonly done: Promise<void>;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

export class GroupCommit {
  readonly figures = new CommitFigures();
  readonly #db: DatabaseSync;
  readonly #savepoint: StatementSync;
  readonly #release: StatementSync;
  /** Monotonic milliseconds. */
  #lastCommit = Number.NEGATIVE_INFINITY;
  readonly #undone: (() => void)[] = [];
  /** Functions that undo, in memory, the writes of the open transaction. */
  readonly #reverts: (() => void)[] = [];
  #open: Open | undefined;

  constructor(db: DatabaseSync) {
    this.#db = db;
    this.#savepoint = db.prepare("SAVEPOINT work");
    this.#release = db.prepare("RELEASE work");
  }

  /**
   * @param listener called when writes were rolled back: anything cached of them is wrong
   */
  onUndone(listener: () => void): void {
    this.#undone.push(listener);
  }

  /**
   * @param revert called once if the current write, inside `atomically`, is rolled back
   */
  onUndoneNow(revert: () => void): void {
    this.#reverts.push(revert);
  }

  /**
   * Runs `work`, and rolls back all its writes if it throws; they are durable when `committed()` resolves.
   * Nests.
   * @throws StoreBusy if another program locks the database; errors of `work`
   */
  atomically<T>(work: () => T): T {
    this.#begin();
    const written = this.#reverts.length;
    this.#savepoint.run();
    try {
      const result = work();
      this.#release.run();
      return result;
    } catch (error) {
      this.#undo(error, written);
      throw error;
    }
  }

  /**
   * Runs work that consists of one statement and nothing after it that throws: SQLite rolls back a failing
   * statement itself, so no savepoint is needed, which would cost as much as a small statement.
   * @throws as `atomically`
   */
  inOneStatement<T>(work: () => T): T {
    this.#begin();
    try {
      return work();
    } catch (error) {
      if (this.#isUndone()) this.#lost(error);
      throw error;
    }
  }

  /** Resolves when everything written so far is durable; rejects when that failed and it was rolled back. */
  committed(): Promise<void> {
    return this.#open?.done ?? Promise.resolve();
  }

  /** Commits now. Never throws: `committed()` reports failures. */
  flush(): void {
    const open = this.#open;
    if (open === undefined) return;
    this.#open = undefined;
    const began = performance.now();
    try {
      this.#db.exec("COMMIT");
      this.#lastCommit = performance.now();
      this.#reverts.length = 0;
      this.figures.done(performance.now() - began);
      open.resolve();
    } catch (error) {
      try {
        this.#db.exec("ROLLBACK");
      } catch {
        // A full disk makes SQLite roll back by itself.
      }
      this.#tellUndone(0);
      this.figures.undone();
      open.reject(error);
    }
  }

  #begin(): void {
    if (this.#open !== undefined) return;
    try {
      this.#db.exec("BEGIN IMMEDIATE");
    } catch (error) {
      throw orStoreBusy(error);
    }
    let settle: Omit<Open, "done"> | undefined;
    const done = new Promise<void>((resolve, reject) => {
      settle = { resolve, reject };
    });
    // Waiting callers see the rejection; a write that nobody waits for must not end the process.
    done.catch(() => {});
    if (settle === undefined) return;
    const open = { done, ...settle };
    this.#open = open;
    const commit = () => {
      if (this.#open === open) this.flush();
    };
    const wait = this.#lastCommit + GATHER_MS - performance.now();
    if (wait <= 0) setImmediate(commit);
    else setTimeout(commit, wait);
  }

  /**
   * Rolls back.
   * @param written how many reverts belong to earlier writes
   */
  #undo(cause: unknown, written: number): void {
    try {
      this.#db.exec("ROLLBACK TO work; RELEASE work");
    } catch {
      this.#lost(cause);
      return;
    }
    this.#tellUndone(written);
  }

  /** Returns whether SQLite has rolled back the open transaction by itself. */
  #isUndone(): boolean {
    try {
      this.#db.exec("BEGIN");
    } catch {
      // The savepoint exists.
      return false;
    }
    this.#db.exec("ROLLBACK");
    return true;
  }

  /**
   * Handles a rollback of the whole turn by SQLite (a full disk): rejects waiting callers, and starts a new
   * transaction.
   */
  #lost(cause: unknown): void {
    this.figures.undone();
    this.#open?.reject(cause);
    this.#open = undefined;
    this.#tellUndone(0);
  }

  #tellUndone(kept: number): void {
    for (const revert of this.#reverts.splice(kept).reverse()) revert();
    for (const listener of this.#undone) listener();
  }
}
