import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { Intake } from "./intake.ts";

function storageError(): unknown {
  const sqlite = new DatabaseSync(":memory:");
  try {
    sqlite.exec("PRAGMA max_page_count = 1; CREATE TABLE wide (value TEXT)");
  } catch (error) {
    return error; // "database or disk is full"
  } finally {
    sqlite.close();
  }
  throw new Error("the disk was not full");
}

describe("intake", () => {
  let hungUp: number;
  let intake: Intake;
  beforeEach(() => {
    hungUp = 0;
    intake = new Intake(() => {
      hungUp++;
    });
  });

  it("accepts nothing more after a failed write, and ends the line", () => {
    assert.equal(intake.counts, true);
    intake.failed(storageError());
    assert.deepEqual([intake.counts, hungUp], [false, 1]);
  });

  it("does not affect the next line", () => {
    intake.lineGone();
    intake.failed(storageError());
    assert.deepEqual([intake.counts, hungUp], [false, 0]);
  });

  it("keeps the line when another try would fail the same way", () => {
    intake.failed(new Error("a mistake of ours"));
    assert.deepEqual([intake.counts, hungUp], [true, 0]);
  });
});
