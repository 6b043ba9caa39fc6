/**
 * New keys for one side of a conversation, on a schedule: the conversation continues, and an attacker with a
 * stolen earlier state loses access.
 */
import assert from "node:assert/strict";
import {
  MAX_COMMIT_BYTES,
  MAX_KEY_MATERIAL_BYTES,
  PAST_EPOCHS,
  SELF_UPDATE_AFTER_MESSAGES,
  SELF_UPDATE_AFTER_MS,
} from "../limits.ts";
import { MAX_SKIPPED_KEYS } from "../mls/bounds.ts";
import { newMessageId } from "../names.ts";
import { type Committed, Conversation } from "./conversation.ts";
import { decodeStored } from "./group-state.ts";
import { bob, check, established, pins, sealAll, text, trust } from "./people-fixture.ts";

/**
 * Delivers everything that `from` sent.
 * @returns both sides afterwards
 */
async function tell(
  from: Conversation,
  to: Conversation,
  words: string,
): Promise<[Conversation, Conversation]> {
  const id = newMessageId();
  const sealed = await from.seal(id, text(words));
  const opened = await to.open(id, sealed.bytes);
  assert.deepEqual(opened.content, text(words));
  return [sealed.next, opened.next];
}
/**
 * Makes a self-update by `from`, accepts it at the server, and delivers it to `to`.
 * @returns both sides afterwards
 */
async function update(from: Conversation, to: Conversation): Promise<[Conversation, Conversation]> {
  const { next, id, bytes } = await from.commit(Date.now());
  return [next.mergeCommit(id), await follow(to, { id, bytes })];
}
async function follow(
  to: Conversation,
  { id, bytes }: Pick<Committed, "id" | "bytes">,
): Promise<Conversation> {
  const opened = await to.open(id, bytes);
  assert.equal(opened.content, undefined);
  return opened.next;
}
const restored = (conversation: Conversation) => Conversation.deserialize(conversation.serialize(), check);

