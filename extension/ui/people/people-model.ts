/** The view model of the Parley view: requests, claimed blocks, conversations, people online. */

import { directChat, partner } from "../../../messenger/chats/direct.ts";
import type { Chat, Person } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import { briefText, numberText } from "../../../messenger/text/times.ts";
import type { Username } from "../../../protocol/names.ts";
import type { RowFlag } from "../../commands/context-keys.ts";
import { type Decisions, decisionsOf } from "../shown-in.ts";
import type { Translate } from "../translate.ts";
import { knownText } from "./known-text.ts";
import { type LastLine, oneLine } from "./last-line.ts";
import { noteText } from "./note-text.ts";
import { profileBrief, profileLines } from "./profile-text.ts";

export interface PersonRow extends Decisions {
  readonly type: "person";
  /**
   * Stable, so that the tree keeps selection and focus. It changes with the state that a decision is about, so that a click applies to
   * the state that was drawn.
   */
  readonly id: string;
  /** The chat with that person. */
  readonly chat: ChatId;
  readonly label: string;
  readonly description: string;
  readonly icon: { readonly id: string; readonly color?: string };
  readonly flags: readonly RowFlag[];
  readonly tooltip: string;
  /** The text for screen readers, in place of label, description and icon. */
  readonly spoken: string;
}
/** @returns whether a command's argument is the row of the view that it was run on */
export function isPersonRow(argument: unknown): boolean {
  return (
    typeof argument === "object" && argument !== null && "type" in argument && argument.type === "person"
  );
}
export interface SectionRow {
  readonly type: "section";
  readonly id: "requests" | "claims" | "conversations" | "online";
  readonly label: string;
  readonly rows: readonly PersonRow[];
}
export interface PeopleSnapshot {
  readonly people: readonly Person[];
  readonly chats: readonly Chat[];
  /** People whom the server lists as blocked and this store does not. */
  readonly claimedBlocks?: readonly Username[];
  /** The newest message of each chat, if the user wants it shown. */
  readonly lastLines?: ReadonlyMap<ChatId, LastLine>;
  /** Unix time, milliseconds */
  readonly now?: number;
}

/**
 * @returns the non-empty sections. Each person is in one of them; a person with a claimed block is also in that section. All rows show
 * whether the person is online
 */
export function peopleModel(
  { people, chats, claimedBlocks = [], lastLines = new Map(), now = Date.now() }: PeopleSnapshot,
  t: Translate,
): readonly SectionRow[] {
  const known = new Map(people.map((person) => [person.name, person]));
  const talks = new Set(chats.map((chat) => chat.id));
  const waiting = chats.filter((chat) => chat.phase === "invited");
  const online = people.filter((person) => person.online && !talks.has(directChat(person.name)));
  const conversations = chats
    .filter((chat) => chat.phase !== "invited")
    .sort((one, other) => other.lastActivity - one.lastActivity);
  const sections: readonly SectionRow[] = [
    {
      type: "section",
      id: "requests",
      label: t("Requests"),
      rows: waiting.map((chat) => requestRow(chat, known.get(partner(chat).name), people, t)),
    },
    {
      type: "section",
      id: "claims",
      label: t("Blocked, the Server Says"),
      rows: claimedBlocks.map((name) => claimRow(name, t)),
    },
    {
      type: "section",
      id: "conversations",
      label: t("Conversations"),
      rows: conversations.map((chat) => {
        const line = lastLines.get(chat.id);
        return personRow(
          known.get(partner(chat).name) ?? absent(chat),
          chat,
          t,
          lastWords(chat, line, now, t),
        );
      }),
    },
    {
      type: "section",
      id: "online",
      label: conversations.length > 0 ? t("Also Online") : t("Online"),
      rows: online.map((person) => personRow(person, undefined, t)),
    },
  ];
  return sections.filter((section) => section.rows.length > 0);
}

/** @returns the view's badge, or undefined if nothing needs the user's attention */
export function peopleBadge(
  chats: readonly Chat[],
  t: Translate,
): { value: number; tooltip: string } | undefined {
  const unread = chats.reduce((sum, chat) => (chat.muted === "all" ? sum : sum + chat.unread), 0);
  const requests = chats.filter((chat) => chat.phase === "invited").length;
  const parts = [
    unread === 1 ? t("1 unread message") : unread > 1 ? t("{0} unread messages", numberText(unread)) : "",
    requests === 1
      ? t("1 request to talk")
      : requests > 1
        ? t("{0} requests to talk", numberText(requests))
        : "",
  ].filter((part) => part !== "");
  return parts.length === 0 ? undefined : { value: unread + requests, tooltip: parts.join(", ") };
}

export function isOpen(chat: Chat | undefined): boolean {
  return chat?.phase === "open" || chat?.phase === "requested" || chat?.phase === "establishing";
}

function absent(chat: Chat): Person {
  const { name, online, trust, profile } = partner(chat);
  return { name, online, trust, fingerprint: "", ...(profile !== undefined && { profile }) };
}

