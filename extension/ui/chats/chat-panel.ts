/**
 * A chat panel: shows one chat in a frame, which can change. VS Code can discard the page at any moment, so all state is in the messenger,
 * and the reader's place is here.
 */
import * as vscode from "vscode";
import { isMine } from "../../../messenger/chats/author.ts";
import { partnerOf } from "../../../messenger/chats/direct.ts";
import type { ChatMessage, Shown } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../../protocol/names.ts";
import type { Aim, PageMessage } from "../../contract/page-message.ts";
import type { HostMessage, PanelMessage, PanelSafety } from "../../contract/panel.ts";
import type { ReaderPlace } from "../../contract/reader-place.ts";
import { Command } from "../../ids.ts";
import type { TitleOf } from "../command-titles.ts";
import { run } from "../editor.ts";
import type { ErrorReporter } from "../error-reporter.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { answerSafety } from "../people/safety-answer.ts";
import { type Decisions, decisionsOf } from "../shown-in.ts";
import type { Side } from "../side.ts";
import type { ChatFrame } from "./chat-frame.ts";
import { type PageCode, panelHeader, panelMessage } from "./chat-page.ts";
import { ComposerText } from "./composer-text.ts";
import { ChatFiles } from "./files/chat-files.ts";
import { SendFiles } from "./files/send-files.ts";
import type { TextFiles } from "./files/text-files.ts";
import { FocusLoan } from "./focus-loan.ts";
import { HistoryPages, PAGE_MESSAGES } from "./history-pages.ts";
import { LivePage } from "./live-page.ts";
import { MessageChanges } from "./message-changes.ts";
import { openLink } from "./open-link.ts";
import { Reading } from "./reading.ts";

export type BegunAction = Extract<HostMessage, { type: "begin" }>["action"];
type Decision = Extract<PageMessage, { type: "decide" }>["decision"];

/** The part of the header that each decision is about. */
const decided: Readonly<Record<Decision, keyof Decisions>> = {
  accept: "request",
  refuse: "request",
  block: "request",
  keepOldKey: "keyChange",
  closeChat: "standing",
};

export interface ChatPanelParts {
  readonly frame: ChatFrame;
  readonly chat: ChatId;
  readonly messenger: SharedMessenger;
  readonly host: MessengerHost;
  readonly errors: ErrorReporter;
  readonly titleOf: TitleOf;
  readonly side: Side;
  readonly code: PageCode;
  readonly texts: TextFiles;
  /** Position of a message to scroll to and highlight. Absent: the page opens where the reader left the chat. */
  readonly position?: number;
  /** Called when the page gets or loses the focus. Resolves when VS Code's keys depend on that. */
  readonly focused: (has: boolean) => Promise<void>;
  /** Called when the panel was closed or disposed of. */
  readonly closed: () => void;
}

export class ChatPanel {
  readonly chat: ChatId;
  readonly #page: LivePage;
  /** The reader's place, as the page last reported it. */
  #place: ReaderPlace | undefined;
  /** Whether the next page continues this one: the chat was moved. */
  #goesOn = false;
  /** Resolves when the last change of the draft is on disk. */
  #saved: Promise<void> = Promise.resolve();
  readonly #parts: ChatPanelParts;
  readonly #disposables: vscode.Disposable[] = [];
  #starting = false;
  #focusWhenLive = false;
  /** Whether the page has the focus. */
  #hasFocus = false;
  /** The safety number to show once the page has loaded. */
  #safetyWhenLive: PanelSafety | undefined;
  /** The place to go to once the page has loaded. */
  #goToWhenLive: number | undefined;
  readonly #pages: HistoryPages;
  readonly #reading: Reading;
  readonly #focus = new FocusLoan((message) => this.#post(message));
  #sentHeader = "";
  #drawn: Decisions = {};
  readonly #text: ComposerText;
  readonly #changes: MessageChanges;
  readonly #files: ChatFiles;
  readonly #outgoing: SendFiles;
  /** The message that the composer replies to or edits. Kept here, since VS Code discards hidden pages; never on disk. */
  #aim: Aim | null = null;
  /** Page reads in progress. Events are held back meanwhile, since the page may be older than they are. */
  #pagesUnderWay = 0;
  readonly #held: HostMessage[] = [];

