/**
 * An attacker between a client and the shipped server, who can split frames but has no keys, on the sealed
 * records. For each attack: which side detects it, with which code; that the client reconnects automatically;
 * that nothing is lost, shown twice or out of order.
 */

import assert from "node:assert/strict";
import { connect } from "node:net";
import { directChat } from "../../messenger/chats/direct.ts";
import { closed } from "../../protocol/channel/closed-fixture.ts";
import { NetworkError } from "../../protocol/errors.ts";
import {
  type Attack,
  drop,
  FrameAttacker,
  flip,
  HUGE_LENGTH,
  insert,
  instead,
  reorder,
  replaceBy,
  replay,
  shorten,
} from "../fixtures/frame-attacker.ts";
import { Person } from "../fixtures/person.ts";
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
import { until } from "../fixtures/waiting.ts";

const NUMBERS = [1, 2, 3, 4, 5];
const ALICES = ["before", ...NUMBERS.map((number) => `alice ${number}`)];
const BOBS = NUMBERS.map((number) => `bob ${number}`);

describe("an attacker on the line, at its records", () => {
  let server: RealServer;
  let link: string;
  /** Runs until the deadline, so it runs beside the other tests. */
  let patience: Promise<void>;

  before(async function () {
    this.timeout(180_000);
    server = await RealServer.start();
    link = await server.invite(500);
    patience = waitInVain();
    patience.catch(() => {}); // the test that awaits it reports it
  });
  after(() => server.remove());
  /**
   * Starts two people who chat, with nothing in flight, so that the next record is the one that a test
   * attacks.
   */
  async function withPair(run: (pair: TappedPair) => Promise<void>): Promise<void> {
    const pair = await TappedPair.talking(server, link);
    try {
      await pair.alice.messenger.send({ chat: directChat(pair.bob.name), text: "before" });
      await pair.alice.has(pair.bob, "delivered", "before");
      await run(pair);
    } finally {
      await pair.part();
    }
  }
  async function talk(pair: TappedPair): Promise<void> {
    const { alice, bob } = pair;
    for (const number of NUMBERS) {
      await alice.messenger.send({ chat: directChat(bob.name), text: `alice ${number}` });
      await bob.messenger.send({ chat: directChat(alice.name), text: `bob ${number}` });
    }
    await pair.assertAllArrived(ALICES, BOBS);
  }

  /** Starts one client for each of 1.0, 1.1 and 1.2, which never arrives. */
  async function waitInVain(): Promise<void> {
    const lost = [
      ["to server", 0],
      ["to client", 0],
      ["to server", 1],
    ] as const;
    await Promise.all(
      lost.map(async ([way, index], number) => {
        const attacker = await FrameAttacker.start(server.port);
        attacker.tamper = drop((one) => one.way === way && one.index === index);
        const { client } = new Person(link, `patient${number}`, attacker.port);
        void client.connect();
        const { error } = await until(client, "waiting");
        // Both deadlines start together; whichever end gives up first, the other sees the line end.
        assert.ok(error instanceof NetworkError && ["timeout", "cut"].includes(error.code), error.code);
        client.reconnectNow();
        await until(client, "online");
        await client.close();
        await attacker.stop();
      }),
    );
    await server.log.reason("handshake-deadline", 0);
  }

  const anOldOne = replaceBy((other, one) => other.way === one.way && other.index > 1);
  const ofTheOtherWay = replaceBy((other, one) => other.way !== one.way && other.index > 1);
  const attacks: readonly (readonly [string, Attack, Trouble])[] = [
    ["with a bit flipped", flip(10), BAD_RECORD],
    ["with a bit of its tag flipped", flip(-1), BAD_RECORD],
    ["with a bit of its length flipped", flip(3, 1), BAD_RECORD],
    ["with a huge length", HUGE_LENGTH, FRAME_TOO_LARGE],
    ["cut short", shorten, BAD_RECORD],
    ["dropped", drop, BAD_RECORD],
    ["replayed", replay, BAD_RECORD],
    ["replaced by an old one", anOldOne, BAD_RECORD],
    ["replaced by one of the other direction, reflected", ofTheOtherWay, BAD_RECORD],
    ["swapped with the next", reorder, BAD_RECORD],
    ["with a made-up one before it", insert, BAD_RECORD],
  ];
  async function toTheServer(pair: TappedPair, attack: Attack, code: string): Promise<void> {
    const from = server.log.lines.length;
    pair.attacker.tamper = attack((one) => one.way === "to server");
    await Promise.all([talk(pair), pair.trouble(TOLD_BY_SERVER)]);
    const [reason, text] = connectionEnded(code);
    assert.equal((await server.log.reason(reason, from)).msg, text);
  }
  async function toTheClient(pair: TappedPair, attack: Attack, trouble: Trouble): Promise<void> {
    const from = server.log.lines.length;
    pair.attacker.tamper = attack((one) => one.way === "to client");
    await Promise.all([talk(pair), pair.trouble(trouble)]);
    const [reason, text] = TOLD_BY_CLIENT;
    const line = await server.log.reason(reason, from);
    assert.deepEqual([line.msg, line["detail"]], [text, trouble[1]]);
  }
  for (const [what, attack, trouble] of attacks)
    it(`a record, either way, ${what}: its reader detects it, ${trouble[1]}; the other end: bad-message`, async () => {
      const both = [
        (pair: TappedPair) => toTheServer(pair, attack, trouble[1]),
        (pair: TappedPair) => toTheClient(pair, attack, trouble),
      ];
      await Promise.all(
        both.map((run) =>
          withPair(async (pair) => {
            await run(pair);
            assert.equal(pair.attacker.connections, 2);
            assert.equal(pair.bob.messenger.state.type, "online");
          }),
        ),
      );
    });

  it("a record and the line, either way, cut in the middle: both sides detect it, cut", async () => {
    for (const way of ["to server", "to client"] as const)
      await withPair(async (pair) => {
        const { attacker } = pair;
        const from = server.log.lines.length;
        attacker.tamper = instead(({ bytes }) => {
          setImmediate(() => attacker.cut());
          return [bytes.subarray(0, bytes.length / 2)];
        })((one) => one.way === way);
        await Promise.all([talk(pair), pair.trouble(CUT)]);
        await server.log.reason("cut", from);
      });
  });

  it("a QUIT held back: the server reports a cut, not a clean end", () =>
    withPair(async (pair) => {
      const { alice, bob, attacker } = pair;
      const from = server.log.lines.length;
      attacker.tamper = drop((one) => one.way === "to server");
      await alice.messenger.signOut();
      await server.log.reason("cut", from);
      await bob.sees(alice, false);
      await alice.goesOnline();
      await talk(pair);
    }));

  it("a whole session, recorded and replayed to the server: the server detects it, bad-handshake", () =>
    withPair(async (pair) => {
      await talk(pair);
      const from = server.log.lines.length;
      const socket = connect(server.port, "127.0.0.1").on("error", () => {});
      const gone = closed(socket);
      socket.resume();
      for (const { way, bytes } of pair.attacker.frames) if (way === "to server") socket.write(bytes);
      assert.equal((await server.log.reason("bad-handshake", from)).msg, "handshake failed");
      await gone;
      assert.equal(pair.attacker.connections, 1);
      assert.equal(pair.alice.messenger.state.type, "online");
      await pair.assertAllArrived(ALICES, BOBS);
    }));

  it("1.0, 1.1 or 1.2 dropped: both give up, timeout or cut; server: handshake-deadline", async function () {
    this.timeout(180_000);
    await patience;
  });
});
