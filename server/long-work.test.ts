/**
 * No uninterrupted work of the server takes longer because more is stored or more people are online: no
 * request of a member and no timer. Measured in CPU time and compared with itself, with few rows and with
 * many.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { MAX_ONLINE_USERS } from "../protocol/limits.ts";
import { newConversationId, type Username, username } from "../protocol/names.ts";
import type { Worker } from "./gateway/fair-share.ts";
import { inPieces, type Pieces } from "./gateway/pieces.ts";
import { DEFAULT_LIMITS } from "./limits.ts";
import { createLog } from "./operations/log.ts";
import { Outbox } from "./routing/outbox.ts";
import { type OnlineUser, Presence } from "./routing/presence.ts";
import { MuchToEnd } from "./routing/switchboard.ts";
import { createServices, type Services } from "./services.ts";
import { letter, TemporaryStore } from "./store/store-fixture.ts";

/** A few rows, and a hundred times as many. */
const FEW = 200;
const MANY = 20_000;
/** The factor by which the longest piece may grow, */
const MOST = 8;
/**
 * or this time, as the system counts CPU time in steps of some milliseconds. Without pieces, each of these
 * takes 44 to 130 ms.
 */
const NOISE_MS = 25;
/** Garbage collection sometimes falls into a piece. It only adds time, so one run without it is enough. */
const TRIES = 4;

const NOW = 1_700_000_000_000;
const [anna, mallory] = [username("anna"), username("mallory")];
/** People whom one of the online users has blocked. */
const BLOCKED = 20;
const person = (number: number) => username(`person${number}`);

class Bench {
  readonly files = new TemporaryStore();
  readonly store = this.files.open({ mailboxBytes: DEFAULT_LIMITS.mailboxBytes * 4 });
  readonly services: Services = createServices({
    store: this.store,
    blobFiles: this.files.openBlobFiles(),
    limits: DEFAULT_LIMITS,
    log: createLog({ level: "silent", json: true, sink: { write() {} } }),
    memberInvites: true,
    reach: () => ({ host: "localhost", port: 1, caFingerprint: new Uint8Array(32) }),
    clock: () => NOW,
  });
  longestMs = 0;

  piece<T>(work: () => T): T {
    const before = process.threadCpuUsage();
    const result = work();
    const { user, system } = process.threadCpuUsage(before);
    this.longestMs = Math.max(this.longestMs, (user + system) / 1000);
    return result;
  }

  readonly inTurn = (worker: Worker) => {
    while (this.piece(() => worker.take()));
  };

  pieces(pieces: Pieces): void {
    this.inTurn(inPieces(pieces, assert.ifError));
  }

  /** Stores mail of Mallory's for Anna. */
  mail(count: number): void {
    this.store.directory.enrol(anna, new Uint8Array(32), NOW);
    for (let number = 0; number < count; number++)
      this.store.mailbox.put(letter(this.store, anna, { sender: mallory }), NOW);
  }

  conversations(count: number, by = (number: number) => person(number)): void {
    for (let number = 0; number < count; number++) {
      const talk = { id: newConversationId(), requester: by(number), addressee: anna, digest: "", epoch: 1 };
      this.store.conversations.put({ ...talk, stage: "requested" }, NOW);
      this.store.conversations.recordAcquaintance(talk.requester, anna, NOW);
    }
  }

  /** Adds people who have just come online. `rounds` resolves after this many broadcasts to them. */
  online(count: number, send = () => {}) {
    let told = 0;
    const presence = new Presence<OnlineUser>(this.store.blocks, (worker) => {
      this.inTurn(worker);
      told += 1;
    });
    const somebody = (name: Username) => ({
      name,
      identityKey: new Uint8Array(32),
      outbox: this.outbox(),
      told: 0,
      isBehind: false,
      send: () => {},
      end: () => {},
      sendBatch() {
        send();
        this.told += 1;
      },
    });
    const people = Array.from({ length: count }, (_, number) => somebody(person(number)));
    for (const one of people) presence.join(one, false);
    const rounds = async (times: number) => {
      while (told < times) await setImmediate();
    };
    return { presence, people, rounds };
  }

