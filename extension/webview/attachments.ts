/**
 * The files of the chat that aren't a message yet, above the composer: on their way, and attached to the draft. The extension has them;
 * the page only shows them, and hands over the files that are pasted or dropped (page-files.ts).
 */

import { repeat } from "lit/directives/repeat.js";
import { html, nothing, render, type TemplateResult } from "lit/html.js";
import { shownFileName } from "../../messenger/text/file-name.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { sizeText } from "../../messenger/text/sizes.ts";
import { fittingDescription, MAX_FILES } from "../contract/attachments.ts";
import type { HostMessage, PanelHeader } from "../contract/panel.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { PageFiles } from "./page-files.ts";
import { previewOf } from "./preview.ts";
import { namesOf, type Sending, sendingView } from "./sending.ts";
import { strings } from "./strings.ts";

type News<Type extends HostMessage["type"]> = Extract<HostMessage, { type: Type }>;
type Draft = NonNullable<News<"files">["draft"]>;
type AttachedFile = Draft["files"][number];

export interface AttachmentsParts {
  readonly host: Host;
  readonly announce: (text: string) => void;
  /** Called when files can be sent that couldn't before, or the reverse. */
  readonly changed: () => void;
  readonly focusComposer: () => void;
}

export class Attachments {
  readonly #container: HTMLElement;
  readonly #parts: AttachmentsParts;
  readonly #pageFiles: PageFiles;
  /** Undefined until the extension has told. */
  #draft: Draft | undefined;
  /** Files that are being sent, so that a second press doesn't send them again. */
  #gone: string | undefined;
  #adding: News<"files">["adding"] = [];
  #sending: readonly Sending[] = [];
  #told = false;
  #notices: readonly string[] = [];
  /** Object URLs of pictures, by copy. */
  readonly #pictures = new Map<string, string>();
  #header: PanelHeader | undefined;

