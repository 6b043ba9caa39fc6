import assert from "node:assert/strict";
import { Client } from "../../protocol/client/client.ts";
import { RefusedError } from "../../protocol/errors.ts";
import {
  type ConversationId,
  type MessageId,
  newConversationId,
  newMessageId,
  username,
} from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import type { Context } from "../context.ts";
import { ALICE, contextOver } from "../context-fixture.ts";
import type { StoredChat } from "../store/chats.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { Delivery } from "./delivery.ts";
import { ServerRuns } from "./server-runs.ts";

const BOB = directChat(username("bob"));

describe("the server's runs", () => {
  const folder = new StoreFolder();
  const conversation = newConversationId();
  let store: Store;
  let chat: StoredChat;
  let context: Context;
  let delivery: Delivery;
  /** Signs in to a run of the server. */
  let meets: (id: string, follows?: string) => void;
  let sent: string[];
  let hidden: boolean[];
  let refusal: RefusedError | undefined;

  beforeEach(() => {
    ({ store } = folder.open());
    [sent, hidden, refusal] = [[], [], undefined];
    let run: { id: string; follows?: string } | undefined;
    const client: Client = Object.create(Client.prototype, {
      run: { get: () => run },
      send: {
        value: async (_conversation: ConversationId, id: string) => {
          sent.push(id);
          if (refusal !== undefined) throw refusal;
          return "stored";
        },
      },
      requestToTalk: { value: async (_peer: string, id: ConversationId) => void sent.push(id) },
      hide: { value: async (isHidden: boolean) => void hidden.push(isHidden) },
    });
    const log = { info: () => {}, debug: () => {}, warn: assert.fail, error: assert.fail };
    context = contextOver(store, { client, log });
    delivery = new Delivery(context);
    const runs = new ServerRuns(context, delivery);
    meets = (id, follows) => {
      run = { id, ...(follows !== undefined && { follows }) };
      runs.lineOpened();
    };
    chat = store.transaction(() => store.chats.ensure(BOB));
    standsIn("open");
  });
  afterEach(() => {
    delivery.close();
    folder.remove();
  });

  function standsIn(phase: "open" | "requested", group = {}): void {
    const ids = phase === "open" ? { current: conversation } : { pending: conversation };
    store.transaction(() => store.chats.put({ ...chat, phase, group: { ...ids, ...group } }));
  }
  /** Adds a message to the history. */
  function written(id: MessageId): void {
    store.transaction(() => {
      store.messages.add({
        ...{ chat: chat.number, id, author: ALICE, at: 0, storedAt: 0, state: "waiting" as const },
        body: { kind: "text", text: "hi" },
        receivers: [{ person: username("bob") }],
      });
    });
  }
  /** Has the server store a message. */
  async function stored(id = newMessageId()): Promise<string> {
    store.transaction(() =>
      store.outbox.add(chat.number, conversation, { verb: "message", id, sealed: new Uint8Array(4) }),
    );
    await settled();
    return id;
  }
  /** Resolves once everything that is to leave has left. */
  async function settled(): Promise<void> {
    while (store.outbox.all(chat.number).length > 0) await new Promise(setImmediate);
  }

  it("are nothing to a client that meets its first, or the same one again", async () => {
    meets("one");
    const id = await stored();
    meets("one");
    await settled();
    assert.deepEqual(sent, [id]);
  });

  it("are one history where one follows cleanly on the other", async () => {
    meets("one");
    const id = await stored();
    meets("two", "one");
    meets("three", "two");
    await settled();
    assert.deepEqual(sent, [id]);
  });

  for (const follows of [undefined, "another"])
    it(`have what was stored sent again where one follows on ${follows ?? "nothing"}`, async () => {
      meets("one");
      const ids = [await stored(), await stored()];
      meets("two", follows);
      await settled();
      assert.deepEqual(sent, [...ids, ...ids]);
    });

  it("have it sent again once for each, however many a server makes up", async () => {
    meets("run 0");
    const id = await stored();
    for (let n = 1; n <= 5; n++) {
      meets(`run ${n}`);
      meets(`run ${n}`);
      await settled();
    }
    assert.deepEqual(
      sent,
      Array.from({ length: 6 }, () => id),
    );
  });

  it("have nothing sent in a conversation whose keys are lost, or to somebody whose key has changed", async () => {
    meets("one");
    const id = await stored();
    standsIn("open", { lost: true });
    meets("two");
    store.transaction(() =>
      store.chats.put({ ...chat, phase: "key-changed", group: { current: conversation } }),
    );
    meets("three");
    await settled();
    assert.deepEqual(sent, [id]);
  });

  it("have nothing sent again that came before a receipt", async () => {
    meets("one");
    const id = newMessageId();
    written(id);
    const signal = await stored();
    await stored(id);
    const later = await stored();
    store.transaction(() => context.chats.noteReceipts(chat, [id], username("bob"), "delivered"));
    meets("two");
    await settled();
    assert.deepEqual(sent, [signal, id, later, later]);
  });

  it("have a message fail that is refused then, unless its receiver has it", async () => {
    meets("one");
    const states = [];
    for (const receipt of [false, true]) {
      const id = newMessageId();
      written(id);
      await stored(id);
      refusal = new RefusedError("mailbox-full", "");
      meets(`refusing ${id}`);
      if (receipt)
        store.transaction(() => context.chats.noteReceipts(chat, [id], username("bob"), "delivered"));
      await settled();
      refusal = undefined;
      states.push(store.messages.find(chat.number, id)?.state);
    }
    assert.deepEqual(states, ["failed", "delivered"]);
  });

  it("have a request that has no answer made again, one at a time", async () => {
    meets("one");
    standsIn("requested");
    meets("two");
    meets("three");
    await settled();
    assert.deepEqual(sent, [conversation]);
  });

  it("have one hidden again, and the conversations compared", () => {
    meets("one");
    store.settings.set("invisible", "yes");
    store.settings.set("conversations-checked", "yes");
    meets("two", "one");
    assert.deepEqual([hidden, store.settings.get("conversations-checked")], [[], "yes"]);
    meets("three");
    assert.deepEqual([hidden, store.settings.get("conversations-checked")], [[true], "again"]);
  });
});