  constructor(parts: ChatPanelParts) {
    this.chat = parts.chat;
    this.#parts = parts;
    const { host, messenger, chat, errors, texts } = parts;
    this.#pages = new HistoryPages(
      (stretch) => messenger.calls.messages({ chat, stretch }),
      (message) => this.#shown(message),
    );
    this.#reading = new Reading({
      place: () => ({ ...vscode.window.state, visible: this.#page.visible }),
      markRead: () =>
        messenger.calls.markRead({ chat }).catch((error: unknown) => this.#parts.errors.log(error)),
    });
    this.#text = new ComposerText({
      send: async ({ text, replyTo, parcel }) => {
        const to = replyTo as MessageId | undefined;
        if (parcel !== undefined) await this.#outgoing.send(parcel as MessageId, text, to);
        else await messenger.calls.send({ chat, text, ...(to !== undefined && { replyTo: to }) });
      },
      keep: (draft) => messenger.calls.setDraft({ chat, text: draft }),
      taken: (id) => this.#post({ type: "taken", id }),
      refused: (ids, text) => this.#post({ type: "refused", ids, text }),
      failed: (error) => this.#parts.errors.log(error),
    });
    this.#changes = new MessageChanges({
      chat,
      messenger,
      post: (message) => this.#post(message),
      shown: (message) => this.#shown(message),
    });
    const post = (message: HostMessage) => this.#post(message);
    this.#files = new ChatFiles({ chat, messenger, host, errors, texts, post });
    this.#outgoing = new SendFiles({
      ...{ chat, messenger, post, side: parts.side },
      log: (error) => errors.log(error),
    });
    this.#disposables.push(
      this.#files,
      this.#outgoing,
      vscode.window.onDidChangeWindowState(() => this.#reading.consider()),
      host.on("changed", () => {
        this.#header();
        this.#considerDraft();
      }),
      host.on("message", (message) => this.#added(message)),
      host.on("updated", (message) => this.#updated(message)),
      host.on("typing", ({ chat: of, typing }) => {
        if (of === chat) this.#post({ type: "typing", typing });
      }),
      host.on("removed", ({ chat: of, ids }) => {
        if (of === chat) this.#news({ type: "removed", ids });
      }),
      host.on("parcels", ({ chat: of }) => {
        if (of === chat && this.#page.live) this.#tellFailure(this.#outgoing.refresh());
      }),
      host.on("transfer", (transfer) => {
        if (transfer.chat === chat) this.#outgoing.progress(transfer);
      }),
      host.on("reread", () => void this.#reread().catch((error: unknown) => this.#parts.errors.log(error))),
    );
    this.#goToWhenLive = parts.position;
    this.#page = new LivePage(parts.frame, {
      code: parts.code,
      received: (message) => this.#tellFailure(this.#handle(message)),
      changed: () => this.#viewChanged(),
      closed: () => this.#close(),
    });
    this.#title();
  }

  get frame(): ChatFrame {
    return this.#page.frame;
  }

  /** Returns the request, key change or standing that the page shows. */
  get drawn(): Decisions {
    return this.#drawn;
  }

  /** Brings the panel to the front and focuses its composer. */
  reveal(): void {
    this.#toFront();
    this.focusComposer();
  }

  /** Brings the panel to the front, unless it is there: VS Code would take the focus from the page for 50 ms, and lose the keys typed meanwhile. */
  #toFront(): void {
    const { inFront, canTakeFocus } = this.frame;
    if (!(canTakeFocus || (inFront && this.#hasFocus))) this.frame.reveal();
  }

  /** Resolves with a function that returns the focus to the page, or with undefined if the page does not have it. @param soon as FocusLoan.lend */
  async lendFocus(soon: boolean): Promise<(() => void) | undefined> {
    if (!(await this.#focus.lend(soon))) return undefined;
    return () => {
      if (this.frame.inFront) this.#focus.giveBack();
    };
  }

  /** Attaches files to the draft. */
  async attach(uris: readonly vscode.Uri[]): Promise<void> {
    await this.#outgoing.attach(uris);
  }

  focusComposer(): void {
    if (this.#page.live) this.#post({ type: "focusComposer" });
    else this.#focusWhenLive = true;
  }

  /** Begins an action on a message in the page, as its own menu does. */
  begin(action: BegunAction, id: MessageId): void {
    this.#post({ type: "begin", action, id });
  }

  /** Runs an action on a message that the page's menu posts. */
  act(type: "delete" | "versions", target: MessageId): void {
    this.#tellFailure(this.#handle({ type, target }));
  }

  /** Shows the safety number over the chat. */
  compare(safety: PanelSafety): void {
    if (this.#page.live) this.#post({ type: "safety", safety });
    else this.#safetyWhenLive = safety;
  }

  /** Brings the panel to the front, scrolls to the message at that position, and highlights it. */
  async goTo(position: number): Promise<void> {
    this.#goToWhenLive = position;
    this.#toFront();
    this.#focus.giveBack();
    if (this.#page.live) await this.#open();
  }

  /** Resolves when the page has reported draft and place, and the draft is on disk. Call before replacing the page. */
  async settle(): Promise<void> {
    await this.#page.report();
    await this.#saved;
  }

  /** Moves the chat to another frame and closes the present one. */
  moveTo(frame: ChatFrame): void {
    const before = this.frame;
    this.#page.load(frame);
    this.#title();
    before.dispose();
    this.goOn();
    frame.reveal();
  }

  /** Makes the next page open at the reader's place, even if there are unread messages, and take the focus. */
  goOn(): void {
    this.#goesOn = true;
    this.#focusWhenLive = this.#place?.focused === undefined;
  }

  dispose(): void {
    this.frame.dispose();
  }

  #close(): void {
    vscode.Disposable.from(this.#page, ...this.#disposables).dispose();
    const { messenger, chat, errors, closed } = this.#parts;
    closed();
    if (messenger.chat(chat).keep === "off")
      messenger.calls.putAway({ chat }).catch((error: unknown) => errors.log(error));
  }

  #tellFailure(work: Promise<void>): void {
    work.catch((error: unknown) =>
      this.#parts.errors.report(error, { peer: this.#parts.messenger.chat(this.chat).title }),
    );
  }

  async #handle(message: PageMessage): Promise<void> {
    const { messenger } = this.#parts;
    switch (message.type) {
      case "ready":
        return this.#start();
      case "send":
      case "sendFiles":
        this.#reading.answered();
        this.#aim = null;
        return this.#text.send(message);
      case "attachPiece":
      case "stopPieces":
      case "attachDropped":
      case "pickFiles":
      case "detachFile":
      case "describeFile":
      case "resendFiles":
      case "cancelFiles":
        return this.#outgoing.handle(message);
      case "edit":
        return this.#changes.edit(message);
      case "react":
        return this.#changes.react(message);
      case "delete":
        return this.#changes.delete(message.target);
      case "versions":
        return this.#changes.versions(message.target);
      case "quotes":
        return this.#changes.quotes(message.ids);
      case "goTo":
        return this.#goToQuoted(message.target);
      case "retry":
        // parsePageMessage has checked the form: 32 hexadecimal digits. The messenger checks that the message exists.
        return messenger.calls.retry({ chat: this.chat, id: message.id as MessageId });
      case "loadOlder":
        return this.#postPage(this.#pages.older(message.before));
      case "loadNewer":
        return this.#postPage(this.#pages.newer(message.after));
      case "loadNewest":
        return this.#postPage(this.#pages.newest());
      case "read":
        return this.#reading.onScreen(message.active);
      case "draft":
        this.#aim = message.aim ?? null;
        this.#saved = this.#text.edit(message.text, message.includes);
        return this.#saved;
      case "typed":
        return messenger.calls
          .typed({ chat: this.chat })
          .catch((error: unknown) => this.#parts.errors.log(error));
      case "lent":
        return this.#focus.lent(message.had);
      case "place":
        this.#place = message.place;
        return;
      case "reported":
        return;
      case "focus":
        this.#hasFocus = message.has;
        await this.#parts.focused(message.has);
        if (message.has) this.#post({ type: "keysWork", turn: message.turn });
        return;
      case "copy":
        return vscode.env.clipboard.writeText(message.text);
      case "openLink":
        return openLink(message.href);
      case "action":
        await run(Command[message.action], this.chat);
        return;
      case "safety":
        // The messenger compares the number with the present one.
        return answerSafety(
          messenger,
          partnerOf(this.chat),
          message.answer,
          message.number as Shown<"number">,
        );
      case "file":
      case "picture":
      case "pictureGone":
        return this.#files.handle(message);
      case "decide":
        await run(Command[message.decision], { chat: this.chat, [decided[message.decision]]: message.shown });
        return;
    }
  }

  /** Posts the page's content while the page is still loading. */
  #start(): void {
    if (!(this.#page.live && this.#starting)) this.#tellFailure(this.#fill());
  }

  async #fill(): Promise<void> {
    const { messenger, chat } = this.#parts;
    this.#starting = true;
    try {
      // An earlier page, also one in another place.
      this.#files.pageGone();
      this.#outgoing.pageGone();
      this.#page.begin();
      this.#reading.outdated();
      this.#sentHeader = "";
      this.#header();
      const place = this.#placeToReturnTo();
      this.#goesOn = false;
      if (place !== undefined) this.#post({ type: "place", place });
      await this.#open(place);
      this.#post({ type: "draft", text: this.#text.begin(messenger.chat(chat).draft), aim: this.#aim });
      await this.#outgoing.begin();
      if (this.#focusWhenLive) this.#post({ type: "focusComposer" });
      this.#focusWhenLive = false;
      if (this.#safetyWhenLive) this.#post({ type: "safety", safety: this.#safetyWhenLive });
      this.#safetyWhenLive = undefined;
    } finally {
      this.#starting = false;
    }
  }

  /** Returns the reader's place. Unless the chat was moved, unread messages come first, and the focus stays where it is. */
  #placeToReturnTo(): ReaderPlace | undefined {
    if (this.#goesOn || this.#place === undefined) return this.#place;
    const { top, focused: _, ...rest } = this.#place;
    const unread = this.#parts.messenger.chat(this.chat).firstUnread !== undefined;
    return { ...rest, ...(top !== undefined && !unread && { top }) };
  }

  /** Posts the messages around the requested position, else the reader's place, else the first unread message, else the newest. */
  async #open(left?: ReaderPlace): Promise<void> {
    const asked = this.#goToWhenLive;
    this.#goToWhenLive = undefined;
    const { firstUnread } = this.#parts.messenger.chat(this.chat);
    const place =
      asked ??
      left?.top?.position ??
      (firstUnread &&
        (await this.#parts.messenger.calls.positionOf({ chat: this.chat, target: { id: firstUnread } })));
    await this.#postPage(
      place === undefined ? this.#pages.newest() : this.#pages.around(place, asked !== undefined),
    );
  }

  async #goToQuoted(id: string): Promise<void> {
    const position = await this.#changes.positionOf(id);
    if (position !== undefined) await this.#postPage(this.#pages.around(position, true));
  }

  async #postPage(page: Promise<HostMessage>): Promise<void> {
    this.#pagesUnderWay++;
    try {
      this.#post(await page);
    } finally {
      this.#pagesUnderWay--;
      if (this.#pagesUnderWay === 0) for (const message of this.#held.splice(0)) this.#post(message);
    }
  }

  /** Updates the page after another window took over: adds missing messages and replaces the others. */
  async #reread(): Promise<void> {
    if (!this.#page.live) return;
    const newest = await this.#parts.messenger.calls.messages({
      chat: this.chat,
      stretch: { limit: PAGE_MESSAGES },
    });
    if (this.#parts.messenger.chat(this.chat).unread > 0) this.#reading.outdated();
    await this.#outgoing.refresh();
    for (const message of newest) this.#news({ type: "added", message: this.#shown(message) });
  }

  /** Posts a draft that was written in another window. The page ignores it while the user is writing. */
  #considerDraft(): void {
    const { draft } = this.#parts.messenger.chat(this.chat);
    if (this.#page.live && this.#text.isNews(draft))
      this.#post({ type: "draft", text: this.#text.begin(draft) });
  }

  #header(): void {
    this.#title();
    const chat = this.#parts.messenger.chat(this.chat);
    const { host, titleOf } = this.#parts;
    const header = panelHeader(chat, this.frame.place, host.snapshot(), titleOf, vscode.l10n.t);
    const text = JSON.stringify(header);
    if (text === this.#sentHeader) return;
    if (!this.#post({ type: "header", header })) return;
    this.#sentHeader = text;
    this.#drawn = decisionsOf(chat);
  }

  #added(message: ChatMessage): void {
    if (message.chat !== this.chat) return;
    if (!isMine(message, this.#parts.messenger.account?.name)) this.#reading.outdated();
    this.#news({ type: "added", message: this.#shown(message) });
  }

  #updated(message: ChatMessage): void {
    if (message.chat === this.chat) this.#news({ type: "updated", message: this.#shown(message) });
  }

  #shown(message: ChatMessage): PanelMessage {
    this.#files.gives(message);
    return panelMessage(message, this.#parts.messenger.account?.name, vscode.l10n.t);
  }

  #news(message: HostMessage): void {
    if (this.#pagesUnderWay > 0) this.#held.push(message);
    else this.#post(message);
  }

  #post(message: HostMessage): boolean {
    return this.#page.post(message);
  }

  #viewChanged(): void {
    // A discarded page can't report that it lost the focus.
    if (!this.#page.live) {
      this.#hasFocus = false;
      this.#files.pageGone();
      this.#outgoing.pageGone();
    }
    if (this.frame.visible && !this.#page.live) this.#start();
    this.#reading.consider();
    this.#title();
  }

  #title(): void {
    const { title, unread } = this.#parts.messenger.chat(this.chat);
    const shown = unread > 0 && !this.frame.visible ? `${title} (${unread})` : title;
    if (this.frame.title !== shown) this.frame.title = shown;
  }
}
