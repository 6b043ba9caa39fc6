/** Welcomes forged or misused by a lying server, a stranger or the peer themself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConversationId, newConversationId, username } from "../names.ts";
import { Conversation, prepareToJoin } from "./conversation.ts";
import {
  alice,
  badContent,
  bob,
  check,
  createWith,
  inDays,
  joinWith,
  makeKeyPackage,
  makeWelcome,
  mallory,
  pins,
  readPackage,
  trust,
  withBitFlipped,
} from "./people-fixture.ts";

/** u16 version | u16 wire format | u16 cipher suite (RFC 9420 §6, §12.4.3.1). */
const HEAD_BITS = 48;

describe("A Welcome", () => {
  let id: ConversationId;
  beforeEach(() => {
    id = newConversationId();
  });
  /** Returns bob's KeyPackage, which the attacker also has, and bob's secret for joining. */
  async function accepted() {
    const joining = await prepareToJoin(bob.name, bob.identity);
    const keyPackage = readPackage(joining.keyPackage);
    return { joining, keyPackage };
  }

  it("is accepted when nothing is wrong with it", async () => {
    const { joining, keyPackage } = await accepted();
    const welcome = await makeWelcome(id, await makeKeyPackage(alice), [keyPackage]);
    assert.equal((await joinWith(id, joining, welcome)).peer.name, "alice");
  });

  it("is refused for another group", async () => {
    const { joining, keyPackage } = await accepted();
    const welcome = await makeWelcome(newConversationId(), await makeKeyPackage(alice), [keyPackage]);
    await assert.rejects(joinWith(id, joining, welcome), trust("wrong-conversation"));
  });

  it("is refused when a third person is in the group", async () => {
    const { joining, keyPackage } = await accepted();
    const third = (await makeKeyPackage(mallory)).publicPackage;
    for (const added of [
      [keyPackage, third],
      [third, keyPackage],
    ]) {
      const welcome = await makeWelcome(id, await makeKeyPackage(alice), added);
      await assert.rejects(joinWith(id, joining, welcome), trust("identity-mismatch"));
    }
  });

  it("is refused when a third person has one of the two names", async () => {
    for (const [name, reason] of [
      ["alice", "identity-changed"],
      ["bob", "identity-mismatch"],
    ] as const) {
      const { joining, keyPackage } = await accepted();
      const third = (await makeKeyPackage({ name, identity: mallory.identity })).publicPackage;
      const welcome = await makeWelcome(id, await makeKeyPackage(alice), [keyPackage, third]);
      await assert.rejects(joinWith(id, joining, welcome), trust(reason));
    }
  });

  it("is refused when a third person has a second key that is pinned for alice", async () => {
    const { joining, keyPackage } = await accepted();
    const other = { name: username("alice"), identity: mallory.identity };
    const options = { id, ...bob, peer: alice.name, joining, check: pins(alice, other) };
    const third = (await makeKeyPackage(other)).publicPackage;
    const welcome = await makeWelcome(id, await makeKeyPackage(alice), [keyPackage, third]);
    await assert.rejects(Conversation.join({ ...options, welcome }), trust("identity-mismatch"));
  });

  it("is refused from somebody else, under their own name or alice's", async () => {
    const { joining, keyPackage } = await accepted();
    const theirs = await makeWelcome(id, await makeKeyPackage(mallory), [keyPackage]);
    await assert.rejects(joinWith(id, joining, theirs), trust("identity-mismatch"));
    const posing = await makeKeyPackage({ name: "alice", identity: mallory.identity });
    const posed = await makeWelcome(id, posing, [keyPackage]);
    await assert.rejects(joinWith(id, joining, posed), trust("identity-changed"));
    const renamed = await makeKeyPackage({ name: "mallory", identity: alice.identity });
    const other = await makeWelcome(id, renamed, [keyPackage]);
    await assert.rejects(joinWith(id, joining, other), trust("identity-mismatch"));
  });

  it("is refused when another key signs for alice's leaf", async () => {
    const { joining, keyPackage } = await accepted();
    const { publicPackage, privatePackage } = await makeKeyPackage(alice);
    const signaturePrivateKey = mallory.identity.exportSeed();
    const creator = { publicPackage, privatePackage: { ...privatePackage, signaturePrivateKey } };
    const welcome = await makeWelcome(id, creator, [keyPackage]);
    await assert.rejects(joinWith(id, joining, welcome), trust("undecryptable"));
  });

  it("is refused for another KeyPackage, and for an identity that is not the KeyPackage's", async () => {
    const [one, other] = [await accepted(), await accepted()];
    const welcome = await makeWelcome(id, await makeKeyPackage(alice), [one.keyPackage]);
    await assert.rejects(joinWith(id, other.joining, welcome), trust("undecryptable"));
    const options = { id, name: bob.name, peer: alice.name, joining: one.joining, welcome, check };
    await assert.rejects(
      Conversation.join({ ...options, identity: mallory.identity }),
      trust("identity-mismatch"),
    );
  });

  it("is refused when the requester's leaf has expired", async () => {
    const { joining, keyPackage } = await accepted();
    const lifetime = { notBefore: inDays(-3), notAfter: inDays(-1) };
    const welcome = await makeWelcome(id, await makeKeyPackage(alice, { lifetime }), [keyPackage]);
    await assert.rejects(joinWith(id, joining, welcome), trust("undecryptable"));
  });

  it("is refused when the group has a past or extensions", async () => {
    const extension = { extensionType: 7, extensionData: new Uint8Array(4) };
    const required = {
      extensionType: "required_capabilities" as const,
      extensionData: Uint8Array.of(0, 0, 0),
    };
    for (const change of [{ extraEpochs: 1 }, { extensions: [required] }, { infoExtensions: [extension] }]) {
      const { joining, keyPackage } = await accepted();
      const welcome = await makeWelcome(id, await makeKeyPackage(alice), [keyPackage], change);
      await assert.rejects(joinWith(id, joining, welcome), trust("identity-mismatch"));
    }
  });

  it("is refused with a bit of its version, kind or suite flipped", async () => {
    const { joining } = await accepted();
    const { welcome } = await createWith(joining.keyPackage, id);
    for (let at = 0; at < HEAD_BITS; at++)
      await assert.rejects(
        joinWith(id, joining, withBitFlipped(welcome, at)),
        trust("undecryptable"),
        `${at}`,
      );
  });

  it("is refused with a bit flipped, cut short or lengthened", async () => {
    const { joining } = await accepted();
    const { welcome } = await createWith(joining.keyPackage, id);
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: welcome.length * 8 - 1 }), async (at) => {
        await assert.rejects(joinWith(id, joining, withBitFlipped(welcome, at)), trust("undecryptable"));
        const cut = welcome.subarray(0, Math.floor(at / 8));
        await assert.rejects(joinWith(id, joining, cut), trust("undecryptable"));
      }),
      { numRuns: 40 },
    );
    await assert.rejects(
      joinWith(id, joining, Buffer.concat([welcome, Buffer.of(0)])),
      trust("undecryptable"),
    );
    assert.equal((await joinWith(id, joining, welcome)).id, id);
  });

  it("is refused when it is garbage or a KeyPackage, or the stored secret is another", async () => {
    const { joining } = await accepted();
    const { welcome } = await createWith(joining.keyPackage, id);
    await assert.rejects(joinWith(id, joining, new Uint8Array()), trust("undecryptable"));
    await assert.rejects(joinWith(id, joining, new Uint8Array(1 << 20)), trust("undecryptable"));
    await assert.rejects(joinWith(id, joining, joining.keyPackage), trust("undecryptable"));
    const { keyPackage, secret } = joining;
    for (const broken of [
      { keyPackage, secret: secret.subarray(1) },
      { keyPackage, secret: Buffer.concat([Buffer.of(9), secret.subarray(1)]) },
      { keyPackage: keyPackage.subarray(1), secret },
    ])
      await assert.rejects(joinWith(id, broken, welcome), badContent);
  });
});
