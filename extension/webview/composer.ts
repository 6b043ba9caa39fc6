/**
 * The message box. The page reports the draft to the extension, which stores it and returns it after a reload. The page keeps a sent
 * text until the extension has accepted it.
 */
import { html, nothing, render } from "lit/html.js";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { MAX_CAPTION_BYTES } from "../contract/attachments.ts";
import { isBlank } from "../contract/blank-text.ts";
import type { Aim } from "../contract/page-message.ts";
import type { PanelHeader, PanelMessage } from "../contract/panel.ts";
import type { ReaderPlace } from "../contract/reader-place.ts";
import { joinedTexts, MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES, textBytes } from "../contract/text.ts";
import type { Attachments } from "./attachments.ts";
import { AIM_ID, aimView, type ComposerAim, NEW } from "./composer-aim.ts";
import { EMOJI_LIST_ID, EmojiList } from "./emoji-list.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { fitArea } from "./long-text.ts";
import { newId } from "./new-id.ts";
import type { Quote } from "./quotes.ts";
import { writtenText } from "./spoken.ts";
import { strings } from "./strings.ts";
import { reportingTyping } from "./typing.ts";

/** Milliseconds without typing before the draft is reported. */
const DRAFT_DELAY_MS = 400;
/** Milliseconds before a text is shown as being sent. Most are accepted earlier, so nothing flickers. */
const SENDING_SHOWN_MS = 300;
/** The page shows the number of bytes left when they are this many or fewer. */
const NEAR_LIMIT_BYTES = 4 * 1024;
/** The name of a text that is too long for a message. Messages are Markdown. */
const TEXT_FILE = "message.md";

/** The same breakpoint as in the style sheets. */
const narrow = window.matchMedia("(max-width: 480px)");

export interface ComposerParts {
  readonly host: Host;
  readonly announce: (text: string) => void;
  /** Moves the focus to the newest message of the user's own. */
  readonly toLastOwn: () => void;
  /** Returns the newest of the user's own messages if it can be edited. */
  readonly editable: () => PanelMessage | undefined;
  readonly quoteOf: (id: string) => Quote;
  readonly attachments: Attachments;
}

interface Sent {
  readonly text: string;
  readonly replyTo: string | undefined;
}

export class Composer {
  readonly #container: HTMLElement;
  readonly #parts: ComposerParts;
  readonly #typed: () => void;
  readonly #emoji = new EmojiList(() => this.#render());
  #header: PanelHeader | undefined;
  #aim: ComposerAim = NEW;
  #reportedDraft = "";
  #reportedAim = JSON.stringify("");
  #draftTimer: number | undefined;
  #note = "";
  /** Texts that were sent and not accepted yet, by id. */
  readonly #sending = new Map<string, Sent>();
  #sendingShown = false;
  #sendingTimer: number | undefined;
  /** Id of the newest text that was refused. */
  #includes: string | undefined;
  /** The selection in the draft on the chat's previous page. */
  #leftCursor: ReaderPlace["cursor"];

  constructor(container: HTMLElement, parts: ComposerParts) {
    this.#container = container;
    this.#parts = parts;
    this.#typed = reportingTyping(() => parts.host.post({ type: "typed" }));
    this.#render();
    // VS Code discards hidden pages without notice.
    document.addEventListener("visibilitychange", () => this.reportDraft());
    window.addEventListener("blur", () => this.reportDraft());
    narrow.addEventListener("change", () => this.#render());
  }

  get #input(): HTMLTextAreaElement | null {
    return this.#container.querySelector("textarea");
  }

