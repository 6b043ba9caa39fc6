/**
 * One person at a terminal: typed lines are commands, or messages to the person whose chat is the current
 * one.
 */
import { setTimeout as pause } from "node:timers/promises";
import { partnerOf } from "../messenger/chats/direct.ts";
import { filesOf } from "../messenger/kinds/body.ts";
import type { ChatId, ChatMessage, MessengerLog } from "../messenger/model.ts";
import type { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
import { ParleyError, UsageError } from "../protocol/errors.ts";
import { type MessageId, newMessageId, parseUsername, type Username } from "../protocol/names.ts";
import { type Desk, WrongUse } from "./commands/command.ts";
import { split } from "./commands/person.ts";
import { commandNamed } from "./commands/table.ts";
import { printFileNews } from "./file-news.ts";
import { News } from "./news.ts";
import { Printed } from "./printed.ts";
import type { Screen } from "./screen.ts";
import { Seen } from "./seen.ts";
import { words } from "./words/words.ts";

/** Milliseconds that the last messages have to reach the server, and that a chat's view has to be closed. */
const LAST_SENDING_MS = 10_000;
const LAST_STEP_MS = 1_000;
/** Milliseconds in which typing is reported once. */
const TYPED_EVERY_MS = 1_000;

export interface SessionOptions {
  readonly messenger: SharedMessenger;
  readonly screen: Screen;
  readonly log: MessengerLog;
  /**
   * The longest time that quitting takes, milliseconds: an earlier call may wait for a program that hangs.
   */
  readonly patienceMs: number;
}

export class Session implements Desk {
  readonly messenger: SharedMessenger;
  readonly screen: Screen;
  readonly seen = new Seen();
  readonly printed = new Printed();
  /** Resolves when the person has quit, or Parley was locked. */
  readonly ended: Promise<"quit" | "locked">;
  readonly #log: MessengerLog;
  readonly #patienceMs: number;
  readonly #news: News;
  readonly #own = new Set<MessageId>();
  /** Messages and changes typed here that have not reached the server yet, with the message that each is, or changes. */
  readonly #leaving = new Map<MessageId, MessageId>();
  /** Work that goes on beside the commands. */
  readonly #meanwhile = new Set<Promise<void>>();
  /** Chats in which the other person is typing. */
  readonly #typing = new Set<ChatId>();
  #typedAt = Number.NEGATIVE_INFINITY;
  #typedLine = "";
  #current: ChatId | undefined;
  #work: Promise<void> = Promise.resolve();
  #end: (how: "quit" | "locked") => void = () => {};

  constructor({ messenger, screen, log, patienceMs }: SessionOptions) {
    this.messenger = messenger;
    this.#log = log;
    this.#patienceMs = patienceMs;
    this.screen = screen;
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
    messenger.on("updated", (message) => this.#noteLeft(message));
    messenger.on("message", ({ id, author, body, state }) => {
      if (author === messenger.account?.name && filesOf(body).length > 0 && !hasLeft(state))
        this.#leaving.set(id, id);
    });
    messenger.on("typing", ({ chat, typing }) => {
      if (typing === this.#typing.has(chat)) return;
      if (typing) this.#typing.add(chat);
      else this.#typing.delete(chat);
      if (chat === this.#current) this.#showPrompt();
    });
    messenger.on("locked", () => {
      screen.clear();
      this.#end("locked");
    });
    const isOwn = (id: MessageId) => this.#own.has(id);
    const { seen, printed } = this;
    this.#news = new News({ messenger, screen, seen, printed, isOwn, changed: () => this.#showPrompt() });
    printFileNews(messenger, screen);
  }

  get current(): ChatId | undefined {
    return this.#current;
  }

  /**
   * Prints the welcome, and waiting requests and messages.
   * @param first the person whose chat becomes the current one
   */
  begin(first: string | undefined): void {
    const { account } = this.messenger;
    this.screen.print(account === undefined ? words.welcome : words.greeting(account), "notice");
    this.#news.look();
    for (const chat of this.messenger.chats())
      if (chat.unread > 0) this.screen.print(words.unreadFrom(chat), "notice");
    if (first !== undefined) this.take(`/chat ${first}`);
  }

  /** Processes a line, after all earlier ones. */
  take(line: string): void {
    if (line.trim() === "/quit") {
      this.quit();
      return;
    }
    this.#work = this.#work
      .then(() => this.#run(line))
      .catch((error: unknown) => this.#tell(error, this.#subject(line)));
  }

  /** Records that the person is present: the messages on screen are read. */
  active(): void {
    if (this.#current === undefined || this.messenger.chat(this.#current).unread === 0) return;
    this.messenger.calls.markRead({ chat: this.#current }).catch((error: unknown) => this.#tell(error));
  }

  /** Reports that the person types a message to the current chat. Commands are not reported. */
  typed(line: string): void {
    const isChanged = line !== this.#typedLine;
    this.#typedLine = line;
    const isMessage = line.trim() !== "" && (!line.startsWith("/") || line.startsWith("//"));
    const now = performance.now();
    if (this.#current === undefined || !isMessage || !isChanged || now - this.#typedAt < TYPED_EVERY_MS)
      return;
    this.#typedAt = now;
    this.messenger.calls
      .typed({ chat: this.#current })
      .catch((error: unknown) => this.#log.debug(String(error)));
  }

  /** Ends once everything typed has been processed and the messages are sent, or after `patienceMs`. */
  quit(): void {
    const limits = Number.isFinite(this.#patienceMs) ? [patience(this.#patienceMs)] : [];
    const done = this.#work.then(() => Promise.all(this.#meanwhile)).then(() => this.#sent());
    void Promise.race([done, ...limits]).then(() => this.#end("quit"));
  }

  meanwhile(work: Promise<void>): void {
    const done: Promise<void> = work
      .catch((error: unknown) => this.#tell(error))
      .finally(() => this.#meanwhile.delete(done));
    this.#meanwhile.add(done);
  }

  async open(chat: ChatId | undefined): Promise<void> {
    const before = this.#current;
    this.#current = chat;
    this.#showPrompt();
    await this.#putAway(before, chat);
  }

  /** Records that nobody looks at the current chat any more. */
  async leave(): Promise<void> {
    const last = this.#putAway(this.#current, undefined).catch((error: unknown) => this.#tell(error));
    await Promise.race([last, patience(LAST_STEP_MS)]);
  }

  async #putAway(before: ChatId | undefined, next: ChatId | undefined): Promise<void> {
    if (before !== undefined && before !== next) await this.messenger.calls.putAway({ chat: before });
  }

  async #run(line: string): Promise<void> {
    if (line.trim() === "") return;
    if (line.startsWith("/") && !line.startsWith("//")) {
      const [name, rest] = split(line.slice(1));
      await commandNamed(name).run(this, rest.trim());
      return;
    }
    await this.send(line.startsWith("//") ? line.slice(1) : line);
  }

  get #partner(): Username | undefined {
    return this.#current && partnerOf(this.#current);
  }

  /** Returns the person that a line is about. */
  #subject(line: string): Username | undefined {
    const [, word = ""] = /^\/\S+\s+(\S+)/.exec(line) ?? [];
    return parseUsername(word) ?? this.#partner;
  }

  async send(text: string, replyTo?: MessageId): Promise<void> {
    const chat = this.#current;
    if (chat === undefined) throw new WrongUse(words.chooseChat);
    const id = newMessageId();
    this.#own.add(id);
    const reply = replyTo === undefined ? {} : { replyTo };
    await this.#track(id, id, this.messenger.calls.send({ chat, text, id, ...reply }));
  }

  async sending(target: MessageId, change: (id: MessageId) => Promise<ChatMessage>): Promise<void> {
    const id = newMessageId();
    await this.#track(id, target, change(id));
  }

  async #track(id: MessageId, of: MessageId, call: Promise<ChatMessage>): Promise<void> {
    this.#leaving.set(id, of);
    try {
      this.#noteLeft(await call);
      if (this.messenger.state.type !== "online") this.screen.print(words.waits, "notice");
    } catch (error) {
      this.#leaving.delete(id);
      throw error;
    }
  }

  #noteLeft({ id, state, changes = [] }: ChatMessage): void {
    for (const [one, of] of this.#leaving) {
      if (of !== id) continue;
      if (hasLeft(one === id ? state : changes.find((change) => change.id === one)?.state))
        this.#leaving.delete(one);
    }
  }

  async #sent(): Promise<void> {
    const deadline = AbortSignal.timeout(LAST_SENDING_MS);
    while (this.#leaving.size > 0 && this.messenger.state.type === "online" && !deadline.aborted)
      await new Promise<void>((resolve) => {
        this.messenger.once("updated", () => resolve());
        this.messenger.once("changed", () => resolve());
        deadline.addEventListener("abort", () => resolve(), { once: true });
      });
  }

  #showPrompt(): void {
    this.screen.prompt(
      words.prompt(
        this.#current && this.messenger.chat(this.#current),
        this.messenger.state,
        this.#current !== undefined && this.#typing.has(this.#current),
      ),
    );
  }

  #tell(error: unknown, subject = this.#partner): void {
    if (error instanceof UsageError && error.code === "closed") return;
    if (error instanceof WrongUse) {
      this.screen.print(error.message, "alert");
      return;
    }
    const host = this.messenger.account?.host;
    this.screen.print(
      words.error(error, { ...(subject && { peer: subject }), ...(host && { host }) }),
      "alert",
    );
    if (!(error instanceof ParleyError))
      this.#log.error(error instanceof Error ? String(error.stack) : String(error));
  }
}

function hasLeft(state: ChatMessage["state"]): boolean {
  return state !== "waiting" && state !== "sending";
}

/** Waits, without keeping the program running by itself. */
function patience(ms: number): Promise<void> {
  return pause(ms, undefined, { ref: false });
}
