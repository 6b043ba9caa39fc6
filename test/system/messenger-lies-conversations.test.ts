/** A messenger whose server and peer the test plays. */
import assert from "node:assert/strict";
import { fromBinary } from "@bufbuild/protobuf";
import { MAX_LISTED_CONVERSATIONS } from "../../protocol/limits.ts";
import { type ConversationId, conversationIdFrom, idBytes, newConversationId } from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import {
  ConversationListSchema,
  ConversationQuestionSchema,
  Delivery,
  EndReason,
  ErrorCode,
  NotifySchema,
  Opcode,
} from "../../protocol/wire/parley_pb.ts";
import { BOB, Liar } from "../fixtures/liar.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { ScriptedServer } from "../fixtures/scripted-server.ts";
import { withLiar } from "../fixtures/with-liar.ts";

describe("messenger with a server that lies about the listed conversations", () => {
  let alice: Computer;
  let liar: Liar;
  let server: ScriptedServer;
  const stage = withLiar();
  beforeEach(async () => {
    ({ alice, liar, server } = await stage.open());
  });
  afterEach(() => stage.close(alice));

  function transcript(): Promise<readonly string[]> {
    return alice.transcript({ name: BOB });
  }

  const ordered = (...ids: readonly ConversationId[]) => ids.toSorted();
  /**
   * Answers the list request of a messenger whose history may have been lost.
   * @returns the id after which to list
   */
  async function lists(by: Liar, ids: readonly ConversationId[]): Promise<ConversationId | undefined> {
    const { id, body } = await by.next(Opcode.CONVERSATIONS);
    by.line.send(Opcode.CONVERSATIONS, id, ConversationListSchema, { conversations: ids.map(idBytes) });
    return conversationIdFrom(fromBinary(ConversationQuestionSchema, body).after);
  }
  async function told(by: Liar): Promise<{ envelope: Envelope; of: ConversationId | undefined }> {
    const envelope = await by.next(Opcode.NOTIFY);
    const { reason, peer, conversation } = fromBinary(NotifySchema, envelope.body);
    assert.deepEqual([reason, peer], [EndReason.LOST_STATE, ""]);
    return { envelope, of: conversationIdFrom(conversation) };
  }
  async function comesBack(): Promise<Liar> {
    liar.line.destroy();
    liar = new Liar((await server.accept()).letIn(), liar.bob);
    await alice.isOnline();
    return liar;
  }
  /** Asserts that it requests no list: the request key is the last message of a sign-in. */
  async function asksNothing(by: Liar): Promise<void> {
    const said: Opcode[] = [];
    while (said.at(-1) !== Opcode.REQUEST_KEY) said.push((await by.line.next()).opcode);
    assert.ok(!said.includes(Opcode.CONVERSATIONS) && !said.includes(Opcode.NOTIFY), said.join());
  }

  it("reports unknown ones, one at a time and once, and no others", async () => {
    const question = await liar.next(Opcode.CONVERSATIONS);
    await liar.opensChat(alice);
    const strays = ordered(newConversationId(), newConversationId());
    assert.ok(liar.conversation);
    liar.line.send(Opcode.CONVERSATIONS, question.id, ConversationListSchema, {
      conversations: ordered(...strays, liar.conversation.id).map(idBytes),
    });
    const first = await told(liar);
    assert.equal(liar.line.waiting(Opcode.NOTIFY), 0);
    liar.answer(first.envelope, Delivery.STORED);
    const second = await told(liar);
    liar.refuse(second.envelope, ErrorCode.NO_CONVERSATION);
    assert.deepEqual([first.of, second.of], strays);
    await liar.says("hello");
    await liar.confirmed();
    assert.deepEqual(await transcript(), ["* opened", "< hello"]);
    await asksNothing(await comesBack());
  });

  it("starts again after a cut, a busy server or an error, until all are reported", async () => {
    const [one = newConversationId(), other = newConversationId()] = ordered(
      newConversationId(),
      newConversationId(),
    );
    liar.refuse(await liar.next(Opcode.CONVERSATIONS), ErrorCode.RATE_LIMITED, 50);
    await lists(liar, [one, other]);
    liar.answer((await told(liar)).envelope);
    await told(liar);
    await comesBack();
    await lists(liar, [other]);
    liar.refuse((await told(liar)).envelope, ErrorCode.INTERNAL);
    await lists(liar, [other]);
    const last = await told(liar);
    assert.equal(last.of, other);
    liar.answer(last.envelope);
    await liar.opensChat(alice);
    await asksNothing(await comesBack());
  });

  it("asks for the next page after a full list", async () => {
    const many = ordered(...Array.from({ length: MAX_LISTED_CONVERSATIONS + 1 }, newConversationId));
    assert.equal(await lists(liar, many.slice(0, -1)), undefined);
    for (const id of many.slice(0, -1)) {
      const { envelope, of } = await told(liar);
      assert.equal(of, id);
      liar.answer(envelope);
    }
    assert.equal(await lists(liar, many.slice(-1)), many.at(-2));
    assert.equal((await told(liar)).of, many.at(-1));
  });
});
