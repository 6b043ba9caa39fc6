import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { mock } from "node:test";
import { setImmediate as turn } from "node:timers/promises";
import { GATHER_MS, GroupCommit } from "./group-commit.ts";

describe("group commit", () => {
  let db: DatabaseSync;
  let commit: GroupCommit;
  beforeEach(() => {
    db = new DatabaseSync(":memory:");
    // A dangling reference passes each statement and fails the commit, which is closest to a failing disk.
    db.exec(`PRAGMA foreign_keys = ON; CREATE TABLE parent (id INTEGER PRIMARY KEY);
      CREATE TABLE child (parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED)`);
    commit = new GroupCommit(db);
  });
  const children = () => Number(db.prepare("SELECT COUNT(*) AS n FROM child").get()?.["n"]);
  const insert = (parent: number | null) => db.prepare("INSERT INTO child VALUES (?)").run(parent);

  it("resolves at once when no commit is pending", async () => {
    await commit.committed();
  });

  it("batches writes of several turns soon after a commit, and commits at once when idle", async () => {
    const commits = mock.method(db, "exec");
    const count = () => commits.mock.calls.filter(({ arguments: [sql] }) => sql === "COMMIT").length;
    mock.timers.enable({ apis: ["setTimeout"] });
    const clock = mock.method(performance, "now", () => 1000);
    try {
      commit.atomically(() => insert(null));
      await commit.committed();
      assert.equal(count(), 1);
      commit.atomically(() => insert(null));
      await turn();
      commit.atomically(() => insert(null));
      await turn();
      assert.equal(count(), 1);
      mock.timers.tick(GATHER_MS);
      await commit.committed();
      assert.deepEqual([count(), children()], [2, 3]);
    } finally {
      mock.timers.reset();
      clock.mock.restore();
      commits.mock.restore();
    }
  });

  it("rejects all waiting callers when the commit fails, rolls back, and continues", async () => {
    commit.atomically(() => insert(null));
    const one = commit.committed();
    commit.atomically(() => insert(7));
    const other = commit.committed();
    await assert.rejects(one);
    await assert.rejects(other);
    assert.equal(children(), 0);
    commit.atomically(() => insert(null));
    await commit.committed();
    assert.equal(children(), 1);
  });

  it("rejects all waiting callers when the database fails in the middle of a turn", async () => {
    commit.atomically(() => insert(null));
    const waiting = commit.committed();
    const full = new Error("disk full");
    assert.throws(
      () =>
        commit.atomically(() => {
          db.exec("ROLLBACK"); // as SQLite itself does then
          throw full;
        }),
      full,
    );
    await assert.rejects(waiting, full);
    commit.atomically(() => insert(null));
    await commit.committed();
    assert.equal(children(), 1);
  });

  it("rolls back a failing statement whole, and nothing else", async () => {
    db.exec("CREATE TABLE once (n INTEGER UNIQUE)");
    const put = (...rows: number[]) => db.exec(`INSERT INTO once VALUES ${rows.map((n) => `(${n})`).join()}`);
    commit.inOneStatement(() => put(1));
    const waiting = commit.committed();
    assert.throws(() => commit.inOneStatement(() => put(2, 3, 1)), /UNIQUE/);
    commit.inOneStatement(() => put(4));
    await waiting;
    assert.deepEqual(
      db
        .prepare("SELECT n FROM once")
        .all()
        .map(({ n }) => n),
      [1, 4],
    );
  });

  it("rejects for every waiter when SQLite rolls back within one statement, and undoes the writes in memory", async () => {
    const undone: string[] = [];
    commit.onUndone(() => undone.push("remembered"));
    commit.inOneStatement(() => {
      insert(null);
      commit.onUndoneNow(() => undone.push("counted"));
    });
    const waiting = commit.committed();
    const full = new Error("disk full");
    const fail = () => {
      db.exec("ROLLBACK"); // as SQLite itself does then
      throw full;
    };
    assert.throws(() => commit.inOneStatement(fail), full);
    await assert.rejects(waiting, full);
    assert.deepEqual(undone, ["counted", "remembered"]);
    commit.inOneStatement(() => insert(null));
    await commit.committed();
    assert.equal(children(), 1);
  });

  it("rolls back only the inner piece of work", async () => {
    commit.atomically(() => {
      insert(null);
      assert.throws(() =>
        commit.atomically(() => {
          insert(null);
          throw new Error("on purpose");
        }),
      );
    });
    await commit.committed();
    assert.equal(children(), 1);
  });
});
