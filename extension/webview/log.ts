/** The list of messages: renders it, loads older and newer pages, and reports to the extension that the newest was read. */
import { repeat } from "lit/directives/repeat.js";
import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { isLine, shownKind } from "../../messenger/kinds/body.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PanelHeader, PanelMessage } from "../contract/panel.ts";
import { isAnswerable } from "../contract/possible-changes.ts";
import type { ReaderPlace } from "../contract/reader-place.ts";
import { Activity } from "./activity.ts";
import { codeToCopy } from "./code-block.ts";
import { Conversation } from "./conversation.ts";
import type { EmojiPicker } from "./emoji-picker.ts";
import type { FileDesk } from "./files/file-desk.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { linkTarget } from "./link.ts";
import type { Menu } from "./menu.ts";
import { rowView } from "./message.ts";
import { onNewDay } from "./new-day.ts";
import { type Quote, Quotes } from "./quotes.ts";
import { RowState } from "./row-state.ts";
import { type Row, rows } from "./rows.ts";
import { ScrollKeeper } from "./scroll.ts";
import { strings } from "./strings.ts";
import { Travel } from "./travel.ts";
import { UnreadDivider } from "./unread.ts";

const COPIED_SHOWN_MS = 1500;
/** Milliseconds for which a message is highlighted. */
const FOUND_SHOWN_MS = 2000;

export interface LogParts {
  /** The scrolling element. */
  readonly list: HTMLElement;
  /** The element for the button that goes to the newest message. */
  readonly pill: HTMLElement;
  readonly host: Host;
  readonly menu: Menu;
  readonly picker: EmojiPicker;
  readonly files: FileDesk;
  readonly announce: (text: string) => void;
  /** The reader has scrolled. */
  readonly moved: () => void;
  readonly focusComposer: () => void;
  readonly reply: (message: PanelMessage) => void;
  readonly edit: (message: PanelMessage) => void;
}

export class MessageLog {
  readonly #parts: LogParts;
  readonly #conversation = new Conversation();
  readonly #divider = new UnreadDivider();
  readonly #scroll: ScrollKeeper;
  readonly #travel: Travel;
  #header: PanelHeader | undefined;
  #current: string | undefined;
  /** The number of the peer's messages that arrived while the reader was further up. */
  #missed = 0;
  readonly #activity: Activity;
  #reportedRead: string | undefined;
  #reportedActive = false;
  /** Whether the first page was loaded. */
  #open = false;
  /** The reader's place on the chat's previous page. */
  #left: ReaderPlace | undefined;
  /** Whether a loaded page is not on screen yet. No other page is loaded and nothing is reported until it is. */
  #settling = false;
  #frame: number | undefined;
  readonly #rowState: RowState;
  readonly #quotes: Quotes;
  /** Id of the reply from which the reader went to the quoted message. */
  #cameFrom: string | undefined;

