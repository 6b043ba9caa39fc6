/**
 * A black-box attacker against the shipped server, over TCP, while two people chat the whole time. The server
 * stays up, logs why it ended each connection, stores nothing about the attacker and lets honest newcomers
 * in; no message is lost or late.
 */
import assert from "node:assert/strict";
import { randomBytes, randomInt } from "node:crypto";
import { closed } from "../../protocol/channel/closed-fixture.ts";
import { ClientHandshake } from "../../protocol/channel/handshake.ts";
import { ParleyError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { newConversationId, username } from "../../protocol/names.ts";
import { frame } from "../../protocol/wire/frame.ts";
import { Crowd, hasManyAddresses } from "../fixtures/crowd.ts";
import { type Footprint, footprint, footprintOnce } from "../fixtures/footprint.ts";
import { FrameAttacker } from "../fixtures/frame-attacker.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { SmallTalk } from "../fixtures/small-talk.ts";
import { until } from "../fixtures/waiting.ts";

/** Acceptable delays on a busy machine; the figures themselves are printed. */
const PATIENCE_MS = 15_000;
/** Memory that a server may still hold when all have disconnected: its heap does not shrink at once. */
const SLACK_MEGABYTES = 200;
const THOUSAND = 1_000;

/** Builds 1.0 as an honest client does; the same bytes can start any number of handshakes. */
function message10(): Uint8Array {
  const trust = { caFingerprint: Buffer.alloc(32) };
  const who = { name: username("mallory"), identity: Identity.generate() };
  return frame(new ClientHandshake({ trust, host: "x.test", ...who }).start());
}

describe("strangers at the server's door, while two people chat,", function () {
  this.timeout(180_000);
  let server: RealServer;
  let link: string;
  let alice: Computer;
  let bob: Computer;
  let talk: SmallTalk;
  let crowd: Crowd;
  let baseline: Footprint | undefined;
  /** Whether this machine has more than one loopback address. */
  let manyAddresses: boolean;
  const address = (number: number) => (manyAddresses ? `127.0.0.${number}` : "127.0.0.1");

  before(async () => {
    manyAddresses = await hasManyAddresses();
    server = await RealServer.start();
    link = await server.invite(100);
    ({ alice, bob, talk } = await SmallTalk.begin(link));
    baseline = footprint(server.pid);
    crowd = new Crowd(server.port);
    await drip();
  });
  after(async () => {
    clearInterval(dripping);
    crowd.leave();
    await talk.stop().catch(() => {}); // the last test reports it
    await Promise.all([alice.remove(), bob.remove()]);
    await server.remove();
  });

  /** Bytes of 1.0 that the slow connections have sent so far. */
  let spoken = 0;
  let dripping: NodeJS.Timeout;
  /** Runs until the deadline, so it runs beside the other tests. */
  async function drip(): Promise<void> {
    const sockets = await crowd.rush(20, () => address(4));
    const first = message10();
    dripping = setInterval(() => {
      for (const socket of sockets) if (socket.writable) socket.write(first.subarray(spoken, spoken + 1));
      spoken += 1;
    }, 20);
  }

  let newcomers = 0;
  /** A person with an invite joins from 127.0.0.1, sees the people online, and leaves. */
  async function assertNewcomerGetsIn(): Promise<void> {
    newcomers += 1;
    const { client } = new Person(link, `newcomer${newcomers}`);
    const began = performance.now();
    await client.connect();
    const took = performance.now() - began;
    assert.ok(client.users.has(alice.name));
    await client.close();
    assert.ok(took < PATIENCE_MS, `it took a newcomer ${took} ms to get in`);
  }
  async function assertLogged(from: number, ...reasons: string[]): Promise<void> {
    for (const reason of reasons) await server.log.reason(reason, from);
  }

  it("send garbage: cut at once, frame-too-large or bad-handshake", async () => {
    const from = server.log.lines.length;
    const garbage = () => [
      randomBytes(randomInt(4, 5000)),
      frame(randomBytes(1216)), // of 1.0's size
      frame(new Uint8Array()),
      Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
      Buffer.from("\x16\x03\x01\x02\x00\x01\x00", "latin1"), // TLS
    ];
    // Fewer at a time than one address may have unfinished, or they would be evicted before they are read.
    for (let round = 0; round < 20; round++) {
      const sockets = await Promise.all(garbage().map((bytes) => crowd.enter(address(2), bytes)));
      await Promise.all(sockets.slice(1).map(closed)); // may announce a frame that never arrives
    }
    await assertLogged(from, "frame-too-large", "bad-handshake");
    await assertNewcomerGetsIn();
  });

  it("announce huge frames: cut before anything is allocated, frame-too-large", async () => {
    const from = server.log.lines.length;
    const sockets = [];
    for (const length of [0xffff_ffff, 0x8000_0000, 0x0010_0000, 32 * 1024 + 1])
      for (let number = 0; number < 50; number++) {
        const prefix = Buffer.alloc(4);
        prefix.writeUInt32BE(length);
        sockets.push(await crowd.enter(address(3), prefix));
      }
    await Promise.all(sockets.map(closed));
    await assertLogged(from, "frame-too-large");
    await assertNewcomerGetsIn();
  });

  it("open a thousand silent connections from one address: the oldest are cut, evicted", async () => {
    const from = server.log.lines.length;
    await crowd.rush(THOUSAND, () => address(5));
    await assertNewcomerGetsIn();
    await assertLogged(from, "evicted");
  });

  it("open a thousand silent connections from fifty addresses: newcomers still get in", async () => {
    await crowd.rush(THOUSAND, (number) => address(10 + (number % 50)));
    await assertNewcomerGetsIn();
  });

  it("send 1.0 a thousand times and then nothing: newcomers still get in", async () => {
    await crowd.rush(THOUSAND, (number) => address(60 + (number % 10)), message10());
    await assertNewcomerGetsIn();
  });

  it("replay recorded sessions: cut, bad-handshake; the sessions' owner stays online", async () => {
    const tap = await FrameAttacker.start(server.port);
    const victim = new Person(link, "victim", tap.port);
    await victim.client.connect();
    await victim.client.list();
    const recording = Buffer.concat(
      tap.frames.filter(({ way }) => way === "to server").map(({ bytes }) => bytes),
    );
    const from = server.log.lines.length;
    const sockets = await crowd.rush(50, () => address(6), recording);
    await Promise.all(sockets.map(closed));
    await assertLogged(from, "bad-handshake");
    await victim.client.list();
    assert.equal(tap.connections, 1);
    await victim.client.close();
    await tap.stop();
  });

  it("connect and disconnect two thousand times: newcomers still get in", async () => {
    const first = message10();
    for (let round = 0; round < 20; round++) {
      const sockets = await crowd.rush(100, () => address(7), ...(round % 2 === 0 ? [first] : []));
      for (const socket of sockets) socket.destroy();
    }
    await assertNewcomerGetsIn();
  });

  it("are members and send endless requests: told to slow down, then cut, rate-limited; Bob sees one request", async () => {
    const from = server.log.lines.length;
    let requests = 0;
    bob.messenger.on("request", () => {
      requests += 1;
    });
    const { client: pest } = new Person(link, "pest");
    await pest.connect();
    const ended = until(pest, "waiting");
    const asked = Array.from({ length: 2_000 }, () => pest.requestToTalk(bob.name, newConversationId()));
    const codes = new Set<string>();
    for (const result of await Promise.allSettled(asked))
      codes.add(result.status === "fulfilled" ? "asked" : codeOf(result.reason));
    assert.equal(codeOf((await ended).error), "rate-limited");
    await pest.close();
    codes.delete("asked"); // the first, if Bob's client was quick enough
    assert.deepEqual([...codes].toSorted(), ["already-asked", "rate-limited"]);
    await assertLogged(from, "rate-limited");
    await bob.isIn({ name: username("pest") }, "invited");
    assert.equal(requests, 1);
  });

  it("send a byte at a time: cut at the deadline, handshake-deadline", async () => {
    await crowd.gone();
    clearInterval(dripping);
    await assertLogged(0, "handshake-deadline");
    assert.ok(spoken < message10().length);
  });

  it("are all disconnected in the end, and nobody has lost a message", async () => {
    await talk.stop();
    const [p50, p99, worst] = [0.5, 0.99, 1].map((share) => Math.round(talk.percentile(share)));
    console.log(`      ${talk.latencies.length} messages: p50 ${p50} ms, p99 ${p99} ms, worst ${worst} ms`);
    assert.deepEqual(talk.interruptions, []);
    assert.ok(talk.percentile(0.99) < PATIENCE_MS);
    await assertNewcomerGetsIn();
    if (baseline === undefined) return;
    const { sockets, megabytes } = baseline;
    const after = await footprintOnce(server.pid, (now) => now.sockets === sockets);
    console.log(`      server: ${megabytes} MB before, ${after.megabytes} MB after`);
    assert.ok(after.megabytes < megabytes + SLACK_MEGABYTES);
  });
});

function codeOf(error: unknown): string {
  return error instanceof ParleyError ? error.code : String(error);
}
