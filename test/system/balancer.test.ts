/**
 * The shipped server behind a load balancer: it learns each client's address by the PROXY protocol, and
 * applies limits to that.
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { closed } from "../../protocol/channel/closed-fixture.ts";
import { frame } from "../../protocol/wire/frame.ts";
import { headerFor, headerOf } from "../../server/gateway/proxy/header-fixture.ts";
import { Balancer } from "../fixtures/balancer.ts";
import { Crowd, hasManyAddresses } from "../fixtures/crowd.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PER_ADDRESS = 3;
const GARBAGE = frame(new Uint8Array(10));
const LOCAL = headerOf(0x20, 0, new Uint8Array());

describe("the server behind a load balancer", function () {
  this.timeout(180_000);
  let server: RealServer;
  let balancer: Balancer;
  let link: string;
  /** Connections through the balancer, and past it. */
  let through: Crowd;
  let past: Crowd;

  before(async function () {
    // The balancer has one address here, and its clients have others.
    if (!(await hasManyAddresses())) this.skip();
    server = await RealServer.start(
      [],
      [
        "--proxy-from",
        "127.0.0.1",
        "--proxy-from",
        "10.0.0.0/8",
        "--limit",
        `connectionsPerAddress=${PER_ADDRESS}`,
      ],
    );
    balancer = await Balancer.start(server.port);
    link = await server.invite(10);
    through = new Crowd(balancer.port);
    past = new Crowd(server.port);
  });
  after(async () => {
    through?.leave();
    past?.leave();
    await balancer?.stop();
    await server?.remove();
  });

  it("lets people sign in and chat through it", async () => {
    const [alice, bob] = ["alice", "bob"].map((name) => new Person(link, name, balancer.port));
    assert.ok(alice && bob);
    await Promise.all([alice.client.connect(), bob.client.connect()]);
    await Promise.all([alice.talkTo(bob.name), bob.answer()]);
    const heard = bob.hear();
    await alice.say("by way of the balancer");
    assert.equal(await heard, "by way of the balancer");
    await Promise.all([alice.client.close(), bob.client.close()]);
  });

  it("counts connections by the address in the header, not by the balancer's", async () => {
    const from = server.log.lines.length;
    const inside = await through.rush(PER_ADDRESS, () => "127.0.0.2");
    const others = await through.rush(PER_ADDRESS, () => "127.0.0.3");
    await closed(await through.enter("127.0.0.2"));
    assert.equal((await server.log.reason("too-many-connections", from)).msg, "handshake failed");
    assert.match(server.log.text, /"address":"127\.0\.0\.2","reason":"too-many-connections"/);
    assert.ok([...inside, ...others].every((socket) => !socket.destroyed));
    through.leave();
  });

  it("logs the address in the header", async () => {
    const from = server.log.lines.length;
    await closed(await through.enter("127.0.0.4", GARBAGE));
    await server.log.reason("bad-handshake", from);
    assert.match(server.log.text, /"address":"127\.0\.0\.4","reason":"bad-handshake"/);
  });

  it("does not log its health checks as failures: by LOCAL, silent or reset", async () => {
    const from = server.log.lines.length;
    for (let count = 0; count < 20; count++) {
      await balancer.check();
      await balancer.check(new Uint8Array());
      await balancer.checkAndReset();
    }
    await closed(await through.enter("127.0.0.5", GARBAGE));
    await server.log.reason("bad-handshake", from);
    assert.deepEqual(
      server.log.lines.slice(from).map(({ reason }) => reason),
      ["bad-handshake"],
    );
  });

  for (const [what, address, bytes, reason] of [
    ["no header from it", "127.0.0.1", GARBAGE, "bad-proxy-header"],
    ["version 1", "127.0.0.1", Buffer.from("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"), "bad-proxy-header"],
    ["a header from elsewhere", "127.0.0.6", headerFor("192.0.2.1"), "frame-too-large"],
    ["a health check from elsewhere", "127.0.0.7", LOCAL, "frame-too-large"],
    [
      "two headers",
      "127.0.0.1",
      Buffer.concat([headerFor("192.0.2.1"), headerFor("192.0.2.2")]),
      "frame-too-large",
    ],
  ] as const)
    it(`refuses ${what}: ${reason}`, async () => {
      const from = server.log.lines.length;
      await closed(await past.enter(address, bytes));
      await server.log.reason(reason, from);
    });

  it("waits for a header at most as long as for a handshake", async () => {
    const from = server.log.lines.length;
    await closed(await past.enter("127.0.0.1", headerFor("192.0.2.1").subarray(0, 20)));
    await server.log.reason("proxy-header-deadline", from);
  });

  it("can be checked by doctor from the balancer's own address", async () => {
    const doctor = ["dist/server.js", "doctor", "--json", "--data", server.folder];
    const { stdout } = await promisify(execFile)(process.execPath, doctor).catch((error) => error);
    assert.match(stdout, /"check":"port","level":"ok"/);
  });
});
