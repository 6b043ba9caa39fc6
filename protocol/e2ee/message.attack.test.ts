/** Messages forged or misused by a lying server, a stranger or the peer themself. */
import assert from "node:assert/strict";
import fc from "fast-check";
import { createCommit, createProposal, encodeMlsMessage } from "ts-mls";
import { MAX_CONTENT_BYTES, MAX_SEALED_BYTES } from "../limits.ts";
import { encodeMessage } from "../mls/message.ts";
import { idBytes, newMessageId } from "../names.ts";
import { decodeContent } from "./content.ts";
import { Conversation } from "./conversation.ts";
import { decodeMessage } from "./mls-message.ts";
import {
  anyOfOurs,
  check,
  established,
  makeKeyPackage,
  mallory,
  sealAll,
  sealRaw,
  text,
  theirSuite,
  trust,
  uncheckedState,
  withBitFlipped,
} from "./people-fixture.ts";

describe("A message is refused, and the conversation goes on, when", () => {
  let alices: Conversation;
  let bobs: Conversation;
  beforeEach(async () => {
    ({ alices, bobs } = await established());
  });
  afterEach(async () => {
    const id = newMessageId();
    const { bytes } = await alices.seal(id, text("still here"));
    assert.deepEqual((await bobs.open(id, bytes)).content, text("still here"));
  });

  it("it was sealed for another conversation of the same two people", async () => {
    const other = await established();
    const id = newMessageId();
    const { bytes } = await other.alices.seal(id, text("hello"));
    await assert.rejects(bobs.open(id, bytes), trust("wrong-conversation"));
  });

  it("it claims this conversation, but was sealed for another", async () => {
    const other = await established();
    const id = newMessageId();
    const { bytes } = await other.alices.seal(id, text("hello"));
    const message = decodeMessage(bytes, "mls_private_message", MAX_SEALED_BYTES);
    assert(message);
    const groupId = new Uint8Array(idBytes(bobs.id));
    const relabelled = encodeMessage({
      ...message,
      privateMessage: { ...message.privateMessage, groupId },
    });
    await assert.rejects(bobs.open(id, relabelled), trust("undecryptable"));
  });

  it("it comes under another id, outside only or inside too", async () => {
    const [id, other] = [newMessageId(), newMessageId()];
    const { bytes } = await alices.seal(id, text("hello"));
    await assert.rejects(bobs.open(other, bytes), trust("identity-mismatch"));
    const message = decodeMessage(bytes, "mls_private_message", MAX_SEALED_BYTES);
    assert(message);
    const authenticatedData = new Uint8Array(idBytes(other));
    const relabelled = encodeMessage({
      ...message,
      privateMessage: { ...message.privateMessage, authenticatedData },
    });
    await assert.rejects(bobs.open(other, relabelled), trust("undecryptable"));
  });

  it("it comes a second time", async () => {
    const { sealed, next } = await sealAll(alices, ["one", "two", "three"]);
    let heard = bobs;
    for (const { id, bytes } of sealed) heard = (await heard.open(id, bytes)).next;
    for (const { id, bytes } of sealed) await assert.rejects(heard.open(id, bytes), trust("undecryptable"));
    [alices, bobs] = [next, heard];
  });

  it("any bit of it is flipped, or it is cut short or lengthened", async () => {
    const id = newMessageId();
    const { bytes } = await alices.seal(id, text("hello"));
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: bytes.length * 8 - 1 }), async (at) => {
        await assert.rejects(bobs.open(id, withBitFlipped(bytes, at)), {
          name: "TrustError",
          code: /^(undecryptable|wrong-conversation|identity-mismatch)$/,
        });
        await assert.rejects(bobs.open(id, bytes.subarray(0, Math.floor(at / 8))), trust("undecryptable"));
      }),
      { numRuns: 200 },
    );
    await assert.rejects(bobs.open(id, Buffer.concat([bytes, Buffer.of(0)])), trust("undecryptable"));
  });

  it("it is garbage or too long", async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (bytes) => {
        await assert.rejects(bobs.open(newMessageId(), bytes), anyOfOurs);
        const message = Buffer.concat([Buffer.of(0, 1, 0, 2, 16), idBytes(bobs.id), bytes]);
        await assert.rejects(bobs.open(newMessageId(), message), anyOfOurs);
      }),
    );
    await assert.rejects(
      bobs.open(newMessageId(), new Uint8Array(MAX_SEALED_BYTES + 1)),
      trust("undecryptable"),
    );
  });

  it("it is our own, reflected", async () => {
    const id = newMessageId();
    const { bytes, next } = await alices.seal(id, text("hello"));
    await assert.rejects(next.open(id, bytes), trust("undecryptable"));
    await assert.rejects(alices.open(id, bytes), trust("identity-mismatch")); // Even in an earlier state.
  });

  it("the peer seals it in our name", async () => {
    const id = newMessageId();
    const { bytes: forged } = await sealRaw(alices, id, new Uint8Array(), { leafIndex: 1 });
    await assert.rejects(bobs.open(id, forged), trust("undecryptable"));
    const outside = await sealRaw(alices, id, new Uint8Array(), { leafIndex: 2 }).then(
      ({ bytes }) => bytes,
      () => new Uint8Array(),
    );
    await assert.rejects(bobs.open(id, outside), trust("undecryptable"));
  });

  it("its author has all the conversation's secrets but the identity key", async () => {
    const id = newMessageId();
    const { bytes: forged } = await sealRaw(alices, id, new Uint8Array(), {
      key: mallory.identity.exportSeed(),
    });
    await assert.rejects(bobs.open(id, forged), trust("undecryptable"));
  });

  it("it proposes a change of the group", async () => {
    const cipherSuite = theirSuite;
    const id = newMessageId();
    const authenticatedData = new Uint8Array(idBytes(id));
    const state = await uncheckedState(alices);
    const { publicPackage } = await makeKeyPackage(mallory);
    const add = { proposalType: "add" as const, add: { keyPackage: publicPackage } };
    for (const wireAsPublicMessage of [false, true]) {
      const { commit } = await createCommit(
        { state, cipherSuite },
        { extraProposals: [add], authenticatedData, wireAsPublicMessage },
      );
      await assert.rejects(bobs.open(id, encodeMlsMessage(commit)), trust("undecryptable"));
      const { message } = await createProposal(
        state,
        wireAsPublicMessage,
        add,
        cipherSuite,
        authenticatedData,
      );
      await assert.rejects(bobs.open(id, encodeMlsMessage(message)), trust("undecryptable"));
    }
  });
});

