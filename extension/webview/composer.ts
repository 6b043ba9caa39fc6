/**
 * The message box. The page reports the draft to the extension, which stores it and returns it after a reload. The page keeps a sent
 * text until the extension has accepted it.
 */
import { html, nothing, render } from "lit/html.js";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { isBlank } from "../contract/blank-text.ts";
import type { PanelHeader } from "../contract/panel.ts";
import { joinedTexts, MAX_DRAFT_CHARACTERS, MAX_TEXT_BYTES, textBytes } from "../contract/text.ts";
import { EMOJI_LIST_ID, EmojiList } from "./emoji-list.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { fitArea } from "./long-text.ts";
import { strings } from "./strings.ts";

/** Milliseconds without typing before the draft is reported. */
const DRAFT_DELAY_MS = 400;
/** Milliseconds before a text is shown as being sent. Most are accepted earlier, so nothing flickers. */
const SENDING_SHOWN_MS = 300;
/** The length, in bytes, from which the page shows the number of bytes left. */
const NEAR_LIMIT_BYTES = MAX_TEXT_BYTES - 4 * 1024;

/** The same breakpoint as in the style sheets. */
const narrow = window.matchMedia("(max-width: 480px)");

export interface ComposerParts {
  readonly host: Host;
  readonly announce: (text: string) => void;
  /** Moves the focus to the newest message of the user's own. */
  readonly toLastOwn: () => void;
}

export class Composer {
  readonly #container: HTMLElement;
  readonly #parts: ComposerParts;
  readonly #emoji = new EmojiList(() => this.#render());
  #header: PanelHeader | undefined;
  #reportedDraft = "";
  #draftTimer: number | undefined;
  #note = "";
  /** Texts that were sent and not accepted yet, by id. */
  readonly #sending = new Map<string, string>();
  #sendingShown = false;
  #sendingTimer: number | undefined;
  /** Id of the newest text that was refused. */
  #includes: string | undefined;

  constructor(container: HTMLElement, parts: ComposerParts) {
    this.#container = container;
    this.#parts = parts;
    this.#render();
    // VS Code discards hidden pages without notice.
    document.addEventListener("visibilitychange", () => this.#reportDraft());
    window.addEventListener("blur", () => this.#reportDraft());
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

  update(header: PanelHeader): void {
    this.#header = header;
    this.#render();
  }

  focus(): void {
    this.#input?.focus();
  }

  /** Adopts a draft from the extension (stored, or written in another window), unless the user is writing. */
  restore(text: string): void {
    const writing = this.#text !== "" && (document.hasFocus() || this.#text !== this.#reportedDraft);
    if (this.#input === null || writing || text === this.#text) return;
    this.#input.value = text;
    this.#reportedDraft = text;
    this.#render();
  }

  taken(id: string): void {
    this.#sending.delete(id);
    this.#showSending();
  }

  /** Puts refused text in front of the text being written, and keeps the cursor. */
  refused(ids: readonly string[], text: string): void {
    for (const id of ids) this.#sending.delete(id);
    this.#showSending();
    if (this.#input === null) return;
    const { value, selectionStart, selectionEnd, selectionDirection } = this.#input;
    this.#input.value = joinedTexts([text, value]);
    const moved = this.#input.value.length - value.length;
    this.#input.setSelectionRange(selectionStart + moved, selectionEnd + moved, selectionDirection);
    this.#includes = ids.at(-1);
    this.#parts.announce(strings.notTaken);
    this.#render();
    this.#reportDraft();
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
    const tooLong = bytes > MAX_TEXT_BYTES;
    const note = lengthNote(this.#text, bytes);
    if (tooLong && this.#note === "") this.#parts.announce(note);
    this.#note = tooLong ? note : "";
    const sendable = this.#open && !tooLong && !isBlank(this.#text);
    render(
      html`${
        this.#sendingShown
          ? html`<p class="composer-sending"><b>${strings.sending}</b> ${joinedTexts([...this.#sending.values()])}</p>`
          : nothing
      }
        ${this.#emoji.view(this.#input)}
        <div class=${this.#open ? "composer-box" : "composer-box closed"}>
          <textarea
            rows="1"
            aria-label=${strings.composer(peer)}
            aria-describedby="composer-note"
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
            class="quiet icon-only send"
            title=${strings.send}
            aria-label=${strings.send}
            ?disabled=${!sendable}
            @click=${() => this.#send()}
          >
            ${icons.send}
          </button>
        </div>
        <p id="composer-note" class=${tooLong ? "composer-note problem" : "composer-note"}>${note}</p>`,
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
    this.#reportDraft();
  }

  #edited(): void {
    if (this.#input !== null) this.#emoji.edited(this.#input);
    this.#render();
    window.clearTimeout(this.#draftTimer);
    this.#draftTimer = window.setTimeout(() => this.#reportDraft(), DRAFT_DELAY_MS);
  }

  #reportDraft(): void {
    window.clearTimeout(this.#draftTimer);
    const text = this.#text;
    if (text === this.#reportedDraft || text.length > MAX_DRAFT_CHARACTERS) return;
    this.#reportedDraft = text;
    const includes = this.#includes;
    this.#parts.host.post({ type: "draft", text, ...(includes === undefined ? {} : { includes }) });
  }

  #key(event: KeyboardEvent): void {
    if (this.#input !== null && this.#emoji.key(event, this.#input)) return;
    if (event.key === "ArrowUp" && this.#text === "") {
      event.preventDefault();
      this.#parts.toLastOwn();
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
    if (this.#input === null || !this.#open || isBlank(text)) return;
    if (textBytes(text) > MAX_TEXT_BYTES) {
      this.#parts.announce(this.#note);
      return;
    }
    const id = newId();
    this.#parts.host.post({ type: "send", id, text });
    this.#sending.set(id, text);
    this.#input.value = "";
    window.clearTimeout(this.#draftTimer);
    // "send" tells the extension that the composer is empty.
    this.#reportedDraft = "";
    this.#showSending();
    this.focus();
  }
}

function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function lengthNote(text: string, bytes: number): string {
  if (text.length > MAX_DRAFT_CHARACTERS) return strings.draftTooLong(strings.bytes(MAX_TEXT_BYTES));
  if (bytes > MAX_TEXT_BYTES)
    return strings.tooLong(strings.bytes(bytes - MAX_TEXT_BYTES), strings.bytes(MAX_TEXT_BYTES));
  return bytes > NEAR_LIMIT_BYTES ? strings.nearLimit(strings.bytes(MAX_TEXT_BYTES - bytes)) : "";
}
