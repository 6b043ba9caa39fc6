import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import fc from "fast-check";
import { newConversationId, username } from "../../protocol/names.ts";
import { BlockSchema, ErrorSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { type TestServer, withAliceAndBob } from "../server-fixture.ts";
import type { RawClient } from "./raw-client-fixture.ts";
import { RequestPace } from "./request-pace.ts";

const PACE_MS = 60_000;

describe("the pace of requests", () => {
  it("is one a minute for a pair, in any order, and reports when the next is allowed", () => {
    const names = fc.constantFrom(...["alice", "bob", "carol"].map(username));
    const tries = fc.array(fc.record({ by: names, to: names, pauseMs: fc.nat({ max: 40_000 }) }), {
      maxLength: 60,
    });
    fc.assert(
      fc.property(tries, (list) => {
        const pace = new RequestPace(PACE_MS);
        const last = new Map<string, number>();
        let now = 5;
        for (const { by, to, pauseMs } of list) {
          now += pauseMs;
          const before = last.get(`${by}>${to}`) ?? Number.NEGATIVE_INFINITY;
          assert.equal(pace.waitMs(by, to, now, false), Math.max(0, before + PACE_MS - now));
          if (pace.waitMs(by, to, now, false) > 0) continue;
          pace.asked(by, to, now);
          last.set(`${by}>${to}`, now);
        }
      }),
    );
  });

  it("is one a minute for acquainted people too, after a burst of three", () => {
    const [alice, bob] = [username("alice"), username("bob")];
    fc.assert(
      fc.property(fc.array(fc.nat({ max: 40_000 }), { maxLength: 80 }), (pauses) => {
        const pace = new RequestPace(PACE_MS);
        const asked: number[] = [];
        let now = 5;
        for (const pause of pauses) {
          now += pause;
          if (pace.waitMs(alice, bob, now, true) > 0) continue;
          pace.asked(alice, bob, now);
          asked.push(now);
        }
        for (const [first, from] of asked.entries())
          for (const [count, until] of asked.slice(first).entries())
            assert.ok(count + 1 <= 3 + (until - from) / PACE_MS, `${count + 1} in ${until - from} ms`);
      }),
    );
  });

  it("is reset by an answer", () => {
    const [alice, bob] = [username("alice"), username("bob")];
    const pace = new RequestPace(PACE_MS);
    pace.asked(alice, bob, 0);
    pace.answered(bob, alice);
    assert.equal(pace.waitMs(alice, bob, 1, false), PACE_MS - 1);
    pace.answered(alice, bob);
    assert.equal(pace.waitMs(alice, bob, 1, false), 0);
    pace.asked(alice, bob, 10);
    pace.asked(alice, username("carol"), PACE_MS);
    pace.answered(alice, bob);
    assert.equal(pace.waitMs(alice, bob, PACE_MS, false), 0);
  });

  it("forgets people as soon as possible, and is bounded in memory", () => {
    const pace = new RequestPace(PACE_MS);
    const mallory = username("mallory");
    for (let number = 0; number < 250_000; number++)
      pace.asked(mallory, username(`p${number}`), number / 100);
    assert.ok(pace.size <= 100_000);
    for (const now of [400_000, 700_000]) pace.asked(mallory, username("last"), now);
    assert.equal(pace.size, 2);
  });
});

describe("requests through a server", () => {
  let server: TestServer;
  let alice: RawClient;
  let bob: RawClient;
  withAliceAndBob((started) => {
    ({ server, alice, bob } = started);
  });

  const requestsAt = async (who: RawClient) => {
    await who.ask(Opcode.PING);
    return who.unread.filter(({ opcode }) => opcode === Opcode.RTT).length;
  };

  it("that are asked and withdrawn repeatedly reach a person once a minute, over all sign-ins", async () => {
    const first = newConversationId();
    assert.equal(await alice.rtt("bob", first), "RECEIVED");
    for (let time = 0; time < 5; time++) {
      await alice.notify("bob", first);
      for (const wait of [true, false]) {
        const answer = await alice.ask(Opcode.RTT, alice.rttBody("bob", newConversationId(), wait));
        assert.equal(answer.opcode, Opcode.ERROR);
        const { retryAfterMs } = fromBinary(ErrorSchema, answer.body);
        assert.ok(retryAfterMs > 0 && retryAfterMs <= PACE_MS);
      }
      alice.line.destroy();
      alice = await server.join("alice");
    }
    assert.equal(await requestsAt(bob), 1);
  });

  it("are refused alike for a person online, offline, unknown, or blocking the requester", async () => {
    await server.join("carol");
    const away = await server.join("dave");
    away.line.destroy();
    await bob.tell(Opcode.BLOCK, BlockSchema, { name: "alice" });
    for (const name of ["carol", "dave", "nobody", "bob"]) {
      const first = newConversationId();
      const answers = [await alice.leave(name, first), await alice.leave(name)];
      await alice.notify(name, first);
      answers.push(await alice.leave(name));
      assert.deepEqual(answers, ["STORED", "ALREADY_ASKED", "RATE_LIMITED"], name);
    }
    // Without waiting, a blocker counts as offline, and nobody asks a person who is offline.
    assert.deepEqual([await alice.rtt("bob"), await alice.rtt("dave")], ["USER_NOT_FOUND", "USER_NOT_FOUND"]);
  });

  it("arrive at once when no earlier one was delivered, or it was answered", async () => {
    const first = newConversationId();
    assert.equal(await alice.rtt("carol", first), "USER_NOT_FOUND");
    const carol = await server.join("carol");
    assert.equal(await alice.rtt("carol", first), "RECEIVED");
    assert.equal(await alice.rtt("carol", first), "STORED", "word for word");
    assert.equal(await carol.rtt("alice"), "REQUEST_CROSSED");
    await carol.refuse("alice", first);
    const second = newConversationId();
    assert.equal(await alice.rtt("carol", second), "RECEIVED");
    await alice.notify("carol", second);
    assert.equal(await alice.rtt("carol"), "RATE_LIMITED");
    // The bound does not count carol's own requests.
    const hers = newConversationId();
    assert.equal(await carol.rtt("alice", hers), "RECEIVED");
    await alice.accept("carol", hers);
    await carol.notify("alice", hers);
    assert.equal(await carol.rtt("alice"), "RECEIVED");
  });
});
