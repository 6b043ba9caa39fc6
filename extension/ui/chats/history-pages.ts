/** Reads the history in pages, for a chat panel. */

import type { ChatMessage, Stretch } from "../../../messenger/messenger.ts";
import type { HostMessage, PanelMessage } from "../../contract/panel.ts";

/** The number of messages in a page. */
export const PAGE_MESSAGES = 100;

/** Reads a range of one chat's history. */
export type ReadHistory = (stretch: Stretch) => readonly ChatMessage[] | Promise<readonly ChatMessage[]>;

export class HistoryPages {
  readonly #read: ReadHistory;
  readonly #shown: (message: ChatMessage) => PanelMessage;

  constructor(read: ReadHistory, shown: (message: ChatMessage) => PanelMessage) {
    this.#read = read;
    this.#shown = shown;
  }

  async newest(): Promise<HostMessage> {
    const { messages, more } = await this.#before(PAGE_MESSAGES);
    return { type: "page", place: "replace", messages, hasOlder: more, hasNewer: false };
  }

  async older(before: number): Promise<HostMessage> {
    const { messages, more } = await this.#before(PAGE_MESSAGES, before);
    return { type: "page", place: "prepend", messages, hasOlder: more };
  }

  async newer(after: number): Promise<HostMessage> {
    const { messages, more } = await this.#after(PAGE_MESSAGES, after);
    return { type: "page", place: "append", messages, hasNewer: more };
  }

  /** Reads the messages around a position. @param pointOut whether the page highlights the message there, or the next one if it is gone */
  async around(position: number, pointOut: boolean): Promise<HostMessage> {
    const older = await this.#before(PAGE_MESSAGES / 2, position);
    // Read the newer half last, so that no message is missed between this read and the first "added" event.
    const newer = await this.#after(PAGE_MESSAGES / 2, position - 1);
    const messages = [...older.messages, ...newer.messages];
    const target = (newer.messages[0] ?? older.messages.at(-1))?.id;
    return {
      type: "page",
      place: "replace",
      messages,
      hasOlder: older.more,
      hasNewer: newer.more,
      ...(pointOut && target !== undefined && { goTo: target }),
    };
  }

  /** Reads one message more than it returns, to know whether there are more. */
  async #before(limit: number, before?: number) {
    const read = await this.#read({ limit: limit + 1, ...(before !== undefined && { before }) });
    return { messages: this.#panel(read.slice(-limit)), more: read.length > limit };
  }

  async #after(limit: number, after: number) {
    const read = await this.#read({ limit: limit + 1, after });
    return { messages: this.#panel(read.slice(0, limit)), more: read.length > limit };
  }

  #panel(messages: readonly ChatMessage[]) {
    return messages.map((message) => this.#shown(message));
  }
}
