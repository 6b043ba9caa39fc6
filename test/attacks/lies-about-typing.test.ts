/**
 * A server or a peer (Bob) sends Alice's messenger false typing signals. Each lie is dropped without a trace, and the chat goes on.
 */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat } from "../../messenger/chats/direct.ts";
import { SEALED_SIGNAL_BYTES, SIGNAL_FRESH_MS } from "../../protocol/limits.ts";
import { type ConversationId, idBytes, newConversationId } from "../../protocol/names.ts";
import { Opcode, Presence, SignalSchema, UserSchema } from "../../protocol/wire/parley_pb.ts";
import { BOB, type Liar } from "../fixtures/liar.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { withLiar } from "../fixtures/with-liar.ts";

const FLOOD = 20_000;

describe("a server that lies about typing", function () {
  this.timeout(60_000);
  let alice: Computer;
  let liar: Liar;
  let shown: boolean[];
  const stage = withLiar();
  beforeEach(async () => {
    ({ alice, liar } = await stage.open());
    alice.shareTyping = true;
    await liar.opensChat(alice);
    shown = [];
    alice.messenger.on("typing", ({ chat, typing }) => {
      assert.equal(chat, directChat(BOB));
      shown.push(typing);
    });
  });
  afterEach(() => stage.close(alice));

  const bobs = () => liar.conversation ?? assert.fail();
  const signals = (sealed: Uint8Array, conversation: ConversationId = bobs().id) =>
    liar.line.send(Opcode.SIGNAL, 0, SignalSchema, { conversation: idBytes(conversation), sealed });
  /** Checks what Alice has been shown when the next message is there, and that nothing was logged. */
  const has = async (expected: readonly boolean[]) => {
    await liar.says("the chat goes on");
    await alice.until("a message", async () => (await alice.messages({ name: BOB })).length > 1);
    assert.deepEqual(shown, expected);
    assert.deepEqual(alice.complaints, []);
    assert.deepEqual(
      alice.remarks.filter((line) => /signal|typ/i.test(line)),
      [],
    );
  };

  it("shows nothing by a signal that it made itself", async () => {
    signals(randomBytes(SEALED_SIGNAL_BYTES));
    await has([]);
  });

  it("shows nothing by a signal for another conversation, or of none", async () => {
    signals(bobs().sealTyping(Date.now()), newConversationId());
    await has([]);
  });

  it("shows nothing by the user's own signal, sent back", async () => {
    liar.line.send(Opcode.PRESENCE, 0, UserSchema, {
      ...{ name: BOB, identityKey: liar.bob.publicKey, presence: Presence.ONLINE },
    });
    await alice.until("Bob online", () => alice.messenger.people().some(({ online }) => online));
    await alice.messenger.typed({ chat: directChat(BOB) });
    const { sealed } = fromBinary(SignalSchema, (await liar.next(Opcode.SIGNAL)).body);
    assert.equal(bobs().openSignal(sealed).kind, "typing");
    signals(sealed);
    await has([]);
  });

  it("shows nothing by a signal that it held back for longer than clocks may differ", async () => {
    signals(bobs().sealTyping(Date.now() - SIGNAL_FRESH_MS - 5_000));
    await has([]);
  });

  it("shows nothing by a signal of an epoch that is over", async () => {
    const old = bobs().sealTyping(Date.now());
    const { next, id, bytes } = await bobs().commit(Date.now());
    liar.delivers(id, bytes);
    await liar.confirmed();
    liar.conversation = next.mergeCommit(id);
    signals(old);
    await has([]);
  });

  it("by thousands of repetitions shows a person typing once, until their message comes", async () => {
    const sealed = bobs().sealTyping(Date.now());
    for (let one = 0; one < FLOOD; one++) signals(sealed);
    await has([true, false]);
  });

  it("reveals nothing to it while the setting is off, and shows nothing", async () => {
    alice.shareTyping = false;
    await alice.messenger.typed({ chat: directChat(BOB) });
    signals(bobs().sealTyping(Date.now()));
    await has([]);
    assert.equal(liar.line.waiting(Opcode.SIGNAL), 0);
  });

  it("ends the connection by a signal of another size", async () => {
    signals(randomBytes(SEALED_SIGNAL_BYTES - 1));
    assert.equal((await liar.next(Opcode.ERROR)).id, 0);
  });
});