describe("A message that decrypts to garbage", () => {
  it("opens as a content that was not understood, and the next one reports no gap", async () => {
    let { alices, bobs } = await established();
    const anything = fc.oneof(
      fc.uint8Array({ maxLength: 300 }),
      fc.constantFrom(new Uint8Array(), Uint8Array.of(0xff), new Uint8Array(MAX_CONTENT_BYTES + 1)),
      fc.uint8Array({ maxLength: 60 }).map((tail) => Buffer.concat([Buffer.of(0x52, tail.length), tail])),
    );
    await fc.assert(
      fc.asyncProperty(anything, async (data) => {
        const id = newMessageId();
        const { bytes, next } = await sealRaw(alices, id, data);
        const opened = await bobs.open(id, bytes);
        [alices, bobs] = [next, Conversation.deserialize(opened.next.serialize(), check)];
        assert.deepEqual(opened.content, decodeContent(data));
        assert.deepEqual(opened.order, { type: "next" });
        await assert.rejects(bobs.open(id, bytes), trust("undecryptable")); // Its key has been used up.
      }),
    );
    const id = newMessageId();
    const { bytes } = await alices.seal(id, text("still here"));
    const last = await bobs.open(id, bytes);
    assert.deepEqual([last.content, last.order], [text("still here"), { type: "next" }]);
  });
});
