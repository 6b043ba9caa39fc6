/**
 * An attacker between a client and the server as it ships, who knows frames and no keys, at the sealed records. For each
 * attack: which side notices, with which code; that the client comes back by itself; that nothing is lost, shown twice
 * or out of order.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import {
  type Attack,
  drop,
  flip,
  HUGE_LENGTH,
  insert,
  instead,
  reorder,
  replay,
  shorten,
} from "../fixtures/frame-attacker.ts";
import { RealServer } from "../fixtures/real-server.ts";
import {
  BAD_RECORD,
  CUT,
  connectionEnded,
  FRAME_TOO_LARGE,
  TappedPair,
  TOLD_BY_CLIENT,
  TOLD_BY_SERVER,
  type Trouble,
} from "../fixtures/tapped-pair.ts";

const NUMBERS = [1, 2, 3, 4, 5];
const ALICES = ["before", ...NUMBERS.map((number) => `alice ${number}`)];
const BOBS = NUMBERS.map((number) => `bob ${number}`);

describe("an attacker on the line, at its records", () => {
  let server: RealServer;
  let link: string;
  let pair: TappedPair;

  before(async function () {
    this.timeout(30_000);
    server = await RealServer.start();
    link = await server.invite(500);
  });
  after(() => server.remove());
  beforeEach(async () => {
    pair = await TappedPair.talking(server, link);
    const { alice, bob } = pair;
    // With nothing under way, what comes next is the record that a test means.
    await alice.messenger.send(bob.name, "before");
    await alice.has(bob, "delivered", "before");
  });
  afterEach(() => pair.part());

  async function talk(): Promise<void> {
    const { alice, bob } = pair;
    for (const number of NUMBERS) {
      await alice.messenger.send(bob.name, `alice ${number}`);
      await bob.messenger.send(alice.name, `bob ${number}`);
    }
    await pair.assertAllArrived(ALICES, BOBS);
  }

  const ofTheOtherWay: Attack = instead((one) => {
    const other = pair.attacker.frames.findLast(({ way, index }) => way !== one.way && index > 1);
    assert.ok(other);
    return [other.bytes];
  });
  const anOldOne: Attack = instead((one) => {
    const old = pair.attacker.frames.find(({ way, index }) => way === one.way && index > 1);
    assert.ok(old && old.index < one.index);
    return [old.bytes];
  });
  const attacks: readonly (readonly [string, Attack, Trouble])[] = [
    ["with a bit flipped", flip(10), BAD_RECORD],
    ["with a bit of its tag flipped", flip(-1), BAD_RECORD],
    ["with a bit of its length flipped", flip(3, 1), BAD_RECORD],
    ["with a huge length", HUGE_LENGTH, FRAME_TOO_LARGE],
    ["cut short", shorten, BAD_RECORD],
    ["dropped", drop, BAD_RECORD],
    ["replayed", replay, BAD_RECORD],
    ["replaced by an old one", anOldOne, BAD_RECORD],
    ["replaced by one of the other way, thrown back", ofTheOtherWay, BAD_RECORD],
    ["swapped with the next", reorder, BAD_RECORD],
    ["with a made-up one before it", insert, BAD_RECORD],
  ];
  for (const [what, attack, trouble] of attacks) {
    it(`a record to the server, ${what}: the server notices, ${trouble[1]}; client: bad-message`, async () => {
      const from = server.log.lines.length;
      pair.attacker.tamper = attack((one) => one.way === "to server");
      await Promise.all([talk(), pair.trouble(TOLD_BY_SERVER)]);
      const [reason, text] = connectionEnded(trouble[1]);
      assert.equal((await server.log.reason(reason, from)).msg, text);
      assert.equal(pair.attacker.connections, 2);
      assert.equal(pair.bob.messenger.state.type, "online");
    });
    it(`a record to the client, ${what}: the client notices, ${trouble[1]}; server: bad-message`, async () => {
      const from = server.log.lines.length;
      pair.attacker.tamper = attack((one) => one.way === "to client");
      await Promise.all([talk(), pair.trouble(trouble)]);
      const [reason, text] = TOLD_BY_CLIENT;
      const line = await server.log.reason(reason, from);
      assert.deepEqual([line.msg, line["detail"]], [text, trouble[1]]);
      assert.equal(pair.attacker.connections, 2);
      assert.equal(pair.bob.messenger.state.type, "online");
    });
  }

  for (const way of ["to server", "to client"] as const)
    it(`a record ${way} and the line, cut in the middle: both sides notice, cut`, async () => {
      const { attacker } = pair;
      const from = server.log.lines.length;
      attacker.tamper = instead(({ bytes }) => {
        setImmediate(() => attacker.cut());
        return [bytes.subarray(0, bytes.length / 2)];
      })((one) => one.way === way);
      await Promise.all([talk(), pair.trouble(CUT)]);
      await server.log.reason("cut", from);
    });

  it("a goodbye held back: the server takes the end for a cut, and not for a goodbye", async () => {
    const { alice, bob, attacker } = pair;
    const from = server.log.lines.length;
    attacker.tamper = drop((one) => one.way === "to server");
    await alice.messenger.signOut();
    await server.log.reason("cut", from);
    await bob.sees(alice, false);
    await alice.goesOnline();
    await talk();
  });

  it("a whole session, recorded and played to the server again: the server notices, bad-handshake", async () => {
    await talk();
    const from = server.log.lines.length;
    const socket = connect(server.port, "127.0.0.1").on("error", () => {});
    const gone = once(socket, "close");
    socket.resume();
    for (const { way, bytes } of pair.attacker.frames) if (way === "to server") socket.write(bytes);
    assert.equal((await server.log.reason("bad-handshake", from)).msg, "handshake failed");
    await gone;
    assert.equal(pair.attacker.connections, 1);
    assert.equal(pair.alice.messenger.state.type, "online");
    await pair.assertAllArrived(ALICES, BOBS);
  });
});
