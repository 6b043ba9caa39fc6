/**
 * A request names the key that the server shows. For a moment that may be one that its owner has replaced,
 * and then the owner's client drops the request.
 */

import assert from "node:assert/strict";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import { Opcode, Presence, UserSchema } from "../../protocol/wire/parley_pb.ts";
import { temporaryAuthority } from "../fixtures/scripted-server.ts";
import { Trio } from "../fixtures/trio.ts";

describe("a key that the server showed until a moment ago", function () {
  this.timeout(180_000);
  let authority: Awaited<ReturnType<typeof temporaryAuthority>>;
  let trio: Trio;
  before(async () => {
    authority = await temporaryAuthority();
  });
  after(() => authority.remove());
  beforeEach(async () => {
    trio = await Trio.meet(authority.authority);
  });
  afterEach(() => trio.part());

  /**
   * Simulates the second after a person has joined again, before it is broadcast: PRESENCE has the old key.
   */
  async function showsOldKey(): Promise<void> {
    const { alice, bob, liar, mallory } = trio;
    // The last of them shows that Alice's client has read the first.
    for (const name of [bob.name, username("zoe")])
      liar.tell(alice.name, Opcode.PRESENCE, 0, UserSchema, {
        ...{ name, identityKey: mallory.publicKey, presence: Presence.ONLINE },
      });
    await alice.until("zoe online", () => partner(alice.messenger.chat(directChat(username("zoe")))).online);
  }
  const requests = () =>
    trio.letters.filter(({ opcode, to }) => opcode === Opcode.RTT && to === trio.bob.name);

  it("is replaced in a request to a new person, which is sent again with the present key", async () => {
    const { alice, bob } = trio;
    await alice.sees(bob);
    await showsOldKey();
    const before = requests().length;
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    assert.equal(requests().length, before + 2);
    assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "requested");
    await bob.accepts(alice);
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    assert.deepEqual(await trio.transcript(alice, bob), ["* opened"]);
  });

  it("is replaced in a request to a known person, whose pinned key stays", async () => {
    const { alice, bob } = trio;
    await trio.getToKnow();
    await trio.close();
    await showsOldKey();
    const before = requests().length;
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    assert.equal(requests().length, before + 2);
    await bob.accepts(alice);
    await alice.isIn(bob, "open");
    assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "verified");
  });

  it("is not used in a request with a note, which is sealed for the present key", async () => {
    const { alice, bob } = trio;
    await alice.sees(bob);
    await showsOldKey();
    const before = requests().length;
    await alice.messenger.request({ peer: bob.name, note: "hello" });
    await bob.isIn(alice, "invited");
    assert.equal(requests().length, before + 1);
    const note = bob.messenger.chat(directChat(alice.name)).request?.note;
    assert.equal(note?.kind === "text" && note.text, "hello");
  });

  it("is replaced once only: a second refusal is final", async () => {
    const { alice, bob } = trio;
    await alice.sees(bob);
    const before = requests().length;
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    await bob.refuses(alice);
    await alice.until("refused", async () => (await trio.transcript(alice, bob)).includes("* refused"));
    assert.equal(requests().length, before + 1);
    await showsOldKey();
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    await bob.refuses(alice);
    await alice.until("refused again", async () => (await trio.transcript(alice, bob)).length === 2);
    assert.equal(requests().length, before + 3);
  });
});
