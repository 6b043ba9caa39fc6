import assert from "node:assert/strict";
import { credentials } from "../protocol/channel/handshake-fixture.ts";
import { username } from "../protocol/names.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { createLog } from "./log.ts";
import { createServices } from "./services.ts";
import type { Store } from "./store/store.ts";
import { letter, TemporaryStore } from "./store/store-fixture.ts";
import { DAY_MS, Upkeep } from "./upkeep.ts";

const HOUR_MS = 3600 * 1000;
const SENT_AT = 1_700_000_000_000;
const BOB = username("bob");

describe("upkeep, when the clock is set", () => {
  let files: TemporaryStore;
  let store: Store;
  let clock: number;
  let monotonic: number;
  let refreshed: number;
  let upkeep: Upkeep;

  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
    store.directory.enrol(BOB, new Uint8Array(32), SENT_AT);
    store.mailbox.put(letter(store, BOB), SENT_AT);
    [monotonic, refreshed] = [0, 0];
  });
  afterEach(() => files.remove());

  function start(at: number): void {
    clock = at;
    upkeep = new Upkeep(
      createServices({
        store,
        limits: DEFAULT_LIMITS,
        log: createLog({ level: "silent", json: true, sink: { write() {} } }),
        memberInvites: true,
        reach: () => ({ host: "localhost", port: 1, caFingerprint: new Uint8Array(32) }),
        clock: () => clock,
      }),
      {
        credentials,
        refresh: async () => {
          refreshed++;
        },
      },
      monotonic,
    );
  }
  function pass(ms: number): void {
    clock += ms;
    monotonic += ms;
    upkeep.watch(monotonic);
  }
  const waiting = () => store.mailbox.after(BOB, 0, 10).length;

  it("looks at its certificate anew, forwards and backwards, and not because time goes by", () => {
    start(SENT_AT);
    pass(DAY_MS);
    assert.equal(refreshed, 0);
    clock += 2 * DAY_MS;
    pass(500);
    assert.equal(refreshed, 1);
    clock -= 9 * DAY_MS;
    pass(500);
    assert.equal(refreshed, 2);
    pass(500);
    assert.equal(refreshed, 2);
  });

  it("throws nothing away that waits, though it starts with a clock a year ahead", () => {
    start(SENT_AT + 365 * DAY_MS);
    pass(HOUR_MS / 2);
    assert.equal(waiting(), 1);
    clock = SENT_AT;
    pass(500);
    pass(2 * HOUR_MS);
    assert.equal(waiting(), 1);
  });

  /** @param ms by the clock; the monotonic time begins anew with the machine */
  function restart(ms: number): void {
    upkeep.last(monotonic);
    monotonic = 0;
    start(clock + ms);
  }

  it("throws away what is too old though it is started anew more often than hourly", () => {
    start(SENT_AT + (DEFAULT_LIMITS.mailboxDays + 1) * DAY_MS);
    for (let time = 0; time < 6; time++) {
      pass(500);
      assert.equal(waiting(), 1);
      for (let minute = 0; minute < 10; minute++) pass(HOUR_MS / 60);
      if (time < 5) restart(HOUR_MS / 120);
    }
    assert.equal(waiting(), 0);
  });

  for (const hours of [2, 365 * 24])
    it(`throws nothing away that waits, though it is started anew with a clock ${hours} hours ahead`, () => {
      start(SENT_AT + DEFAULT_LIMITS.mailboxDays * DAY_MS - 2.5 * HOUR_MS);
      pass(500);
      pass(1.25 * HOUR_MS);
      restart(hours * HOUR_MS);
      pass(500);
      pass(HOUR_MS / 2);
      assert.equal(waiting(), 1);
    });

  it("throws away what is too old once the clock was left alone for an hour", () => {
    start(SENT_AT + (DEFAULT_LIMITS.mailboxDays + 1) * DAY_MS);
    pass(500);
    assert.equal(waiting(), 1);
    pass(HOUR_MS);
    assert.equal(waiting(), 0);
  });
});
