import assert from "node:assert/strict";
import { MAX_ONLINE_USERS } from "../../protocol/limits.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { Admission, addressKey, type Handshaking } from "./admission.ts";
import { WorkBudget } from "./work-budget.ts";

const limits = {
  ...DEFAULT_LIMITS,
  handshakesPerAddress: 2,
  handshakes: 3,
  connectionsPerAddress: 2,
  connections: 3,
  handshakesPerSecond: 1,
  handshakeBurst: 2,
};

describe("admission", () => {
  it("counts all addresses of one IPv6 network as one", () => {
    assert.equal(addressKey("192.0.2.7"), "192.0.2.7");
    assert.equal(addressKey("::ffff:192.0.2.7"), "192.0.2.7");
    assert.equal(addressKey("2001:db8:1:2:3:4:5:6"), "2001:db8:1:2::/64");
    assert.equal(addressKey("2001:db8:1:2::9"), "2001:db8:1:2::/64");
    assert.equal(addressKey("2001:db8::9"), "2001:db8:0:0::/64");
    assert.equal(addressKey("::1"), "0:0:0:0::/64");
    assert.equal(addressKey("fe80::1%eth0"), "fe80:0:0:0::/64");
    assert.equal(addressKey(""), "");
  });

  function handshaking(address: string, evicted: string[]): Handshaking {
    return { address, evict: () => evicted.push(address) };
  }

  it("evicts the oldest handshake of the address with the most, and of all when there are too many", () => {
    const admission = new Admission(limits);
    const evicted: string[] = [];
    const [first, second, third] = ["greedy", "greedy", "greedy"].map((it) => handshaking(it, evicted));
    assert.ok(first && second && third);
    const names: string[] = [];
    first.evict = () => names.push("first");
    admission.begin(handshaking("modest", evicted));
    for (const one of [first, second, third]) admission.begin(one);
    assert.deepEqual(names, ["first"]);
    assert.deepEqual(evicted, []);
    admission.begin(handshaking("other", evicted));
    assert.deepEqual(evicted, ["modest"]);
    admission.finished(second);
    admission.begin(handshaking("last", evicted));
    assert.deepEqual(evicted, ["modest"]);
  });

  it("admits no more people than clients show, with any limit", () => {
    const admission = new Admission({ ...limits, connections: 1_000_000, connectionsPerAddress: 1_000_000 });
    for (let number = 0; number < MAX_ONLINE_USERS; number++)
      assert.ok(admission.connected(`a${number % 3}`));
    assert.equal(admission.connected("b"), false);
    admission.disconnected("a1");
    assert.equal(admission.connected("b"), true);
  });

  it("bounds connections by address and in total, and forgets ended ones", () => {
    const admission = new Admission(limits);
    assert.deepEqual(
      ["a", "a", "a", "b", "c"].map((it) => admission.connected(it)),
      [true, true, false, true, false],
    );
    admission.disconnected("a");
    assert.equal(admission.connected("c"), true);
  });

  it("limits the rate of handshakes for one address without slowing down others", () => {
    const admission = new Admission(limits);
    assert.deepEqual(
      [0, 0, 0].map((now) => admission.waitToAnswer("a", now)),
      [0, 0, 1000],
    );
    assert.equal(admission.waitToAnswer("b", 0), 0);
    admission.tick(500);
    assert.equal(admission.waitToAnswer("a", 900), 100);
    assert.equal(admission.waitToAnswer("a", 1001), 0);
  });
});

describe("work budget", () => {
  it("returns the exact wait until there is enough", () => {
    const budget = new WorkBudget(10, 100, 0);
    assert.equal(budget.take(100, 0), 0);
    const wait = budget.take(5, 0);
    assert.equal(wait, 500);
    assert.equal(budget.take(5, wait - 1) > 0, true);
    assert.equal(budget.take(5, wait), 0);
    assert.equal(budget.full(1000), false);
    assert.equal(budget.full(60_000), true);
    assert.equal(budget.take(101, 1_000_000) > 0, true);
  });
});
