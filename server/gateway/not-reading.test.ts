/** Members who request more than they read. */
import assert from "node:assert/strict";
import { connect } from "node:net";
import { username } from "../../protocol/names.ts";
import { frame } from "../../protocol/wire/frame.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { TestServer } from "../server-fixture.ts";
import { type RawClient, talking } from "./raw-client-fixture.ts";

const EMPTY = new Uint8Array(0);
const KiB = 1024;
const SERVED_UP_TO = 256 * KiB;
const MEMBERS = 24;
const QUESTIONS = 1000;
/** Makes every request affordable: the budget is not under test here. */
const UNHURRIED = { workPerSecond: 1e9, workBurst: 1e9 };

const turn = () => new Promise(setImmediate);

describe("members who ask BLOCKED and never read", function () {
  this.timeout(180_000);
  let server: TestServer;
  afterEach(() => server.remove());

  /** Signs in a member to whom BLOCKED answers with some 30 KB. */
  async function popular(name: string): Promise<RawClient> {
    const client = await server.join(name);
    for (let count = 0; count < 1000; count++)
      server.store.blocks.add(username(name), username(`somebody-with-a-long-name-${count}`));
    await server.store.committed();
    return client;
  }
  function ask(client: RawClient, count: number): void {
    client.stopReading();
    for (let id = 1; id <= count; id++) client.line.send(Opcode.BLOCKED, 100_000 + id, EMPTY);
  }
  const held = () => server.metric("parley_held_bytes") ?? 0;
  const cut = () => server.metric("parley_connections_ended_total", 'reason="reads-too-slowly"');
  /** Waits until the server answers no more, because the system's buffers are full. */
  async function stuck(): Promise<void> {
    for (let before = -1, quiet = 0; quiet < 30; before = held()) {
      await turn();
      await new Promise((done) => setTimeout(done, 10));
      quiet = held() === before && before > 0 ? quiet + 1 : 0;
    }
  }
  const answers = (client: RawClient) => client.unread.filter(({ opcode }) => opcode === Opcode.BLOCKED);

  it("are not served until they read; nobody is cut, others chat, and late readers get every answer", async () => {
    server = await TestServer.start(UNHURRIED);
    const [alice, bob] = [await server.join("alice"), await server.join("bob")];
    const conversation = await talking(alice, bob);
    const members: RawClient[] = [];
    for (let count = 0; count < MEMBERS; count++) members.push(await popular(`mallory${count}`));
    for (const one of members) ask(one, QUESTIONS);
    await stuck();
    const most = MEMBERS * (SERVED_UP_TO + 64 * KiB + QUESTIONS * 40);
    assert.ok(held() <= most, `${held()} bytes held, of ${most}`);
    assert.equal(cut(), 0);
    assert.equal(await alice.send(conversation, "undisturbed"), "RECEIVED");
    const [first] = members;
    assert.ok(first);
    first.readOn();
    while (answers(first).length < QUESTIONS) await turn();
    assert.deepEqual(
      answers(first).map(({ id }) => id),
      Array.from({ length: QUESTIONS }, (_, at) => 100_001 + at),
    );
    assert.equal((await first.ask(Opcode.PING)).opcode, Opcode.ACK);
  });

  it("are cut, the largest first, when they hold more than the bound in total; readers are not", async () => {
    const heldBytes = 2 * KiB * KiB;
    server = await TestServer.start({ ...UNHURRIED, heldBytes });
    const [alice, bob] = [await server.join("alice"), await server.join("bob")];
    const conversation = await talking(alice, bob);
    for (let count = 0; count < MEMBERS; count++) ask(await popular(`mallory${count}`), QUESTIONS);
    await stuck();
    while (cut() === 0) await turn();
    await stuck();
    assert.ok(held() <= heldBytes, `${held()} bytes held`);
    assert.equal(await alice.send(conversation, "undisturbed"), "RECEIVED");
    assert.match(server.log, /"reason":"reads-too-slowly"/);
    assert.ok((server.metric("parley_users_online") ?? 0) > 2, "and not all of them");
  });

  it("are cut as silent when they send nothing either, and not while they send", async () => {
    server = await TestServer.start({ ...UNHURRIED, keepAliveMs: 50, deadAfterMs: 1500 });
    const [quiet, lively] = [await popular("quiet"), await popular("lively")];
    const alive = setInterval(() => lively.line.send(Opcode.PING, 0, EMPTY), 20);
    try {
      for (const one of [quiet, lively]) ask(one, QUESTIONS);
      const silent = () => server.metric("parley_connections_ended_total", 'reason="silent"');
      while (silent() === 0) await turn();
      const began = performance.now();
      while (performance.now() - began < 2500) await turn();
      assert.equal(silent(), 1);
      lively.readOn();
      while (answers(lively).length < QUESTIONS) await turn();
    } finally {
      clearInterval(alive);
    }
  });
});

describe("strangers who send only half of 1.0", () => {
  it("count towards the bound on held bytes, and are evicted beyond it", async () => {
    const server = await TestServer.start({ heldBytes: 200 * KiB });
    try {
      const half = frame(new Uint8Array(32 * KiB)).subarray(0, 30_000);
      const sockets = Array.from({ length: 20 }, () =>
        connect(server.port, "127.0.0.1").on("error", () => {}),
      );
      for (const socket of sockets) socket.write(half);
      const evicted = () => server.metric("parley_handshakes_failed_total", 'reason="evicted"') ?? 0;
      while (evicted() === 0 || (server.metric("parley_handshakes_under_way") ?? 0) > 6) await turn();
      assert.ok((server.metric("parley_held_bytes") ?? 0) <= 200 * KiB);
      for (const socket of sockets) socket.destroy();
    } finally {
      await server.remove();
    }
  });
});
