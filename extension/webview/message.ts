/** Draws one row of the list. */
import { guard } from "lit/directives/guard.js";
import { html, nothing, type TemplateResult } from "lit/html.js";
import { isLine, type PageBody, shownKind } from "../../messenger/kinds/body.ts";
import { durationText } from "../../messenger/kinds/duration-text.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import { MESSAGE_SECTION, type MessageContext } from "../contract/message-menu.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { isAnswerable } from "../contract/possible-changes.ts";
import type { Card } from "./cards/card.ts";
import { CARDS } from "./cards/registry.ts";
import { fullDate, timeOfDay } from "./dates.ts";
import type { FileDesk } from "./files/file-desk.ts";
import { isLong, linesOf } from "./fold.ts";
import { icons } from "./icons.ts";
import { pendingView } from "./pending.ts";
import { monogram, personClass } from "./person.ts";
import { type Quote, quoteText } from "./quotes.ts";
import { type Reaction, reactionsView, spokenReactions } from "./reactions.ts";
import type { Row } from "./rows.ts";
import { spokenText, writtenText } from "./spoken.ts";
import { strings, translate } from "./strings.ts";
import { pageWords } from "./words.ts";

export interface RowContext {
  readonly acts: RowActs;
  /** Key of the row that Tab reaches. */
  readonly current: string | undefined;
  /** Ids of long messages that are shown whole, and of messages whose details are shown. */
  readonly unfolded: ReadonlySet<string>;
  readonly detailed: ReadonlySet<string>;
  readonly files: FileDesk;
  /** Returns the quote of a message that another replies to. */
  readonly quoteOf: (id: string) => Quote;
}

/** The actions of the buttons in a row. */
export interface RowActs {
  readonly copy: (message: PanelMessage) => void;
  readonly menu: (message: PanelMessage, anchor: HTMLElement) => void;
  readonly fold: (message: PanelMessage) => void;
  readonly reply: (message: PanelMessage) => void;
  /** Opens the picker. */
  readonly react: (message: PanelMessage, anchor: HTMLElement) => void;
  readonly toggle: (message: PanelMessage, reaction: Reaction, chip: HTMLElement) => void;
  /** Goes to the message that this one replies to. */
  readonly goToQuoted: (message: PanelMessage) => void;
  /** Sends the message, or a change to it, again. */
  readonly retry: (id: string) => void;
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
      return isLine(row.message.body) ? lineView(row.message, context) : messageView(row, context);
  }
}

/** Returns the author's name for display. */
function authorText({ mine, author = "" }: PanelMessage): string {
  return mine ? strings.me : visible(author);
}

function summary(message: PanelMessage, { quoteOf }: RowContext): string {
  const { at, body, state, edited, replyTo } = message;
  const time = timeOfDay(at);
  if (isLine(body)) return `${time}: ${spokenText(message)}`;
  const text = strings.messageSummary(authorText(message), time, spokenText(message));
  const more = [
    replyTo === undefined ? undefined : strings.spokenReply(quoteText(quoteOf(replyTo))),
    edited === undefined ? undefined : strings.edited,
    spokenReactions(message),
    state === undefined ? undefined : strings[state],
  ].filter((part) => part !== undefined);
  return more.length === 0 ? text : strings.messageSummaryWithState(text, more.join("; "));
}

function lineView(message: PanelMessage, context: RowContext): TemplateResult {
  const { current } = context;
  return html`<article
    class="event"
    data-key=${message.id}
    tabindex=${message.id === current ? 0 : -1}
    aria-label=${summary(message, context)}
  >
    <span>${bodyView(message, context)}</span>
    ${timeView(message.at)}
  </article>`;
}

function messageView(
  { message, first }: Extract<Row, { kind: "message" }>,
  context: RowContext,
): TemplateResult {
  const { acts, current } = context;
  const { mine, id, author = "" } = message;
  const named = first && !mine;
  const long = isFoldable(message);
  const folded = long && !context.unfolded.has(id);
  return html`<article
    class=${`message ${mine ? "mine" : `theirs ${personClass(author)}`}${first ? " first" : ""}`}
    data-vscode-context=${menuContext(message)}
    data-key=${id}
    tabindex=${id === current ? 0 : -1}
    aria-label=${summary(message, context)}
  >
    ${named ? html`<span class="avatar" aria-hidden="true">${monogram(author)}</span>` : nothing}
    <div class="content">
      ${
        named
          ? html`<div class="byline"><bdi class="sender">${visible(author)}</bdi>${timeView(message.at)}</div>`
          : nothing
      }
      <div class="bubble">
        ${quoteView(message, context)}
        <div class=${folded ? "body folded" : "body"}>${guard(bodyKey(message, context), () => bodyView(message, context))}</div>
        <div class="meta">
          ${expiryView(message)}${editedView(message)}${pendingView(message, "delete")}${mine ? timeView(message.at) : nothing}${stateView(message)}
        </div>
      </div>
      ${long ? foldView(message, folded, acts) : nothing}
      ${reactionsView(message, (reaction, chip) => acts.toggle(message, reaction, chip))}
      ${message.state === "failed" ? failureView(message.failureText, () => acts.retry(id)) : nothing}
      ${(message.changes ?? []).map((change) =>
        change.state === "failed"
          ? failureView(change.failureText, () => acts.retry(change.id), strings.changeOf[change.kind])
          : nothing,
      )}
      ${context.detailed.has(id) ? detailsView(message) : nothing}
    </div>
    <div class="row-actions">
      ${named || mine ? nothing : timeView(message.at)}
      ${
        isAnswerable(message)
          ? html`${rowAction(strings.reply, icons.reply, () => acts.reply(message))}
            ${rowAction(strings.react, icons.react, (anchor) => acts.react(message, anchor))}`
          : nothing
      }
      ${rowAction(strings.copy, icons.copy, () => acts.copy(message))}
      ${rowAction(strings.more, icons.more, (anchor) => acts.menu(message, anchor))}
    </div>
  </article>`;
}

