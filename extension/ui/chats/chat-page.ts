/** Builds the HTML of a chat panel, and converts the messenger's values to the page's. */

import { isMine } from "../../../messenger/chats/author.ts";
import { partner } from "../../../messenger/chats/direct.ts";
import type { Chat, ChatMessage, PendingRequest } from "../../../messenger/messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import { PAGE_START_ID, type PageStart } from "../../contract/page-start.ts";
import type { PanelHeader, PanelMessage } from "../../contract/panel.ts";
import type { TitleOf } from "../command-titles.ts";
import { codeHelp, errorHelp, isErrorCode } from "../error-text.ts";
import { knownText } from "../people/known-text.ts";
import { noteText } from "../people/note-text.ts";
import { connectionText, type Snapshot } from "../status/state-model.ts";
import type { Translate } from "../translate.ts";
import { chatMenu } from "./chat-menu.ts";

/** The bundles of extension/webview. */
export interface PageCode {
  readonly script: string;
  /** The second script, which the first runs when there is code to colour. */
  readonly highlighter: string;
  readonly style: string;
}

export interface PageSources extends PageCode {
  /** A new random value for each page, from a cryptographic generator. */
  readonly nonce: string;
  /** The editor's display language, e.g. "en". */
  readonly language: string;
  readonly start: PageStart;
}

/**
 * Builds the page. Its policy runs only the two scripts with the nonce, shows only pictures that the page itself made of bytes, and forbids
 * loading, navigation, frames and connections.
 */
export function chatPage({ nonce, script, highlighter, style, language, start }: PageSources): string {
  const policy = [
    "default-src 'none'",
    `script-src 'nonce-${nonce}'`,
    `style-src 'nonce-${nonce}'`,
    "img-src blob:",
    "base-uri 'none'",
    "form-action 'none'",
  ].join("; ");
  return `<!DOCTYPE html>
<html lang="${escapeHtml(language)}">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${escapeHtml(policy)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<style nonce="${escapeHtml(nonce)}">${inStyle(style)}</style>
<title>Parley</title>
</head>
<body>
<div id="parley"></div>
<script type="application/json" id="${PAGE_START_ID}">${inJson(start)}</script>
<script nonce="${escapeHtml(nonce)}">${inScript(script)}</script>
<script nonce="${escapeHtml(nonce)}" type="text/plain" id="highlighter">${inScript(highlighter)}</script>
</body>
</html>`;
}

/** Converts a chat to the page's header. @param chat a chat of two */
export function panelHeader(chat: Chat, snapshot: Snapshot, titleOf: TitleOf, t: Translate): PanelHeader {
  const { name, online, trust, blocked, keyChange } = partner(chat);
  return {
    chat: chat.id,
    peer: name,
    me: snapshot.account?.name ?? "",
    phase: chat.phase,
    blocked,
    online,
    trust,
    timerSeconds: chat.timerSeconds,
    connected: snapshot.state.type === "online",
    signedOut: snapshot.state.type === "signed-out",
    connectionText: connectionText(snapshot, t),
    ...(chat.request !== undefined && { request: requestCard(name, chat.request, snapshot, t) }),
    ...(keyChange !== undefined && { keyChange }),
    ...(chat.standing !== undefined && { standing: chat.standing }),
    ...(chat.firstUnread === undefined ? {} : { firstUnread: chat.firstUnread }),
    menu: chatMenu(chat.phase, titleOf),
  };
}

function requestCard(
  name: Username,
  { shown, fingerprint, note }: PendingRequest,
  { people }: Snapshot,
  t: Translate,
): NonNullable<PanelHeader["request"]> {
  const person = people.find((one) => one.name === name);
  return {
    known: knownText(person ?? { name }, t, people),
    shown,
    key: t("Key: {0}", fingerprint),
    ...(note !== undefined && { note: noteText(note, t) }),
  };
}

/** Converts a message to the page's form. @param self the account's name */
export function panelMessage(message: ChatMessage, self: Username | undefined, t: Translate): PanelMessage {
  const { id, author, at, position, body, state, failure, receivers = [], expiry } = message;
  const { replyTo, edited, marks, changes } = message;
  const to = receivers.map(({ person }) => person).join(", ");
  return {
    id,
    ...(author !== undefined && { author }),
    mine: isMine(message, self),
    at,
    position,
    body,
    ...(expiry === undefined ? {} : { expiry }),
    ...(state === undefined ? {} : { state }),
    ...(state === "failed" ? { failureText: failureText(failure ?? "", to, t) } : {}),
    ...(replyTo !== undefined && { replyTo }),
    ...(edited !== undefined && { edited }),
    ...(marks !== undefined && {
      reactions: marks.map(({ by, values }) => ({ by, mine: by === self, emoji: values })),
    }),
    ...(changes !== undefined && {
      changes: changes.map((change) => ({
        ...{ id: change.id, kind: change.kind, state: change.state },
        ...(change.state === "failed" && { failureText: failureText(change.failure ?? "", to, t) }),
      })),
    }),
  };
}

function failureText(code: string, peer: string, t: Translate): string {
  return isErrorCode(code) ? codeHelp(code, t, { peer }).text : errorHelp(undefined, t).text;
}

function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`);
}

/**
 * Escapes sequences in a script that would end its element early or hide its end (HTML, "Restrictions for contents of script
 * elements"). Our scripts have them only in strings and regular expressions, where "\x3c" means "<".
 */
function inScript(code: string): string {
  return code.replace(/<(?=!--|\/script)/gi, "\\x3C");
}

/** Returns JSON that is safe as the content of a script element. */
function inJson(value: PageStart): string {
  return JSON.stringify(value).replaceAll("<", "\\u003c");
}

function inStyle(code: string): string {
  return code.replace(/<(?=\/style)/gi, "\\3C ");
}