  get #text(): string {
    return this.#input?.value ?? "";
  }

  get #open(): boolean {
    return this.#header?.phase === "open";
  }

  get cursor(): ReaderPlace["cursor"] {
    return this.#input === null
      ? undefined
      : { start: this.#input.selectionStart, end: this.#input.selectionEnd };
  }

  /** Restores that page's selection once the draft arrives. */
  returnTo({ cursor }: ReaderPlace): void {
    this.#leftCursor = cursor;
  }

  update(header: PanelHeader): void {
    this.#header = header;
    this.#render();
  }

  focus(): void {
    this.#input?.focus();
  }

  /** Draws the composer again after the messages it shows have changed. */
  redraw(): void {
    if (this.#aim.kind === "reply") this.#render();
  }

  /** Draws the composer again after the attached files have changed. */
  filesChanged(): void {
    this.#render();
  }

  /** Begins a reply. The text stays. */
  reply({ id }: PanelMessage): void {
    if (!this.#open) return;
    this.#endEdit();
    this.#aim = { kind: "reply", target: id };
    this.#begun();
  }

  /** Begins to edit a message. The draft returns when that is over. */
  edit(message: PanelMessage): void {
    if (!this.#open || this.#input === null) return;
    this.#endEdit();
    const before = writtenText(message);
    this.#aim = { kind: "edit", target: message.id, before, draft: this.#text };
    this.#input.value = before;
    this.#input.setSelectionRange(before.length, before.length);
    this.#begun();
  }

  #begun(): void {
    this.#emoji.close();
    this.#render();
    this.reportDraft();
    this.focus();
  }

  /** Ends a reply or an edit without sending it. */
  #cancel(): void {
    if (this.#aim.kind === "edit") this.#endEdit();
    this.#aim = NEW;
    this.#begun();
  }

  /** Puts the draft back that stood in the composer before an edit. */
  #endEdit(): void {
    if (this.#aim.kind !== "edit" || this.#input === null) return;
    this.#input.value = this.#aim.draft;
    this.#aim = NEW;
  }

  /** Returns the text of the chat's draft, which is not that of an edit. */
  get #draft(): string {
    return this.#aim.kind === "edit" ? this.#aim.draft : this.#text;
  }

  #setDraft(text: string): void {
    if (this.#aim.kind === "edit") this.#aim = { ...this.#aim, draft: text };
    else if (this.#input !== null) this.#input.value = text;
  }

  /**
   * Adopts a draft from the extension (stored, or written in another window), unless the user is writing.
   * @param aim of a page that has loaded again: the reply or edit that it was at; absent: the present one stays
   */
  restore(text: string, aim?: Aim | null): void {
    const writing = this.#draft !== "" && (document.hasFocus() || this.#draft !== this.#reportedDraft);
    if (this.#input === null) return;
    if (!writing && text !== this.#draft) {
      this.#setDraft(text);
      this.#reportedDraft = text;
    }
    if (aim != null && this.#aim.kind === "new") this.#resume(aim, this.#input);
    if (!writing && this.#leftCursor !== undefined)
      this.#input.setSelectionRange(this.#leftCursor.start, this.#leftCursor.end);
    this.#leftCursor = undefined;
    this.#render();
  }

  #resume(aim: Aim, input: HTMLTextAreaElement): void {
    this.#reportedAim = JSON.stringify(aim);
    if (aim.kind === "reply") this.#aim = aim;
    else {
      this.#aim = { kind: "edit", target: aim.target, before: "", draft: this.#text };
      input.value = aim.text;
    }
  }

  taken(id: string): void {
    if (this.#aim.kind === "edit" && this.#aim.sent === id) {
      this.#parts.announce(strings.editTaken);
      // Text typed meanwhile belongs to the next edit.
      if (this.#text === this.#aim.before) this.#endEdit();
      this.#render();
      this.reportDraft();
      return;
    }
    this.#sending.delete(id);
    this.#showSending();
  }

  /** Puts refused text in front of the text being written, and keeps the cursor. */
  refused(ids: readonly string[], text: string): void {
    if (this.#aim.kind === "edit" && this.#aim.sent !== undefined && ids.includes(this.#aim.sent)) {
      this.#aim = { ...this.#aim, before: "" };
      this.#parts.announce(strings.editRefused);
      return;
    }
    // Texts that are joined are a reply only if all of them were, to the same message.
    const [replyTo, ...others] = new Set(ids.map((id) => this.#sending.get(id)?.replyTo));
    for (const id of ids) this.#sending.delete(id);
    this.#parts.attachments.refused();
    this.#showSending();
    if (this.#input === null) return;
    const { value, selectionStart, selectionEnd, selectionDirection } = this.#input;
    this.#setDraft(joinedTexts([text, this.#draft]));
    const moved = this.#input.value.length - value.length;
    this.#input.setSelectionRange(selectionStart + moved, selectionEnd + moved, selectionDirection);
    if (this.#aim.kind === "new" && replyTo !== undefined && others.length === 0)
      this.#aim = { kind: "reply", target: replyTo };
    this.#includes = ids.at(-1);
    this.#parts.announce(strings.notTaken);
    this.#render();
    this.reportDraft();
  }

  /** Returns the id of the message that the attached files become. An edit has none. */
  get #parcel(): string | undefined {
    return this.#aim.kind === "edit" ? undefined : this.#parts.attachments.parcel;
  }

  /** Returns the bytes that the text may have. */
  get #limit(): number {
    return this.#parcel === undefined ? MAX_TEXT_BYTES : MAX_CAPTION_BYTES;
  }

  /** Returns whether there is something to send: a text, or files that are complete. */
  get #hasContent(): boolean {
    if (this.#aim.kind !== "edit" && this.#parts.attachments.isAdding) return false;
    return this.#parcel !== undefined || !isBlank(this.#text);
  }

  /** Attaches the text as a file, and removes it from the composer once the extension has it. */
  async #attachText(): Promise<void> {
    const text = this.#text;
    if (!(await this.#parts.attachments.addText(text, TEXT_FILE)) || this.#text !== text) return;
    if (this.#input !== null) this.#input.value = "";
    this.#parts.announce(strings.textAttached(TEXT_FILE));
    this.#render();
    this.reportDraft();
    this.focus();
  }

  #showSending(): void {
    window.clearTimeout(this.#sendingTimer);
    this.#sendingShown &&= this.#sending.size > 0;
    if (this.#sending.size > 0 && !this.#sendingShown)
      this.#sendingTimer = window.setTimeout(() => {
        this.#sendingShown = true;
        this.#render();
      }, SENDING_SHOWN_MS);
    this.#render();
  }

  #render(): void {
    if (this.#input !== null) fitArea(this.#input);
    const peer = visible(this.#header?.peer ?? "");
    const bytes = textBytes(this.#text);
    const limit = this.#limit;
    const tooLong = bytes > limit;
    const note = lengthNote(this.#text, bytes, limit);
    if (tooLong && this.#note === "") this.#parts.announce(note);
    this.#note = tooLong ? note : "";
    const sendable = this.#open && !tooLong && this.#hasContent;
    render(
      html`${
        this.#sendingShown
          ? html`<p class="composer-sending"><b>${strings.sending}</b> ${joinedTexts([...this.#sending.values()].map((sent) => sent.text))}</p>`
          : nothing
      }
        ${this.#emoji.view(this.#input)}
        ${aimView(this.#aim, this.#parts.quoteOf, () => this.#cancel())}
        <div class=${this.#open ? "composer-box" : "composer-box closed"}>
          <textarea
            rows="1"
            aria-label=${strings.composer(peer)}
            aria-describedby=${this.#aim.kind === "new" ? "composer-note" : `${AIM_ID} composer-note`}
            aria-invalid=${tooLong ? "true" : "false"}
            aria-autocomplete="list"
            aria-controls=${this.#emoji.chosenId === undefined ? nothing : EMOJI_LIST_ID}
            aria-activedescendant=${this.#emoji.chosenId ?? nothing}
            aria-disabled=${this.#open ? "false" : "true"}
            placeholder=${this.#placeholder(peer)}
            ?readonly=${!this.#open}
            @input=${() => this.#edited()}
            @blur=${() => this.#left()}
            @keydown=${(event: KeyboardEvent) => this.#key(event)}
          ></textarea>
          <button
            type="button"
            class="quiet icon-only attach"
            title=${strings.attach}
            aria-label=${strings.attach}
            ?disabled=${!this.#open || this.#aim.kind === "edit"}
            @click=${() => this.#parts.attachments.pick()}
          >
            ${icons.attach}
          </button>
          <button
            type="button"
            class="quiet icon-only send"
            title=${this.#aim.kind === "edit" ? strings.save : strings.send}
            aria-label=${this.#aim.kind === "edit" ? strings.save : strings.send}
            ?disabled=${!sendable}
            @click=${() => this.#send()}
          >
            ${this.#aim.kind === "edit" ? icons.check : icons.send}
          </button>
        </div>
        <p id="composer-note" class=${tooLong ? "composer-note problem" : "composer-note"}>${note}</p>
        ${
          tooLong && this.#open && this.#aim.kind !== "edit"
            ? html`<p class="composer-offer">
                <button type="button" class="secondary" @click=${() => void this.#attachText()}>
                  ${strings.attachText}
                </button>
              </p>`
            : nothing
        }`,
      this.#container,
    );
  }

  #placeholder(peer: string): string {
    const phase = this.#header?.phase;
    if (phase === undefined) return "";
    if (phase !== "open") return strings.closedComposer[phase](peer);
    // In a focused text area, the browser cuts a placeholder off without an ellipsis.
    return narrow.matches ? strings.composer(peer) : strings.composerHint(peer);
  }

  #left(): void {
    this.#emoji.close();
    this.#render();
    this.reportDraft();
  }

  #edited(): void {
    if (this.#input !== null) this.#emoji.edited(this.#input);
    if (this.#open && this.#aim.kind !== "edit" && !isBlank(this.#text)) this.#typed();
    this.#render();
    window.clearTimeout(this.#draftTimer);
    this.#draftTimer = window.setTimeout(() => this.reportDraft(), DRAFT_DELAY_MS);
  }

  reportDraft(): void {
    window.clearTimeout(this.#draftTimer);
    const text = this.#draft;
    const aim = this.#keptAim;
    const told = JSON.stringify(aim ?? "");
    if (text === this.#reportedDraft && told === this.#reportedAim) return;
    if (text.length > MAX_DRAFT_CHARACTERS || this.#text.length > MAX_DRAFT_CHARACTERS) return;
    this.#reportedDraft = text;
    this.#reportedAim = told;
    const includes = this.#includes;
    this.#parts.host.post({
      type: "draft",
      text,
      ...(includes === undefined ? {} : { includes }),
      ...(aim === undefined ? {} : { aim }),
    });
  }

  /** Returns the state that the extension keeps for a page that VS Code discards. */
  get #keptAim(): Aim | undefined {
    if (this.#aim.kind === "new") return undefined;
    const { kind, target } = this.#aim;
    return kind === "edit" ? { kind, target, text: this.#text } : { kind, target };
  }

  #key(event: KeyboardEvent): void {
    if (this.#input !== null && this.#emoji.key(event, this.#input)) return;
    if (event.key === "ArrowUp" && this.#text === "") {
      event.preventDefault();
      const editable = event.shiftKey || this.#aim.kind !== "new" ? undefined : this.#parts.editable();
      if (editable === undefined) this.#parts.toLastOwn();
      else this.edit(editable);
      return;
    }
    if (event.key === "Escape" && this.#aim.kind !== "new" && !event.isComposing) {
      event.preventDefault();
      this.#cancel();
      return;
    }
    // Ignore Enter that ends an input method's composition. Chromium reports some of these only by key code 229.
    if (event.key !== "Enter" || event.isComposing || event.keyCode === 229) return;
    if (event.shiftKey || event.altKey) return;
    event.preventDefault();
    this.#send();
  }

  #send(): void {
    const text = this.#text;
    if (this.#input === null || !this.#open || !this.#hasContent) return;
    if (textBytes(text) > this.#limit) {
      this.#parts.announce(this.#note);
      return;
    }
    const id = newId();
    if (this.#aim.kind === "edit") {
      const { target, before } = this.#aim;
      if (text === before) {
        this.#cancel();
        return;
      }
      this.#aim = { ...this.#aim, before: text, sent: id };
      this.#parts.host.post({ type: "edit", id, target, text });
      this.focus(); // the button is disabled once the composer is empty, and loses the focus
      return;
    }
    const replyTo = this.#aim.kind === "reply" ? this.#aim.target : undefined;
    const reply = replyTo !== undefined && { replyTo };
    const parcel = this.#parcel;
    if (parcel === undefined) this.#parts.host.post({ type: "send", id, text, ...reply });
    else {
      this.#parts.attachments.sent();
      this.#parts.host.post({ type: "sendFiles", id, parcel, text, ...reply });
    }
    this.#sending.set(id, { text, replyTo });
    this.#aim = NEW;
    this.#reportedAim = JSON.stringify("");
    this.#input.value = "";
    window.clearTimeout(this.#draftTimer);
    // "send" tells the extension that the composer is empty.
    this.#reportedDraft = "";
    this.#showSending();
    this.focus();
  }
}

function lengthNote(text: string, bytes: number, limit: number): string {
  if (text.length > MAX_DRAFT_CHARACTERS) return strings.draftTooLong(strings.bytes(MAX_TEXT_BYTES));
  const over = strings.bytes(bytes - limit);
  if (bytes > limit)
    return limit === MAX_TEXT_BYTES
      ? strings.tooLong(over, strings.bytes(limit))
      : strings.captionTooLong(over, strings.bytes(limit));
  return limit - bytes < NEAR_LIMIT_BYTES ? strings.nearLimit(strings.bytes(limit - bytes)) : "";
}
