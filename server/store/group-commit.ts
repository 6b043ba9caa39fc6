/**
 * One transaction for all that one turn of the event loop writes, and several turns where much is written: a hundred senders share
 * one wait for the disk.
 */
import type { DatabaseSync, StatementSync } from "node:sqlite";
import { CommitFigures } from "./commit-figures.ts";
import { orStoreBusy } from "./store-busy.ts";

/** Commits follow each other at this pace at most: each waits for the disk and writes every page it touched. */
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

  /** @param listener called when something that was written is not any more: anything remembered of it is wrong */
  onUndone(listener: () => void): void {
    this.#undone.push(listener);
  }

  /** @param revert called once if the present write, inside `atomically`, is undone */
  onUndoneNow(revert: () => void): void {
    this.#reverts.push(revert);
  }

  /**
   * All of `work` or, where it throws, nothing of it; on disk when `committed()` resolves. Nests.
   * @throws StoreBusy where another program holds the database; errors of `work`
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
   * As `atomically`, for work that is one statement and, after it, nothing that throws: SQLite undoes a statement that fails, so that it
   * needs no savepoint, which costs as much as a small statement. @throws as `atomically`
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

  /** Resolves when everything written so far is on disk; rejects when that failed and it is undone. */
  committed(): Promise<void> {
    return this.#open?.done ?? Promise.resolve();
  }

  /** Commits now. Never throws: `committed()` tells. */
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
    // A waiting caller sees the rejection; a write that nobody waits for must not end the process.
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

  /** @param written how many reverts belong to earlier writes */
  #undo(cause: unknown, written: number): void {
    try {
      this.#db.exec("ROLLBACK TO work; RELEASE work");
    } catch {
      this.#lost(cause);
      return;
    }
    this.#tellUndone(written);
  }

  /** @returns whether SQLite has rolled back the open transaction by itself */
  #isUndone(): boolean {
    try {
      this.#db.exec("BEGIN");
    } catch {
      // There is one.
      return false;
    }
    this.#db.exec("ROLLBACK");
    return true;
  }

  /** SQLite has rolled back the whole turn (a full disk): those who wait must hear of it, and the next begins anew. */
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
