/** Prints events: messages, requests, changed keys, and the state of the connection. */
import { partner } from "../messenger/chats/direct.ts";
import { lookAlike } from "../messenger/contacts/look-alike.ts";
import { isDeleted } from "../messenger/kinds/deleted.ts";
import type { Chat, ChatId, ChatMessage, MessengerState, PendingRequest } from "../messenger/model.ts";
import type { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../protocol/names.ts";
import { printMessage } from "./lines.ts";
import type { Printed } from "./printed.ts";
import type { Screen } from "./screen.ts";
import type { Seen } from "./seen.ts";
import { words } from "./words/words.ts";

export interface NewsPlace {
  readonly messenger: SharedMessenger;
  readonly screen: Screen;
  readonly seen: Seen;
  readonly printed: Printed;
  /** Whether the message was typed here, and so is already on screen. */
  isOwn(id: MessageId): boolean;
  /** Called when the view has changed: state, people or chats. */
  changed(): void;
}

export class News {
  readonly #place: NewsPlace;
  readonly #chats = new Map<ChatId, Chat>();
  #state = "";

  constructor(place: NewsPlace) {
    this.#place = place;
    const { messenger } = place;
    messenger.on("message", (message) => this.#added(message));
    messenger.on("updated", (message) => this.#updated(message));
    messenger.on("removed", ({ ids }) => place.printed.forget(ids));
    messenger.on("changed", () => this.look());
  }

  /** Prints the differences between the current state and the one printed last. */
  look(): void {
    const { messenger } = this.#place;
    this.#lookAtState(messenger.state);
    for (const chat of messenger.chats()) {
      this.#lookAtChat(chat, this.#chats.get(chat.id));
      this.#chats.set(chat.id, chat);
    }
    this.#place.changed();
  }

  #lookAtState(state: MessengerState): void {
    const { messenger, screen } = this.#place;
    const text = words.state(state, messenger.account);
    // Connecting takes a moment, and another failed attempt is no news.
    if (text === undefined || text === this.#state) return;
    this.#state = text;
    screen.print(text, state.type === "online" ? "notice" : "alert");
  }

  #lookAtChat(chat: Chat, before: Chat | undefined): void {
    const { screen, seen } = this.#place;
    const { request } = chat;
    // Each of these is in the chat as an event, and so on screen.
    if (chat.phase !== before?.phase || chat.standing !== before?.standing) seen.noteChat(chat);
    if (request !== undefined && chat.phase === "invited" && request.shown !== before?.request?.shown)
      this.#requested(chat, request);
    for (const { name, keyChange } of chat.members) {
      const earlier = before?.members.find((member) => member.name === name)?.keyChange;
      if (keyChange !== undefined && keyChange.shown !== earlier?.shown)
        screen.print(words.keyChanged(name), "alert");
    }
  }

  /**
   * Prints a request. The requester's words are printed as a separate text: an indented line in it cannot be
   * mistaken for Parley's own.
   */
  #requested(chat: Chat, request: PendingRequest): void {
    const { messenger, screen, seen } = this.#place;
    const asker = partner(chat);
    const { name } = asker;
    screen.print(words.wantsToTalk(asker, request, lookAlike(name, messenger.people())), "alert");
    if (request.note?.kind === "text") screen.print(words.note(name, request.note.text));
    if (request.note?.kind === "unopened") screen.print(words.noteUnopened(name), "notice");
    screen.print(words.answer(name), "notice");
    seen.note("request", chat.id, request.shown);
  }

  #added(message: ChatMessage): void {
    const { messenger, screen, printed, isOwn } = this.#place;
    if (isOwn(message.id)) printed.note(message);
    else printMessage({ screen, printed, me: messenger.account?.name }, message);
  }

  #updated(message: ChatMessage): void {
    const { messenger, screen, printed } = this.#place;
    const chat = messenger.chat(message.chat);
    if (message.state === "failed") screen.print(words.notSent(message, chat), "alert");
    const before = printed.update(message);
    for (const { id, state, failure } of message.changes ?? [])
      if (state === "failed" && before?.changes?.find((change) => change.id === id)?.state !== "failed")
        screen.print(words.changeNotSent(failure, chat), "alert");
    if (before !== undefined) this.#changed(before, message);
  }

  /** Prints changes by others of a message that is on screen. */
  #changed(before: ChatMessage, message: ChatMessage): void {
    const { messenger, screen, printed } = this.#place;
    const me = messenger.account?.name;
    const { author } = message;
    if (author !== undefined && author !== me) {
      if (isDeleted(message.body) && !isDeleted(before.body))
        screen.print(words.theyDeleted(author), "notice");
      else if ((message.edited?.times ?? 0) > (before.edited?.times ?? 0))
        printMessage({ screen, printed, me }, message);
    }
    for (const { by, values } of message.marks ?? []) {
      const earlier = before.marks?.find((mark) => mark.by === by)?.values ?? [];
      const added = values.filter((emoji) => !earlier.includes(emoji));
      if (by !== me && added.length > 0) screen.print(words.theyReacted(by, added, message), "notice");
    }
  }
}
