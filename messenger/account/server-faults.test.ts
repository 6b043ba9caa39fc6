import assert from "node:assert/strict";
import { ServerFaults } from "./server-faults.ts";

const DAY_MS = 24 * 60 * 60_000;

describe("faults of the server", () => {
  it("delay each entry separately, longer each time, up to half a minute", () => {
    const faults = new ServerFaults();
    const pauses = Array.from({ length: 6 }, () => faults.pauseAfter(7, 0));
    assert.deepEqual(pauses, [2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
    assert.equal(faults.pauseAfter(8, 0), 2_000);
    faults.over(7);
    assert.equal(faults.pauseAfter(7, 0), 2_000);
  });

  it("with an unknown code delay an entry for minutes at most", () => {
    const faults = new ServerFaults();
    assert.equal(faults.pauseAfter(7, 0, "unknown"), 2_000);
    assert.equal(faults.pauseAfter(7, 5 * 60_000, "unknown"), 4_000);
    assert.equal(faults.pauseAfter(7, 5 * 60_000 + 1, "unknown"), undefined);
  });

  it("by a lack of room delay an entry at most as long as mail is kept, until the peer returns", () => {
    const faults = new ServerFaults();
    faults.pauseAfter(7, 0, "mailbox-full");
    assert.equal(faults.pauseAfter(7, 30 * DAY_MS, "mailbox-full"), 4_000);
    assert.equal(faults.pauseAfter(7, 30 * DAY_MS + 1, "mailbox-full"), undefined);
  });

  it("without a special code delay an entry for a day at most", () => {
    const faults = new ServerFaults();
    faults.pauseAfter(7, 0);
    assert.equal(faults.pauseAfter(7, DAY_MS), 4_000);
    assert.equal(faults.pauseAfter(7, DAY_MS + 1), undefined);
    assert.equal(faults.pauseAfter(8, DAY_MS + 1), 2_000);
  });
});
