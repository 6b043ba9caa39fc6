import assert from "node:assert/strict";
import { UsageError } from "../../protocol/errors.ts";
import { newMessageId, username } from "../../protocol/names.ts";
import { directChat, partnerOf } from "../chats/direct.ts";
import { ALICE } from "../context-fixture.ts";
import type { ChatId, SearchQuestion } from "../model.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { type SearchProgress, search } from "./search.ts";
import { searchStep } from "./search-step.ts";

const BOB = directChat(username("bob"));
const CAROL = directChat(username("carol"));

describe("a search", () => {
  let folder: StoreFolder;
  let store: Store;
  beforeEach(() => {
    folder = new StoreFolder();
    store = folder.open().store;
  });
  afterEach(() => folder.remove());

  function fill(count: number, text: (n: number) => string, chat: (n: number) => ChatId = () => BOB): void {
    store.transaction(() => {
      for (let n = 0; n < count; n++)
        store.messages.add({
          chat: store.chats.ensure(chat(n)).number,
          id: newMessageId(),
          author: n % 2 === 0 ? ALICE : partnerOf(chat(n)),
          at: 1000 + n,
          storedAt: 1000 + n,
          body: { kind: "text", text: text(n) },
        });
    });
  }
  const ask = (question: SearchQuestion) => searchStep(store, question);
  async function all(
    query: SearchQuestion,
    signal = new AbortController().signal,
  ): Promise<SearchProgress[]> {
    const steps = [];
    for await (const step of search(ask, query, signal)) steps.push(step);
    return steps;
  }

  it("finds messages in all chats or in one, newest first, and reports how far back it got", async () => {
    fill(
      1000,
      (n) => (n % 100 === 7 ? `Der alte MÜHLSTEIN, Nummer ${n}` : "nothing"),
      (n) => (n % 200 === 7 ? CAROL : BOB),
    );
    const steps = await all({ text: "mühlstein alte" });
    const found = steps.flatMap(({ matches }) => matches);
    assert.deepEqual(
      found.map(({ at }) => at - 1000),
      [907, 807, 707, 607, 507, 407, 307, 207, 107, 7],
    );
    assert.deepEqual(found[0], {
      chat: BOB,
      id: found[0]?.id,
      position: 908,
      at: 1907,
      author: "bob",
      excerpt: "Der alte MÜHLSTEIN, Nummer 907",
    });
    const last = steps.at(-1);
    assert.deepEqual([last?.total, last?.backTo, last?.next], [1000, 1000, undefined]);
    const carols = (await all({ text: "muhlstein", chat: CAROL })).flatMap(({ matches }) => matches);
    assert.deepEqual(
      carols.map(({ at, chat }) => [at - 1000, chat]),
      [807, 607, 407, 207, 7].map((n) => [n, CAROL]),
    );
  });

  it("stops when its caller has enough, and continues from there", async () => {
    fill(120, (n) => `word ${n}`);
    const first = await ask({ text: "WORD" });
    assert.equal(first.matches.length, 50);
    const rest = [];
    for (let next = first.next; next !== undefined; ) {
      const step = await ask({ text: "word", before: next });
      rest.push(...step.matches);
      next = step.next;
    }
    const numbers = [...first.matches, ...rest].map(({ at }) => at - 1000);
    assert.deepEqual(
      numbers,
      Array.from({ length: 120 }, (_, n) => 119 - n),
    );
  });

  it("finds nothing for an unknown person, without words, and in event lines", async () => {
    fill(3, () => "opened");
    store.transaction(() => {
      const { number: chat } = store.chats.ensure(BOB);
      const body = { kind: "event", event: "opened" } as const;
      store.messages.add({ chat, id: newMessageId(), author: undefined, at: 1, storedAt: 1, body });
    });
    assert.deepEqual(await all({ text: "  " }), [{ matches: [], searched: 0, total: 0 }]);
    assert.deepEqual(await all({ text: "opened", chat: directChat(username("nobody")) }), [
      { matches: [], searched: 0, total: 0 },
    ]);
    assert.equal((await all({ text: "opened" })).flatMap(({ matches }) => matches).length, 3);
  });

  it("does not block other work, and can be cancelled at once", async () => {
    fill(20_000, (n) => `a message of usual length, number ${n}`);
    let turns = 0;
    let counting: NodeJS.Immediate;
    const count = () => {
      turns++;
      counting = setImmediate(count);
    };
    counting = setImmediate(count);
    try {
      const steps = await all({ text: "unheard-of" });
      assert.equal(steps.at(-1)?.total, 20_000);
      assert.ok(turns > steps.length, `${turns} turns of the event loop in ${steps.length} steps`);
    } finally {
      clearImmediate(counting);
    }
    const left = new AbortController();
    let asked = 0;
    const counted = (question: SearchQuestion) => {
      asked++;
      return ask(question);
    };
    for await (const _ of search(counted, { text: "number" }, left.signal)) left.abort();
    assert.equal(asked, 1);
  });

  it("ends when the history is closed meanwhile", async () => {
    fill(20_000, (n) => `a message of usual length, number ${n}`);
    // On a slow machine, a step may end by its time limit before the history is closed. So repeat steps until one fails.
    const asking = (async () => {
      for (;;) await ask({ text: "unheard-of" });
    })();
    setImmediate(() => store.close());
    await assert.rejects(asking, (error) => error instanceof UsageError && error.code === "closed");
  });
});