  constructor(container: HTMLElement, parts: AttachmentsParts) {
    this.#container = container;
    this.#parts = parts;
    this.#pageFiles = new PageFiles(parts.host, {
      changed: () => this.#changed(),
      failed: (text) => this.#refuse(text),
    });
    // VS Code discards hidden pages without notice.
    document.addEventListener("visibilitychange", () => this.#describeFocused());
  }

  /** Returns the id of the message that the attached files become; undefined while there are none to send. */
  get parcel(): string | undefined {
    return this.#draft?.id === this.#gone ? undefined : this.#draft?.id;
  }

  /** Returns whether files are still being read, so that the message has to wait for them. */
  get isAdding(): boolean {
    return this.#pageFiles.names.length + this.#adding.length > 0;
  }

  update(header: PanelHeader): void {
    this.#header = header;
    this.#render();
  }

  /** Attaches files that the page was given, as far as there is room. @param folders names of folders among them */
  add(files: readonly File[], folders: readonly string[] = []): void {
    const phase = this.#header?.phase ?? "none";
    if (phase !== "open") {
      this.#refuse(strings.closedComposer[phase](visible(this.#header?.peer ?? "")));
      return;
    }
    for (const name of folders) this.#refuse(strings.isFolder(shownFileName(name)));
    const attached = this.parcel === undefined ? 0 : (this.#draft?.files.length ?? 0);
    const room = Math.max(0, MAX_FILES - attached - this.#pageFiles.names.length - this.#adding.length);
    if (files.length > room) this.#refuse(strings.tooManyFiles(MAX_FILES, files.length - room));
    this.#pageFiles.add(files.slice(0, room));
  }

  /** Attaches a text as a file. @returns whether it was attached */
  addText(text: string, name: string): Promise<boolean> {
    return this.#pageFiles.addNow(new File([text], name, { type: "text/markdown" }));
  }

  /** Attaches files that were dropped from the editor. */
  addDropped(uris: readonly string[]): void {
    if (uris.length > MAX_FILES) this.#refuse(strings.tooManyFiles(MAX_FILES, uris.length - MAX_FILES));
    this.#parts.host.post({ type: "attachDropped", uris: uris.slice(0, MAX_FILES) });
  }

  /** Asks the extension for a dialog. */
  pick(): void {
    this.#parts.host.post({ type: "pickFiles" });
  }

  /** Notes that the attached files are being sent. */
  sent(): void {
    this.#describeFocused();
    this.#gone = this.#draft?.id;
    this.#notices = [];
    this.#changed();
  }

  /** Notes that the messenger has refused them: they stay attached. */
  refused(): void {
    this.#gone = undefined;
    this.#changed();
  }

  /** Announces the message that files have become. */
  arrived(id: string): void {
    const sent = this.#sending.find((one) => one.id === id);
    if (sent !== undefined) this.#parts.announce(strings.filesSent(namesOf(sent)));
  }

  take(news: News<"files" | "filesProgress" | "pieceTaken" | "notAttached" | "attachedPicture">): void {
    switch (news.type) {
      case "files":
        this.#files(news);
        return;
      case "filesProgress":
        this.#sending = this.#sending.map((one) => (one.id === news.id ? { ...one, done: news.done } : one));
        this.#render();
        return;
      case "pieceTaken":
        this.#pageFiles.taken(news.file);
        return;
      case "notAttached":
        if (news.file !== undefined) this.#pageFiles.refused(news.file);
        this.#refuse(news.text);
        return;
      case "attachedPicture":
        void this.#picture(news);
    }
  }

  #files({ draft, adding, sending }: News<"files">): void {
    const before = new Set(this.#draft?.files.map(({ copy }) => copy));
    const added = draft?.files.filter(({ copy }) => !before.has(copy)) ?? [];
    if (this.#told && added.length > 0) this.#parts.announce(added.map(attachedSpoken).join(" "));
    if (this.#told) this.#announceSending(sending);
    this.#told = true;
    if (draft?.id !== this.#gone) this.#gone = undefined;
    this.#draft = draft;
    this.#adding = adding;
    this.#sending = sending;
    const copies = new Set(draft?.files.map(({ copy }) => copy));
    for (const [copy, url] of this.#pictures)
      if (!copies.has(copy)) {
        URL.revokeObjectURL(url);
        this.#pictures.delete(copy);
      }
    this.#changed();
  }

  #announceSending(sending: readonly Sending[]): void {
    for (const one of sending) {
      const before = this.#sending.find(({ id }) => id === one.id);
      if (one.failureText !== undefined && before?.failureText === undefined)
        this.#parts.announce(strings.filesFailed(namesOf(one), one.failureText));
      else if (before === undefined) this.#parts.announce(strings.filesSending(namesOf(one)));
    }
  }

  /** Shows a picture, and gives its message a preview of it. */
  async #picture({ copy, mediaType, data }: News<"attachedPicture">): Promise<void> {
    const file = this.#draft?.files.find((one) => one.copy === copy);
    if (file === undefined || this.#pictures.has(copy)) return;
    const picture = new Blob([Uint8Array.from(data)], { type: mediaType });
    this.#pictures.set(copy, URL.createObjectURL(picture));
    this.#render();
    if (file.previewed) return;
    const preview = await previewOf(picture);
    if (preview !== undefined) this.#parts.host.post({ type: "describeFile", copy, preview });
  }

  #refuse(text: string): void {
    this.#notices = [...this.#notices.filter((one) => one !== text), text].slice(-MAX_FILES);
    this.#parts.announce(text);
    this.#render();
  }

  #changed(): void {
    this.#render();
    this.#parts.changed();
  }

  #describe(copy: string, input: HTMLInputElement): void {
    const description = fittingDescription(input.value);
    if (description !== input.value) input.value = description;
    const file = this.#draft?.files.find((one) => one.copy === copy);
    if (file !== undefined && file.description !== description)
      this.#parts.host.post({ type: "describeFile", copy, description });
  }

  /** Reports a description whose field still has the focus. */
  #describeFocused(): void {
    const input = this.#container.querySelector<HTMLInputElement>("input:focus");
    const copy = input?.dataset["copy"];
    if (input != null && copy !== undefined) this.#describe(copy, input);
  }

  #remove({ copy, name }: AttachedFile, button: EventTarget | null): void {
    this.#parts.host.post({ type: "detachFile", copy });
    this.#parts.announce(strings.fileRemoved(shownFileName(name)));
    const row = button instanceof Element ? button.closest("li") : null;
    const other = row?.nextElementSibling ?? row?.previousElementSibling;
    const next = other?.querySelector<HTMLElement>("button");
    if (next == null) this.#parts.focusComposer();
    else next.focus();
  }

  #render(): void {
    const files = this.parcel === undefined ? [] : (this.#draft?.files ?? []);
    const reading = [...this.#pageFiles.names.map((one) => one.name), ...this.#adding];
    render(
      html`${repeat(
        this.#sending,
        ({ id }) => id,
        (one) => sendingView(one, { ...this.#parts, connected: this.#header?.connected ?? false }),
      )}
      ${this.#notices.map(
        (text) => html`<div class="file-notice">
          ${icons.warning}<span>${text}</span>
          <button
            type="button"
            class="quiet icon-only"
            title=${strings.dismiss}
            aria-label=${strings.dismiss}
            @click=${() => this.#dismiss(text)}
          >
            ${icons.close}
          </button>
        </div>`,
      )}
      ${
        files.length + reading.length === 0
          ? nothing
          : html`<ul class="attached" aria-label=${strings.attachedFiles}>
              ${repeat(
                files,
                ({ copy }) => copy,
                (file) => this.#row(file),
              )}
              ${this.#pageFiles.names.map(({ id, name, share }) =>
                addingView(strings.addingPercent(shownFileName(name), share), () => this.#pageFiles.stop(id)),
              )}
              ${this.#adding.map((name) => addingView(strings.adding(shownFileName(name))))}
            </ul>`
      }`,
      this.#container,
    );
  }

  #dismiss(text: string): void {
    this.#notices = this.#notices.filter((one) => one !== text);
    this.#render();
    this.#parts.focusComposer();
  }

  #row(file: AttachedFile): TemplateResult {
    const { copy, name, bytes, description, metadata } = file;
    const shown = shownFileName(name);
    const picture = this.#pictures.get(copy);
    const field = this.#container.querySelector<HTMLInputElement>("input:focus");
    const typed = field?.dataset["copy"] === copy ? field.value : description;
    return html`<li class="attachment">
      <span class="thumbnail">${picture === undefined ? icons.file : html`<img src=${picture} alt="" />`}</span>
      <span class="attachment-facts">
        <span class="attachment-name" title=${shown}>${shown}</span>
        <span class="attachment-size">
          ${sizeText(bytes)}${metadata === "none" ? nothing : html` · ${strings.metadata[metadata]}`}
        </span>
        <input
          type="text"
          data-copy=${copy}
          .value=${typed}
          placeholder=${strings.description}
          aria-label=${strings.descriptionOf(shown)}
          @change=${(event: Event) => this.#describe(copy, event.target as HTMLInputElement)}
        />
      </span>
      <button
        type="button"
        class="quiet icon-only"
        title=${strings.removeFile(shown)}
        aria-label=${strings.removeFile(shown)}
        @click=${(event: Event) => this.#remove(file, event.target)}
      >
        ${icons.close}
      </button>
    </li>`;
  }
}

function attachedSpoken({ name, metadata }: AttachedFile): string {
  const attached = strings.fileAttached(shownFileName(name));
  return metadata === "none" ? attached : `${attached} ${strings.metadata[metadata]}.`;
}

function addingView(text: string, stop?: () => void): TemplateResult {
  return html`<li class="attachment">
    <span class="thumbnail">${icons.file}</span>
    <span class="attachment-facts"><span class="attachment-name">${text}</span></span>
    ${
      stop === undefined
        ? nothing
        : html`<button
            type="button"
            class="quiet icon-only"
            title=${strings.cancel}
            aria-label=${strings.cancel}
            @click=${stop}
          >
            ${icons.close}
          </button>`
    }
  </li>`;
}
