/** Handles the reader's actions on a message: unfold, details, copy, send again. */
import type { PanelMessage } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import type { Menu } from "./menu.ts";
import { detailsText, type RowActs } from "./message.ts";
import { messageMenu } from "./message-menu.ts";
import { writtenText } from "./spoken.ts";
import { strings } from "./strings.ts";

export interface RowStateParts {
  readonly host: Host;
  readonly menu: Menu;
  readonly announce: (text: string) => void;
  /** Called to redraw the list when the height of that message changes. */
  readonly redraw: (id: string) => void;
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
    retry: ({ id }) => this.#parts.host.post({ type: "retry", id }),
  };

  constructor(parts: RowStateParts) {
    this.#parts = parts;
  }

  copy(text: string): void {
    this.#parts.host.post({ type: "copy", text });
    this.#parts.announce(strings.copied);
  }

  #openMenu(message: PanelMessage, anchor: HTMLElement): void {
    const items = messageMenu(message, {
      copy: (text) => this.copy(text),
      retry: () => this.acts.retry(message),
      details: () => this.#toggleDetails(message),
      detailed: this.detailed.has(message.id),
    });
    this.#parts.menu.toggle(anchor, strings.messageActions, items);
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
