/** Formats a chat for a file, as Markdown or JSON: message by message, so that the file can have any length. */
import type { Username } from "../../protocol/names.ts";
import { bodyText, exportedData, filesOf } from "../kinds/body.ts";
import type { Translate } from "../kinds/translate.ts";
import type { ChatMessage } from "../model.ts";
import { fileName } from "../text/file-name.ts";

export interface ExportFormat {
  begin(): string;
  /**
   * Formats a message. Called once for each, oldest first.
   * @param quoted the message that it replies to, if the history has it
   */
  message(message: ChatMessage, quoted?: ChatMessage): string;
  end(): string;
}

export interface ExportAbout {
  readonly me: Username;
  /** The other people in the chat. */
  readonly members: readonly Username[];
  /** Unix time, milliseconds. */
  readonly exportedAt: number;
  readonly t: Translate;
}

export function jsonFormat({ me, members, exportedAt, t }: ExportAbout): ExportFormat {
  let first = true;
  const head = { parley: "chat", version: 2, me, members, exportedAt: new Date(exportedAt).toISOString() };
  return {
    begin: () => `${JSON.stringify(head).slice(0, -1)},"messages":[`,
    message: ({ id, author, at, body, state, failure, replyTo, edited, marks }) => {
      const content = { ...exportedData(body), text: bodyText(body, { t, name: asWritten }) };
      const json = JSON.stringify({
        id,
        from: author,
        at: isoTime(at),
        ...content,
        replyTo,
        edited: edited && { times: edited.times, at: isoTime(edited.at) },
        marks,
        state,
        failure,
      });
      const comma = first ? "" : ",";
      first = false;
      return `${comma}\n${json}`;
    },
    end: () => "\n]}\n",
  };
}

export function markdownFormat({ me, members, exportedAt, t }: ExportAbout): ExportFormat {
  let day = "";
  const heading = (at: number): string => {
    const of = dayOf(at);
    if (of === day) return "";
    day = of;
    return `## ${of}\n\n`;
  };
  return {
    begin: () =>
      `# ${t("Chat of {0} with {1}", me, members.join(", "))}\n\n${t("Exported by Parley on {0} at {1}, in the time zone of this computer. This file isn't encrypted.", dayOf(exportedAt), timeOf(exportedAt))}\n\n`,
    message: (message, quotedMessage) => {
      const { at, author, body, state, edited, replyTo, marks = [] } = message;
      const time = timeOf(at);
      const hashes = filesOf(body).map(({ name, sha256 }) => `SHA-256 ${sha256} ${fileName(name)}`);
      const text = [bodyText(body, { t, name: asWritten }), ...hashes].join("\n");
      if (author === undefined) return `${heading(at)}*${time}: ${text}*\n\n`;
      const unsent = state === "failed" || state === "waiting" || state === "sending";
      const when = unsent ? t("{0}, not sent", time) : time;
      const head = edited === undefined ? when : t("{0} (edited)", when);
      const reply = replyTo === undefined ? { head, quote: "" } : withQuote(head, quotedMessage, t);
      const reactions = reactionsOf(marks);
      const tail = reactions === "" ? "" : `${t("Reactions: {0}", reactions)}\n\n`;
      return `${heading(at)}**${author}**, ${reply.head}\n\n${reply.quote}${quoted(text)}\n\n${tail}`;
    },
    end: () => "",
  };
}

/**
 * Returns the head of a reply, which names the author of the quote, and the quote itself. The head is outside of all quotes, so that
 * a text that imitates a quote can be recognized.
 */
function withQuote(head: string, message: ChatMessage | undefined, t: Translate) {
  // Exports leave out disappearing messages, and so must quotes.
  if (message?.author === undefined || message.expiry !== undefined)
    return { head: t("{0}, in reply to a message that isn't here any more", head), quote: "" };
  const lines = quoted(beginning(bodyText(message.body, { t, name: asWritten }))).split("\n");
  return {
    head: t("{0}, in reply to {1}:", head, `**${message.author}**`),
    quote: `${lines.map((one) => `> ${one}`).join("\n")}\n\n`,
  };
}

