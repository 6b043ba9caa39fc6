/** A messenger whose server and peer the test plays. */
import assert from "node:assert/strict";
import { DatabaseSync } from "node:sqlite";
import { fromBinary } from "@bufbuild/protobuf";
import { directChat } from "../../messenger/chats/direct.ts";
import { Conversation, type Joining, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { conversationIdFrom, idBytes, newConversationId } from "../../protocol/names.ts";
import {
  AcceptSchema,
  Delivery,
  EndReason,
  ErrorCode,
  ErrorSchema,
  Opcode,
  RequestToTalkSchema,
  SessionEstablishmentSchema,
} from "../../protocol/wire/parley_pb.ts";
import { BOB, Liar } from "../fixtures/liar.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { ScriptedServer } from "../fixtures/scripted-server.ts";
import { withLiar } from "../fixtures/with-liar.ts";

describe("messenger with a server that lies about requests", () => {
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

  async function comesOnline(): Promise<void> {
    await alice.open();
    await alice.messenger.connect();
    liar = new Liar((await server.accept()).letIn(), liar.bob);
    await alice.isOnline();
  }
  /** Runs SQL on her store while her messenger is closed. */
  function onDisk(sql: string): void {
    const database = new DatabaseSync(alice.database);
    database.exec(sql);
    database.close();
  }

  it("returns to the earlier state when an accepted request no longer exists", async () => {
    liar.requests(newConversationId());
    await alice.until("invited", () => alice.messenger.chat(directChat(BOB)).phase === "invited");
    const accepting = assert.rejects(alice.accepts({ name: BOB }), { code: "no-conversation" });
    liar.refuse(await liar.next(Opcode.ACCEPT), ErrorCode.NO_CONVERSATION);
    await accepting;
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "none");
  });

  it("reports that its own was displaced by others, and sends it again on request", async () => {
    const asking = alice.messenger.request({ peer: BOB, wait: true });
    const asked = await liar.next(Opcode.RTT);
    liar.answer(asked, Delivery.STORED);
    await asking;
    const id = conversationIdFrom(fromBinary(RequestToTalkSchema, asked.body).conversation);
    liar.notifies(EndReason.GAVE_WAY, id);
    await alice.isIn({ name: BOB }, "none");
    assert.deepEqual(await transcript(), ["* gave-way"]);
    const again = alice.messenger.request({ peer: BOB, wait: true });
    liar.answer(await liar.next(Opcode.RTT), Delivery.STORED);
    await again;
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "requested");
  });

  it("accepts the crossing request that the server reports, though it never saw it", async () => {
    const theirs = newConversationId();
    const asking = alice.messenger.request({ peer: BOB });
    const { id } = await liar.next(Opcode.RTT);
    const crossed = { code: ErrorCode.REQUEST_CROSSED, conversation: idBytes(theirs) };
    liar.line.send(Opcode.ERROR, id, ErrorSchema, crossed);
    const accept = await liar.next(Opcode.ACCEPT);
    assert.equal(conversationIdFrom(fromBinary(AcceptSchema, accept.body).conversation), theirs);
    liar.answer(accept);
    await asking;
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "establishing");
  });

  it("stops waiting for an answer that could not be stored, and continues once it can be", async () => {
    const id = newConversationId();
    liar.requests(id);
    await alice.isIn({ name: BOB }, "invited");
    await alice.close();
    onDisk("CREATE TRIGGER full BEFORE DELETE ON outbox BEGIN SELECT RAISE(FAIL, 'no room'); END");
    await comesOnline();
    const accepting = alice.accepts({ name: BOB });
    const accept = await liar.next(Opcode.ACCEPT);
    liar.answer(accept);
    await accepting;
    assert.match(alice.complaints.at(-1) ?? "", /could not be written down/);
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "establishing");
    await alice.close();
    onDisk("DROP TRIGGER full");
    await comesOnline();
    const again = await liar.next(Opcode.ACCEPT);
    assert.deepEqual(Buffer.from(again.body), Buffer.from(accept.body));
  });

  it("handles an ACCEPT that arrives together with the answer to the request", async () => {
    const asking = alice.messenger.request({ peer: BOB });
    const request = await liar.next(Opcode.RTT);
    const { conversation } = fromBinary(RequestToTalkSchema, request.body);
    const joining: Joining = await prepareToJoin(BOB, liar.bob);
    liar.line.send(Opcode.ACCEPT, 5, AcceptSchema, {
      conversation,
      peer: BOB,
      keyPackage: joining.keyPackage,
    });
    liar.answer(request, Delivery.UNSPECIFIED);
    const establishment = await liar.next(Opcode.CC_SESSION_ESTABLISHMENT);
    liar.answer(establishment);
    await asking;
    assert.equal(alice.messenger.chat(directChat(BOB)).phase, "open");
    const id = conversationIdFrom(conversation);
    assert.ok(id);
    liar.conversation = await Conversation.join({
      ...{ id, name: BOB, identity: liar.bob, peer: alice.name, joining },
      ...{ welcome: fromBinary(SessionEstablishmentSchema, establishment.body).welcome, check: () => true },
    });
    await alice.messenger.send({ chat: directChat(BOB), text: "done" });
    assert.equal((await liar.hears()).text, "done");
  });
});
