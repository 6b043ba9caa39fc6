import assert from "node:assert/strict";
import { MAX_ONLINE_USERS } from "../../protocol/limits.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { SETTABLE_LIMITS, withLimit } from "./limit-setting.ts";

describe("a limit that the operator sets", () => {
  it("changes that limit only, and can be combined with others", () => {
    const once = withLimit("connections=2000");
    assert.deepEqual(once, { ...DEFAULT_LIMITS, connections: 2000 });
    assert.ok(typeof once === "object");
    assert.deepEqual(withLimit("mailboxDays=7", once), { ...once, mailboxDays: 7 });
  });

  it("is refused outside its bounds, which hold its default", () => {
    for (const name of SETTABLE_LIMITS)
      assert.deepEqual(withLimit(`${name}=${DEFAULT_LIMITS[name]}`), DEFAULT_LIMITS, name);
    for (const text of ["connections=0", "mailboxDays=366", "maxSealedBytes=1000000"])
      assert.match(String(withLimit(text)), /is a number from \d+ to \d+\.$/);
  });

  it("admits no more people than clients show as online", () => {
    for (const name of ["connections", "connectionsPerAddress"])
      assert.match(String(withLimit(`${name}=${MAX_ONLINE_USERS + 1}`)), / to 10000\.$/);
  });

  it("is refused for an unknown name and for anything but a number", () => {
    const wrong = ["", "connections", "connections=", "connections=1e3", "tickMs=1", "__proto__=1", "a=1=2"];
    for (const text of wrong) assert.match(String(withLimit(text)), /^It's NAME=NUMBER/, text);
  });
});
