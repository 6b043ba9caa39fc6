/**
 * Servers that are not, or no longer, the team's, with real clients over TCP. Each is refused permanently,
 * for the right reason, and before the client has revealed its name: 1.0 has no payload, and 1.2 is never
 * sent.
 */
import assert from "node:assert/strict";
import { constants, createHash, generateKeyPairSync, sign } from "node:crypto";
import type { ServerCredentials } from "../../protocol/channel/handshake.ts";
import { generateKeyPair } from "../../protocol/channel/x25519.ts";
import { Client } from "../../protocol/client/client.ts";
import { type TrustCode, TrustError } from "../../protocol/errors.ts";
import { staticKeyContent } from "../../protocol/identity/certificate.ts";
import {
  basicConstraints,
  CLIENT_AUTH,
  caCertificate,
  crlNumber,
  extendedKeyUsage,
  keyUsage,
  SERVER_SERIAL,
  serverExtensions,
  revocationList as signRevocationList,
  serverCertificate as signServerCertificate,
  subjectAltName,
} from "../../protocol/identity/chain-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { username } from "../../protocol/names.ts";
import { FrameAttacker } from "../fixtures/frame-attacker.ts";
import { ScriptedServer } from "../fixtures/scripted-server.ts";
import { until, withCode } from "../fixtures/waiting.ts";

const days = (count: number) => new Date(Date.now() + count * 86_400_000);
const LOOPBACK = Uint8Array.of(127, 0, 0, 1);