  outbox(): Outbox {
    const { store, services, inTurn } = this;
    const { limits, counts, clock } = services;
    const rest = { send: () => {}, pay: () => 0, failed: assert.ifError };
    return new Outbox({ recipient: anna, store, limits, counts, clock, inTurn, ...rest });
  }

  /** Makes an outbox of Anna's with deliveries in flight that she does not confirm. */
  underWay(count: number): Outbox {
    this.store.directory.enrol(anna, new Uint8Array(32), NOW);
    const outbox = this.outbox();
    for (let number = 0; number < count; number++) {
      const mail = letter(this.store, anna, { sender: person(number % 100) });
      outbox.send({ mail, stored: false, awaited: { since: 0, settle: () => {} } });
    }
    return outbox;
  }
}

/** Each entry prepares its data, and returns the work to measure. */
const WORK: Readonly<Record<string, (bench: Bench, count: number) => () => void | Promise<void>>> = {
  BLOCK: (bench, count) => {
    bench.mail(count);
    return () => bench.piece(() => bench.services.switchboard.block(anna, mallory));
  },
  "UNBLOCK, and the deletion after it": (bench, count) => {
    const { store, services } = bench;
    bench.mail(count);
    store.blocks.add(anna, mallory);
    return () => {
      bench.piece(() => services.switchboard.unblock(anna, mallory));
      bench.pieces(store.mailbox.sweep());
      assert.deepEqual(store.mailbox.size(), { items: 0, bytes: 0 });
    };
  },
  "looking for discarded mail when there is none": (bench, count) => {
    bench.mail(count);
    return () => bench.pieces(bench.store.mailbox.sweep());
  },
  "dropping expired mail": (bench, count) => {
    bench.mail(count);
    return () => {
      bench.pieces(bench.store.mailbox.purge(NOW + 1));
      assert.equal(bench.store.mailbox.size().items, 0);
    };
  },
  "dropping expired mail when none is": (bench, count) => {
    bench.mail(count);
    return () => bench.pieces(bench.store.mailbox.purge(NOW));
  },
  "dropping expired requests": (bench, count) => {
    bench.conversations(count);
    return () => {
      bench.pieces(bench.store.conversations.purge(NOW + 1));
      assert.equal(bench.store.conversations.of(anna).length, 0);
      assert.ok(!bench.store.conversations.areAcquainted(person(0), anna));
    };
  },
  "dropping expired invites": (bench, count) => {
    const { invites } = bench.store;
    const terms = { uses: 1, expiresAt: NOW, createdBy: anna };
    for (let number = 0; number < count; number++) invites.add(Buffer.from(`token${number}`), terms);
    return () => {
      bench.pieces(invites.purge(NOW + 1));
      assert.equal(invites.count(), 0);
    };
  },
  "revoking a member with many conversations": (bench, count) => {
    const { store, services } = bench;
    store.directory.enrol(mallory, new Uint8Array(32), NOW);
    bench.conversations(count / 10, () => mallory);
    store.directory.revoke(mallory, NOW);
    return () => {
      bench.pieces(services.switchboard.endRevoked());
      assert.equal(store.conversations.of(mallory).length, 0);
    };
  },
  "ending a former owner's conversations and mail": (bench, count) => {
    const { store, services } = bench;
    bench.conversations(count / 10);
    for (let number = 0; number < count; number++)
      store.mailbox.put(letter(store, anna, { sender: person(number) }), NOW);
    return () => {
      bench.pieces(services.switchboard.endInPieces(anna));
      bench.piece(() => services.switchboard.endAll(anna));
      assert.deepEqual([store.conversations.of(anna), store.mailbox.senders(anna)], [[], []]);
      for (const number of [0, count / 10 - 1])
        assert.ok(!store.conversations.areAcquainted(person(number), anna));
    };
  },
  "noticing that a former owner had many conversations": (bench, count) => {
    const { store, services } = bench;
    bench.conversations(count / 10);
    return () => {
      const endAll = () => store.atomically(() => services.switchboard.endAll(anna));
      bench.piece(() => assert.throws(endAll, MuchToEnd));
      assert.equal(store.conversations.of(anna).length, count / 10);
    };
  },
  "storing when people were last seen": (bench, count) => {
    const { store, services } = bench;
    for (let number = 0; number < count; number++) {
      store.directory.enrol(person(number), new Uint8Array(32), NOW);
      services.lastSeen.note(person(number), NOW);
    }
    return () => {
      for (let seen = 0; seen < count; seen += 100) bench.piece(() => services.lastSeen.tick(1000 + seen));
      assert.equal(store.directory.find(person(count - 1))?.lastSeenAt, NOW);
    };
  },
  "broadcasting one change of presence": (bench, all) => {
    /** True in the measured round only: the pause after a round is nine times as long as the round. */
    let sealing = false;
    const send = () => {
      // Takes as long as sealing and writing a record.
      if (sealing) createHash("sha256").update(new Uint8Array(8192)).digest();
    };
    const { presence, people, rounds } = bench.online(Math.min(all, MAX_ONLINE_USERS), send);
    return async () => {
      await rounds(1);
      sealing = true;
      bench.longestMs = 0;
      presence.leave(people[0] ?? assert.fail());
      await rounds(2);
      presence.close();
      assert.ok(people.every(({ told }, at) => told > 1 || at === 0));
    };
  },
  "broadcasting changes of all": (bench, all) => {
    const { presence, rounds } = bench.online(Math.min(all, MAX_ONLINE_USERS));
    return async () => {
      await rounds(1);
      presence.close();
    };
  },
  "broadcasting changes of all, some hidden from some people": (bench, all) => {
    const count = Math.min(all, MAX_ONLINE_USERS);
    const blocked = Math.min(count - 1, BLOCKED);
    for (let number = 1; number <= blocked; number++) bench.store.blocks.add(person(0), person(number));
    const { presence, rounds } = bench.online(count);
    return async () => {
      await rounds(1);
      presence.close();
    };
  },
  "ending a connection that confirms nothing": (bench, count) => {
    const outbox = bench.underWay(count / 5);
    return () => {
      outbox.close();
      assert.equal(bench.store.mailbox.size().items, count / 5);
    };
  },
  "storing deliveries that are not confirmed in time": (bench, count) => {
    const outbox = bench.underWay(count / 5);
    return () => {
      outbox.tick(DEFAULT_LIMITS.confirmDeadlineMs);
      assert.equal(bench.store.mailbox.size().items, count / 5);
    };
  },
};

/**
 * Measures.
 * @returns CPU time of the longest piece, milliseconds
 */
async function longestPiece(prepare: (typeof WORK)[string], count: number): Promise<number> {
  const bench = new Bench();
  try {
    const work = prepare(bench, count);
    await bench.store.committed();
    await work();
    return bench.longestMs;
  } finally {
    bench.files.remove();
  }
}

describe("work that grows with the stored data", function () {
  this.timeout(300_000);
  for (const [title, prepare] of Object.entries(WORK))
    it(`is done in pieces: ${title}`, async () => {
      await longestPiece(prepare, FEW); // The first run includes V8's compilation.
      const few = await longestPiece(prepare, FEW);
      let many = Number.POSITIVE_INFINITY;
      for (let tries = 0; tries < TRIES && many > Math.max(MOST * few, NOISE_MS); tries++)
        many = Math.min(many, await longestPiece(prepare, MANY));
      const figures = `longest piece: ${few.toFixed(2)} ms, with a hundred times as much ${many.toFixed(2)} ms`;
      assert.ok(many <= Math.max(MOST * few, NOISE_MS), figures);
    });
});
