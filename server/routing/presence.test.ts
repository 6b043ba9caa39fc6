import assert from "node:assert/strict";
import { mock } from "node:test";
import { fromBinary } from "@bufbuild/protobuf";
import { type Username, username } from "../../protocol/names.ts";
import { decodeBatch } from "../../protocol/wire/batch.ts";
import {
  type Opcode,
  Presence as Status,
  UserListSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";
import { PRESENCE_PACE_MS, PRESENCE_REST } from "../limits.ts";
import type { Blocks } from "../store/store.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import type { Outbox } from "./outbox.ts";
import { type OnlineUser, Presence } from "./presence.ts";

const [anna, bob, mallory, zoe] = ["anna", "bob", "mallory", "zoe"].map(username) as [
  Username,
  Username,
  Username,
  Username,
];

/** The clock that paces rounds, milliseconds. */
let now = 0;

/** Records the presence that it is sent. */
class Somebody implements OnlineUser {
  readonly name: Username;
  readonly identityKey = new Uint8Array(32).fill(7);
  readonly isBehind = false;
  readonly batches: Uint8Array[] = [];
  /** Other messages that it was sent. */
  list: Uint8Array = new Uint8Array();

  constructor(name: Username) {
    this.name = name;
  }

  get outbox(): Outbox {
    throw new Error("nothing is delivered here");
  }

  send(_opcode: Opcode, _id: number, body: Uint8Array): void {
    this.list = body;
  }
  end(): void {}

  sendBatch(batch: Uint8Array): void {
    this.batches.push(batch);
  }

  /** Returns the presence that it was sent since the last call. */
  heard(): string[] {
    return this.batches.splice(0).flatMap((batch) =>
      [...decodeBatch(batch)].map(({ body }) => {
        const { name, presence } = fromBinary(UserSchema, body);
        return `${name} ${presence === Status.ONLINE ? "on" : "off"}`;
      }),
    );
  }
}

/** Four people who are online, and have been sent that. */
class Office {
  readonly presence: Presence<Somebody>;
  readonly #blocks: Blocks;
  readonly people = new Map([anna, bob, mallory, zoe].map((name) => [name, new Somebody(name)]));

  constructor(blocks: Blocks) {
    this.#blocks = blocks;
    this.presence = new Presence(blocks, (worker) => {
      while (worker.take());
    });
    for (const one of this.people.values()) this.presence.join(one, false);
    this.round();
    for (const one of this.people.values()) one.heard();
  }

  round(): void {
    now += PRESENCE_PACE_MS;
    mock.timers.tick(PRESENCE_PACE_MS);
  }

  /** Makes `by` appear offline to `whom` from now on. */
  block(by: Username, whom: Username): void {
    this.#blocks.add(by, whom);
    this.presence.appear(by, whom, Status.OFFLINE);
  }

  of(name: Username): Somebody {
    return this.people.get(name) ?? assert.fail();
  }
}

describe("Presence", () => {
  let store: TemporaryStore;
  beforeEach(() => {
    store = new TemporaryStore();
    mock.timers.enable({ apis: ["setTimeout"] });
    mock.method(performance, "now", () => now);
  });
  afterEach(() => {
    mock.reset();
    mock.timers.reset();
    store.remove();
  });

  it("broadcasts everybody who left in one record to everybody who stays", () => {
    const office = new Office(store.open().blocks);
    office.presence.leave(office.of(zoe));
    office.presence.leave(office.of(anna));
    office.round();
    assert.equal(office.of(bob).batches.length, 1);
    assert.deepEqual(office.of(bob).heard(), ["anna off", "zoe off"]);
  });

  it("waits longer for the next round the longer one took", () => {
    const office = new Office(store.open().blocks);
    const told = office.of(bob);
    mock.method(told, "sendBatch", function (this: Somebody, batch: Uint8Array) {
      now += 2 * PRESENCE_PACE_MS; // The round takes that long.
      this.batches.push(batch);
    });
    office.presence.leave(office.of(zoe));
    office.round();
    assert.deepEqual(told.heard(), ["zoe off"]);
    office.presence.leave(office.of(anna));
    mock.timers.tick(2 * PRESENCE_PACE_MS * PRESENCE_REST - 1);
    assert.deepEqual(told.heard(), []);
    mock.timers.tick(1);
    assert.deepEqual(told.heard(), ["anna off"]);
  });

  it("sends nobody a change that is only about themself", () => {
    const office = new Office(store.open().blocks);
    office.presence.hide(office.of(bob), true);
    office.round();
    assert.deepEqual(office.of(bob).heard(), []);
    assert.deepEqual(office.of(anna).heard(), ["bob off"]);
  });

  for (const others of [[], [anna], [zoe], [anna, zoe], [mallory], [anna, mallory, zoe]])
    it(`shows a block as a leave, byte for byte, in a round with ${others.join(", ") || "nobody else"}`, () => {
      const { blocks } = store.open();
      const rounds = [
        (office: Office) => office.presence.leave(office.of(bob)),
        (office: Office) => office.block(bob, mallory),
      ].map((go) => {
        const office = new Office(blocks);
        go(office);
        for (const name of others) office.presence.hide(office.of(name), true);
        office.round();
        return office;
      });
      const [left, blocked] = rounds.map((office) => office.of(mallory).batches);
      assert.ok(left !== undefined && left.length === 1);
      assert.deepEqual(blocked, left);
      if (!others.includes(zoe)) assert.ok(!rounds[1]?.of(zoe).heard().includes("bob off"));
    });

  it("broadcasts once that a person who blocked and left is offline, and no longer lists them", () => {
    const office = new Office(store.open().blocks);
    office.block(bob, mallory);
    office.presence.leave(office.of(bob));
    office.round();
    assert.deepEqual(office.of(anna).heard(), ["bob off"]);
    assert.deepEqual(office.of(mallory).heard(), ["bob off"]);
    office.presence.list(office.of(mallory), 1);
    const listed = fromBinary(UserListSchema, office.of(mallory).list).users.map(({ name }) => name);
    assert.deepEqual(listed, [anna, zoe]);
  });

  for (const others of [[], [mallory], [anna, mallory]])
    it(`hides a person who returns from the one they block, in a round with ${others.join(", ") || "nobody else"}`, () => {
      const { blocks } = store.open();
      blocks.add(bob, mallory);
      const rounds = [false, true].map((comes) => {
        const office = new Office(blocks);
        office.presence.leave(office.of(bob));
        office.round();
        for (const one of office.people.values()) one.heard();
        for (const name of others) office.presence.hide(office.of(name), true);
        if (comes) office.presence.join(office.of(bob), false);
        office.round();
        return office.of(mallory).batches;
      });
      assert.deepEqual(rounds[1], rounds[0]);
    });
});
