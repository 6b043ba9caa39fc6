/** Handles the reader's actions on a message. */

import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PanelHeader, PanelMessage } from "../contract/panel.ts";
import { type At, isAnswerable, whyNotEdit, whyNotText } from "../contract/possible-changes.ts";
import type { EmojiPicker } from "./emoji-picker.ts";
import type { Host } from "./host.ts";
import type { Menu } from "./menu.ts";
import { detailsText, type RowActs } from "./message.ts";
import { messageMenu } from "./message-menu.ts";
import type { Reaction } from "./reactions.ts";
import { writtenText } from "./spoken.ts";
import { strings, translate } from "./strings.ts";

export interface RowStateParts {
  readonly host: Host;
  readonly menu: Menu;
  readonly picker: EmojiPicker;
  readonly announce: (text: string) => void;
  /** Called to redraw the list when the height of that message changes. */
  readonly redraw: (id: string) => void;
  readonly reply: (message: PanelMessage) => void;
  readonly edit: (message: PanelMessage) => void;
  readonly goToQuoted: (message: PanelMessage) => void;
  /** Returns the emoji that the user reacted with lately. */
  readonly ownReactions: () => readonly string[];
  readonly header: () => PanelHeader | undefined;
}

export class RowState {
  readonly #parts: RowStateParts;
  /** Ids of long messages that are shown whole, and of messages whose details are shown. */
  readonly unfolded = new Set<string>();
  readonly detailed = new Set<string>();
  readonly acts: RowActs = {
    copy: (message) => this.copy(writtenText(message)),
    menu: (message, anchor) => this.#openMenu(message, anchor),
    fold: ({ id }) => {
      toggle(this.unfolded, id);
      this.#parts.redraw(id);
    },
    reply: (message) => this.#parts.reply(message),
    react: (message, anchor) => this.#openPicker(message, anchor),
    toggle: (message, reaction, chip) => this.#toggleReaction(message, reaction, chip),
    goToQuoted: (message) => this.#parts.goToQuoted(message),
    retry: (id) => this.#parts.host.post({ type: "retry", id }),
  };

  constructor(parts: RowStateParts) {
    this.#parts = parts;
  }

  copy(text: string): void {
    this.#parts.host.post({ type: "copy", text });
    this.#parts.announce(strings.copied);
  }

  /** Begins a reply, unless the message was deleted. */
  reply(message: PanelMessage): void {
    if (isAnswerable(message)) this.#parts.reply(message);
  }

  /** Begins an edit, or says why it cannot be edited. */
  edit(message: PanelMessage): void {
    const whyNot = whyNotEdit(message, this.#at);
    if (whyNot === undefined) this.#parts.edit(message);
    else this.#parts.announce(whyNotText(whyNot, this.#peer, translate));
  }

  /** Asks the user, in a question of the editor, for whom to delete the message. */
  remove({ id }: PanelMessage): void {
    this.#parts.host.post({ type: "delete", target: id });
  }

  /** Whether ArrowUp in the composer edits the message. A failed one is there to be sent again. */
  isEdited(message: PanelMessage): boolean {
    return message.state !== "failed" && whyNotEdit(message, this.#at) === undefined;
  }

  get #at(): At {
    return { open: this.#parts.header()?.phase === "open", now: Date.now() };
  }

  get #peer(): string {
    return visible(this.#parts.header()?.peer ?? "");
  }

  #openMenu(message: PanelMessage, anchor: HTMLElement): void {
    const items = messageMenu(message, {
      copy: (text) => this.copy(text),
      reply: () => this.#parts.reply(message),
      react: () => this.#openPicker(message, anchor),
      edit: () => this.#parts.edit(message),
      versions: () => this.#parts.host.post({ type: "versions", target: message.id }),
      remove: () => this.remove(message),
      retry: () => this.acts.retry(message.id),
      details: () => this.#toggleDetails(message),
      detailed: this.detailed.has(message.id),
      at: this.#at,
      peer: this.#peer,
    });
    this.#parts.menu.toggle(anchor, strings.messageActions, items);
  }

  #openPicker(message: PanelMessage, anchor: HTMLElement): void {
    const mine = (message.reactions ?? []).flatMap((one) => (one.mine ? one.emoji : []));
    this.#parts.picker.open(anchor, {
      first: this.#parts.ownReactions(),
      mine,
      choose: ({ emoji }) => this.#react(message, emoji, !mine.includes(emoji)),
    });
  }

  #toggleReaction(message: PanelMessage, { emoji, mine, by }: Reaction, chip: HTMLElement): void {
    // The button goes with the last reaction; its row keeps the focus.
    if (mine && by.length === 1) chip.closest<HTMLElement>("[data-key]")?.focus({ preventScroll: true });
    this.#react(message, emoji, !mine);
  }

  #react({ id }: PanelMessage, emoji: string, on: boolean): void {
    this.#parts.host.post({ type: "react", target: id, emoji, on });
    this.#parts.announce(on ? strings.reacted(emoji) : strings.unreacted(emoji));
  }

  #toggleDetails(message: PanelMessage): void {
    toggle(this.detailed, message.id);
    this.#parts.redraw(message.id);
    if (this.detailed.has(message.id)) this.#parts.announce(detailsText(message));
  }
}

function toggle(set: Set<string>, id: string): void {
  if (!set.delete(id)) set.add(id);
}
