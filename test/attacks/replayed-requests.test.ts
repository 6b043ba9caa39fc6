/** A statement signed for one server, or for one key, is replayed at another. The clients are honest, and one identity signs in at both servers. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { Client, type RequestForged } from "../../protocol/client/client.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { XWING_PUBLIC_KEY_BYTES } from "../../protocol/limits.ts";
import { newConversationId, username } from "../../protocol/names.ts";
import type { Authority } from "../../server/authority/authority.ts";
import { type Letter, LyingServer } from "../fixtures/lying-server.ts";
import { temporaryAuthority } from "../fixtures/scripted-server.ts";

const [ALICE, BOB] = [username("alice"), username("bob")];

describe("a request or key replayed from another server", function () {
  this.timeout(180_000);
  const authorities: Awaited<ReturnType<typeof temporaryAuthority>>[] = [];
  const servers: LyingServer[] = [];
  const clients: Client[] = [];
  const [alice, bob] = [Identity.generate(), Identity.generate()];

  before(async () => {
    authorities.push(await temporaryAuthority(), await temporaryAuthority());
  });
  after(() => Promise.all(authorities.map((one) => one.remove())));
  afterEach(async () => {
    await Promise.all(clients.splice(0).map((client) => client.close()));
    await Promise.all(servers.splice(0).map((server) => server.stop()));
  });

  async function serve(which: 0 | 1): Promise<LyingServer> {
    const server = await LyingServer.start(authorities[which]?.authority as Authority);
    servers.push(server);
    return server;
  }
  async function join(server: LyingServer, name: typeof ALICE, identity: Identity): Promise<Client> {
    const { host, port, caFingerprint, token } = parseInvite(server.link);
    const client = new Client({ host, port, caFingerprint, name, identity, inviteToken: token });
    clients.push(client);
    await client.connect();
    return client;
  }
  /**
   * Alice sends Bob a request at that server, and he receives it.
   * @returns it as delivered
   */
  async function asks(server: LyingServer): Promise<Letter> {
    const letters: Letter[] = [];
    server.lie = (one) => {
      letters.push(one);
      return [one];
    };
    const bobs = await join(server, BOB, bob);
    const client = await join(server, ALICE, alice);
    const asked = once(bobs, "request");
    const asking = client.requestToTalk(BOB, newConversationId());
    const [{ confirm }] = await asked;
    confirm();
    await asking;
    return letters[0] ?? assert.fail("nothing was delivered");
  }
  async function isDropped(server: LyingServer, identity: Identity, letter: Letter): Promise<RequestForged> {
    const client = await join(server, BOB, identity);
    client.on("request", () => assert.fail("the request counts"));
    const forged = once(client, "forged");
    server.post(letter);
    const [notice] = await forged;
    await server.settled();
    assert.equal(notice.error.code, "identity-mismatch");
    return notice;
  }

  it("is refused as a request, though both people have the same keys there", async () => {
    const letter = await asks(await serve(0));
    const notice = await isDropped(await serve(1), bob, letter);
    assert.equal(notice.forAnotherKey, false);
  });

  it("is refused as a request to a person of the same name with another key", async () => {
    const letter = await asks(await serve(0));
    const notice = await isDropped(await serve(0), Identity.generate(), letter);
    assert.equal(notice.forAnotherKey, true);
  });

  it("is valid for its own server and key, also repeated: the messenger counts it once", async () => {
    const letter = await asks(await serve(0));
    const again = await serve(0);
    const client = await join(again, BOB, bob);
    const asked = once(client, "request");
    again.post(letter);
    const [{ peer, confirm }] = await asked;
    assert.equal(peer, ALICE);
    confirm();
  });

  it("is refused as a request key", async () => {
    const [here, there] = [await serve(0), await serve(1)];
    const key = { key: randomBytes(XWING_PUBLIC_KEY_BYTES), validUntil: 2_000_000_000 };
    await (await join(here, BOB, bob)).publishRequestKey(key);
    let published: Parameters<LyingServer["lieAboutKeys"]>[2];
    here.lieAboutKeys = (_of, _by, known) => {
      published = known;
      return known;
    };
    assert.deepEqual((await (await join(here, ALICE, alice)).requestKey(BOB)).validUntil, key.validUntil);
    await join(there, BOB, bob);
    there.lieAboutKeys = () => published;
    await assert.rejects((await join(there, ALICE, alice)).requestKey(BOB), code("identity-mismatch"));
  });
});
