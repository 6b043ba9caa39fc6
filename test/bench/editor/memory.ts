/** Memory of the extension host after this many messages arrived in an open chat. */
import { directChat, partner } from "../../../messenger/chats/direct.ts";
import { username } from "../../../protocol/names.ts";
import { Computer } from "../../fixtures/messengers.ts";
import { type Bench, freshWindow } from "./figure.ts";
import type { Memory } from "./probe/contract.ts";

const RUNS = 3;
const COUNTS = [0, 100, 1_000, 10_000] as const;
const ALICE = username("alice");
const ARRIVAL_MS = 300_000;

/**
 * Measures memory.
 * @param link an invite for bob, who sends
 */
export async function benchMemory(bench: Bench, link: string): Promise<void> {
  const bob = await Computer.start("bob");
  try {
    await bob.joins(link);
    await bob.goesOnline();
    await beginToTalk(bench, bob);
    const seen = new Map<number, Memory[]>(COUNTS.map((count) => [count, []]));
    for (let run = 0; run < RUNS; run++) {
      await freshWindow(bench);
      await openChat(bench);
      let sent = 0;
      for (const [count, memories] of seen) {
        for (; sent < count; sent++)
          await bob.messenger.send({
            chat: directChat(ALICE),
            text: `run ${run}, no. ${sent}: what people write to each other all day`,
          });
        if (count > 0) await arrived(bob, `run ${run}, no. ${count - 1}:`);
        memories.push(await bench.line.ask("memory"));
      }
    }
    for (const [count, memories] of seen) {
      const name = `extension host after ${count.toLocaleString("en")} messages`;
      const figure = { group: "extension", unit: "MiB", better: "lower" } as const;
      bench.report({
        ...figure,
        name: `${name}, heap`,
        values: memories.map(({ heapBytes }) => heapBytes / 2 ** 20),
      });
      bench.report({
        ...figure,
        name: `${name}, all of it`,
        values: memories.map(({ rssBytes }) => rssBytes / 2 ** 20),
      });
    }
  } finally {
    await bob.remove();
  }
}

async function beginToTalk({ user: { window } }: Bench, bob: Computer): Promise<void> {
  await bob.until("alice online", () => partner(bob.messenger.chat(directChat(ALICE))).online);
  await bob.messenger.request({ peer: ALICE });
  await window.showParley();
  await window.pressInRow("bob, wants to talk", "Accept Request");
  await window.chat.open();
}

async function openChat({ user: { window } }: Bench): Promise<void> {
  await window.showParley();
  await window.row("bob").first().click();
  await window.chat.open();
}

async function arrived(bob: Computer, start: string): Promise<void> {
  await bob.until(
    `${start} delivered`,
    async () =>
      (await bob.messenger.messages({ chat: directChat(ALICE), stretch: { limit: 1 } })).some(
        ({ body, state }) =>
          body.kind === "text" && body.text.startsWith(start) && (state === "delivered" || state === "read"),
      ),
    ARRIVAL_MS,
  );
}