  constructor(parts: LogParts) {
    this.#parts = parts;
    const { host, menu, picker, announce, reply, edit } = parts;
    this.#quotes = new Quotes({
      loaded: (id) => this.#conversation.get(id),
      request: (ids) => host.post({ type: "quotes", ids }),
    });
    this.#rowState = new RowState({
      ...{ host, menu, picker, announce, reply, edit },
      goToQuoted: (message) => this.#goToQuoted(message),
      ownReactions: () => this.#conversation.ownReactions,
      header: () => this.#header,
      redraw: (id) => this.#redrawRow(id),
    });
    const { list } = parts;
    this.#scroll = new ScrollKeeper(list, () => this.#moved());
    // Unfold a message when Find, a selection or Tab scrolls inside it.
    list.addEventListener("scroll", ({ target }) => this.#scrolledInside(target), { capture: true });
    this.#travel = new Travel(list, {
      moved: (key) => {
        this.#current = key;
        this.render();
      },
      copy: (key) => this.#withMessage(key, (message) => this.#rowState.acts.copy(message)),
      open: (key, row) => this.#withMessage(key, (message) => this.#rowState.acts.menu(message, row)),
      reply: (key) => this.#withMessage(key, (message) => this.#rowState.reply(message)),
      edit: (key) => this.#withMessage(key, (message) => this.#rowState.edit(message)),
      remove: (key) => this.#withMessage(key, (message) => this.#rowState.remove(message)),
      back: () => this.#goBack(),
    });
    list.addEventListener("click", (event) => this.#activate(event));
    list.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && event.target instanceof Element && linkTarget(event.target) !== undefined)
        this.#activate(event);
    });
    list.addEventListener("focusout", ({ relatedTarget }) => {
      if (relatedTarget instanceof Node && !list.contains(relatedTarget)) this.#cameFrom = undefined;
    });
    onNewDay(() => this.render());
    this.#activity = new Activity(() => this.#reportRead());
    window.addEventListener("focus", () => this.#reportRead());
    document.addEventListener("visibilitychange", () => this.#reportRead());
  }

  /** Whether the end of the chat is visible to the reader. */
  get #attentive(): boolean {
    return (
      document.visibilityState === "visible" &&
      document.hasFocus() &&
      this.#open &&
      this.#scroll.following &&
      this.#conversation.showsNewest
    );
  }

  update(header: PanelHeader): void {
    this.#header = header;
    this.#parts.files.isConnected = header.connected;
    this.#divider.report(header.firstUnread, this.#attentive);
    this.render();
  }

  /** Returns the reader's place, or undefined until the first page is on screen. */
  get place(): ReaderPlace | undefined {
    if (!this.#open || this.#settling) return undefined;
    const { top } = this.#scroll;
    const message = top && this.#conversation.rendered.find(({ id }) => id === top.row.dataset["key"]);
    const focused = document.activeElement?.closest<HTMLElement>("[data-key]")?.dataset["key"];
    const unreadLine = this.#divider.before;
    return {
      ...(top && message && { top: { id: message.id, position: message.position, offset: top.offset } }),
      ...(unreadLine !== undefined && { unreadLine }),
      ...(focused !== undefined && { focused }),
    };
  }

  /** Makes the chat open at the reader's place on its previous page. */
  returnTo(place: ReaderPlace): void {
    this.#left = place;
  }

  /** Shows another page: at the message to go to; when the chat opens, at the reader's last place; else at the end. */
  replace(
    messages: readonly PanelMessage[],
    page: { readonly hasOlder: boolean; readonly hasNewer: boolean; readonly goTo?: string },
  ): void {
    const opening = !this.#open;
    this.#open = true;
    this.#conversation.replace(messages, page);
    if (page.goTo !== undefined) this.#rowState.unfolded.add(page.goTo);
    const left = opening && page.goTo === undefined ? this.#left : undefined;
    const top = left?.top;
    // The message may have been deleted since.
    const leftAt = top && messages.find(({ position }) => position >= top.position);
    const line = opening ? this.#divider.before : undefined;
    if (opening) this.#divider.restore(this.#left?.unreadLine);
    this.#conversation.narrow(this.#scroll.rows, page.goTo ?? leftAt?.id ?? line);
    this.#missed = 0;
    this.#current = undefined;
    this.#scroll.toEnd();
    this.render();
    const found = page.goTo === undefined ? undefined : this.#row(page.goTo);
    const leftRow = leftAt && this.#row(leftAt.id);
    const place = found ?? (line === undefined ? null : this.#parts.list.querySelector(".unread"));
    if (leftRow !== undefined) this.#scroll.toRow(leftRow, top?.offset);
    else if (place !== null) this.#scroll.toRow(place);
    if (found !== undefined) pointOut(found);
    if (left?.focused !== undefined) this.#row(left.focused)?.focus({ preventScroll: true });
    this.#settling = true;
    afterPaint(() => {
      this.#settling = false;
      this.#moved();
    });
  }

  prepend(messages: readonly PanelMessage[], hasOlder: boolean): void {
    this.#conversation.prepend(messages, hasOlder);
    this.render();
  }

  append(messages: readonly PanelMessage[], hasNewer: boolean): void {
    this.#scroll.release();
    this.#conversation.append(messages, hasNewer);
    this.render();
  }

  /** Adds or updates a message. @returns whether it is new to the reader */
  add(message: PanelMessage): boolean {
    const isNew = this.#conversation.add(message);
    this.#quotes.changed(message);
    if (message.mine && !isLine(message.body) && isNew) {
      this.#divider.clear();
      this.toNewest();
      return false;
    }
    if (isNew && shownKind(message.body).effect.unread && !this.#scroll.following) this.#missed++;
    this.renderSoon();
    return isNew;
  }

  change(message: PanelMessage): void {
    this.#conversation.update(message);
    this.#parts.files.updated(message);
    this.#quotes.changed(message);
    this.renderSoon();
  }

  remove(ids: readonly string[]): void {
    this.#conversation.remove(ids);
    this.#parts.files.removed(ids);
    this.#quotes.removed(ids);
    this.render();
    // The chat may have others that are not loaded.
    if (this.#conversation.rendered.length === 0) this.#parts.host.post({ type: "loadNewest" });
  }

  /** Adopts quoted messages from the extension. */
  takeQuotes(ids: readonly string[], messages: readonly PanelMessage[]): void {
    this.#quotes.take(ids, messages);
    this.renderSoon();
  }

  quoteOf(id: string): Quote {
    const quote = this.#quotes.of(id);
    this.#quotes.request();
    return quote;
  }

  /** Begins an action that the user chose in the editor's context menu. */
  begin(action: "reply" | "edit" | "react", id: string): void {
    const message = this.#conversation.get(id);
    const row = this.#row(id);
    if (message === undefined) return;
    if (action === "reply") this.#rowState.reply(message);
    else if (action === "edit") this.#rowState.edit(message);
    else if (row !== undefined) {
      row.focus({ preventScroll: true });
      this.#rowState.acts.react(message, row.querySelector<HTMLElement>(".bubble") ?? row);
    }
  }

  /** Returns the newest of the user's own messages if it can be edited. */
  get editable(): PanelMessage | undefined {
    const newest = this.#conversation.newestOwn(({ body }) => !isLine(body) && isAnswerable({ body }));
    return newest !== undefined && this.#rowState.isEdited(newest) ? newest : undefined;
  }

  toNewest(): void {
    this.#cameFrom = undefined;
    if (!this.#conversation.holdsNewest) {
      this.#parts.host.post({ type: "loadNewest" });
      return;
    }
    this.#conversation.showNewest();
    this.#missed = 0;
    this.#scroll.toEnd();
    this.render();
    this.#reportRead();
  }

  /** Focuses the newest of the user's own messages, else the newest message. */
  toLastOwn(): void {
    const messages = this.#conversation.rendered.filter(({ body }) => !isLine(body));
    const message = messages.findLast(({ mine }) => mine) ?? messages.at(-1);
    const row = message && this.#row(message.id);
    row?.focus({ preventScroll: true });
    row?.scrollIntoView({ block: "nearest" });
  }

  #goToQuoted({ id, replyTo }: PanelMessage): void {
    this.#cameFrom = id;
    if (replyTo !== undefined) this.#goTo(replyTo);
  }

  /** Returns to the reply from which the reader came. @returns whether there was one */
  #goBack(): boolean {
    const from = this.#cameFrom;
    this.#cameFrom = undefined;
    if (from !== undefined) this.#goTo(from);
    return from !== undefined;
  }

  /** Scrolls to a message and highlights it. Loads it and those around it unless it is loaded. */
  #goTo(id: string): void {
    if (!this.#conversation.has(id)) {
      this.#parts.host.post({ type: "goTo", target: id });
      return;
    }
    this.#rowState.unfolded.add(id);
    this.#conversation.showMessage(id);
    this.#scroll.release();
    this.render();
    const row = this.#row(id);
    if (row === undefined) return;
    this.#scroll.toRow(row);
    pointOut(row);
  }

  render(): void {
    const header = this.#header;
    if (header === undefined) return;
    const list = rows(this.#conversation.rendered, { divider: this.#divider.before, now: Date.now() });
    this.#chooseCurrent(list);
    const context = {
      acts: this.#rowState.acts,
      current: this.#current,
      unfolded: this.#rowState.unfolded,
      detailed: this.#rowState.detailed,
      files: this.#parts.files,
      quoteOf: (id: string) => this.#quotes.of(id),
    };
    this.#scroll.keep(() =>
      render(
        html`${this.#start(header, list.length === 0)}
        ${repeat(
          list,
          (row) => row.key,
          (row) => rowView(row, context),
        )}`,
        this.#parts.list,
      ),
    );
    this.#parts.list.setAttribute("aria-label", strings.log(visible(header.peer)));
    this.#travel.settle(this.#parts.list.querySelector("[data-key][tabindex='0']") ?? undefined);
    render(this.#pillView(), this.#parts.pill);
    this.#quotes.request();
  }

  /** Redraws at most once per frame, however many messages arrive. */
  renderSoon(): void {
    this.#frame ??= requestAnimationFrame(() => {
      this.#frame = undefined;
      this.render();
      this.#reportRead();
    });
  }

  #start(header: PanelHeader, empty: boolean): TemplateResult | typeof nothing {
    const peer = visible(header.peer);
    if (!this.#open) return nothing;
    if (empty) return html`<p class="empty">${strings.empty(peer)}</p>`;
    if (this.#conversation.loadingOlder) return html`<p class="start">${strings.loadingOlder}</p>`;
    return this.#conversation.showsOldest ? html`<p class="start">${strings.beginning(peer)}</p>` : nothing;
  }

  #pillView(): TemplateResult | typeof nothing {
    const missed = this.#missed > 0;
    if (this.#conversation.showsNewest && (this.#scroll.following || (!missed && this.#scroll.nearEnd)))
      return nothing;
    return html`<button type="button" class="pill" @click=${() => this.#jump()}>
      ${missed ? strings.newMessages(this.#missed) : strings.toNewest}${icons.down}
    </button>`;
  }

  #jump(): void {
    this.toNewest();
    this.#parts.focusComposer();
  }

  /** Chooses the row that Tab goes to: the reader's choice, else the newest message. A removed row loses its place. */
  #chooseCurrent(list: readonly Row[]): void {
    const keys = list.filter((row) => row.kind === "message").map((row) => row.key);
    const travelling = this.#parts.list.contains(document.activeElement);
    if (!travelling || this.#current === undefined || !keys.includes(this.#current))
      this.#current = keys.at(-1);
  }

  #moved(): void {
    if (this.#header === undefined || !this.#open || this.#settling) return;
    if (this.#scroll.following && this.#conversation.showsNewest) this.#missed = 0;
    if (this.#scroll.nearStart) {
      const before = this.#conversation.showOlder();
      if (before !== undefined) this.#parts.host.post({ type: "loadOlder", before });
    } else if (this.#scroll.nearEnd && !this.#conversation.showsNewest) {
      this.#scroll.release();
      const after = this.#conversation.showNewer();
      if (after !== undefined) this.#parts.host.post({ type: "loadNewer", after });
    }
    this.render();
    this.#reportRead();
    this.#parts.moved();
  }

  #reportRead(): void {
    const theirs = this.#conversation.newestOfPeer;
    const { active } = this.#activity;
    const told = theirs === this.#reportedRead && (this.#reportedActive || !active);
    if (theirs === undefined || told || !this.#attentive) return;
    this.#reportedRead = theirs;
    this.#reportedActive = active;
    this.#parts.host.post({ type: "read", active });
  }

  #row(key: string): HTMLElement | undefined {
    return [...this.#parts.list.querySelectorAll<HTMLElement>("[data-key]")].find(
      (row) => row.dataset["key"] === key,
    );
  }

  #withMessage(key: string, act: (message: PanelMessage) => void): void {
    const message = this.#conversation.rendered.find(({ id }) => id === key);
    if (message !== undefined && !isLine(message.body)) act(message);
  }

  /** Redraws a row whose height changes, and keeps it in place or as much of it in view as fits. */
  #redrawRow(id: string): void {
    this.#scroll.release();
    this.render();
    this.#row(id)?.scrollIntoView({ block: "nearest" });
    this.#scroll.resume();
  }

  #scrolledInside(target: EventTarget | null): void {
    if (!(target instanceof HTMLElement) || !target.matches(".folded") || target.scrollTop === 0) return;
    const key = target.closest<HTMLElement>("[data-key]")?.dataset["key"];
    if (key === undefined) return;
    this.#rowState.unfolded.add(key);
    this.#scroll.release();
    this.#scroll.shift(target.scrollTop, () => this.render());
  }

  #activate(event: Event): void {
    const element = event.target instanceof Element ? event.target.closest("a, button") : null;
    if (element === null) return;
    const href = linkTarget(element);
    if (href !== undefined) this.#parts.host.post({ type: "openLink", href });
    const code = codeToCopy(element);
    if (code === undefined) return;
    this.#rowState.copy(code);
    element.classList.add("copied");
    window.setTimeout(() => element.classList.remove("copied"), COPIED_SHOWN_MS);
  }
}

/** Runs `work` once the page's present content is on screen. */
function afterPaint(work: () => void): void {
  requestAnimationFrame(() => setTimeout(work));
}

/** Highlights the row and moves the focus to it, and with it a screen reader. */
function pointOut(row: HTMLElement): void {
  row.focus({ preventScroll: true });
  row.toggleAttribute("data-found", true);
  window.setTimeout(() => row.removeAttribute("data-found"), FOUND_SHOWN_MS);
}
