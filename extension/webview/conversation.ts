/**
 * The loaded messages of a panel, and the range of them that is rendered. All loaded messages are kept. The rendered range is bounded,
 * so that scrolling back through a long chat does not slow the page down.
 */
import type { PanelMessage } from "../contract/panel.ts";

/** About three large screens. */
const MAX_RENDERED = 300;
/** The number of messages by which the range moves: the size of the extension's pages. */
const STEP = 100;

export class Conversation {
  #messages: readonly PanelMessage[] = [];
  /** The messages by id, of the list in #indexed. */
  #index: ReadonlyMap<string, PanelMessage> = new Map();
  #indexed: readonly PanelMessage[] = [];
  /** The rendered range: #first to #end, exclusive. */
  #first = 0;
  #end = 0;
  #mayHaveOlder = false;
  #mayHaveNewer = false;
  #loadingOlder = false;
  #loadingNewer = false;

  /** Returns the rendered messages, oldest first. */
  get rendered(): readonly PanelMessage[] {
    return this.#messages.slice(this.#first, this.#end);
  }
  /** Returns the id of the peer's newest message. */
  get newestOfPeer(): string | undefined {
    return this.#messages.findLast((message) => !message.mine)?.id;
  }
  /** Whether the newest message of the chat is rendered. */
  get showsNewest(): boolean {
    return this.#end === this.#messages.length && !this.#mayHaveNewer;
  }
  /** Whether the newest message of the chat is loaded. */
  get holdsNewest(): boolean {
    return !this.#mayHaveNewer;
  }
  /** Whether the first message of the chat is rendered. */
  get showsOldest(): boolean {
    return this.#first === 0 && !this.#mayHaveOlder;
  }
  get loadingOlder(): boolean {
    return this.#loadingOlder;
  }

  has(id: string): boolean {
    return this.get(id) !== undefined;
  }

