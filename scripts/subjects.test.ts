import assert from "node:assert/strict";
import { fault } from "./subjects.ts";

describe("a commit subject", () => {
  for (const subject of [
    "Fix accept() hanging when the disk is full",
    "Restart the re-key timer on every reconnect",
    "Re-key after a lost store",
    "Bring the window to the front",
  ])
    it(`may be: ${subject}`, () => assert.equal(fault(subject), undefined));
  for (const [subject, why] of [
    [
      "Let who waits for an answer go on where it could not be written down: accepting a request never came back",
      /10\d characters/,
    ],
    ["fix the timer", /capitalised/],
    ["Fixed the timer", /"Fixed"/],
    ["Adding a timer", /"Adding"/],
    ["The timer restarts", /"The"/],
    ["Who waits is told", /"Who"/],
    ["Fix the timer.", /full stop/],
  ] as const)
    it(`should not be: ${subject.slice(0, 40)}`, () => assert.match(fault(subject) ?? "", why));
});
