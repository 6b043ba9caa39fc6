/** A chat as text for a file: Markdown to read, JSON to work with. Each message alone, so that a file of any length can be written. */
import type { Username } from "../../protocol/names.ts";
import { bodyText } from "../kinds/body.ts";
import type { Translate } from "../kinds/translate.ts";
import type { ChatMessage } from "../model.ts";

export interface ExportFormat {
  begin(): string;
  /** Called once for each message, oldest first. */
  message(message: ChatMessage): string;
  end(): string;
}

export interface ExportAbout {
  readonly me: Username;
  /** Everybody else in the chat. */
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
 * Markdown that loads from elsewhere or runs when the file is viewed (images, HTML), or that reaches beyond its own
 * message: definitions of links, which may stand in a list or a quote, and whose names may have brackets in them.
 */
const UNSAFE = /!\[|<[a-z!?/]|\]:/i;
const LINE = /\r\n|[\n\r\u2028\u2029]/;
/**
 * Markdown that other programs show otherwise than it was written: backslashes before punctuation, entities, runs of blanks and indentation,
 * more words behind a fence, numbers with zeros in front.
 */
const SHOWN_OTHERWISE = /\\[!-/:-@[-`{-~]|&#?\w+;|[ \t]{2}|^[ \t]+\S|^(?:`{3}|~{3})|^0\d*[.)]\s/m;

/** Writes a text as a quote, every line marked: nothing in it can end the quote and pass for a message of somebody else. */
function quoted(text: string): string {
  const verbatim = UNSAFE.test(text) || SHOWN_OTHERWISE.test(withoutCode(text));
  return (verbatim ? fenced(text) : text)
    .split(LINE)
    .map((line) => (line === "" ? ">" : `> ${line}`))
    .join("\n");
}

/** @returns the lines that are in no block of code, or begin one with more than one word */
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

/** Writes a text verbatim, within a fence longer than any in the text. */
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
