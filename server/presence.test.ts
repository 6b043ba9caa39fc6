import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { type Username, username } from "../protocol/names.ts";
import { decodeBatch } from "../protocol/wire/batch.ts";
import { Opcode, Presence as Status, UserListSchema, UserSchema } from "../protocol/wire/parley_pb.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { Counts } from "./metrics/counts.ts";
import { Outbox } from "./outbox.ts";
import { type OnlineUser, Presence } from "./presence.ts";
import type { Store } from "./store/store.ts";
import { TemporaryStore } from "./store/store-fixture.ts";

/** Somebody's connection: what it was sent, a record each. */
class Member implements OnlineUser {
  readonly name: Username;
  readonly identityKey = new Uint8Array(32).fill(7);
  readonly outbox: Outbox;
  readonly records: Uint8Array[] = [];
  readonly lists: Uint8Array[] = [];
  #heard: () => void = () => {};

  constructor(name: string, store: Store) {
    this.name = username(name);
    this.outbox = new Outbox({
      ...{ recipient: this.name, store, limits: DEFAULT_LIMITS, counts: new Counts(0) },
      ...{ send() {}, failed: assert.ifError, clock: () => 0 },
    });
  }
  send(_opcode: Opcode, _id: number, body: Uint8Array): void {
    this.lists.push(body);
  }
  sendBatch(batch: Uint8Array): void {
    this.records.push(batch);
    this.#heard();
  }
  end(): void {}

  /** A round is told to all in one turn. */
  async nextRound(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#heard = resolve;
    });
  }
  /** @returns who is said to be on or off since the last call, a record each */
  told(): string[][] {
    return this.records.splice(0).map((record) =>
      decodeBatch(record).map(({ opcode, body }) => {
        assert.equal(opcode, Opcode.PRESENCE);
        const { name, presence } = fromBinary(UserSchema, body);
        return `${name} ${presence === Status.ONLINE ? "on" : "off"}`;
      }),
    );
  }
}

describe("presence, in one round", () => {
  let files: TemporaryStore;
  let store: Store;
  let presence: Presence<Member>;
  let [alice, bob, carol, mallory]: Member[] = [];

  beforeEach(async () => {
    files = new TemporaryStore();
    store = files.open();
    presence = new Presence<Member>(store.blocks);
    [alice, bob, carol, mallory] = ["alice", "bob", "carol", "mallory"].map(
      (name) => new Member(name, store),
    );
    for (const one of [alice, bob, carol, mallory]) {
      assert.ok(one);
      presence.join(one, false);
    }
    await alice?.nextRound();
    for (const one of [alice, bob, carol, mallory]) one?.told();
  });
  afterEach(() => {
    presence.close();
    files.remove();
  });

  function block(by: Member, whom: Member): void {
    store.blocks.add(by.name, whom.name);
    presence.turn(by.name, whom.name, Status.OFFLINE);
  }

  it("tells a block beside somebody's leave as if both had left, and of the block nobody else", async () => {
    assert.ok(alice && bob && carol && mallory);
    block(bob, mallory);
    presence.leave(carol);
    await alice.nextRound();
    assert.deepEqual(alice.told(), [["carol off"]]);
    assert.deepEqual(bob.told(), [["carol off"]]);
    assert.deepEqual(mallory.told(), [["carol off", "bob off"]]);
  });

  it("makes the same bytes of a leave and a block as of two leaves", async () => {
    assert.ok(alice && bob && carol && mallory);
    presence.leave(carol);
    block(bob, mallory);
    await alice.nextRound();
    const [blocked] = mallory.records.splice(0);
    presence.join(carol, false);
    store.blocks.remove(bob.name, mallory.name);
    presence.turn(bob.name, mallory.name, Status.ONLINE);
    await alice.nextRound();
    mallory.records.splice(0);
    presence.leave(carol);
    presence.leave(bob);
    await alice.nextRound();
    assert.deepEqual(mallory.records, [blocked]);
  });

  for (const [what, before] of [
    ["blocked and left", () => {}],
    ["came back, blocked and left", (bob: Member) => [presence.leave(bob), presence.join(bob, false)]],
  ] as const)
    it(`tells once that somebody is away who ${what}`, async () => {
      assert.ok(alice && bob && carol && mallory);
      before(bob);
      block(bob, mallory);
      presence.leave(bob);
      await alice.nextRound();
      assert.deepEqual(alice.told(), [["bob off"]]);
      assert.deepEqual(mallory.told(), [["bob off"]]);
      presence.list(mallory, 1);
      const listed = fromBinary(UserListSchema, mallory.lists.at(-1) ?? new Uint8Array());
      assert.deepEqual(
        listed.users.map(({ name }) => name),
        ["alice", "carol"],
      );
    });
});