describe("a self-update", () => {
  it("starts the next epoch on both sides, and the conversation continues in it", async () => {
    let { alices, bobs } = await established();
    for (let round = 0n; round < 3n; round++) {
      [alices, bobs] = await update(alices, bobs);
      [bobs, alices] = await update(bobs, alices);
      assert.deepEqual([alices.epoch, bobs.epoch], [3n + 2n * round, 3n + 2n * round]);
      [alices, bobs] = await tell(restored(alices), restored(bobs), "there");
      [bobs, alices] = await tell(bobs, alices, "and back");
    }
    assert.equal(alices.peer.name, "bob");
  });

  it("is far smaller than its bound", async () => {
    const { alices } = await established();
    const { bytes } = await alices.commit(0);
    assert.ok(bytes.length < MAX_COMMIT_BYTES / 1.5, String(bytes.length));
  });

  it("leaves its author in the old epoch until it is accepted", async () => {
    let { alices, bobs } = await established();
    const commit = await alices.commit(Date.now());
    assert.equal(commit.epoch, 1n);
    [alices, bobs] = await tell(restored(commit.next), bobs, "under way");
    [bobs, alices] = await tell(bobs, alices, "as before");
    assert.equal(alices.epoch, 1n);
    alices = restored(alices).mergeCommit(commit.id);
    assert.equal(alices.epoch, 2n);
    bobs = await follow(bobs, commit);
    await tell(alices, bobs, "now");
  });

  it("is returned unchanged while it is pending, also after a restart", async () => {
    const { alices } = await established();
    const first = await alices.commit(1);
    const again = await restored(first.next).commit(2);
    assert.deepEqual([again.id, again.bytes, again.epoch], [first.id, first.bytes, first.epoch]);
  });

  it("is accepted once a message of the peer arrives in its epoch, whatever the server answered", async () => {
    let { alices, bobs } = await established();
    const lost = await alices.commit(Date.now()); // the answer is lost
    bobs = await follow(bobs, lost);
    const [, heard] = await tell(bobs, lost.next, "I am there already");
    assert.equal(heard.epoch, 2n);
    assert.equal(heard.mergeCommit(lost.id), heard);
    // The peer's own update may be the first message in that epoch.
    [bobs, alices] = await update(bobs, restored(lost.next));
    assert.deepEqual([alices.epoch, bobs.epoch], [3n, 3n]);
    await tell(alices, bobs, "me too");
  });

  it("yields to the peer's, and is due again at once", async () => {
    let { alices, bobs } = await established();
    const [hers, his] = [await alices.commit(Date.now()), await bobs.commit(Date.now())];
    bobs = his.next.mergeCommit(his.id); // the server took his first
    alices = await follow(restored(hers.next), his);
    assert.equal(alices.mergeCommit(hers.id), alices);
    assert.ok(alices.updateDue(Date.now()));
    [alices, bobs] = await tell(alices, bobs, "after you");
    const next = await alices.commit(Date.now());
    assert.notEqual(next.id, hers.id);
    assert.equal(next.epoch, 2n);
    await assert.rejects(bobs.open(hers.id, hers.bytes), trust("undecryptable")); // the one that came second
    await update(alices, bobs);
  });

  it("is due after a number of messages or a time, once the peer is in the present epoch", async () => {
    let { alices, bobs } = await established();
    const now = Date.now();
    assert.ok(!bobs.updateDue(now));
    assert.ok(bobs.updateDue(now + SELF_UPDATE_AFTER_MS));
    assert.ok(bobs.updateDue(now - 2 * SELF_UPDATE_AFTER_MS), "a clock that was set back");
    assert.ok(!alices.updateDue(now + SELF_UPDATE_AFTER_MS), "bob may not have joined yet");
    alices = (await sealAll(alices, Array<string>(SELF_UPDATE_AFTER_MESSAGES).fill(""))).next;
    assert.ok(!alices.updateDue(now));
    [bobs, alices] = await tell(bobs, restored(alices), "here");
    assert.ok(alices.updateDue(now));
    [alices, bobs] = await update(alices, bobs);
    assert.ok(!alices.updateDue(now + SELF_UPDATE_AFTER_MS), "not twice before bob was heard");
    assert.ok(bobs.updateDue(now + SELF_UPDATE_AFTER_MS));
    [bobs, alices] = await tell(bobs, alices, "still here");
    assert.ok(!alices.updateDue(Date.now()));
    assert.ok(alices.updateDue(Date.now() + SELF_UPDATE_AFTER_MS));
  });

  it("keeps late messages of the last epochs readable, each once, and reports them as late", async () => {
    let { alices, bobs } = await established();
    const tooLate = await sealAll(alices, ["too late"]);
    [alices, bobs] = await update(tooLate.next, bobs);
    const onTime = await sealAll(alices, ["one", "two", "three"]);
    alices = onTime.next;
    for (let epoch = 0; epoch < PAST_EPOCHS; epoch++)
      [alices, bobs] = epoch % 2 ? await update(alices, bobs) : swapped(await update(bobs, alices));
    const [one, two, three] = onTime.sealed;
    const [old] = tooLate.sealed;
    assert.ok(one && two && three && old);
    bobs = restored(bobs);
    const second = await bobs.open(two.id, two.bytes);
    assert.deepEqual([second.content, second.order], [text("two"), { type: "ahead", missing: 1 }]);
    const first = await restored(second.next).open(one.id, one.bytes);
    assert.deepEqual([first.content, first.order], [text("one"), { type: "late" }]);
    for (const { id, bytes } of [one, two])
      await assert.rejects(first.next.open(id, bytes), trust("undecryptable"));
    await assert.rejects(first.next.open(old.id, old.bytes), trust("undecryptable"));
    const [, heard] = await tell(alices, first.next, "newest");
    assert.deepEqual((await heard.open(three.id, three.bytes)).order, { type: "late" });
    assert.equal(heard.epoch, 2n + BigInt(PAST_EPOCHS));
  });

  it("keeps the stored state small", async () => {
    let { alices, bobs } = await established();
    for (let epoch = 0; epoch <= PAST_EPOCHS; epoch++) {
      [alices, bobs] = await update(alices, bobs);
      [bobs, alices] = await update(bobs, alices);
    }
    assert.ok(alices.serialize().length < 8 * 1024, String(alices.serialize().length));
    const { next } = await alices.commit(0);
    assert.ok(next.serialize().length < 18 * 1024, String(next.serialize().length));
  });

  it("is immutable: an operation whose result was not stored can be repeated", async () => {
    const { alices, bobs } = await established();
    const before = alices.serialize();
    const { id, bytes } = await alices.commit(0);
    assert.deepEqual(alices.serialize(), before);
    const bobsBefore = bobs.serialize();
    await bobs.open(id, bytes);
    assert.deepEqual(bobs.serialize(), bobsBefore);
    await tell(await follow(bobs, { id, bytes }), (await alices.commit(0)).next, "not merged").catch(
      () => {},
    );
    await tell(alices, bobs, "as if nothing had happened");
  });

  it("is neither made for nor accepted from a peer whose key is not the pinned one", async () => {
    const { alices, bobs } = await established();
    const { id, bytes } = await alices.commit(0);
    const doubting = Conversation.deserialize(bobs.serialize(), pins(bob));
    await assert.rejects(doubting.open(id, bytes), trust("identity-changed"));
    await assert.rejects(doubting.commit(0), trust("identity-changed"));
  });
});

