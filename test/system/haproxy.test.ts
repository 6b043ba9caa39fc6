/** The shipped server behind a real HAProxy, when this computer has one (`haproxy`, or the program that PARLEY_HAPROXY names). */
import assert from "node:assert/strict";
import { setTimeout } from "node:timers/promises";
import { closed } from "../../protocol/channel/closed-fixture.ts";
import { frame } from "../../protocol/wire/frame.ts";
import { Crowd, hasManyAddresses } from "../fixtures/crowd.ts";
import { HaProxy, haProxyVersion } from "../fixtures/haproxy.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";

const GARBAGE = frame(new Uint8Array(10));
/** Health checks of the balancer, at ten a second. */
const SEVERAL_CHECKS_MS = 1000;

describe("the server behind HAProxy", function () {
  this.timeout(180_000);
  let server: RealServer;
  let proxy: HaProxy;
  let people: Crowd;

  before(async function () {
    if ((await haProxyVersion()) === undefined || !(await hasManyAddresses())) this.skip();
    server = await RealServer.start([], ["--proxy-from", "127.0.0.1", "--limit", "connectionsPerAddress=3"]);
    proxy = await HaProxy.start(server.port);
    people = new Crowd(proxy.port);
  });
  after(async () => {
    people?.leave();
    proxy?.stop();
    await server?.remove();
  });

  it("lets people sign in and chat through it", async () => {
    const link = await server.invite(2);
    const [alice, bob] = ["alice", "bob"].map((name) => new Person(link, name, proxy.port));
    assert.ok(alice && bob);
    await Promise.all([alice.client.connect(), bob.client.connect()]);
    await Promise.all([alice.talkTo(bob.name), bob.answer()]);
    const heard = bob.hear();
    await alice.say("by way of HAProxy");
    assert.equal(await heard, "by way of HAProxy");
    await Promise.all([alice.client.close(), bob.client.close()]);
  });

  it("counts and logs connections by the address in the header", async () => {
    const from = server.log.lines.length;
    await people.rush(3, () => "127.0.0.2");
    await closed(await people.enter("127.0.0.2"));
    assert.equal((await server.log.reason("too-many-connections", from)).msg, "handshake failed");
    assert.match(server.log.text, /"address":"127\.0\.0\.2","reason":"too-many-connections"/);
    people.leave();
    await closed(await people.enter("127.0.0.4", GARBAGE));
    await server.log.reason("bad-handshake", from);
    assert.match(server.log.text, /"address":"127\.0\.0\.4","reason":"bad-handshake"/);
  });

  it("passes its health checks, and logs none as a failure", async () => {
    const from = server.log.lines.length;
    await setTimeout(SEVERAL_CHECKS_MS);
    await closed(await people.enter("127.0.0.5", GARBAGE));
    await server.log.reason("bad-handshake", from);
    const failures = server.log.text.split("\n").filter((line) => line.includes("handshake failed"));
    const ofPeople = failures.filter((line) => /"address":"127\.0\.0\.[2-9]"/.test(line));
    assert.deepEqual(failures, ofPeople);
  });
});
