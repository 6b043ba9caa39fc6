/**
 * An attacker between a client and the shipped server, who can split frames but has no keys, on messages 1.0
 * to 1.3. For each attack: which side detects it, with which code; that the client reconnects automatically
 * and the chat continues.
 */

import assert from "node:assert/strict";
import { directChat } from "../../messenger/chats/direct.ts";
import { ClientHandshake } from "../../protocol/channel/handshake.ts";
import { generateKeyPair } from "../../protocol/channel/x25519.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { username } from "../../protocol/names.ts";
import { frame } from "../../protocol/wire/frame.ts";
import {
  type Attack,
  flip,
  HUGE_LENGTH,
  instead,
  overwrite,
  replaceBy,
  replay,
  shorten,
} from "../fixtures/frame-attacker.ts";
import type { Way } from "../fixtures/middlebox.ts";
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

describe("an attacker on the line, in the handshake", () => {
  let server: RealServer;
  let link: string;
  let pair: TappedPair;
  /** How many messages both have sent. */
  let said = 0;

  before(async function () {
    this.timeout(180_000);
    server = await RealServer.start();
    link = await server.invite(20);
    pair = await TappedPair.talking(server, link);
  });
  after(async () => {
    await pair.part();
    await server.remove();
  });

  /** The same message from the first connection. */
  const recorded = replaceBy(
    (other, one) => other.way === one.way && other.index === one.index && other.connection < one.connection,
  );
  /** The other side's first message, reflected. */
  const reflected = replaceBy((other, one) => other.way !== one.way && other.connection === one.connection);
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

  /** Fifth element: another log line that the server may write instead. */
  type Case = readonly [string, Attack, Trouble, Logged, Logged?];
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
        ["with an invalid ML-KEM key", noKemKey, ...theServerNotices],
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
        ["replaced by 1.0, reflected", reflected, ...theClientNotices],
        ["cut short", shorten, ...theClientNotices],
        ["with a huge length", HUGE_LENGTH, FRAME_TOO_LARGE, handshakeFailed("cut")],
        // The client may be gone before the server takes its turn to read 1.2, and then the server opens
        // nothing of it.
        ["twice", replay, BAD_RECORD, TOLD_BY_CLIENT, handshakeFailed("cut")],
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
    for (const [what, attack, trouble, logged, otherwise = logged] of cases) {
      const side = trouble === CUT || trouble === TOLD_BY_SERVER ? "server" : "client";
      const codes =
        side === "server" ? `${logged[0]}; client: ${trouble[1]}` : `${trouble[1]}; server: ${logged[0]}`;
      it(`${message} ${what}: the ${side} detects it, ${codes}`, async () => {
        const { alice, bob, attacker } = pair;
        await alice.messenger.signOut();
        const from = server.log.lines.length;
        const next = attacker.connections + 1;
        attacker.tamper = attack((one) => one.way === way && one.index === index && one.connection === next);
        const troubled = pair.trouble(trouble);
        await alice.messenger.connect();
        await troubled;
        await Promise.any(
          [logged, otherwise].map(async ([reason, text]) =>
            assert.equal((await server.log.reason(reason, from)).msg, text),
          ),
        );
        await alice.isOnline();
        said += 1;
        await alice.messenger.send({ chat: directChat(bob.name), text: `alice ${said}` });
        await bob.messenger.send({ chat: directChat(alice.name), text: `bob ${said}` });
        await bob.hears(alice, `alice ${said}`);
        await alice.hears(bob, `bob ${said}`);
      });
    }

  it("and afterwards every message has arrived, once and in order", async () => {
    const numbers = Array.from({ length: said }, (_, number) => number + 1);
    await pair.assertAllArrived(
      numbers.map((number) => `alice ${number}`),
      numbers.map((number) => `bob ${number}`),
    );
  });
});
