import assert from "node:assert/strict";
import { BLOB_PARTS_ASKED } from "../limits.ts";
import { PartReads } from "./part-reads.ts";

/** A connection that reports when it has taken everything. */
class Reader {
  readonly #waiting: (() => void)[] = [];
  readonly user = {};
  whenIdle(work: () => void): void {
    this.#waiting.push(work);
  }
  /**
   * Reports the connection idle.
   * @returns whether anything waited for that
   */
  idle(): boolean {
    const work = this.#waiting.shift();
    work?.();
    return work !== undefined;
  }
}

describe("reads of parts", () => {
  /** Reads that have begun, with a function that ends each. */
  let begun: { readonly of: string; readonly end: () => void }[];
  const read = (of: string) => () => new Promise<void>((resolve) => begun.push({ of, end: resolve }));
  const names = () => begun.map(({ of }) => of);
  const turn = () => new Promise(setImmediate);
  beforeEach(() => {
    begun = [];
  });

  it("wait until their reader has taken everything, and for the one before", async () => {
    const reads = new PartReads(10);
    const slow = new Reader();
    for (const part of ["1", "2"]) reads.add(slow, read(part));
    assert.deepEqual(names(), []);
    slow.idle();
    assert.equal(slow.idle(), false); // the second does not even wait for the connection yet
    assert.deepEqual(names(), ["1"]);
    begun[0]?.end();
    await turn();
    assert.deepEqual(names(), ["1"]);
    slow.idle();
    assert.deepEqual(names(), ["1", "2"]);
  });

  it("are few at once and in turns, so that a greedy reader delays the others by one part", async () => {
    const reads = new PartReads(1);
    const [greedy, modest] = [new Reader(), new Reader()];
    for (let part = 0; part < 10; part++) reads.add(greedy, read("greedy"));
    reads.add(modest, read("modest"));
    greedy.idle();
    modest.idle();
    for (let at = 0; at < 3; at++) {
      assert.equal(begun.length, at + 1);
      begun[at]?.end();
      await turn();
      greedy.idle();
    }
    assert.deepEqual(names(), ["greedy", "modest", "greedy", "greedy"]);
  });

  it("are refused beyond a bound, and taken again once some were answered", async () => {
    const reads = new PartReads(1);
    const reader = new Reader();
    for (let part = 0; part < BLOB_PARTS_ASKED; part++) reads.add(reader, read("part"));
    assert.throws(() => reads.add(reader, read("part")), /too many parts/);
    reader.idle();
    begun[0]?.end();
    await turn();
    reads.add(reader, read("part"));
  });

  it("leave nothing behind when a reader leaves while its part waits", async () => {
    const reads = new PartReads(1);
    reads.add(new Reader(), read("gone"));
    const other = new Reader();
    reads.add(other, read("other"));
    other.idle();
    assert.deepEqual(names(), ["other"]);
  });
});
