import { html, nothing, type TemplateResult } from "lit/html.js";
import type { PageBody } from "../../../messenger/kinds/body.ts";
import { fileName, shownFileName } from "../../../messenger/text/file-name.ts";
import { visible } from "../../../messenger/text/hidden-characters.ts";
import { sizeText } from "../../../messenger/text/sizes.ts";
import { dateText, numberText } from "../../../messenger/text/times.ts";
import type { PanelFileState } from "../../contract/panel.ts";
import type { FileAction, MessageFiles } from "../files/file-desk.ts";
import { fileType } from "../files/file-type.ts";
import "../files/picture-box.ts";
import type { Held } from "../files/pictures.ts";
import { fileIcons } from "../icons.ts";
import { renderMarkdown } from "../markdown.ts";
import { strings } from "../strings.ts";
import type { Card } from "./card.ts";

type Files = Extract<PageBody, { kind: "files" }>;
type PageFile = Files["files"][number];

/** As the messenger's bound for readFile. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024;
const THERE: PanelFileState = { type: "there" };

export const files: Card<Files> = {
  view: ({ files, caption }, _, __, message) => html`
    <ul class="files" aria-label=${strings.files(files.length)}>
      ${files.map((file, item) => fileView(file, item, message))}
    </ul>
    ${caption === "" ? nothing : html`<div class="caption">${renderMarkdown(caption)}</div>`}
  `,
};

function fileView(file: PageFile, item: number, message: MessageFiles | undefined): TemplateResult {
  const { name, description, bytes, type: media } = file;
  const type = fileType(fileName(name), media);
  const state = message?.states[item] ?? THERE;
  return html`<li class="file">
    ${message === undefined ? nothing : pictureView(file, item, message, state)}
    <div class="file-row">
      ${fileIcons[file.picture === undefined ? type : "picture"]}
      <div class="file-about">
        <span class="file-name" title=${fileName(name)}>${shownFileName(name, 44)}</span>
        ${description === "" ? nothing : html`<span class="file-description">${visible(description, "prose")}</span>`}
        <span class="file-note">${sizeText(bytes)}${message === undefined ? nothing : noteView(file, item, message, state)}</span>
        ${message === undefined ? nothing : progressView(item, message, state)}
        ${message === undefined ? nothing : failureView(item, message)}
      </div>
      ${message === undefined ? nothing : actionsView(file, item, message, state)}
    </div>
  </li>`;
}

function pictureView(
  { picture, name, description }: PageFile,
  item: number,
  { id, desk }: MessageFiles,
  { type }: PanelFileState,
): TemplateResult | typeof nothing {
  if (picture === undefined || type === "gone" || type === "damaged") return nothing;
  const alt = description === "" ? shownFileName(name) : visible(description, "prose");
  const at = { id, item };
  const save = () => desk.act(at, "save");
  const open = ({ blob, width, height, isAnimated }: Held) =>
    desk.viewer.open({ name: at, blob, width, height, isAnimated, alt, save });
  const parts = { name: at, ...picture, alt, isHere: type === "here", pictures: desk.pictures, open };
  return html`<parley-picture .parts=${parts}></parley-picture>`;
}

/** The state of a file in words. */
function noteView({ until }: PageFile, item: number, message: MessageFiles, state: PanelFileState): string {
  return ` · ${noteOf({ until: until * 1000 }, item, message, state)}`;
}

function noteOf(
  { until }: { readonly until: number },
  item: number,
  { id, mine, desk }: MessageFiles,
  state: PanelFileState,
): string {
  const keeps = until > Date.now() ? strings.fileKept(dateText(until)) : strings.fileWasKept(dateText(until));
  switch (state.type) {
    case "there":
      return keeps;
    case "fetching": {
      const done = desk.doneOf({ id, item }) ?? state.done;
      if (!desk.isConnected) return strings.fileWaitsForLine;
      return done === 0 ? strings.fileWaits : strings.percent(numberText(Math.floor(done * 100)));
    }
    case "here":
      if (state.savedAt !== undefined) return strings.fileSaved(dateText(state.savedAt));
      return mine ? keeps : strings.fileChecked;
    case "gone":
      return state.since === 0 ? strings.fileGoneSometime : strings.fileGone(dateText(state.since));
    case "damaged":
      return strings.fileDamaged;
    case "elsewhere":
      return strings.fileElsewhere;
  }
}

function progressView(item: number, { id, desk }: MessageFiles, state: PanelFileState) {
  if (state.type !== "fetching") return nothing;
  const done = desk.doneOf({ id, item }) ?? state.done;
  return html`<progress max="1" .value=${done} aria-label=${strings.fileProgress}></progress>`;
}

function failureView(item: number, { id, desk }: MessageFiles) {
  const text = desk.failureOf({ id, item });
  return text === undefined ? nothing : html`<span class="file-failure">${text}</span>`;
}

function actionsView(
  { name, bytes, type: media }: PageFile,
  item: number,
  { id, desk }: MessageFiles,
  state: PanelFileState,
): TemplateResult {
  const shown = shownFileName(name);
  const does = (action: FileAction, label: string) =>
    html`<button
      type="button"
      class="link"
      tabindex="-1"
      aria-label=${strings.ofFile(label, shown)}
      @click=${() => desk.act({ id, item }, action)}
    >
      ${label}
    </button>`;
  const opens = bytes <= MAX_TEXT_BYTES && fileType(fileName(name), media) === "text";
  const uses = [...(opens ? [does("open", strings.open)] : []), does("save", strings.saveAs)];
  const failed = desk.failureOf({ id, item }) !== undefined;
  switch (state.type) {
    case "there":
    case "elsewhere":
      return html`<div class="file-actions">${does("download", failed ? strings.retry : strings.download)}${uses}</div>`;
    case "fetching":
      return html`<div class="file-actions">${does("stop", strings.cancel)}</div>`;
    case "here":
      return html`<div class="file-actions">${uses}</div>`;
    case "damaged":
      return html`<div class="file-actions">${does("download", strings.retry)}</div>`;
    case "gone":
      return html`<div class="file-actions">${does("download", strings.lookAgain)}</div>`;
  }
}