  get(id: string): PanelMessage | undefined {
    if (this.#indexed !== this.#messages)
      this.#index = new Map(this.#messages.map((message) => [message.id, message]));
    this.#indexed = this.#messages;
    return this.#index.get(id);
  }

  /** Returns the newest message of the user's own that the condition holds for. */
  newestOwn(condition: (message: PanelMessage) => boolean): PanelMessage | undefined {
    return this.#messages.findLast((message) => message.mine && condition(message));
  }

  /** Returns the emoji that the user reacted with, those on the newest messages first. */
  get ownReactions(): readonly string[] {
    const own = this.#messages.flatMap(({ reactions = [] }) => reactions.filter(({ mine }) => mine));
    return [...new Set(own.reverse().flatMap(({ emoji }) => [...emoji].reverse()))];
  }

  /** Moves the range so that a loaded message is rendered. */
  showMessage(id: string): void {
    const index = this.#messages.findIndex((message) => message.id === id);
    if (index < 0 || (index >= this.#first && index < this.#end)) return;
    this.#first = Math.max(0, index - STEP);
    this.#end = Math.min(this.#messages.length, this.#first + MAX_RENDERED);
  }

  /** Replaces all messages with a page of the newest ones, or with one from further back, and renders the whole page. */
  replace(
    messages: readonly PanelMessage[],
    { hasOlder, hasNewer }: { readonly hasOlder: boolean; readonly hasNewer: boolean },
  ): void {
    this.#messages = messages;
    this.#mayHaveOlder = hasOlder;
    this.#mayHaveNewer = hasNewer;
    this.#loadingOlder = false;
    this.#loadingNewer = false;
    this.#first = 0;
    this.#end = Math.min(messages.length, MAX_RENDERED);
    if (!hasNewer) this.showNewest();
  }

  /**
   * Limits the rendered range after a page was loaded to one screen. The rest is rendered when the reader scrolls near it.
   * @param rows the most rows that fit on a screen
   * @param place id of the first message to render; absent: render the last ones
   */
  narrow(rows: number, place?: string): void {
    const index = this.#messages.findIndex(({ id }) => id === place);
    const begin = index < 0 ? this.#end - rows : index - rows;
    this.#first = Math.max(this.#first, begin);
    if (index >= 0) this.#end = Math.min(this.#end, index + rows);
  }

  /** Adds the page that {@link showOlder} asked for. */
  prepend(messages: readonly PanelMessage[], hasOlder: boolean): void {
    const known = new Set(this.#messages.map((message) => message.id));
    const older = messages.filter((message) => !known.has(message.id));
    this.#messages = [...older, ...this.#messages];
    this.#first += older.length;
    this.#end += older.length;
    // An empty page with `hasOlder` would be requested again for ever.
    this.#mayHaveOlder = hasOlder && older.length > 0;
    this.#loadingOlder = false;
    this.#moveBack();
  }

  /** Adds the page that {@link showNewer} asked for. */
  append(messages: readonly PanelMessage[], hasNewer: boolean): void {
    const known = new Set(this.#messages.map((message) => message.id));
    const newer = messages.filter((message) => !known.has(message.id));
    this.#messages = [...this.#messages, ...newer];
    this.#mayHaveNewer = hasNewer && newer.length > 0;
    this.#loadingNewer = false;
    this.#moveForward();
  }

  /**
   * Adds a message at its position, or updates the one with its id. Ignores a message after the loaded range, since its page brings it
   * later. @returns whether it is new
   */
  add(message: PanelMessage): boolean {
    if (this.has(message.id)) {
      this.update(message);
      return false;
    }
    if (this.#mayHaveNewer && message.position > (this.#messages.at(-1)?.position ?? 0)) return true;
    const followed = this.showsNewest;
    const after = this.#messages.findLastIndex((other) => other.position <= message.position) + 1;
    this.#messages = this.#messages.toSpliced(after, 0, message);
    if (after < this.#first) this.#first++;
    if (followed || after < this.#end) this.#end++;
    if (followed) this.#first = Math.max(this.#first, this.#end - MAX_RENDERED);
    else this.#end = Math.min(this.#end, this.#first + MAX_RENDERED);
    return true;
  }

  update(message: PanelMessage): void {
    const index = this.#messages.findLastIndex((other) => other.id === message.id);
    if (index >= 0) this.#messages = this.#messages.with(index, message);
  }

  /** Removes deleted messages. */
  remove(ids: readonly string[]): void {
    const gone = new Set(ids);
    const isGone = (message: PanelMessage) => gone.has(message.id);
    const goneBefore = (end: number) => this.#messages.slice(0, end).filter(isGone).length;
    const [first, end] = [goneBefore(this.#first), goneBefore(this.#end)];
    this.#messages = this.#messages.filter((message) => !isGone(message));
    this.#first -= first;
    this.#end -= end;
    if (this.#first === this.#end) this.showNewest();
  }

  /** Moves the range back. @returns the position before which to load a page, if there are no more loaded messages */
  showOlder(): number | undefined {
    if (this.#first > 0) {
      this.#moveBack();
      return undefined;
    }
    const oldest = this.#messages[0];
    if (!this.#mayHaveOlder || this.#loadingOlder || oldest === undefined) return undefined;
    this.#loadingOlder = true;
    return oldest.position;
  }

  /** Moves the range forward. @returns the position after which to load a page, if there are no more loaded messages */
  showNewer(): number | undefined {
    if (this.#end < this.#messages.length) {
      this.#moveForward();
      return undefined;
    }
    const newest = this.#messages.at(-1);
    if (!this.#mayHaveNewer || this.#loadingNewer || newest === undefined) return undefined;
    this.#loadingNewer = true;
    return newest.position;
  }

  /** Moves the range to the end of the loaded messages. */
  showNewest(): void {
    this.#end = this.#messages.length;
    this.#first = Math.max(0, this.#end - STEP);
  }

  #moveForward(): void {
    this.#end = Math.min(this.#messages.length, this.#end + STEP);
    this.#first = Math.max(this.#first, this.#end - MAX_RENDERED);
  }

  #moveBack(): void {
    this.#first = Math.max(0, this.#first - STEP);
    this.#end = Math.min(this.#end, this.#first + MAX_RENDERED);
  }
}