function requestRow(
  chat: Chat,
  person: Person | undefined,
  people: readonly Person[],
  t: Translate,
): PersonRow {
  const { name } = partner(chat);
  const text = t("wants to talk");
  const note = chat.request?.note && noteText(chat.request.note, t);
  const profile = profileLines(name, person?.profile, t);
  return {
    type: "person",
    id: rowId("request", chat.id, decisionsOf(chat)),
    chat: chat.id,
    label: name,
    ...decisionsOf(chat),
    // Do not repeat the section's title: a side bar is narrow.
    description: [profileBrief(person?.profile, t), note ?? text].filter(Boolean).join(" · "),
    icon: { id: "comment-unresolved", color: "charts.blue" },
    flags: ["request"],
    tooltip: [
      t("{0} wants to talk to you. Accept, refuse or block.", name),
      ...(note === undefined ? [] : [note]),
      ...profile,
      knownText(person ?? { name }, t, people),
      ...keyLine(chat.request, t),
    ].join("\n"),
    spoken: [name, text, ...profile, note].filter(Boolean).join(", "),
  };
}

function claimRow(name: Username, t: Translate): PersonRow {
  const text = t("not blocked here: keep or lift?");
  return {
    type: "person",
    id: `claim:${name}`,
    chat: directChat(name),
    label: name,
    description: text,
    icon: { id: "question", color: "list.warningForeground" },
    flags: ["claimed"],
    tooltip: t(
      "The server says that you've blocked {0}, and keeps them away from you. You didn't block them on this computer. Keep the block, or lift it.",
      name,
    ),
    spoken: t("{0}, blocked, the server says, {1}", name, text),
  };
}

interface LastWords {
  readonly shown: readonly string[];
  readonly spoken: readonly string[];
}

/** @returns the row's newest text: the draft if there is one, else the newest message */
function lastWords(
  { draft, lastActivity }: Chat,
  line: LastLine | undefined,
  now: number,
  t: Translate,
): LastWords {
  if (draft.trim() !== "") {
    const text = t("Draft: {0}", oneLine(draft));
    return { shown: [text], spoken: [text] };
  }
  if (line === undefined) return { shown: [], spoken: [] };
  const when = briefText(line.at || lastActivity, now);
  return { shown: [when, line.text], spoken: [line.text, when] };
}

function personRow(
  person: Person,
  chat: Chat | undefined,
  t: Translate,
  last: LastWords = { shown: [], spoken: [] },
): PersonRow {
  const presence = person.online ? t("online") : t("offline");
  const unread = chat === undefined || chat.unread === 0 ? "" : t("{0} new", numberText(chat.unread));
  const trust = person.trust === "verified" ? t("verified") : "";
  const muted = chat === undefined || chat.muted === "no" ? "" : t("muted");
  const blocked = chat !== undefined && partner(chat).blocked;
  const phase = blocked ? t("blocked") : phaseText(chat, t);
  const changed = person.trust === "changed" || chat?.phase === "key-changed";
  const flags: RowFlag[] = ["person"];
  if (person.online) flags.push("online");
  if (isOpen(chat)) flags.push("open");
  if (changed) flags.push("changed");
  else if (person.trust !== "unknown") flags.push("pinned");
  if (blocked) flags.push("blocked");
  const decisions = chat === undefined ? {} : decisionsOf(chat);
  const id = directChat(person.name);
  const profile = profileLines(person.name, person.profile, t);
  return {
    type: "person",
    id: rowId("person", id, decisions),
    chat: id,
    label: person.name,
    ...decisions,
    description: [
      ...[profileBrief(person.profile, t), unread, phase, trust && `✓ ${trust}`, muted],
      ...last.shown,
    ]
      .filter(Boolean)
      .join(" · "),
    icon: changed
      ? { id: "warning", color: "list.warningForeground" }
      : person.online
        ? { id: "circle-filled", color: "charts.green" }
        : { id: "circle-outline", color: "disabledForeground" },
    flags,
    tooltip: [
      `${person.name} (${[presence, phase, trust].filter(Boolean).join(", ")})`,
      ...profile,
      ...keyLine(person, t),
    ].join("\n"),
    spoken: [person.name, presence, unread, phase, trust, muted, ...profile, ...last.spoken]
      .filter(Boolean)
      .join(", "),
  };
}

function rowId(kind: "request" | "person", chat: ChatId, decisions: Decisions): string {
  return [kind, chat, ...Object.values(decisions)].join(":");
}

function keyLine(of: Pick<Person, "fingerprint"> | undefined, t: Translate): readonly string[] {
  return of === undefined || of.fingerprint === "" ? [] : [t("Key: {0}", of.fingerprint)];
}

function phaseText(chat: Chat | undefined, t: Translate): string {
  switch (chat?.phase) {
    case undefined:
    case "none":
    case "invited":
    case "open":
      return "";
    case "requested":
      return t("asked, no answer yet");
    case "establishing":
      return t("agreeing on keys");
    case "closed-by-me":
    case "closed-by-peer":
      return t("closed");
    case "key-changed":
      return t("key changed");
  }
}
