/**
 * An attacker between a client and the server as it ships, who knows frames and no keys, at the messages 1.0 to 1.3.
 * For each attack: which side notices, with which code; that the client comes back by itself and the chat goes on.
 */
import assert from "node:assert/strict";
import { ClientHandshake } from "../../protocol/channel/handshake.ts";
import { generateKeyPair } from "../../protocol/channel/x25519.ts";
import { NetworkError } from "../../protocol/errors.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { username } from "../../protocol/names.ts";
import { frame } from "../../protocol/wire/frame.ts";
import {
  type Attack,
  drop,
  FrameAttacker,
  flip,
  HUGE_LENGTH,
  instead,
  overwrite,
  replay,
  shorten,
} from "../fixtures/frame-attacker.ts";
import type { Way } from "../fixtures/middlebox.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import {
  BAD_HANDSHAKE,
  BAD_RECORD,
  CUT,
  connectionEnded,
  FRAME_TOO_LARGE,
  handshakeFailed,
  type Logged,
  TappedPair,
  TOLD_BY_CLIENT,
  TOLD_BY_SERVER,
  type Trouble,
} from "../fixtures/tapped-pair.ts";
import { until } from "../fixtures/waiting.ts";

describe("an attacker on the line, in the handshake", () => {
  let server: RealServer;
  let link: string;
  let pair: TappedPair;
  /** Takes until the deadline, so it goes on beside the other tests. */
  let patience: Promise<void>;
  /** How often both have said something. */
  let said = 0;

  before(async function () {
    this.timeout(30_000);
    server = await RealServer.start();
    link = await server.invite(20);
    pair = await TappedPair.talking(server, link);
    patience = waitInVain();
    patience.catch(() => {}); // the test that waits for it says so
  });
  after(async () => {
    await pair.part();
    await server.remove();
  });

  /** A client each whose 1.0, 1.1 or 1.2 never arrives. */
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
        // Both clocks start together; whichever end is first, the other sees the line go.
        assert.ok(error instanceof NetworkError && ["timeout", "cut"].includes(error.code), error.code);
        client.reconnectNow();
        await until(client, "online");
        await client.close();
        await attacker.stop();
      }),
    );
    await server.log.reason("handshake-deadline", 0);
  }

  /** The same message as it was in the first connection. */
  const recorded: Attack = instead((one) => {
    const old = pair.attacker.frames.find(({ way, index }) => way === one.way && index === one.index);
    assert.ok(old && old.connection !== one.connection);
    return [old.bytes];
  });
  /** The first message of the other side, thrown back. */
  const reflected: Attack = instead((one) => {
    const own = pair.attacker.frames.find(
      ({ way, connection }) => way !== one.way && connection === one.connection,
    );
    assert.ok(own);
    return [own.bytes];
  });
  const attackersOwn10 = instead(() => {
    const trust = { caFingerprint: Buffer.alloc(32) };
    const who = { name: username("mallory"), identity: Identity.generate() };
    return [frame(new ClientHandshake({ trust, host: "x.test", ...who }).start())];
  });
  const swappedEphemeral = overwrite(4, () => generateKeyPair().publicKey);
  const smallOrder = overwrite(4, () => Buffer.alloc(32));
  const noKemKey = overwrite(36, () => Buffer.alloc(384, 0xff));
  const KEM_CIPHERTEXT = 36;
  const STATIC_KEY = KEM_CIPHERTEXT + 1088 + 16;

  type Case = readonly [string, Attack, Trouble, Logged];
  const theClientNotices: readonly [Trouble, Logged] = [BAD_HANDSHAKE, handshakeFailed("cut")];
  const theServerNotices: readonly [Trouble, Logged] = [CUT, handshakeFailed("bad-handshake")];
  const attacks: readonly (readonly [string, Way, number, readonly Case[]])[] = [
    [
      "1.0",
      "to server",
      0,
      [
        ["with a bit of the X25519 key flipped", flip(4), ...theClientNotices],
        ["with a bit of the ML-KEM key flipped", flip(-1), ...theClientNotices],
        ["with an ML-KEM key that is none", noKemKey, ...theServerNotices],
        ["with a key of small order", smallOrder, ...theServerNotices],
        ["with the ephemeral key swapped", swappedEphemeral, ...theClientNotices],
        ["of the attacker's own", attackersOwn10, ...theClientNotices],
        ["cut short", shorten, ...theServerNotices],
        ["twice", replay, ...theServerNotices],
        ["with a huge length", HUGE_LENGTH, CUT, handshakeFailed("frame-too-large")],
      ],
    ],
    [
      "1.1",
      "to client",
      0,
      [
        ["with a bit of the X25519 key flipped", flip(4), ...theClientNotices],
        ["with a bit of the ML-KEM ciphertext flipped", flip(KEM_CIPHERTEXT), ...theClientNotices],
        ["with a bit of the static key flipped", flip(STATIC_KEY), ...theClientNotices],
        ["with a bit of the certificates flipped", flip(-100), ...theClientNotices],
        ["with the ephemeral key swapped", swappedEphemeral, ...theClientNotices],
        ["of an earlier connection", recorded, ...theClientNotices],
        ["in whose place 1.0 is thrown back", reflected, ...theClientNotices],
        ["cut short", shorten, ...theClientNotices],
        ["with a huge length", HUGE_LENGTH, FRAME_TOO_LARGE, handshakeFailed("cut")],
        ["twice", replay, BAD_RECORD, TOLD_BY_CLIENT],
      ],
    ],
    [
      "1.2",
      "to server",
      1,
      [
        ["with a bit of the static key flipped", flip(4), ...theServerNotices],
        ["with a bit of name, key or signature flipped", flip(-40), ...theServerNotices],
        ["of an earlier connection", recorded, ...theServerNotices],
        ["cut short", shorten, ...theServerNotices],
        ["twice", replay, TOLD_BY_SERVER, connectionEnded("bad-record")],
      ],
    ],
    [
      "1.3",
      "to client",
      1,
      [
        ["with a bit flipped", flip(-1), BAD_RECORD, TOLD_BY_CLIENT],
        ["of an earlier connection", recorded, BAD_RECORD, TOLD_BY_CLIENT],
        ["twice", replay, BAD_RECORD, TOLD_BY_CLIENT],
      ],
    ],
  ];
  for (const [message, way, index, cases] of attacks)
    for (const [what, attack, trouble, logged] of cases) {
      const side = trouble === CUT || trouble === TOLD_BY_SERVER ? "server" : "client";
      const codes =
        side === "server" ? `${logged[0]}; client: ${trouble[1]}` : `${trouble[1]}; server: ${logged[0]}`;
      it(`${message} ${what}: the ${side} notices, ${codes}`, async () => {
        const { alice, bob, attacker } = pair;
        await alice.messenger.signOut();
        const from = server.log.lines.length;
        const next = attacker.connections + 1;
        attacker.tamper = attack((one) => one.way === way && one.index === index && one.connection === next);
        const troubled = pair.trouble(trouble);
        alice.messenger.connect();
        await troubled;
        assert.equal((await server.log.reason(logged[0], from)).msg, logged[1]);
        await alice.isOnline();
        said += 1;
        await alice.messenger.send(bob.name, `alice ${said}`);
        await bob.messenger.send(alice.name, `bob ${said}`);
        await bob.hears(alice, `alice ${said}`);
        await alice.hears(bob, `bob ${said}`);
      });
    }

  it("1.0, 1.1 or 1.2 dropped: both give up, timeout or cut; server: handshake-deadline", async function () {
    this.timeout(20_000);
    await patience;
  });

  it("after all that, everything has arrived once and in order", async () => {
    const numbers = Array.from({ length: said }, (_, number) => number + 1);
    await pair.assertAllArrived(
      numbers.map((number) => `alice ${number}`),
      numbers.map((number) => `bob ${number}`),
    );
  });
});
