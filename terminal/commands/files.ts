/** Sending files, saving them, and taking them back. */

import { statSync } from "node:fs";
import { homedir } from "node:os";
import { join, resolve } from "node:path";
import { filesOf } from "../../messenger/kinds/body.ts";
import type { ChatId, ChatMessage } from "../../messenger/model.ts";
import { type MessageId, newMessageId } from "../../protocol/names.ts";
import { fileWords } from "../words/files.ts";
import { type Command, type Desk, WrongUse } from "./command.ts";
import { chatOrCurrent } from "./person.ts";

const send: Command = {
  usage: "[--as-is] FILE [CAPTION]",
  about: fileWords.about.send,
  completes: "nothing",
  run(desk, rest) {
    const [, asIs, quoted, word, caption = ""] =
      /^(--as-is\s+)?(?:"([^"]+)"|(\S+))(?:\s+([\s\S]*))?$/.exec(rest) ?? [];
    const named = quoted ?? word;
    if (named === undefined) throw new WrongUse(fileWords.sendUse);
    const file = { path: pathOf(named), asIs: asIs !== undefined };
    desk.meanwhile(deliver(desk, chatOrCurrent(desk, ""), file, caption));
  },
};

async function deliver(
  desk: Desk,
  chat: ChatId,
  file: { readonly path: string; readonly asIs: boolean },
  caption: string,
): Promise<void> {
  const { calls, state } = desk.messenger;
  const id = newMessageId();
  await calls.attachFile({ chat, id, ...file });
  try {
    await calls.sendFiles({ chat, id, caption });
  } catch (error) {
    await calls.cancelFiles({ chat, id });
    throw error;
  }
  if (state.type === "online") await settled(desk, chat, id);
  else desk.screen.print(fileWords.waits, "notice");
}

/** Resolves once the files have become their message, have failed, or wait for a line. */
async function settled({ messenger }: Desk, chat: ChatId, id: MessageId): Promise<void> {
  while (messenger.state.type === "online") {
    const changed = new Promise<void>((resolve) => {
      messenger.once("parcels", () => resolve());
      messenger.once("changed", () => resolve());
    });
    const parcel = (await messenger.calls.parcels({ chat })).find((one) => one.id === id);
    if (parcel?.stage !== "sending") return;
    await changed;
  }
}

const save: Command = {
  usage: "[#N] [PATH]",
  about: fileWords.about.save,
  completes: "nothing",
  run(desk, rest) {
    const chat = chatOrCurrent(desk, "");
    const [, number, item, path = number === undefined ? rest : ""] =
      /^#?(\d{1,9})(?:\.(\d{1,2}))?(?:\s+([\s\S]*))?$/.exec(rest) ?? [];
    const message =
      number === undefined ? desk.printed.newest(chat, hasFiles) : desk.printed.numbered(Number(number));
    if (message === undefined || message.chat !== chat || !hasFiles(message))
      throw new WrongUse(fileWords.noFiles);
    const all = filesOf(message.body).map((_, index) => index);
    const items = item === undefined ? all : all.filter((index) => index === Number(item) - 1);
    if (items.length === 0) throw new WrongUse(fileWords.noSuchFile);
    desk.meanwhile(saveAll(desk, message, items, pathOf(path)));
  },
};

async function saveAll(
  { messenger, screen }: Desk,
  { chat, id }: ChatMessage,
  items: readonly number[],
  path: string,
): Promise<void> {
  const isFolder = statSync(path, { throwIfNoEntry: false })?.isDirectory() === true;
  const as = isFolder || items.length > 1 ? "in" : "new";
  for (const item of items)
    screen.print(fileWords.saved(await messenger.calls.saveFile({ chat, id, item, path, as })), "notice");
}

function hasFiles({ body }: ChatMessage): boolean {
  return filesOf(body).length > 0;
}

/** @returns the absolute path; of "" the folder in which the program was started */
function pathOf(typed: string): string {
  return typed.startsWith("~/") ? join(homedir(), typed.slice(2)) : resolve(typed);
}

const cancel: Command = {
  usage: "",
  about: fileWords.about.cancel,
  completes: "nothing",
  async run(desk) {
    const chat = chatOrCurrent(desk, "");
    const { calls } = desk.messenger;
    const parcels = await calls.parcels({ chat });
    for (const { id } of parcels) await calls.cancelFiles({ chat, id });
    desk.screen.print(fileWords.cancelled(parcels.length), "notice");
  },
};

export const files = { send, save, cancel } as const;
