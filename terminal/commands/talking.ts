/** Requesting, answering, reading and closing chats. */
import { directChat } from "../../messenger/chats/direct.ts";
import { search } from "../../messenger/history/search.ts";
import type { ChatId } from "../../messenger/model.ts";
import { printHistory } from "../lines.ts";
import { words } from "../words/words.ts";
import { type Command, type Desk, WrongUse } from "./command.ts";
import { countIn } from "./count.ts";
import { chatOrCurrent, chatThatAsks, personNamed, split } from "./person.ts";

/** Messages that a chat shows when it becomes the current one. */
const FIRST_MESSAGES = 20;
const MAX_MESSAGES = 500;
const MAX_MATCHES = 20;

const request: Command = {
  usage: "NAME [NOTE]",
  about: words.about.request,
  completes: "people",
  run: (desk, rest) => ask(desk, rest, false),
};

const leave: Command = {
  usage: "NAME [NOTE]",
  about: words.about.leave,
  completes: "chats",
  run: (desk, rest) => ask(desk, rest, true),
};

/**
 * Sends a request.
 * @param wait keep it for a person who is offline: the server then does not reveal whether that user exists
 */
async function ask(desk: Desk, rest: string, wait: boolean): Promise<void> {
  const [name, note] = split(rest);
  const peer = personNamed(name);
  await desk.messenger.calls.request({ peer, wait, ...(note !== "" && { note }) });
  const chat = directChat(peer);
  await desk.open(chat);
  const { phase, draft } = desk.messenger.chat(chat);
  if (phase === "requested") desk.screen.print(wait ? words.left(peer) : words.asked(peer), "notice");
  else if (note !== "" && draft === note) desk.screen.print(words.noteNotSent(peer), "alert");
}

const accept: Command = {
  usage: "[NAME]",
  about: words.about.accept,
  completes: "asking",
  async run(desk, rest) {
    const chat = chatThatAsks(desk, rest);
    await desk.messenger.calls.accept({ chat, request: seenRequest(desk, chat) });
    await desk.open(chat);
  },
};

const refuse: Command = {
  usage: "[NAME]",
  about: words.about.refuse,
  completes: "asking",
  async run(desk, rest) {
    const chat = chatThatAsks(desk, rest);
    await desk.messenger.calls.refuse({ chat, request: seenRequest(desk, chat) });
    desk.screen.print(words.refused(desk.messenger.chat(chat)), "notice");
  },
};

/**
 * Returns the request that was printed.
 * @throws WrongUse if none was printed in that chat
 */
function seenRequest({ messenger, seen }: Desk, chat: ChatId) {
  const state = seen.state("request", chat);
  if (state === undefined) throw new WrongUse(words.hasNotAsked(messenger.chat(chat)));
  return state;
}

const chat: Command = {
  usage: "NAME",
  about: words.about.chat,
  completes: "chats",
  async run(desk, rest) {
    const chat = directChat(personNamed(rest));
    await desk.open(chat);
    const state = desk.messenger.chat(chat);
    await printNewest(desk, chat, Math.max(FIRST_MESSAGES, Math.min(state.unread, MAX_MESSAGES)));
    desk.screen.print(words.chatState(state), "notice");
    desk.seen.noteChat(state);
    await desk.messenger.calls.markRead({ chat });
  },
};

const history: Command = {
  usage: "[COUNT]",
  about: words.about.history,
  completes: "nothing",
  async run(desk, rest) {
    const count = countIn(rest, { usual: FIRST_MESSAGES, most: MAX_MESSAGES });
    await printNewest(desk, chatOrCurrent(desk, ""), count);
  },
};

async function printNewest({ messenger, screen, printed }: Desk, chat: ChatId, limit: number): Promise<void> {
  const { calls } = messenger;
  const messages = await calls.messages({ chat, stretch: { limit } });
  const ids = messages.flatMap(({ replyTo }) => replyTo ?? []);
  const quoted = ids.length === 0 ? [] : await calls.messagesById({ chat, ids });
  printHistory({ screen, printed, me: messenger.account?.name }, messages, messenger.chat(chat), quoted);
}

const find: Command = {
  usage: "WORDS",
  about: words.about.search,
  completes: "nothing",
  async run({ messenger, screen }, rest) {
    if (rest === "") throw new WrongUse(words.wordsMissing);
    const enough = new AbortController();
    let found = 0;
    for await (const { matches } of search(messenger.calls.searchStep, { text: rest }, enough.signal))
      for (const match of matches) {
        if (++found > MAX_MATCHES) {
          enough.abort();
          break;
        }
        screen.print(words.match(match, messenger.chat(match.chat), messenger.account?.name));
      }
    screen.print(words.found(Math.min(found, MAX_MATCHES), found > MAX_MATCHES), "notice");
  },
};

const UNIT_SECONDS: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400, w: 7 * 86_400 };

const timer: Command = {
  usage: "TIME | off",
  about: words.about.timer,
  completes: "nothing",
  async run(desk, rest) {
    const [, count, unit] = /^(\d{1,6})([smhdw])$/.exec(rest) ?? [];
    const seconds = rest === "off" ? 0 : Number(count) * (UNIT_SECONDS[unit ?? ""] ?? Number.NaN);
    if (!Number.isSafeInteger(seconds)) throw new WrongUse(words.timeWanted);
    const chat = chatOrCurrent(desk, "");
    const shown = desk.messenger.chat(chat).timerSeconds; // Every change of it was printed.
    await desk.messenger.calls.setTimer({ chat, seconds, shown });
  },
};

const close: Command = {
  usage: "[NAME]",
  about: words.about.close,
  completes: "chats",
  async run(desk, rest) {
    const chat = chatOrCurrent(desk, rest);
    const standing = desk.seen.state("standing", chat);
    if (standing === undefined) throw new WrongUse(words.nothingToClose(desk.messenger.chat(chat)));
    await desk.messenger.calls.closeChat({ chat, standing });
    if (desk.current === chat) await desk.open(undefined);
  },
};

const retry: Command = {
  usage: "",
  about: words.about.retry,
  completes: "nothing",
  async run(desk) {
    const chat = chatOrCurrent(desk, "");
    const { calls } = desk.messenger;
    const messages = await calls.messages({ chat, stretch: { limit: MAX_MESSAGES } });
    const failed = messages
      .flatMap(({ changes = [], ...message }) => [message, ...changes])
      .filter(({ state }) => state === "failed");
    for (const { id } of failed) await calls.retry({ chat, id });
    const parcels = (await calls.parcels({ chat })).filter(({ stage }) => stage === "failed");
    for (const { id, caption, replyTo } of parcels)
      await calls.sendFiles({ chat, id, caption, ...(replyTo && { replyTo }) });
    desk.screen.print(words.sentAgain(failed.length + parcels.length), "notice");
  },
};

export const talking = {
  request,
  leave,
  accept,
  refuse,
  chat,
  history,
  search: find,
  timer,
  close,
  retry,
} as const;
