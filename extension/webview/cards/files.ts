import { html, nothing, type TemplateResult } from "lit/html.js";
import type { PageBody } from "../../../messenger/kinds/body.ts";
import { fileName, shownFileName } from "../../../messenger/text/file-name.ts";
import { visible } from "../../../messenger/text/hidden-characters.ts";
import { sizeText } from "../../../messenger/text/sizes.ts";
import { dateText, numberText } from "../../../messenger/text/times.ts";
import type { PanelFileState } from "../../contract/panel.ts";
import type { FileAction, FileDesk, MessageFiles } from "../files/file-desk.ts";
import { type FileType, fileType } from "../files/file-type.ts";
import "../files/picture-box.ts";
import type { FileName, Held } from "../files/pictures.ts";
import { fileIcons } from "../icons.ts";
import { renderMarkdown } from "../markdown.ts";
import { strings } from "../strings.ts";
import type { Card } from "./card.ts";

type Files = Extract<PageBody, { kind: "files" }>;
type PageFile = Files["files"][number];

/** As the messenger's bound for readFile. */
const MAX_TEXT_BYTES = 5 * 1024 * 1024;
/** Visible characters of a name. */
const MAX_NAME = 44;
const THERE: PanelFileState = { type: "there" };

/** A file as it is drawn, with what the page knows of it and can do with it. */
interface Drawn {
  readonly file: PageFile;
  readonly at: FileName;
  readonly mine: boolean;
  readonly state: PanelFileState;
  readonly desk: FileDesk;
}

export const files: Card<Files> = {
  view: (
    { files, caption },
    _,
    __,
    message,
  ) => html`<div class="files" role="list" aria-label=${strings.files(files.length)}>
      ${files.map((file, item) => fileView(file, message && drawn(file, item, message)))}
    </div>
    ${caption === "" ? nothing : html`<div class="caption">${renderMarkdown(caption)}</div>`}`,
};

function drawn(file: PageFile, item: number, { id, mine, states, desk }: MessageFiles): Drawn {
  return { file, at: { id, item }, mine, state: states[item] ?? THERE, desk };
}

/** @param drawn undefined for a file in an earlier version, of which only name and size are shown */
function fileView(file: PageFile, drawn: Drawn | undefined): TemplateResult {
  const { name, description, bytes } = file;
  return html`<div class="file" role="listitem">
    ${drawn && pictureView(drawn)}
    <div class="file-row">
      ${fileIcons[file.picture === undefined ? typeOf(file) : "picture"]}
      <div class="file-about">
        <span class="file-name" title=${fileName(name)}>${shownFileName(name, MAX_NAME)}</span>
        ${description === "" ? nothing : html`<span class="file-description">${visible(description, "prose")}</span>`}
        <span class="file-note">${sizeText(bytes)}${drawn && ` · ${stateText(drawn)}`}</span>
        ${drawn && [progressView(drawn), failureView(drawn)]}
      </div>
      ${drawn && actionsView(drawn)}
    </div>
  </div>`;
}

function typeOf({ name, type }: PageFile): FileType {
  return fileType(fileName(name), type);
}

function pictureView({ file, at, state, desk }: Drawn): TemplateResult | typeof nothing {
  const { picture, name, description } = file;
  if (picture === undefined || state.type === "gone" || state.type === "damaged") return nothing;
  const alt = description === "" ? shownFileName(name) : visible(description, "prose");
  const save = () => desk.act(at, "save");
  const open = ({ blob, width, height, isAnimated }: Held) =>
    desk.viewer.open({ name: at, blob, width, height, isAnimated, alt, save });
  const isHere = state.type === "here";
  const parts = { name: at, ...picture, alt, isHere, pictures: desk.pictures, open };
  return html`<parley-picture .parts=${parts}></parley-picture>`;
}

function stateText({ file, at, mine, state, desk }: Drawn): string {
  const until = file.until * 1000;
  const keeps = until > Date.now() ? strings.fileKept(dateText(until)) : strings.fileWasKept(dateText(until));
  switch (state.type) {
    case "there":
      return keeps;
    case "fetching": {
      if (!desk.isConnected) return strings.fileWaitsForLine;
      const percent = Math.floor((desk.doneOf(at) ?? state.done) * 100);
      return percent === 0 ? strings.fileWaits : strings.percent(numberText(percent));
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

function progressView({ at, state, desk }: Drawn): TemplateResult | typeof nothing {
  if (state.type !== "fetching") return nothing;
  const done = desk.doneOf(at) ?? state.done;
  return html`<progress max="1" .value=${done} aria-label=${strings.fileProgress}></progress>`;
}

function failureView({ at, desk }: Drawn): TemplateResult | typeof nothing {
  const text = desk.failureOf(at);
  return text === undefined ? nothing : html`<span class="file-failure">${text}</span>`;
}

function actionsView({ file, at, state, desk }: Drawn): TemplateResult {
  const does = (action: FileAction, label: string) =>
    html`<button
      type="button"
      class="link"
      tabindex="-1"
      aria-label=${strings.ofFile(label, shownFileName(file.name))}
      @click=${() => desk.act(at, action)}
    >
      ${label}
    </button>`;
  const opens = file.bytes <= MAX_TEXT_BYTES && typeOf(file) === "text";
  const uses = [...(opens ? [does("open", strings.open)] : []), does("save", strings.saveAs)];
  const isRetry = state.type === "damaged" || desk.failureOf(at) !== undefined;
  const download = does("download", isRetry ? strings.retry : strings.download);
  const actions = {
    there: [download, ...uses],
    elsewhere: [download, ...uses],
    fetching: [does("stop", strings.cancel)],
    here: uses,
    damaged: [download],
    gone: [does("download", strings.lookAgain)],
  } satisfies Record<PanelFileState["type"], readonly TemplateResult[]>;
  return html`<div class="file-actions">${actions[state.type]}</div>`;
}
