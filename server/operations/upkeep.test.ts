import assert from "node:assert/strict";
import { inspect } from "node:util";
import { credentials } from "../../protocol/channel/handshake-fixture.ts";
import { newConversationId, type Username, username } from "../../protocol/names.ts";
import { blobName } from "../blobs/blob-name.ts";
import { FairShare } from "../gateway/fair-share.ts";
import type { Duty } from "../gateway/pieces.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { createServices } from "../services.ts";
import { openSqlite } from "../store/database.ts";
import type { Store } from "../store/store.ts";
import { letter, TemporaryStore, waitingFor } from "../store/store-fixture.ts";
import { DAY_MS, HOUR_MS } from "./duration.ts";
import { createLog } from "./log.ts";
import { Upkeep } from "./upkeep.ts";

const SENT_AT = 1_700_000_000_000;
const BOB = username("bob");
const ALICE = username("alice");

describe("upkeep, when the clock is set", () => {
  let files: TemporaryStore;
  let store: Store;
  let clock: number;
  let monotonic: number;
  let refreshed: number;
  let droppedRevocations: number;
  let upkeep: Upkeep;

  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
    store.directory.enrol(BOB, new Uint8Array(32), SENT_AT);
    store.mailbox.put(letter(store, BOB), SENT_AT);
    [monotonic, refreshed, droppedRevocations] = [0, 0, 0];
  });
  afterEach(() => files.remove());

  function start(at: number): void {
    clock = at;
    // With a constant clock nobody's share is ever used up: chores complete before anything else continues.
    const shares = new FairShare<Username | Duty>(() => 0);
    const services = createServices({
      store,
      blobFiles: files.openBlobFiles(),
      limits: DEFAULT_LIMITS,
      log: createLog({ level: "silent", json: true, sink: { write() {} } }),
      memberInvites: true,
      reach: () => ({ host: "localhost", port: 1, caFingerprint: new Uint8Array(32) }),
      clock: () => clock,
    });
    upkeep = new Upkeep(
      { ...services, shares },
      {
        credentials,
        refresh: async () => {
          refreshed++;
        },
        dropExpired: async () => {
          droppedRevocations++;
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
  const waiting = () => waitingFor(store, BOB).length;

  it("checks its certificate again when the clock jumps either way, and not as time passes", () => {
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

  it("deletes no waiting mail when it starts with the clock a year ahead", () => {
    start(SENT_AT + 365 * DAY_MS);
    pass(HOUR_MS / 2);
    assert.equal(waiting(), 1);
    clock = SENT_AT;
    pass(500);
    pass(2 * HOUR_MS);
    assert.equal(waiting(), 1);
  });

  /**
   * Restarts the machine.
   * @param ms the wall clock; the monotonic time starts again
   */
  function restart(ms: number): void {
    upkeep.last(monotonic);
    monotonic = 0;
    start(clock + ms);
  }

  /** Adds a row to every table, so that a new table is not forgotten. */
  function fillAll(): void {
    const { directory, invites, conversations, blocks, requestKeys, mailbox, blobs, settings } = store;
    directory.enrol(ALICE, new Uint8Array(32), SENT_AT);
    directory.seen(ALICE, SENT_AT);
    directory.enrol(username("carol"), new Uint8Array(32), SENT_AT);
    directory.revoke(username("carol"), SENT_AT);
    invites.add(new Uint8Array(20), { uses: 1, expiresAt: SENT_AT + DAY_MS, createdBy: ALICE });
    for (const stage of ["requested", "accepted", "established"] as const) {
      const id = newConversationId();
      conversations.put({ id, requester: ALICE, addressee: BOB, stage, digest: "d", epoch: 1 }, SENT_AT);
      mailbox.put(letter(store, BOB, { conversation: id }), SENT_AT);
    }
    conversations.recordAcquaintance(ALICE, BOB, SENT_AT);
    blocks.add(ALICE, username("mallory"));
    requestKeys.put(BOB, new Uint8Array(8));
    const name = blobName(new Uint8Array(32));
    assert.ok(name);
    blobs.add(name, { owner: ALICE, bytes: 1, until: SENT_AT + DAY_MS }, SENT_AT);
    settings.set("host", "localhost");
  }
  /** Returns all rows of all tables, except the record of the clock itself. */
  async function everything(): Promise<string[]> {
    await store.committed();
    const db = openSqlite(files.path);
    try {
      const tables = db.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").all();
      return tables.flatMap(({ name }) => {
        const rows = db.prepare(`SELECT * FROM ${String(name)}`).all();
        assert.ok(rows.length > 0, `no ${String(name)}`);
        return rows
          .filter(({ key }) => key !== "clock-steady")
          .map((row) => `${String(name)} ${inspect(row, { maxArrayLength: null })}`);
      });
    } finally {
      db.close();
    }
  }

  for (const [what, wrong] of [
    ["two years ahead", 730],
    ["a hundred years ahead", 36_500],
    ["two years behind", -730],
  ] as const)
    it(`deletes nothing when the clock is ${what} for less than an hour, with restarts in between`, async () => {
      fillAll();
      start(SENT_AT + HOUR_MS);
      pass(500);
      const before = await everything();
      clock += wrong * DAY_MS;
      for (let time = 0; time < 4; time++) {
        pass(500);
        pass(HOUR_MS / 5);
        restart(HOUR_MS / 1000);
        upkeep.daily();
      }
      clock = SENT_AT + 2 * HOUR_MS;
      pass(500);
      pass(HOUR_MS / 2);
      assert.deepEqual(await everything(), before);
      assert.equal(droppedRevocations, 0);
    });

  it("drops revocations of expired certificates daily, once the clock was stable for an hour", () => {
    start(SENT_AT);
    pass(500);
    pass(HOUR_MS);
    assert.equal(droppedRevocations, 1);
    pass(HOUR_MS);
    pass(DAY_MS);
    assert.equal(droppedRevocations, 2);
  });

  it("drops invites within an hour after they expire, and none before", () => {
    const token = new Uint8Array(20);
    start(SENT_AT);
    pass(500);
    pass(HOUR_MS);
    store.invites.add(token, { uses: 1, expiresAt: clock + HOUR_MS / 4, createdBy: ALICE });
    for (let minute = 0; minute < 14; minute++) pass(HOUR_MS / 60);
    assert.ok(store.invites.find(token) !== undefined);
    for (let minute = 0; minute < 60; minute++) pass(HOUR_MS / 60);
    assert.equal(store.invites.find(token), undefined);
  });

  it("deletes expired mail even when it restarts more often than hourly", () => {
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
    it(`deletes no waiting mail when it restarts with the clock ${hours} hours ahead`, () => {
      start(SENT_AT + DEFAULT_LIMITS.mailboxDays * DAY_MS - 2.5 * HOUR_MS);
      pass(500);
      pass(1.25 * HOUR_MS);
      restart(hours * HOUR_MS);
      pass(500);
      pass(HOUR_MS / 2);
      assert.equal(waiting(), 1);
    });

  it("deletes expired mail once the clock was stable for an hour", () => {
    start(SENT_AT + (DEFAULT_LIMITS.mailboxDays + 1) * DAY_MS);
    pass(500);
    assert.equal(waiting(), 1);
    pass(HOUR_MS);
    assert.equal(waiting(), 0);
  });
});
