/** One row of the list as a template. */
import { guard } from "lit/directives/guard.js";
import { html, nothing, type TemplateResult } from "lit/html.js";
import { isBlank } from "../contract/blank-text.ts";
import { durationText } from "../contract/duration-text.ts";
import { visible } from "../contract/hidden-characters.ts";
import { MESSAGE_SECTION, type MessageContext } from "../contract/message-menu.ts";
import type { PanelHeader, PanelMessage } from "../contract/panel.ts";
import { fullDate, timeOfDay } from "./dates.ts";
import type { Host } from "./host.ts";
import { icons } from "./icons.ts";
import { renderMarkdown, renderPlain } from "./markdown.ts";
import type { Row } from "./rows.ts";
import { strings } from "./strings.ts";

const MAX_SUMMARY_CHARACTERS = 140;

export interface RowContext {
  readonly header: PanelHeader;
  readonly host: Host;
  /** Key of the row that Tab reaches. */
  readonly current: string | undefined;
}

export function rowView(row: Row, context: RowContext): TemplateResult {
  switch (row.kind) {
    case "day":
      return html`<div class="day" role="separator" aria-label=${row.label}><span>${row.label}</span></div>`;
    case "unread":
      return html`<div class="unread" role="separator" aria-label=${strings.newMessagesDividerSpoken}>
        <span>${strings.newMessagesDivider}</span>
      </div>`;
    case "message":
      return row.message.body.kind === "event" ? eventView(row.message, context) : messageView(row, context);
  }
}

/** @returns the start of a message's text on one line, as it is spoken. */
export function spokenText(message: PanelMessage, peer: string): string {
  const text = spoken(bodyText(message, peer));
  return text.length > MAX_SUMMARY_CHARACTERS ? `${text.slice(0, MAX_SUMMARY_CHARACTERS)}…` : text;
}

function spoken(text: string): string {
  if (isBlank(text)) return visible(text).trim() || strings.blankMessage;
  return visible(text.replace(/\s+/g, " ").trim(), "prose");
}

function bodyText({ body }: PanelMessage, peer: string): string {
  switch (body.kind) {
    case "text":
      return body.text;
    case "unknown":
      return strings.unknownKind(body.fallback);
    case "not-understood":
      return strings.notUnderstood;
    case "event":
      return strings.event(body.event, peer, body.seconds);
  }
}

function summary(message: PanelMessage, header: PanelHeader): string {
  const peer = visible(header.peer);
  const time = timeOfDay(message.at);
  if (message.body.kind === "event") return `${time}: ${spokenText(message, peer)}`;
  const text = strings.messageSummary(message.mine ? strings.me : peer, time, spokenText(message, peer));
  return message.state === undefined ? text : strings.messageSummaryWithState(text, strings[message.state]);
}

function eventView(message: PanelMessage, { header, current }: RowContext): TemplateResult {
  return html`<article
    class="event"
    data-key=${message.id}
    tabindex=${message.id === current ? 0 : -1}
    aria-label=${summary(message, header)}
  >
    <span>${spokenText(message, visible(header.peer))}</span>
    ${timeView(message.at)}
  </article>`;
}

function messageView(
  { message, first }: Extract<Row, { kind: "message" }>,
  { header, host, current }: RowContext,
): TemplateResult {
  const sender = message.mine ? strings.me : visible(header.peer);
  return html`<article
    class=${`message ${message.mine ? "mine" : "theirs"}${first ? " first" : ""}`}
    data-vscode-context=${menuContext(message)}
    data-key=${message.id}
    tabindex=${message.id === current ? 0 : -1}
    aria-label=${summary(message, header)}
  >
    <div class="gutter" aria-hidden="true">
      ${first ? html`<span class="avatar">${monogram(message.mine ? header.me : header.peer)}</span>` : nothing}
    </div>
    <div class="content">
      ${
        first
          ? html`<div class="byline"><bdi class="sender">${sender}</bdi>${timeView(message.at)}</div>`
          : nothing
      }
      <div class="body">${guard(bodyKey(message), () => bodyView(message))}</div>
      ${message.state === "failed" ? failureView(message, host) : nothing}
    </div>
    <div class="meta">${first ? nothing : timeView(message.at)}${expiryView(message)}${stateView(message)}</div>
  </article>`;
}

/** For the editor's context menu. */
function menuContext({ id, body, state }: PanelMessage): string {
  const context: MessageContext = {
    ...{ webviewSection: MESSAGE_SECTION, messageId: id, preventDefaultContextMenuItems: true },
    ...{ hasText: body.kind === "text", canRetry: state === "failed" },
  };
  return JSON.stringify(context);
}

function monogram(name: string): string {
  return visible(name).slice(0, 1).toUpperCase();
}

/** A new state is no new body: what is rendered keeps the reader's selection and focus. */
function bodyKey({ body }: PanelMessage): unknown[] {
  return Object.values(body);
}

function bodyView({ body }: PanelMessage): unknown {
  switch (body.kind) {
    case "text":
      return renderMarkdown(body.text);
    case "unknown":
      return html`<div class="unknown">${renderPlain(strings.unknownKind(body.fallback))}</div>
        <div class="unknown-detail">${strings.unknownKindDetail(visible(body.type))}</div>`;
    case "not-understood":
      return html`<div class="unknown">${renderPlain(strings.notUnderstood)}</div>`;
    case "event":
      return nothing;
  }
}

function timeView(at: number): TemplateResult {
  return html`<time datetime=${new Date(at).toISOString()} title=${fullDate(at)}>${timeOfDay(at)}</time>`;
}

function expiryView({ expiry }: PanelMessage): TemplateResult | typeof nothing {
  if (expiry === undefined) return nothing;
  const text =
    expiry.due === undefined
      ? strings.disappearsAfter(durationText(expiry.seconds))
      : strings.disappears(fullDate(expiry.due));
  return html`<div class="state expiry" title=${text}>${icons.timer}<span class="spoken">${text}</span></div>`;
}

function stateView({ state }: PanelMessage): TemplateResult | typeof nothing {
  if (state === undefined) return nothing;
  return html`<div class=${`state ${state}`} title=${strings[state]}>
    ${icons[state]}<span class="spoken">${strings[state]}</span>
  </div>`;
}

function failureView(message: PanelMessage, host: Host): TemplateResult {
  return html`<div class="failure">
    <span>${strings.failure(message.failureText ?? "")}</span>
    <button type="button" class="link" @click=${() => host.post({ type: "retry", id: message.id })}>
      ${strings.retry}
    </button>
  </div>`;
}