/** @returns the first lines with text, which end in "…" if more follows */
function beginning(text: string): string {
  const lines = text.replace(BLANK_LINES, "").split(LINE);
  const first = lines.slice(0, MAX_QUOTE_LINES).join("\n");
  const end =
    first.length > MAX_QUOTE_CHARACTERS ? characterBefore(first, MAX_QUOTE_CHARACTERS) : first.length;
  return end < first.length || lines.length > MAX_QUOTE_LINES ? `${first.slice(0, end)}…` : first;
}

/** @returns where the visible character with that index, in UTF-16 code units, begins; `index` if it's longer than all before it */
function characterBefore(text: string, index: number): number {
  return characters.segment(text.slice(0, 2 * index)).containing(index)?.index || index;
}

/** @returns such as "👍 alice, bob; ❤️ alice" */
function reactionsOf(marks: NonNullable<ChatMessage["marks"]>): string {
  const people = new Map<string, Username[]>();
  for (const { by, values } of marks)
    for (const emoji of values) people.set(emoji, [...(people.get(emoji) ?? []), by]);
  return [...people].map(([emoji, names]) => `${emoji} ${names.join(", ")}`).join("; ");
}

/** Bounds of a quote, enough to recognize the message. */
const MAX_QUOTE_LINES = 3;
const MAX_QUOTE_CHARACTERS = 120;
const characters = new Intl.Segmenter(undefined, { granularity: "grapheme" });

/**
 * Markdown that loads or runs something in a viewer (images, HTML), or that affects other messages (link definitions, which may be in a
 * list or quote, and whose names may contain brackets).
 */
const UNSAFE = /!\[|<[a-z!?/]|\]:/i;
const BLANK_LINES = /^(?:[^\S\n\r\u2028\u2029]*(?:\r\n|[\n\r\u2028\u2029]))+/;
const LINE = /\r\n|[\n\r\u2028\u2029]/;
/**
 * Markdown that other programs would change: backslashes before punctuation, entities, runs of spaces and indentation, more than one word
 * after a fence, numbers with leading zeros.
 */
const SHOWN_OTHERWISE = /\\[!-/:-@[-`{-~]|&#?\w+;|[ \t]{2}|^[ \t]+\S|^(?:`{3}|~{3})|^0\d*[.)]\s/m;

/** Formats a text as a quote with every line marked, so that no part of it can end the quote and look like another message. */
function quoted(text: string): string {
  const verbatim = UNSAFE.test(text) || SHOWN_OTHERWISE.test(withoutCode(text));
  return (verbatim ? fenced(text) : text)
    .split(LINE)
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** @returns the text without code blocks; opening fences with more than one word stay */
function withoutCode(text: string): string {
  let fence = "";
  const outside = text.split(LINE).filter((line) => {
    if (fence !== "") {
      if (line.startsWith(fence) && line.replace(/^`+ */, "") === "") fence = "";
      return false;
    }
    fence = /^(`{3,}) *[^`\s]*$/.exec(line.trimEnd())?.[1] ?? "";
    return fence === "";
  });
  return outside.join("\n");
}

/** Formats a text verbatim, in a fence that is longer than any in the text. */
function fenced(text: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = "`".repeat(longest + 1);
  return `${fence}text\n${text}\n${fence}`;
}

function asWritten(name: Username): string {
  return name;
}

function isoTime(at: number): string {
  return new Date(at).toISOString();
}

function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

function timeOf(at: number): string {
  const date = new Date(at);
  return [date.getHours(), date.getMinutes(), date.getSeconds()].map(two).join(":");
}

function two(part: number): string {
  return String(part).padStart(2, "0");
}