describe("a false server", () => {
  const [ca, server, impostor] = [1, 2, 3].map(() => generateKeyPairSync("rsa", { modulusLength: 3072 }));
  assert.ok(ca && server && impostor);
  const life = { notBefore: days(-1), notAfter: days(90) };
  const serverCertificate = (
    wrong: Parameters<typeof signServerCertificate>[2] = {},
    signer = ca.privateKey,
  ) =>
    signServerCertificate(server, signer, {
      ...life,
      extensions: serverExtensions({ names: subjectAltName(LOOPBACK) }),
      ...wrong,
    });
  const revocationList = (wrong: Parameters<typeof signRevocationList>[1] = {}, signer = ca.privateKey) =>
    signRevocationList(signer, { thisUpdate: days(-1), nextUpdate: days(6), ...wrong });
  const caLife = { notBefore: days(-1), notAfter: days(3650) };
  const caCertificateBytes = caCertificate(ca, caLife);
  const caFingerprint = createHash("sha256").update(caCertificateBytes).digest();

  const staticKey = generateKeyPair();
  const vouch = (signer = server.privateKey) =>
    sign("sha256", staticKeyContent(staticKey.publicKey), {
      ...{ key: signer, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
    });
  const genuine: ServerCredentials = {
    certificates: [serverCertificate(), caCertificateBytes],
    revocationList: revocationList(),
    staticKey,
    staticKeySignature: vouch(),
  };
  const withCertificate = (certificate: Uint8Array): Partial<ServerCredentials> => ({
    certificates: [certificate, caCertificateBytes],
  });

  /** The server's credentials, which may change between connections. */
  let proof: { credentials: ServerCredentials };
  let scripted: ScriptedServer;
  let wire: FrameAttacker;
  let client: Client;

  beforeEach(async () => {
    proof = { credentials: genuine };
    scripted = await ScriptedServer.start(proof);
    wire = await FrameAttacker.start(scripted.port);
    client = new Client({
      ...{ host: "127.0.0.1", port: wire.port, caFingerprint },
      ...{ name: username("alice"), identity: Identity.generate(), inviteToken: new Uint8Array(20) },
    });
  });
  afterEach(async () => {
    await client.close();
    await wire.stop();
    await scripted.stop();
  });

  /** Asserts that the client gave up permanently, and that its last connection carried 1.0 only. */
  async function assertRefused(code: TrustCode, connection = 1): Promise<void> {
    const { error } = await until(client, "closed");
    await wire.idle();
    assert.ok(withCode(TrustError, code)(error), `${error?.code}: ${error?.message}`);
    const said = wire.frames.filter((one) => one.way === "to server" && one.connection === connection);
    assert.deepEqual(
      said.map(({ bytes }) => bytes.length),
      [4 + 32 + 1184],
    );
    assert.equal(wire.connections, connection);
  }

  it("(control) is accepted with the team's own credentials", async () => {
    const connected = client.connect();
    const line = (await scripted.accept()).letIn();
    await connected;
    assert.equal(line.client.name, "alice");
    assert.equal(wire.frames.filter(({ way }) => way === "to server").length, 2);
  });

  const names = subjectAltName(LOOPBACK);
  const foreignCa = caCertificate(impostor, caLife);
  const cases: readonly (readonly [string, TrustCode, Partial<ServerCredentials>])[] = [
    [
      "with another CA's certificate",
      "wrong-ca",
      {
        certificates: [serverCertificate({}, impostor.privateKey), foreignCa],
        revocationList: revocationList({}, impostor.privateKey),
      },
    ],
    [
      "with another CA's certificate and the team's CA",
      "certificate-invalid",
      withCertificate(serverCertificate({}, impostor.privateKey)),
    ],
    [
      "with a self-made certificate",
      "certificate-invalid",
      withCertificate(serverCertificate({}, server.privateKey)),
    ],
    [
      "with an expired certificate",
      "certificate-expired",
      withCertificate(serverCertificate({ notBefore: days(-90), notAfter: days(-1) })),
    ],
    [
      "with a certificate that is not valid yet",
      "certificate-expired",
      withCertificate(serverCertificate({ notBefore: days(1) })),
    ],
    [
      "with a certificate for another name",
      "certificate-name",
      withCertificate(
        serverCertificate({
          extensions: serverExtensions({
            names: subjectAltName("chat.example.org", Uint8Array.of(127, 0, 0, 2)),
          }),
        }),
      ),
    ],
    [
      "with a certificate that is not for servers",
      "certificate-invalid",
      withCertificate(
        serverCertificate({
          extensions: serverExtensions({ names, extendedUsage: extendedKeyUsage(CLIENT_AUTH) }),
        }),
      ),
    ],
    [
      "with a certificate whose key may not sign",
      "certificate-invalid",
      withCertificate(serverCertificate({ extensions: serverExtensions({ names, usage: keyUsage(0x20) }) })),
    ],
    [
      "with a certificate that is a CA",
      "certificate-invalid",
      withCertificate(
        serverCertificate({ extensions: serverExtensions({ names, constraints: basicConstraints(true) }) }),
      ),
    ],
    [
      "with a revoked certificate",
      "certificate-revoked",
      { revocationList: revocationList({ revoked: [SERVER_SERIAL] }) },
    ],
    ["without a revocation list", "revocation-list-invalid", { revocationList: new Uint8Array() }],
    [
      "with an expired revocation list",
      "revocation-list-invalid",
      { revocationList: revocationList({ thisUpdate: days(-9), nextUpdate: days(-2) }) },
    ],
    [
      "with a self-made revocation list",
      "revocation-list-invalid",
      { revocationList: revocationList({}, impostor.privateKey) },
    ],
    // The certificates and the signature are public: anybody who connects receives them.
    [
      "that shows the team's certificates and a key of its own",
      "server-key-unproven",
      { staticKey: generateKeyPair() },
    ],
    [
      "whose key is vouched for by another key than the certificate's",
      "server-key-unproven",
      { staticKeySignature: vouch(impostor.privateKey) },
    ],
  ];
  for (const [what, code, wrong] of cases)
    it(`${what} is refused before the client sends its name: ${code}`, async () => {
      proof.credentials = { ...genuine, ...wrong };
      const connected = client.connect();
      await assert.rejects(connected, withCode(TrustError, code));
      await assertRefused(code);
    });

  it("that shows an older revocation list is refused when the client returns: revocation-list-invalid", async () => {
    const connected = client.connect();
    const line = (await scripted.accept()).letIn();
    await connected;
    proof.credentials = { ...genuine, revocationList: revocationList({ extensions: [crlNumber(6n)] }) };
    line.destroy();
    await assertRefused("revocation-list-invalid", 2);
  });

  it("that replaces the team's between two connections is refused: wrong-ca", async () => {
    const connected = client.connect();
    const line = (await scripted.accept()).letIn();
    await connected;
    proof.credentials = { ...genuine, certificates: [serverCertificate({}, impostor.privateKey), foreignCa] };
    line.destroy();
    await assertRefused("wrong-ca", 2);
  });
});
