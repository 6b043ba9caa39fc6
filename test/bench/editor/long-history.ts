/** Makes a backup file with long chats, which a user restores in an editor. */
import { directChat } from "../../../messenger/chats/direct.ts";
import { newMessageId, username } from "../../../protocol/names.ts";
import { Computer } from "../../fixtures/messengers.ts";

/** The sizes of the chats; a user should notice no difference between the smallest and the largest. */
export const SIZES = [
  { peer: username("short"), count: 100 },
  { peer: username("middle"), count: 10_000 },
  { peer: username("long"), count: 100_000 },
] as const;
export const PASSPHRASE = "tulip mason orbit velvet";

const MINUTE_MS = 60_000;
/** The age of message number 0 of the longest chat; one message a minute. */
const BEGIN = Date.now() - 100_000 * MINUTE_MS;

/** Returns when message `number` was written, milliseconds. */
export function writtenAt(number: number): number {
  return BEGIN + number * MINUTE_MS;
}

/** Returns a message's text, which names its number; every twentieth has code in it, as among programmers. */
function textOf(number: number): string {
  if (number % 20 === 7)
    return `no. ${number}: this is it\n\n\`\`\`ts\nexport function add(a: number, b: number): number {\n  return a + b + ${number};\n}\n\`\`\``;
  const words = "some words of the usual length of what people write to each other ".repeat(1 + (number % 4));
  return `no. ${number}: ${words.trim()}, **even** with \`marks\``;
}

/** Joins by `link` as `name`, and writes to `path` a backup like one after years of use. */
export async function backUpLongHistory(link: string, name: string, path: string): Promise<void> {
  const computer = await Computer.start(name);
  try {
    await computer.joins(link);
    await computer.close();
    fill(computer);
    await computer.open();
    await computer.messenger.backUp({ path, passphrase: PASSPHRASE });
  } finally {
    await computer.remove();
  }
}

function fill(computer: Computer): void {
  const store = computer.openStore();
  const mine = { author: computer.name, state: "delivered" } as const;
  store.transaction(() => {
    for (const { peer: name, count } of SIZES) {
      const chat = store.chats.ensure(directChat(name));
      store.chats.put({ ...chat, lastActivity: writtenAt(count - 1) });
      for (let number = 0; number < count; number++) {
        const at = writtenAt(number);
        store.messages.add({
          chat: chat.number,
          id: newMessageId(),
          ...(number % 3 === 0
            ? { ...mine, receivers: [{ person: name, receipt: "delivered" }] }
            : { author: name }),
          ...{ at, storedAt: at, body: { kind: "text", text: textOf(number) } },
        });
      }
    }
  });
  store.close();
}
