import assert from "node:assert/strict";
import fc from "fast-check";
import { username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { ChatId } from "../model.ts";
import { Pace, type Payer, STRANGERS } from "./pace.ts";

const [bob, carol] = ["bob", "carol"].map((name) => directChat(username(name))) as [ChatId, ChatId];
const all: readonly Payer[] = [bob, carol, STRANGERS];

describe("the pace at which deliveries are processed", () => {
  let now: number;
  let pace: Pace;
  beforeEach(() => {
    now = 0;
    pace = new Pace(
      () => now,
      () => now,
    );
  });
  const works = (who: Payer, ms: number) =>
    pace.spend(who, () => {
      now += ms;
    });
  /** Works for these people in turns, each as soon as they may. @returns how much each got */
  async function worked(who: readonly Payer[], untilMs: number, pieceMs: number): Promise<number[]> {
    const got = who.map(() => 0);
    while (now < untilMs) {
      const before = now;
      for (const [index, one] of who.entries()) {
        if (pace.waitMs(one) > 0) continue;
        await works(one, pieceMs);
        got[index] = (got[index] ?? 0) + pieceMs;
      }
      if (now === before) now += 1;
    }
    return got;
  }

  it("processes a burst at once, and beyond it uses a quarter of the time for one person", async () => {
    const [burst = 0] = await worked([bob], 500, 10);
    assert.equal(burst, 500);
    const [later = 0] = await worked([bob], 10_500, 10);
    assert.ok(later >= 2_400 && later <= 2_750, String(later));
  });

  it("uses half of the time for everybody together, and delays a person with little work by one round at most", async () => {
    const crowd = Array.from({ length: 20 }, (_, number) => directChat(username(`user${number}`)));
    await worked(crowd, 20_000, 10);
    const began = now;
    let longest = 0;
    let sum = 0;
    while (now < began + 20_000) {
      sum += (await worked(crowd, now + 100, 10)).reduce((all, one) => all + one, 0);
      longest = Math.max(longest, pace.waitMs(carol));
    }
    assert.ok(sum <= 0.6 * (now - began), `${sum} of ${now - began}`);
    assert.ok(longest <= 2 * 20 * 10 + 10, String(longest));
  });

  it("never starves anybody, with work of any length", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(fc.nat(2), fc.nat(3_000)), { maxLength: 30 }), async (pieces) => {
        now = 0;
        pace = new Pace(
          () => now,
          () => now,
        );
        for (const [who, ms] of pieces) await works(all[who] ?? bob, ms);
        for (const who of all) {
          const wait = pace.waitMs(who);
          assert.ok(wait <= pieces.length * 4_000, String(wait));
          now += wait;
          assert.equal(pace.waitMs(who), 0);
        }
      }),
    );
  });

  it("charges at most a second for one piece", async () => {
    await works(bob, 8 * 60 * 60_000);
    assert.ok(pace.waitMs(bob) <= 4_000, String(pace.waitMs(bob)));
  });

  it("charges failed work too", async () => {
    await assert.rejects(
      pace.spend(bob, () => {
        now += 600;
        throw new Error("it does not open");
      }),
    );
    assert.ok(pace.waitMs(bob) > 0);
    assert.equal(pace.waitMs(carol), 0);
  });
});
