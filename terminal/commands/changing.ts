/** The commands for replies, edits, deletions and reactions. */
import { isMine } from "../../messenger/chats/author.ts";
import { isEmoji } from "../../messenger/kinds/mark.ts";
import type { ChatId, ChatMessage } from "../../messenger/model.ts";
import { words } from "../words/words.ts";
import { type Command, type Desk, WrongUse } from "./command.ts";
import { chatOrCurrent } from "./person.ts";

interface Named {
  readonly chat: ChatId;
  readonly message: ChatMessage;
  /** The text behind the number. */
  readonly rest: string;
}

/** Finds the message that a command names. @param whose last message is meant without a number. @throws WrongUse */
function messageNamed(desk: Desk, rest: string, whose: "mine" | "theirs"): Named {
  const chat = chatOrCurrent(desk, "");
  const [, number, more = rest] = /^#(\d{1,9})(?:\s+|$)([\s\S]*)$/.exec(rest) ?? [];
  const self = desk.messenger.account?.name;
  const message =
    number === undefined
      ? desk.printed.newest(
          chat,
          (one) => one.author !== undefined && isMine(one, self) === (whose === "mine"),
        )
      : desk.printed.numbered(Number(number));
  if (message?.chat !== chat) throw new WrongUse(number === undefined ? words.nothingHere : words.noNumbered);
  return { chat, message, rest: more };
}

const reply: Command = {
  usage: "[#N] TEXT",
  about: words.about.reply,
  completes: "nothing",
  async run(desk, line) {
    const { message, rest } = messageNamed(desk, line, "theirs");
    if (rest === "") throw new WrongUse(words.textMissing("reply"));
    await desk.send(rest, message.id);
  },
};

const edit: Command = {
  usage: "[#N] TEXT",
  about: words.about.edit,
  completes: "nothing",
  async run(desk, line) {
    const { chat, message, rest } = messageNamed(desk, line, "mine");
    if (rest === "") throw new WrongUse(words.textMissing("edit"));
    await desk.sending(message.id, (id) =>
      desk.messenger.calls.editMessage({ chat, target: message.id, text: rest, id }),
    );
    desk.screen.print(words.youEdited, "notice");
  },
};

const remove: Command = {
  usage: "[#N]",
  about: words.about.delete,
  completes: "nothing",
  async run(desk, line) {
    const { chat, message, rest } = messageNamed(desk, line, "mine");
    if (rest !== "") throw new WrongUse(words.deleteUse);
    await desk.sending(message.id, (id) =>
      desk.messenger.calls.deleteMessage({ chat, target: message.id, id }),
    );
    desk.screen.print(words.youDeleted, "notice");
  },
};

const react: Command = {
  usage: "[#N] EMOJI",
  about: words.about.react,
  completes: "nothing",
  async run(desk, line) {
    const { chat, message, rest: emoji } = messageNamed(desk, line, "theirs");
    if (!isEmoji(emoji)) throw new WrongUse(words.emojiMissing);
    const self = desk.messenger.account?.name;
    const { marks = [] } = desk.printed.get(message.id) ?? message;
    const on = !marks.some(({ by, values }) => by === self && values.includes(emoji));
    await desk.sending(message.id, (id) =>
      desk.messenger.calls.react({ chat, target: message.id, emoji, on, id }),
    );
    desk.screen.print(words.youReacted(emoji, on), "notice");
  },
};

export const changing = { reply, edit, delete: remove, react } as const;