describe("the stored state of a conversation", () => {
  it("stays within its bound with the most skipped keys in every epoch and a pending commit", async () => {
    let { alices, bobs } = await established();
    for (let epoch = 0; epoch <= PAST_EPOCHS; epoch++) {
      const { sealed, next } = await sealAll(
        alices,
        Array.from({ length: MAX_SKIPPED_KEYS + 1 }, () => ""),
      );
      alices = next;
      const last = sealed.at(-1) ?? assert.fail();
      bobs = (await bobs.open(last.id, last.bytes)).next;
      if (epoch < PAST_EPOCHS) [bobs, alices] = await update(bobs, alices);
    }
    const { next } = await bobs.commit(0);
    const { group } = decodeStored(next.serialize());
    const kept = [group.secretTree, ...group.past.map(({ secretTree }) => secretTree)].map(
      ({ ratchets }) => ratchets[0]?.application.skipped.length,
    );
    assert.deepEqual(kept, Array(PAST_EPOCHS + 1).fill(MAX_SKIPPED_KEYS));
    assert(next.serialize().length < MAX_KEY_MATERIAL_BYTES - 16_384, `${next.serialize().length} bytes`);
  });
});

describe("a stolen state", () => {
  it("opens messages until its owner's next self-update, and none after", async () => {
    let { alices, bobs } = await established();
    let thief = restored(bobs);
    const overheard = async (words: string) => {
      const id = newMessageId();
      const sealed = await alices.seal(id, text(words));
      alices = sealed.next;
      bobs = (await bobs.open(id, sealed.bytes)).next;
      const opened = await thief.open(id, sealed.bytes);
      thief = opened.next;
      return opened.content;
    };
    assert.deepEqual(await overheard("before"), text("before"));
    // Alice's update does not help: it is sealed to bob's keys, which were stolen.
    const hers = await alices.commit(Date.now());
    alices = hers.next.mergeCommit(hers.id);
    bobs = await follow(bobs, hers);
    thief = await follow(thief, hers);
    assert.deepEqual(await overheard("between"), text("between"));
    const his = await bobs.commit(Date.now());
    bobs = his.next.mergeCommit(his.id);
    alices = await follow(alices, his);
    await assert.rejects(thief.open(his.id, his.bytes)); // he cannot follow
    await assert.rejects(overheard("after"), trust("undecryptable"));
    // The thief cannot send either: messages that he can still seal belong to a past epoch.
    [bobs, alices] = await tell(bobs, alices, "just us");
    [alices, bobs] = await update(alices, bobs);
    await assert.rejects(overheard("and for good"), trust("undecryptable"));
  });

  it("holds no key of a message that its owner has opened, of this epoch or a past one", async () => {
    let { alices, bobs } = await established();
    const said = await sealAll(alices, ["one", "two"]);
    for (const { id, bytes } of said.sealed) bobs = (await bobs.open(id, bytes)).next;
    [bobs, alices] = await update(bobs, said.next);
    for (const thief of [restored(bobs), restored((await bobs.commit(0)).next)])
      for (const { id, bytes } of said.sealed)
        await assert.rejects(thief.open(id, bytes), trust("undecryptable"));
    const { past, ownLeaf } = decodeStored(bobs.serialize()).group;
    assert.equal(past.length, 1);
    const { secrets, ratchets } = past[0]?.secretTree ?? assert.fail();
    assert.deepEqual(
      secrets.filter((secret) => secret !== undefined),
      [],
    );
    assert.equal(ratchets[ownLeaf], undefined);
    assert.deepEqual(
      ratchets.flatMap((pair) => (pair === undefined ? [] : [pair.handshake])),
      [undefined],
      "of alice's ratchet for messages, nothing else",
    );
  });
});

function swapped<A, B>([a, b]: [A, B]): [B, A] {
  return [b, a];
}
