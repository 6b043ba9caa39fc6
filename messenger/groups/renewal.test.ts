import assert from "node:assert/strict";
import { mock } from "node:test";
import { RefusedError } from "../../protocol/errors.ts";
import { type ConversationId, newConversationId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { InvitePasses } from "../contacts/invite-passes.ts";
import { Notes } from "../contacts/notes.ts";
import { Talk } from "../contacts/talk.ts";
import { type Context, chatOf } from "../context.ts";
import { contextOver } from "../context-fixture.ts";
import { Delivery } from "../delivery/delivery.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { Renewal } from "./renewal.ts";

const BOB = directChat(username("bob"));
/** Longer than the delay of the side that lost the keys (PATIENCE_MS in renewal.ts). */
const LONG_ENOUGH_MS = 6_000;

describe("renewal, while offline", () => {
  let folder: StoreFolder;
  let store: Store;
  let context: Context;
  let renewal: Renewal;
  let held = false;
  let notes: Notes;
  let complaints: string[];
  const complain = (text: string) => void complaints.push(text);

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    folder = new StoreFolder();
    ({ store } = folder.open());
    complaints = [];
    const log = { info: () => {}, debug: () => {}, warn: () => {}, error: complain };
    context = contextOver(store, { log });
    const delivery = new Delivery(context);
    const passes = new InvitePasses(context);
    notes = new Notes(context, passes);
    held = false;
    renewal = new Renewal(context, delivery, new Talk(context, delivery, notes, passes), () => held);
    store.transaction(() => {
      const conversation = newConversationId();
      store.chats.ensure(BOB);
      context.direct.apply(chatOf(store, BOB), { type: "ask", conversation });
      context.direct.apply(chatOf(store, BOB), { type: "agreed", conversation });
      context.direct.lose(chatOf(store, BOB), { type: "failed", conversation });
    });
  });
  afterEach(() => {
    renewal.close();
    notes.close();
    mock.timers.reset();
    folder.remove();
  });

  const pending = () => chatOf(store, BOB).group.pending;
  const requests = () =>
    store.outbox
      .all(chatOf(store, BOB).number)
      .flatMap(({ outgoing, conversation }) => (outgoing.verb === "request" ? [conversation] : []));
  async function passes(milliseconds: number): Promise<void> {
    mock.timers.tick(milliseconds);
    await context.lanes.idle();
  }
  /** Bob asks and gets no answer, as if the program was killed before it answered or the answer was lost. */
  function askedInVain() {
    const conversation = newConversationId();
    store.transaction(() => renewal.asked(chatOf(store, BOB), conversation));
    assert.equal(pending(), conversation);
    return conversation;
  }

  it("requests after a while, once", async () => {
    await passes(LONG_ENOUGH_MS);
    assert.deepEqual(requests(), [pending()]);
    await passes(LONG_ENOUGH_MS);
    assert.equal(requests().length, 1);
  });

  it("does not request while the server reports the person as blocked", async () => {
    held = true;
    await passes(LONG_ENOUGH_MS);
    assert.deepEqual([requests(), pending()], [[], undefined]);
    held = false;
    renewal.lookAtAll();
    await passes(LONG_ENOUGH_MS);
    assert.deepEqual(requests(), [pending()]);
  });

  it("gives up requests that failed over the last line, and requests again", async () => {
    const conversation = askedInVain();
    renewal.lookAtAll();
    await passes(LONG_ENOUGH_MS);
    assert.notEqual(pending(), conversation);
    assert.deepEqual(requests(), [pending()]);
  });

  it("does the same if the line ended before the check, and is back", async () => {
    renewal.lookAtAll();
    await passes(LONG_ENOUGH_MS / 2);
    const conversation = askedInVain();
    renewal.lookAtAll();
    await passes(LONG_ENOUGH_MS);
    assert.notEqual(pending(), conversation);
    assert.deepEqual(requests(), [pending()]);
  });

  it("notifies a peer who repeats an answered request that no group is being agreed on", () => {
    const ended = () =>
      store.outbox
        .all(chatOf(store, BOB).number)
        .flatMap(({ outgoing, conversation }) => (outgoing.verb === "notify" ? [conversation] : []));
    const askedAgain = (conversation: ConversationId) =>
      store.transaction(() => renewal.answerAgain(chatOf(store, BOB), conversation));
    askedAgain(askedInVain());
    assert.deepEqual(ended(), []);
    const long = newConversationId();
    askedAgain(long);
    askedAgain(long);
    askedAgain(newConversationId());
    assert.deepEqual(ended(), [long], "one at a time");
  });

  it("notifies a peer whose answered request is repeated also when the chat is closed", () => {
    store.transaction(() => context.direct.apply(chatOf(store, BOB), { type: "close" }));
    const answered = newConversationId();
    store.transaction(() => renewal.answerAgain(chatOf(store, BOB), answered));
    const [entry, ...more] = store.outbox.all(chatOf(store, BOB).number);
    assert.deepEqual(
      [entry?.conversation, entry?.outgoing, more],
      [answered, { verb: "notify", reason: "lost-state" }, []],
    );
  });

  it("does not answer a request that still waits for the user", () => {
    const waiting = newConversationId();
    store.transaction(() => {
      context.direct.apply(chatOf(store, BOB), { type: "close" });
      context.direct.apply(chatOf(store, BOB), { type: "asked", conversation: waiting });
      renewal.answerAgain(chatOf(store, BOB), waiting);
    });
    assert.deepEqual(store.outbox.all(chatOf(store, BOB).number), []);
  });

  /** Makes the next transaction fail. */
  const fillDisk = () =>
    mock.method(
      store,
      "transaction",
      () => {
        throw new Error("database or disk is full");
      },
      { times: 1 },
    );

  it("requests later when the request could not be stored", async () => {
    fillDisk();
    await passes(LONG_ENOUGH_MS);
    assert.deepEqual(requests(), []);
    assert.equal(complaints.length, 1);
    await passes(LONG_ENOUGH_MS);
    assert.deepEqual(requests(), [pending()]);
  });

  it("requests later when the server's refusal could not be stored", async () => {
    await passes(LONG_ENOUGH_MS);
    const [first] = store.outbox.all(chatOf(store, BOB).number);
    assert.ok(first);
    store.transaction(() => store.outbox.remove(first.position));
    fillDisk();
    const refusal = new RefusedError("too-many", "");
    await assert.rejects(renewal.refused(BOB, first.conversation, refusal), /disk is full/);
    assert.equal(pending(), first.conversation);
    await passes(LONG_ENOUGH_MS);
    assert.notEqual(pending(), first.conversation);
    assert.deepEqual(requests(), [pending()]);
  });
});
