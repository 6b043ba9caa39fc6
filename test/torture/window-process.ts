/**
 * One window of one user, as a process of its own: a SharedMessenger without an editor. It writes its events
 * to its journal, and reads its commands from stdin.
 */
import { directChat, partnerOf } from "../../messenger/chats/direct.ts";
import type { ChatId } from "../../messenger/model.ts";
import "./clock.ts";
import { createInterface } from "node:readline";
import { setTimeout as pause } from "node:timers/promises";
import * as v from "valibot";
import { isMine } from "../../messenger/chats/author.ts";
import { filesOf, isChangeable } from "../../messenger/kinds/body.ts";
import type { ChatMessage } from "../../messenger/messenger.ts";
import { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import { newMessageId, type Username, username } from "../../protocol/names.ts";
import { setClock } from "./clock.ts";
import { type Command, type Look, QuestionSchema, SetupSchema } from "./commands.ts";
import { dieAt } from "./die-at.ts";
import { FileVault } from "./file-vault.ts";
import { Journal, type Shown } from "./journal.ts";
import { codeOf, WindowFiles } from "./window-files.ts";

const PAGE = 200;
/** Time before opening is retried, as in the extension: the disk may be full, another window may hang. */
const AGAIN_MS = 1_000;
/** Stands between a text as it was first written and the number of its version. */
const VERSION = " ✎";

const setup = v.parse(SetupSchema, JSON.parse(process.argv[2] ?? ""));
setClock(setup.clockMs);
const journal = new Journal(setup.journal);
const messenger = await open();
const files = new WindowFiles(messenger, journal, setup.files);

messenger.on("message", (message) => journal.write({ kind: "added", message: shown(message) }));
messenger.on("updated", (message) => journal.write({ kind: "updated", message: shown(message) }));
messenger.on("notify", ({ id, chat }) => journal.write({ kind: "notified", id, peer: partnerOf(chat) }));
messenger.on("changed", acceptAll);
acceptAll();

createInterface({ input: process.stdin }).on("line", (line) => void answer(line));
process.stdin.on("end", () => process.exit());
say({ id: 0, result: "ready" });

async function open(): Promise<SharedMessenger> {
  const trouble = (what: string) => journal.write({ kind: "trouble", what });
  for (;;) {
    try {
      return await SharedMessenger.open({
        directory: setup.directory,
        secrets: new FileVault(setup.vault),
        log: { info: () => {}, debug: () => {}, warn: trouble, error: trouble },
        sendReadReceipts: () => true,
        goOnline: () => true,
        tellNotice: trouble,
      });
    } catch (error) {
      trouble(`not opened: ${String(error)}`);
      await pause(AGAIN_MS);
    }
  }
}

async function answer(line: string): Promise<void> {
  const { id, command } = v.parse(QuestionSchema, JSON.parse(line));
  try {
    say({ id, result: (await perform(command)) ?? null });
  } catch (error) {
    say({ id, code: codeOf(error) });
  }
  if (command.do === "close") process.exit();
}

async function perform(command: Command): Promise<unknown> {
  switch (command.do) {
    case "join":
      return messenger.calls.join({ link: command.link, name: command.name });
    case "talk":
      return talk(username(command.peer));
    case "say":
      return sayTo(username(command.peer), command.text, command.replyTo);
    case "sendFile":
      return files.send(username(command.peer), command.name, command.bytes);
    case "fetch": {
      const [message] = await newest(command.peer, command.back, ({ body }) => filesOf(body).length > 0);
      return message && files.check(message, false);
    }
    case "fetchAll":
      return fetchAll();
    case "edit": {
      const [target] = await newest(
        command.peer,
        command.back,
        (one) => mine(one) && one.body.kind === "text",
      );
      if (target?.body.kind !== "text") return;
      const text = `${firstVersion(target.body.text)}${VERSION}${command.version}`;
      await messenger.calls.editMessage({ chat: target.chat, target: target.id, text });
      return journal.write({ kind: "changed", id: target.id, by: "edit" });
    }
    case "delete": {
      const [target] = await newest(command.peer, command.back, (one) => mine(one) && isChangeable(one.body));
      if (target === undefined) return;
      await messenger.calls.deleteMessage({ chat: target.chat, target: target.id });
      return journal.write({ kind: "changed", id: target.id, by: "delete" });
    }
    case "react": {
      const [target] = await newest(command.peer, command.back, ({ body }) => isChangeable(body));
      const { emoji, on } = command;
      return target && messenger.calls.react({ chat: target.chat, target: target.id, emoji, on });
    }
    case "retry":
      return retry(username(command.peer));
    case "markRead":
      return Promise.all(messenger.chats().map(({ id }) => messenger.calls.markRead({ chat: id })));
    case "setClock":
      return setClock(command.offsetMs);
    case "dieAt":
      return dieAt(command.moment, command.commits);
    case "look":
      return look();
    case "histories":
      return histories();
    case "close":
      await messenger.dispose();
      return journal.write({ kind: "closed" });
  }
}

async function talk(peer: Username): Promise<void> {
  const { phase } = messenger.chat(directChat(peer));
  if (phase === "open" || phase === "requested" || phase === "establishing") return;
  await messenger.calls.request({ peer });
}

async function sayTo(peer: Username, text: string, back?: number): Promise<void> {
  const id = newMessageId();
  const [to] = back === undefined ? [] : await newest(peer, back, ({ body }) => isChangeable(body));
  journal.write({ kind: "entered", peer, text, id });
  try {
    const replyTo = to && { replyTo: to.id };
    await messenger.calls.send({ chat: directChat(peer), text, id, ...replyTo });
    journal.write({ kind: "accepted", text, id });
  } catch (error) {
    journal.write({ kind: "refused", text, code: codeOf(error) });
    throw error;
  }
}

async function retry(peer: Username): Promise<void> {
  const chat = directChat(peer);
  await files.retry(chat);
  for (const message of await wholeHistory(chat))
    for (const { id, state } of [message, ...(message.changes ?? [])]) {
      if (state !== "failed") continue;
      journal.write({ kind: "retried", id });
      await messenger.calls.retry({ chat, id });
    }
}

/** Returns the message that stands `back` from the newest among those, in a list; an empty one where there is none. */
async function newest(
  peer: string,
  back: number,
  among: (message: ChatMessage) => boolean,
): Promise<readonly ChatMessage[]> {
  const found = (await wholeHistory(directChat(username(peer)))).filter(among);
  return found.slice(-1 - back).slice(0, 1);
}

async function fetchAll(): Promise<void> {
  for (const { id } of messenger.chats())
    for (const message of await wholeHistory(id)) await files.check(message, true);
}

async function look(): Promise<Look> {
  const { type } = messenger.state;
  // A user would press the button.
  const account = messenger.account?.shown;
  if (type === "stopped" && account !== undefined) await messenger.calls.connect({ account });
  if (type === "waiting") await messenger.calls.reconnectNow();
  let [unsettled, unsent] = [0, 0];
  for (const { id } of messenger.chats()) {
    const messages = await wholeHistory(id);
    const changes = messages.flatMap((message) => message.changes ?? []);
    for (const { state } of [...messages, ...changes, ...(await files.onTheirWay(id))]) {
      if (state === undefined || ["delivered", "read", "failed"].includes(state)) continue;
      unsettled++;
      if (state !== "sent") unsent++;
    }
  }
  const phases = Object.fromEntries(messenger.chats().map(({ id, phase }) => [partnerOf(id), phase]));
  return { state: type, phases, unsettled, unsent };
}

async function histories(): Promise<Record<string, readonly Shown[]>> {
  const entries = messenger.chats().map(async ({ id }) => {
    const messages = (await wholeHistory(id)).map(shown);
    return [partnerOf(id), [...messages, ...(await files.onTheirWay(id))]] as const;
  });
  return Object.fromEntries(await Promise.all(entries));
}

async function wholeHistory(chat: ChatId): Promise<readonly ChatMessage[]> {
  const pages: (readonly ChatMessage[])[] = [];
  let before: number | undefined;
  for (;;) {
    const page = await messenger.calls.messages({ chat, stretch: { limit: PAGE, before } });
    pages.unshift(page);
    before = page[0]?.position;
    if (page.length < PAGE) return pages.flat();
  }
}

/** Accepts every request, also again after the window that was accepting it has died. */
function acceptAll(): void {
  for (const { id, request } of messenger.chats())
    if (request !== undefined)
      messenger.calls.accept({ chat: id, request: request.shown }).catch((error: unknown) => {
        journal.write({ kind: "trouble", what: `accept: ${codeOf(error)}` });
      });
}

function shown(message: ChatMessage): Shown {
  const { id, chat, body, state, failure, edited, changes } = message;
  const [peer, event] = [partnerOf(chat), body.kind === "event" ? body.event : undefined];
  return {
    ...{ id, peer, mine: mine(message), text: nameOf(message), event, state, failure },
    ...(event === undefined && { content: contentOf(message), deleted: body.kind === "deleted" }),
    ...(edited && { edited: edited.times }),
    ...(changes && { changes: changes.map((change) => change.state) }),
  };
}

function mine(message: Pick<ChatMessage, "author">): boolean {
  return isMine(message, messenger.account?.name);
}

/** Returns the text as it was first written, or the name of a file. */
function nameOf({ body }: ChatMessage): string | undefined {
  return body.kind === "text" ? firstVersion(body.text) : filesOf(body)[0]?.name;
}

function firstVersion(text: string): string {
  return text.split(VERSION, 1)[0] ?? "";
}

/** Returns all that both people see of a message. */
function contentOf({ body, replyTo, edited, marks = [] }: ChatMessage): string {
  const sent = filesOf(body).map(({ name, bytes, sha256 }) => `${name} ${bytes} ${sha256}`);
  return JSON.stringify({
    ...(body.kind === "text" ? { text: body.text } : { kind: body.kind, sent }),
    ...{ replyTo, times: edited?.times, marks: marks.map(({ by, values }) => [by, ...values.toSorted()]) },
  });
}

function say(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
