/**
 * People with their own or another person's invite who want more than it allows: two on one token, at the
 * same moment or around a crash; a name that is taken, reserved or only looks like another; endless accounts
 * and invites. The server is the shipped one.
 */
import assert from "node:assert/strict";
import { ParleyError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { knock, OURS } from "../fixtures/loose-noise.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { until } from "../fixtures/waiting.ts";

const ROUNDS = 5;
const RACERS = 8;

describe("newcomers", function () {
  this.timeout(180_000);
  let server: RealServer;
  let people: Person[];

  before(async () => {
    server = await RealServer.start();
  });
  after(() => server.remove());
  beforeEach(() => {
    people = [];
  });
  afterEach(() => Promise.all(people.map(({ client }) => client.close())));

  let count = 0;
  function person(link: string, name = `newcomer${++count}`, identity = Identity.generate()): Person {
    const one = new Person(link, name, undefined, identity);
    people.push(one);
    return one;
  }
  /**
   * Connects a person.
   * @returns "in", or the code of the server's refusal
   */
  async function comes({ client }: Person): Promise<string> {
    return client.connect().then(
      () => "in",
      (error: unknown) => (error instanceof ParleyError ? error.code : String(error)),
    );
  }
  const all = (those: readonly Person[]) => Promise.all(those.map(comes));
  const times = (number: number, what: string) => Array<string>(number).fill(what);

  it("at the same moment, with one token: one gets in, the others do not, invite-used", async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const link = await server.invite();
      const ends = await all(Array.from({ length: RACERS }, () => person(link)));
      assert.deepEqual(ends.toSorted(), ["in", ...times(RACERS - 1, "invite-used")]);
    }
  });

  it("with one token, while the server is killed and comes back: one gets in, the others do not, invite-used", async () => {
    const link = await server.invite();
    const racers = Array.from({ length: RACERS }, () => person(link));
    const ends = all(racers);
    await Promise.race(racers.map(({ client }) => until(client, "online")));
    await server.kill();
    await server.restart();
    assert.deepEqual((await ends).toSorted(), ["in", ...times(RACERS - 1, "invite-used")]);
    assert.equal(await comes(person(link)), "invite-used");
    // The winner's key is stored, so it needs no token any more.
    const winner = racers.find(({ client }) => client.state.type !== "closed");
    assert.ok(winner);
    await until(winner.client, "online");
  });

  it("with one key and the same token again, as after a lost line: they are let in, and it counts once", async () => {
    const link = await server.invite(2);
    const one = person(link);
    assert.equal(await comes(one), "in");
    await one.client.close();
    assert.equal(await comes(person(link, one.name, one.identity)), "in");
    assert.deepEqual([await comes(person(link)), await comes(person(link))], ["in", "invite-used"]);
  });

  it("at the same moment, with one name: one gets it, the others do not, name-taken, and spend no token", async () => {
    const link = await server.invite(2);
    const ends = await all(Array.from({ length: RACERS }, () => person(link, "wanted")));
    assert.deepEqual(ends.toSorted(), ["in", ...times(RACERS - 1, "name-taken")]);
    assert.deepEqual([await comes(person(link)), await comes(person(link))], ["in", "invite-used"]);
  });

  it("who want a taken name: name-taken, also when its owner was revoked; a reserved one: invite-invalid", async () => {
    const link = await server.invite(2);
    const alice = person(link, "alice");
    assert.equal(await comes(alice), "in");
    assert.equal(await comes(person(link, "alice")), "name-taken");
    await alice.client.close();
    await server.revoke("alice");
    assert.equal(await comes(person(link, "alice")), "name-taken");
    const reserved = await server.invite(1, "alice");
    assert.equal(await comes(person(reserved, "alice2")), "invite-invalid");
    assert.equal(await comes(person(reserved, "alice")), "in");
    // The name's former owner still has no access.
    assert.equal(await comes(person(link, "alice", alice.identity)), "name-taken");
  });

  it("under an invalid name, or one with look-alike characters: bad-handshake", async () => {
    const names = ["Alice", " alice", "alice\n", "alice\0", "alice\u200b", "\u0430lice", "alice\u0301"];
    for (const name of [
      ...names,
      "\u202eecila",
      "ａlice",
      ".alice",
      "__proto__",
      "../alice",
      "",
      "a".repeat(33),
    ]) {
      const from = server.log.lines.length;
      await knock(server.port, OURS, { name });
      assert.equal((await server.log.reason("bad-handshake", from)).msg, "handshake failed", name);
    }
  });

  it("who each invite the next, or make invites without end: newcomer, too-many-invites", async () => {
    const mallory = person(await server.invite());
    assert.equal(await comes(mallory), "in");
    const guest = person((await mallory.client.invite(1, 3600)).link);
    assert.equal(await comes(guest), "in");
    await assert.rejects(guest.client.invite(10, 3600), { code: "newcomer" });
    for (let made = 0; made < 20; made++) await mallory.client.invite(1, 1);
    await assert.rejects(mallory.client.invite(1, 1), { code: "too-many-invites" });
  });
});
