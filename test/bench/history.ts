/** The cost of a long history: a complete messenger over a file with one chat of 100 messages and one of 100,000. */

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { directChat } from "../../messenger/chats/direct.ts";
import { exportChat } from "../../messenger/history/export.ts";
import { markdownFormat } from "../../messenger/history/export-format.ts";
import { search } from "../../messenger/history/search.ts";
import { untranslated } from "../../messenger/kinds/translate.ts";
import { newMessageId, username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import type { Report } from "./figures.ts";

type Measure = (what: string, unit: string, run: () => Promise<number> | number) => Promise<void>;

const SIZES = [
  [username("short"), 100],
  [username("long"), 100_000],
] as const;
const long = username("long");
const MINUTE_MS = 60_000;
const ROUNDS = 50;

export async function benchHistory(report: Report, runs: number): Promise<void> {
  const measure: Measure = async (name, unit, run) => {
    const values: number[] = [];
    for (let turn = 0; turn < runs; turn++) values.push(await run());
    report({ group: "history", name, unit, values, better: unit === "ms" ? "lower" : "higher" });
  };
  const computer = await Computer.start("bench");
  try {
    await computer.close();
    fill(computer);
    const { size } = await stat(computer.database);
    await measure(`opening a history of ${Math.round(size / 2 ** 20)} MiB`, "ms", async () => {
      const started = performance.now();
      await computer.open();
      const took = performance.now() - started;
      await computer.close();
      return took;
    });
    await computer.open();
    await benchReading(computer, measure);
    await benchSearching(computer, measure);
    await measure("exporting 100,000 messages", "ms", () =>
      timed(() =>
        exportChat({
          path: join(computer.folder, "export.md"),
          format: markdownFormat({
            me: computer.name,
            members: [long],
            exportedAt: Date.now(),
            t: untranslated,
          }),
          read: (stretch) => computer.messenger.messages({ chat: directChat(long), stretch }),
          find: (ids) => computer.messenger.messagesById({ chat: directChat(long), ids }),
          onProgress: () => {},
          signal: new AbortController().signal,
        }),
      ),
    );
    const started = performance.now();
    await computer.deletesHistory({ name: long });
    const took = performance.now() - started;
    const group = "history";
    report({ group, name: "deleting 100,000 messages", unit: "ms", values: [took], better: "lower" });
  } finally {
    await computer.remove();
  }
}

function fill(computer: Computer): void {
  const store = computer.openStore();
  store.transaction(() => {
    for (const [name, count] of SIZES) {
      const { number: chat } = store.chats.ensure(directChat(name));
      for (let n = 0; n < count; n++) {
        const text = `message number ${n}: some words of the usual length of what people write to each other`;
        const at = n * MINUTE_MS;
        store.messages.add({
          chat,
          id: newMessageId(),
          author: name,
          at,
          storedAt: at,
          body: { kind: "text", text },
        });
      }
    }
  });
  store.close();
}

async function benchReading({ messenger }: Computer, measure: Measure): Promise<void> {
  for (const [name, count] of SIZES) {
    const of = `of ${count.toLocaleString("en")}`;
    const repeat = (work: () => unknown) => () => timed(work, ROUNDS);
    await measure(
      `newest 101 messages ${of}`,
      "ms",
      repeat(() => messenger.messages({ chat: directChat(name), stretch: { limit: 101 } })),
    );
    await measure(
      `101 messages in the middle ${of}`,
      "ms",
      repeat(() =>
        messenger.messages({ chat: directChat(name), stretch: { limit: 101, before: count / 2 } }),
      ),
    );
    await measure(
      `place of a date ${of}`,
      "ms",
      repeat(() => messenger.positionOf({ chat: directChat(name), target: { at: (count / 3) * MINUTE_MS } })),
    );
  }
}

async function benchSearching({ messenger }: Computer, measure: Measure): Promise<void> {
  const ask = (question: Parameters<typeof messenger.searchStep>[0]) => messenger.searchStep(question);
  await measure("searching all of it", "/s", async () => {
    const started = performance.now();
    let total = 0;
    for await (const step of search(ask, { text: "unheard-of" }, new AbortController().signal))
      total = step.total;
    return (total * 1000) / (performance.now() - started);
  });
  await measure("event-loop turn meanwhile, 99th percentile", "ms", async () => {
    const turns: number[] = [];
    let last = performance.now();
    let turn = setImmediate(count);
    function count(): void {
      turns.push(performance.now() - last);
      last = performance.now();
      turn = setImmediate(count);
    }
    for await (const _ of search(
      ask,
      { text: "unheard-of", chat: directChat(long) },
      new AbortController().signal,
    ));
    clearImmediate(turn);
    return turns.sort((a, b) => a - b)[Math.floor(turns.length * 0.99)] ?? 0;
  });
}

/**
 * Times `work`.
 * @returns milliseconds of each round
 */
async function timed(work: () => unknown, rounds = 1): Promise<number> {
  const started = performance.now();
  for (let round = 0; round < rounds; round++) await work();
  return (performance.now() - started) / rounds;
}