/** Returns the data for the editor's context menu. */
function menuContext(message: PanelMessage): string {
  const { id, body, state, mine, edited } = message;
  const canAnswer = isAnswerable(message);
  const context: MessageContext = {
    ...{ webviewSection: MESSAGE_SECTION, messageId: id, preventDefaultContextMenuItems: true },
    ...{ hasText: shownKind(body).markdown, canRetry: state === "failed" },
    ...{ canAnswer, canChange: canAnswer && mine, wasEdited: edited !== undefined },
  };
  return JSON.stringify(context);
}

/** Draws a button for the pointer and for screen readers. It is no tab stop: on the keyboard, Enter opens the menu with the action. */
function rowAction(label: string, icon: TemplateResult, act: (anchor: HTMLElement) => void): TemplateResult {
  const press = ({ currentTarget }: Event) => {
    if (currentTarget instanceof HTMLElement) act(currentTarget);
  };
  return html`<button
    type="button"
    class="quiet icon-only row-action"
    tabindex="-1"
    title=${label}
    aria-label=${label}
    @click=${press}
  >
    ${icon}
  </button>`;
}

/** Returns the values that the body depends on, so that a new delivery state does not redraw it: selection and focus stay. */
function bodyKey(message: PanelMessage, { files }: RowContext): unknown[] {
  return [...Object.values(message.body), ...files.version(message)];
}

function bodyView({ id, body, mine, author = "", files }: PanelMessage, context: RowContext): unknown {
  const card: Card<PageBody> = CARDS[body.kind]; // CARDS has a card of this type for each kind
  const states = files && { id, mine, states: files, desk: context.files };
  return card.view(body, pageWords, mine ? undefined : visible(author), states);
}

/** Whether the message is folded. Only texts by people are long. */
function isFoldable(message: PanelMessage): boolean {
  return shownKind(message.body).markdown && isLong(writtenText(message));
}

function timeView(at: number): TemplateResult {
  return html`<time datetime=${new Date(at).toISOString()} title=${fullDate(at)}>${timeOfDay(at)}</time>`;
}

function expiryText({ expiry }: PanelMessage): string | undefined {
  if (expiry === undefined) return undefined;
  return expiry.due === undefined
    ? strings.disappearsAfter(durationText(expiry.seconds, translate))
    : strings.disappears(fullDate(expiry.due));
}

function expiryView(message: PanelMessage): TemplateResult | typeof nothing {
  const text = expiryText(message);
  if (text === undefined) return nothing;
  return html`<div class="state expiry" title=${text}>${icons.timer}<span class="spoken">${text}</span></div>`;
}

/** Draws the line of the message that this one replies to. Foreign text, as text only. */
function quoteView(message: PanelMessage, { acts, quoteOf }: RowContext): TemplateResult | typeof nothing {
  if (message.replyTo === undefined) return nothing;
  const quote = quoteOf(message.replyTo);
  if (quote.kind !== "here") return html`<p class="quote"><span>${quoteText(quote)}</span></p>`;
  return html`<button
    type="button"
    class="quote"
    tabindex="-1"
    aria-label=${strings.goToQuoted(quoteText(quote))}
    title=${strings.goToQuoted(quoteText(quote))}
    @click=${() => acts.goToQuoted(message)}
  >
    <bdi class="quoted-by">${quote.by}</bdi> <span dir="auto">${quote.line}</span>
  </button>`;
}

function editedView(message: PanelMessage): TemplateResult | typeof nothing {
  const { edited } = message;
  if (edited === undefined) return nothing;
  return html`<span class="edited" title=${strings.editedTitle(fullDate(edited.at), edited.times)}
      >${strings.edited}</span
    >${pendingView(message, "edit")}`;
}

function stateView({ state }: PanelMessage): TemplateResult | typeof nothing {
  if (state === undefined) return nothing;
  return html`<div class=${`state ${state}`} title=${strings[state]}>
    ${icons[state]}<span class="spoken">${strings[state]}</span>
  </div>`;
}

function foldView(message: PanelMessage, folded: boolean, acts: RowActs): TemplateResult {
  const lines = linesOf(writtenText(message));
  return html`<button
    type="button"
    class="link fold"
    tabindex="-1"
    aria-expanded=${!folded}
    @click=${() => acts.fold(message)}
  >
    ${folded ? strings.showMore(lines) : strings.showLess}
  </button>`;
}

/** @param change the change that failed, absent for the message itself */
function failureView(reason: string | undefined, retry: () => void, change?: string): TemplateResult {
  return html`<div class="failure">
    <span>${change === undefined ? nothing : `${change} `}${strings.failure(reason ?? "")}</span>
    <button type="button" class="link" tabindex="-1" @click=${retry}>${strings.retry}</button>
  </div>`;
}

function detailsView(message: PanelMessage): TemplateResult {
  return html`<p class="details">${detailsText(message)}</p>`;
}

/** @returns sender, time, state and remaining time of a message, as text */
export function detailsText(message: PanelMessage): string {
  const state = message.state === undefined ? undefined : strings[message.state];
  return [strings.details(authorText(message), fullDate(message.at)), state, expiryText(message)]
    .filter((part) => part !== undefined)
    .join(" · ");
}
