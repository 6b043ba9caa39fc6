/** Formats a chat for a file, as Markdown or JSON: message by message, so that the file can have any length. */
import type { Username } from "../../protocol/names.ts";
import { bodyText } from "../kinds/body.ts";
import type { Translate } from "../kinds/translate.ts";
import type { ChatMessage } from "../model.ts";

export interface ExportFormat {
  begin(): string;
  /** Formats a message. Called once for each, oldest first. */
  message(message: ChatMessage): string;
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
  const head = { parley: "chat", version: 1, me, members, exportedAt: new Date(exportedAt).toISOString() };
  return {
    begin: () => `${JSON.stringify(head).slice(0, -1)},"messages":[`,
    message: ({ id, author, at, body, state, failure }) => {
      const content = { ...body, text: bodyText(body, { t, name: asWritten }) };
      const json = JSON.stringify({
        id,
        from: author,
        at: new Date(at).toISOString(),
        ...content,
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
    message: ({ at, author, body, state }) => {
      const time = timeOf(at);
      const text = bodyText(body, { t, name: asWritten });
      if (author === undefined) return `${heading(at)}*${time}: ${text}*\n\n`;
      const unsent = state === "failed" || state === "waiting" || state === "sending";
      return `${heading(at)}**${author}**, ${unsent ? t("{0}, not sent", time) : time}\n\n${quoted(text)}\n\n`;
    },
    end: () => "",
  };
}

/**
 * Markdown that loads or runs something in a viewer (images, HTML), or that affects other messages (link definitions, which may be in a
 * list or quote, and whose names may contain brackets).
 */
const UNSAFE = /!\[|<[a-z!?/]|\]:/i;
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
