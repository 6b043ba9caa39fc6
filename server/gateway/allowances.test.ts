import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { username } from "../../protocol/names.ts";
import { ErrorCode, ErrorSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { DEFAULT_LIMITS, SIGN_IN_COST } from "../limits.ts";
import { TestServer } from "../server-fixture.ts";
import { Allowances } from "./allowances.ts";
import type { RawClient } from "./raw-client-fixture.ts";

const NOTHING = new Uint8Array();
const [alice, bob] = [username("alice"), username("bob")];

describe("one person's allowance", () => {
  it("grants at most 1.5 times the limit over twelve seconds", () => {
    const allowances = new Allowances(DEFAULT_LIMITS);
    let granted = 0;
    for (let now = 0; now <= 12_000; now += 0.5) {
      while (allowances.take(alice, 10, now) === 0) granted += 10;
      allowances.tick(now);
    }
    assert.ok(granted <= 1.5 * 12 * DEFAULT_LIMITS.workPerSecond);
    assert.ok(granted >= 12 * DEFAULT_LIMITS.workPerSecond);
  });

  it("is not reduced by another person's requests", () => {
    const allowances = new Allowances(DEFAULT_LIMITS);
    assert.equal(allowances.take(alice, DEFAULT_LIMITS.workBurst, 0), 0);
    assert.ok(allowances.take(alice, 1, 0) > 0);
    assert.equal(allowances.take(bob, DEFAULT_LIMITS.workBurst, 0), 0);
  });

  it("is remembered until it is full again, refusals included, and no longer", () => {
    const allowances = new Allowances({ workPerSecond: 10, workBurst: 10, refusalsTolerated: 20 });
    allowances.take(alice, 10, 0);
    for (let refused = 0; refused < 20; refused++) assert.ok(allowances.tolerates(alice, 0));
    assert.equal(allowances.tolerates(alice, 0), false);
    allowances.tick(9_000);
    assert.equal(allowances.size, 1);
    allowances.tick(10_000);
    assert.equal(allowances.size, 0);
  });
});

describe("a member who signs in again", () => {
  let server: TestServer;
  afterEach(() => server.remove());

  /** Returns the error with which the server ends the connection. */
  async function refused(client: RawClient) {
    const { body } = await client.find(({ opcode, id }) => opcode === Opcode.ERROR && id === 0);
    return fromBinary(ErrorSchema, body);
  }

  it("keeps the remaining allowance, pays for the sign-in, and is told when to retry after a cut: rate-limited", async () => {
    server = await TestServer.start({ workPerSecond: 100, workBurst: 1000, refusalsTolerated: 3 });
    const mallory = await server.join("mallory");
    for (let id = 1; id <= 2000; id++) mallory.line.send(Opcode.PING, id, NOTHING);
    const cut = await refused(mallory);
    assert.equal(cut.code, ErrorCode.RATE_LIMITED);
    await mallory.ended;
    const again = await refused(await server.connect("mallory"));
    assert.equal(again.code, ErrorCode.RATE_LIMITED);
    assert.ok(
      again.retryAfterMs > 500 && again.retryAfterMs <= SIGN_IN_COST * 10,
      String(again.retryAfterMs),
    );
    assert.ok((await server.join("alice")).unread.length === 0, "others are not concerned");
    while ((server.metric("parley_users_online") ?? 0) < 2) {
      const client = await server.connect("mallory");
      const { opcode } = await client.find(({ id }) => id === 0);
      if (opcode === Opcode.ERROR) await client.ended;
    }
  });

  it("for each burst gets no more than the limit in total", async () => {
    const limits = { workPerSecond: 2000, workBurst: 2000, refusalsTolerated: 10, handshakeBurst: 10_000 };
    server = await TestServer.start({ ...limits, handshakesPerSecond: 10_000 });
    await server.join("mallory");
    const began = performance.now();
    const worked = server.metric("parley_work_units_total") ?? 0;
    let signIns = 0;
    while (performance.now() - began < 2000) {
      const client = await server.connect("mallory");
      signIns += 1;
      for (let id = 1; id <= 3000; id++) client.line.send(Opcode.PING, 0, NOTHING);
      await client.ended;
    }
    const seconds = (performance.now() - began) / 1000;
    const granted = (server.metric("parley_work_units_total") ?? 0) - worked;
    assert.ok(signIns > 5);
    assert.ok(granted <= limits.workBurst + limits.workPerSecond * seconds, `${granted} in ${seconds} s`);
  });

  it("and is refused uses up their address's handshakes, and has to wait", async function () {
    this.timeout(180_000);
    server = await TestServer.start({ handshakesPerSecond: 0.2, handshakeBurst: 2 });
    for (let attempt = 0; attempt < 3; attempt++)
      assert.equal((await refused(await server.connect("mallory"))).code, ErrorCode.AUTH_REFUSED);
    assert.ok((server.metric("parley_handshakes_delayed_total") ?? 0) >= 1);
  });
});
