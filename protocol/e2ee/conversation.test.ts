import assert from "node:assert/strict";
import { mock } from "node:test";
import { inspect } from "node:util";
import fc from "fast-check";
import { MAX_PLAINTEXT_BYTES, MAX_SEALED_BYTES } from "../limits.ts";
import { MAX_FORWARD_STEPS, MAX_SKIPPED_KEYS } from "../mls/bounds.ts";
import { secretsIn } from "../mls/secret-tree.ts";
import { newConversationId, newMessageId } from "../names.ts";
import type { Content } from "./content.ts";
import { Conversation, prepareToJoin } from "./conversation.ts";
import { decodeStored } from "./group-state.ts";
import {
  alice,
  badContent,
  bob,
  check,
  createWith,
  established,
  joinWith,
  pins,
  sealAll,
  text,
  trust,
} from "./people-fixture.ts";

describe("Conversation", () => {
  it("carries messages both ways between two people who know each other's keys", async () => {
    const { id, alices, bobs } = await established();
    assert.deepEqual([alices.id, bobs.id], [id, id]);
    assert.deepEqual([alices.name, bobs.name], ["alice", "bob"]);
    assert.deepEqual(alices.peer, { name: "bob", identityKey: bob.identity.publicKey });
    assert.deepEqual(bobs.peer, { name: "alice", identityKey: alice.identity.publicKey });
    assert.deepEqual([alices.epoch, bobs.epoch], [1n, 1n]);

    const [first, second] = [newMessageId(), newMessageId()];
    const there = await alices.seal(first, text("hello"));
    const heard = await bobs.open(first, there.bytes);
    assert.deepEqual([heard.content, heard.sender], [text("hello"), "alice"]);
    const receipt: Content = { kind: "receipt", sentAt: 5, state: "read", ids: [first] };
    const back = await heard.next.seal(second, receipt);
    const answer = await there.next.open(second, back.bytes);
    assert.deepEqual([answer.content, answer.sender], [{ ...receipt, level: 1 }, "bob"]);
  });

  for (const days of [-3, -0.5, 0.5, 3])
    it(`is established between people whose clocks are ${days} days apart`, async () => {
      const now = Date.now();
      mock.timers.enable({ apis: ["Date"], now });
      try {
        const by = <T>(clock: number, work: () => Promise<T>) => {
          mock.timers.setTime(clock);
          return work();
        };
        const theirs = now + days * 86_400_000;
        const id = newConversationId();
        const joining = await by(theirs, () => prepareToJoin(bob.name, bob.identity));
        const { conversation, welcome } = await by(now, () => createWith(joining.keyPackage, id));
        const joined = await by(theirs, () => joinWith(id, joining, welcome));
        const message = newMessageId();
        const { bytes } = await conversation.seal(message, text("what day is it?"));
        assert.deepEqual((await joined.open(message, bytes)).content, text("what day is it?"));
      } finally {
        mock.timers.reset();
      }
    });

  it("continues from its stored state at every step, also before the Welcome", async () => {
    const id = newConversationId();
    const stored = (conversation: Conversation) => Conversation.deserialize(conversation.serialize(), check);
    const prepared = await prepareToJoin(bob.name, bob.identity);
    const joining = { keyPackage: prepared.keyPackage.slice(), secret: prepared.secret.slice() };
    const { conversation, welcome } = await createWith(joining.keyPackage, id);
    let alices = stored(conversation);
    let bobs = stored(await joinWith(id, joining, welcome));
    for (let round = 0; round < 3; round++) {
      const [one, other] = [newMessageId(), newMessageId()];
      const sent = await alices.seal(one, text(`question ${round}`));
      const heard = await bobs.open(one, sent.bytes);
      const answer = await stored(heard.next).seal(other, text(`answer ${round}`));
      const got = await stored(sent.next).open(other, answer.bytes);
      assert.deepEqual(got.content, text(`answer ${round}`));
      [alices, bobs] = [stored(got.next), stored(answer.next)];
      assert.deepEqual([alices.id, alices.name, alices.peer], [id, "alice", conversation.peer]);
    }
  });

  it("seals the largest message within the wire's bound", async () => {
    const { alices, bobs } = await established();
    const id = newMessageId();
    const content: Content = { ...text("€".repeat(MAX_PLAINTEXT_BYTES / 3)), replyTo: id } as Content;
    const { bytes } = await alices.seal(id, content);
    assert(bytes.length <= MAX_SEALED_BYTES, String(bytes.length));
    assert.deepEqual((await bobs.open(id, bytes)).content, content);
    await assert.rejects(alices.seal(id, text("x".repeat(MAX_PLAINTEXT_BYTES + 1))), { code: "too-large" });
  });

  it("pads short messages to one size, with no plaintext in them", async () => {
    const { alices } = await established();
    const sizes = new Set<number>();
    for (const words of ["", "yes", "no", "The quick brown fox jumps over the lazy dog.", "x".repeat(150)]) {
      const { bytes } = await alices.seal(newMessageId(), text(words));
      sizes.add(bytes.length);
      assert(words === "" || !Buffer.from(bytes).includes(words));
    }
    assert.equal(sizes.size, 1);
  });

  it("opens messages in any order within the window, each once", async () => {
    const { alices, bobs } = await established();
    const words = Array.from({ length: 20 }, (_, i) => `message ${i}`);
    const { sealed } = await sealAll(alices, words);
    await fc.assert(
      fc.asyncProperty(fc.shuffledSubarray([...words.keys()], { minLength: 1 }), async (order) => {
        let next = bobs;
        for (const index of order) {
          const one = sealed[index];
          assert(one);
          const opened = await next.open(one.id, one.bytes);
          assert.deepEqual(opened.content, text(words[index] ?? ""));
          next = Conversation.deserialize(opened.next.serialize(), check);
        }
        for (const index of order) {
          const one = sealed[index];
          assert(one);
          await assert.rejects(next.open(one.id, one.bytes), trust("undecryptable"));
        }
      }),
      { numRuns: 10 },
    );
  });

  it("reports for each message whether earlier ones are missing, or whether it is late itself", async () => {
    const { alices, bobs } = await established();
    const { sealed } = await sealAll(alices, ["0", "1", "2", "3", "4"]);
    let next = bobs;
    const orders: unknown[] = [];
    for (const index of [0, 3, 1, 4, 2]) {
      const one = sealed[index];
      assert(one);
      const opened = await next.open(one.id, one.bytes);
      next = Conversation.deserialize(opened.next.serialize(), check);
      orders.push(opened.order);
    }
    const [inOrder, late] = [{ type: "next" }, { type: "late" }];
    assert.deepEqual(orders, [inOrder, { type: "ahead", missing: 2 }, late, inOrder, late]);
  });

  it("opens the last 64 skipped messages, and not the one before them", async () => {
    const { alices, bobs } = await established();
    const window = MAX_SKIPPED_KEYS;
    const { sealed } = await sealAll(
      alices,
      Array.from({ length: window + 2 }, (_, i) => `${i}`),
    );
    const [tooLate, stillGood] = sealed;
    const last = sealed.at(-1);
    assert(tooLate && stillGood && last);
    const { next } = await bobs.open(last.id, last.bytes);
    assert.deepEqual((await next.open(stillGood.id, stillGood.bytes)).content, text("1"));
    await assert.rejects(next.open(tooLate.id, tooLate.bytes), trust("undecryptable"));
  });

  it("forgets the key of a lost message once more than 64 later ones were opened", async () => {
    const { alices, bobs } = await established();
    const window = MAX_SKIPPED_KEYS;
    const { sealed } = await sealAll(
      alices,
      Array.from({ length: window + 2 }, () => ""),
    );
    const [lost, ...others] = sealed;
    let next = bobs;
    const sizes: number[] = [];
    for (const [index, one] of others.entries()) {
      next = (await next.open(one.id, one.bytes)).next;
      sizes.push(next.serialize().length);
      const { ratchets } = decodeStored(next.serialize()).group.secretTree;
      const kept = ratchets.flatMap((pair) => pair?.application.skipped.map(({ generation }) => generation));
      assert.deepEqual(
        kept.filter((generation) => generation !== undefined),
        index < window ? [0] : [],
        `after ${index + 1}`,
      );
    }
    assert(lost);
    await assert.rejects(next.open(lost.id, lost.bytes), trust("undecryptable"));
    assert.equal(new Set(sizes.slice(0, window)).size, 1);
    assert((sizes.at(-1) ?? 0) < (sizes[0] ?? 0));
  });

  it("skips up to 1024 missing messages, not more, with bounded state", async () => {
    const { alices, bobs } = await established();
    const steps = MAX_FORWARD_STEPS;
    const { sealed } = await sealAll(
      alices,
      Array.from({ length: steps + 2 }, () => ""),
    );
    const [within, beyond] = [sealed[steps], sealed[steps + 1]];
    assert(within && beyond);
    await assert.rejects(bobs.open(beyond.id, beyond.bytes), trust("undecryptable"));
    const { next } = await bobs.open(within.id, within.bytes);
    assert(next.serialize().length < 10_000, String(next.serialize().length));
    await next.open(beyond.id, beyond.bytes);
  });

  it("is immutable: sealing and opening change neither it nor its stored form", async () => {
    const { alices, bobs } = await established();
    const [before, bobsBefore] = [alices.serialize(), bobs.serialize()];
    const id = newMessageId();
    const { bytes } = await alices.seal(id, text("one"));
    const again = await alices.seal(id, text("one"));
    assert.notDeepEqual(bytes, again.bytes, "the reuse guard differs");
    await bobs.open(id, bytes);
    await bobs.open(id, again.bytes);
    assert.deepEqual(alices.serialize(), before);
    assert.deepEqual(bobs.serialize(), bobsBefore);
  });

  it("does not share buffers with its caller", async () => {
    const id = newConversationId();
    const joining = await prepareToJoin(bob.name, bob.identity);
    const { conversation, welcome } = await createWith(joining.keyPackage, id);
    const bobs = await joinWith(id, joining, welcome);
    const state = bobs.serialize();
    const restored = Conversation.deserialize(state, check);
    for (const buffer of [joining.keyPackage, joining.secret, welcome, state, bobs.peer.identityKey])
      buffer.fill(0);
    const message = newMessageId();
    const { bytes, next } = await conversation.seal(message, text("hello"));
    for (const one of [bobs, restored])
      assert.deepEqual((await one.open(message, bytes)).content, text("hello"));
    bytes.fill(0);
    await next.seal(newMessageId(), text("again"));
  });

  it("refuses to seal and open once the peer's key is no longer the pinned one", async () => {
    const { alices, bobs } = await established();
    const id = newMessageId();
    const { bytes } = await alices.seal(id, text("hello"));
    const restored = Conversation.deserialize(bobs.serialize(), pins(bob));
    await assert.rejects(restored.open(id, bytes), trust("identity-changed"));
    await assert.rejects(restored.seal(id, text("hello")), trust("identity-changed"));
  });

  it("shows no secret in JSON or logs", async () => {
    const { alices } = await established();
    const { signaturePrivateKey, secrets, secretTree } = decodeStored(alices.serialize()).group;
    const shown = [
      JSON.stringify(alices),
      inspect(alices, { showHidden: true, depth: Infinity, maxArrayLength: null }),
    ].map((output) => output.replace(/[\s":]/g, ""));
    assert.deepEqual(Object.keys(JSON.parse(JSON.stringify(alices))), ["id", "name", "peer"]);
    assert(shown[1]?.includes(alices.peer.identityKey.join(",")), "what is public can be seen");
    for (const secret of [signaturePrivateKey, ...Object.values(secrets), ...secretsIn(secretTree)])
      for (const output of shown) {
        assert(!output.includes(secret.subarray(0, 8).join(",")));
        assert(!output.includes(Buffer.from(secret).toString("hex")));
      }
  });
});

describe("Conversation.deserialize", () => {
  it("refuses anything but a stored conversation", async () => {
    const { alices } = await established();
    const state = alices.serialize();
    const deserialize = (bytes: Uint8Array) => () => Conversation.deserialize(bytes, check);
    for (const bytes of [
      new Uint8Array(),
      Uint8Array.of(1),
      Buffer.concat([Buffer.of(2), state.subarray(1)]), // Another version.
      Buffer.concat([state, Buffer.of(0)]),
      state.subarray(1),
      new Uint8Array(1 << 20).fill(1),
    ])
      assert.throws(deserialize(bytes), badContent);
    fc.assert(
      fc.property(fc.nat({ max: state.length - 1 }), (length) => {
        assert.throws(deserialize(state.subarray(0, length)), badContent);
      }),
    );
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), (bytes) => {
        assert.throws(deserialize(Buffer.concat([Buffer.of(3), bytes])), badContent);
      }),
    );
  });

  it("refuses an identity's seed that does not belong to the group", async () => {
    const { alices } = await established();
    const state = alices.serialize();
    const at = Buffer.from(state).indexOf(alice.identity.exportSeed());
    assert(at > 0);
    state[at] = (state[at] ?? 0) ^ 1;
    assert.throws(() => Conversation.deserialize(state, check), badContent);
  });
});
