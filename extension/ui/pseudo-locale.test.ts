import assert from "node:assert/strict";
import { markdownFormat } from "../../messenger/history/export-format.ts";
import { pseudo as t, untranslatedParts } from "../../messenger/kinds/pseudo-locale-fixture.ts";
import type { Chat, ChatMessage } from "../../messenger/messenger.ts";
import { chatPhases } from "../../messenger/model.ts";
import { useLanguage } from "../../messenger/text/times.ts";
import { RefusedError } from "../../protocol/errors.ts";
import { newMessageId, username } from "../../protocol/names.ts";
import { previewText } from "../contract/markdown/without-marks.ts";
import { panelHeader, panelMessage } from "./chats/chat-page.ts";
import { messageDetailsText } from "./chats/message-text.ts";
import { rangeText } from "./chats/search-model.ts";
import { codeHelp, errorCodes, errorHelp } from "./error-text.ts";
import { messageToast, requestToast } from "./notifications/toast-text.ts";
import { knownText } from "./people/known-text.ts";
import { lastLine } from "./people/last-line.ts";
import { noteText } from "./people/note-text.ts";
import { peopleBadge, peopleModel } from "./people/people-model.ts";
import { accountPlaceText, otherDiskText, serverObstacle } from "./side.ts";
import { menuGroups } from "./status/menu-model.ts";
import { connectionText, type HostState, type Snapshot, statusModel } from "./status/state-model.ts";
import { aChat, aMessage, anAccount, aPerson, aRequest, mine, offline } from "./test-people.ts";

/** A fixed noon. German formats of its times contain no letters. */
const AT = new Date(2026, 2, 1, 12).getTime();
const VALUES = ["alice", "bob", "b0b", "chat.example", "aa11 bb22", "0011 2233", "hello", "a note"];

const bob = username("bob");
const text = { kind: "text", text: "hello" } as const;
const note = { kind: "text", id: newMessageId(), text: "a note" } as const;
const bodies: readonly ChatMessage["body"][] = [
  text,
  { kind: "not-understood" },
  { kind: "unknown", type: "poll", fallback: "" },
  { kind: "event", event: "timer-set-by-me", seconds: 60 },
];
const messages: readonly ChatMessage[] = [
  ...bodies.flatMap((body) => [aMessage({ at: AT, body }), aMessage({ body, ...mine, state: "sent" })]),
  ...(["waiting", "sending", "sent", "delivered", "read", "failed"] as const).map((state) =>
    aMessage({ at: AT, ...mine, state, failure: "peer-offline" }),
  ),
  aMessage({ at: AT, expiry: { seconds: 3600 } }),
  aMessage({ at: AT, expiry: { seconds: 3600, due: AT } }),
];

const chats: readonly Chat[] = chatPhases.flatMap((phase) => [
  aChat("bob", { phase, unread: 1 }),
  aChat("bob", { phase, unread: 2000, muted: "toasts", trust: "verified", lastActivity: AT }),
  aChat("bob", { phase, blocked: true, draft: "hello", online: false }),
  ...(phase === "invited"
    ? [
        aChat("bob", { phase, request: aRequest({ note }) }),
        aChat("bob", { phase, request: aRequest({ note: { kind: "unopened" } }) }),
      ]
    : []),
]);

const states: readonly HostState[] = [
  { type: "starting" },
  { type: "no-account" },
  { type: "signed-out" },
  { type: "connecting" },
  { type: "online" },
  offline,
  ...errorCodes.map((code) => ({ type: "failed", error: Object.assign(new Error(), { code }) }) as const),
];
const snapshots: readonly Snapshot[] = states.flatMap((state) =>
  [undefined, anAccount].flatMap((account) =>
    [[], [chats[0] ?? aChat("bob")]].map((some) => ({
      hasLock: true,
      side: "same" as const,
      state,
      account,
      people: [aPerson("bob", { knownSince: AT }), aPerson("b0b")],
      chats: some,
      claimedBlocks: [bob],
    })),
  ),
);
const online = snapshots.find(({ state, account }) => state.type === "online" && account !== undefined);

const remotes = ["ssh-remote", "wsl", "dev-container", "codespaces", "tunnel", "other"];

/** The functions that make texts for the interface, called with all of their cases. */
const TEXTS: Readonly<Record<string, () => readonly (string | undefined)[]>> = {
  "of errors": () => [
    ...errorCodes.flatMap((code) => [
      codeHelp(code, t, { peer: "bob", name: "alice", host: "chat.example", retryAfterMs: 9000 }).text,
      codeHelp(code, t).text,
    ]),
    errorHelp(new Error("hello"), t).text,
    errorHelp(new RefusedError("rate-limited", "hello"), t).text,
  ],
  "of the connection": () => snapshots.map((snapshot) => connectionText(snapshot, t)),
  "of the status bar": () =>
    snapshots.flatMap((snapshot) =>
      [
        { quiet: false, invisible: false },
        { quiet: true, invisible: true },
      ].flatMap((retreat) => {
        const { text, tooltip, spoken } = statusModel(snapshot, t, retreat);
        return [text, tooltip, spoken];
      }),
    ),
  "of the menu": () => snapshots.flatMap((snapshot) => menuGroups(snapshot, t).map(({ label }) => label)),
  "of the Parley view": () =>
    chats.flatMap((chat) => {
      const lines = messages.map((message) => lastLine(message, mine.author, previewText, t));
      const sections = lines.flatMap((line) =>
        peopleModel(
          {
            people: [aPerson("bob", { knownSince: AT }), aPerson("alice")],
            chats: [chat],
            claimedBlocks: [username("b0b")],
            lastLines: new Map([[chat.id, line]]),
            now: AT,
          },
          t,
        ),
      );
      return [
        peopleBadge([chat], t)?.tooltip,
        ...sections.flatMap(({ label, rows }) => [
          label,
          ...rows.flatMap(({ description, tooltip, spoken }) => [description, tooltip, spoken]),
        ]),
      ];
    }),
  "of requests": () => [
    ...[[], [aPerson("bob")], [aPerson("b0b")]].flatMap((people) => [
      requestToast({ name: bob }, note, people, t).text,
      requestToast({ name: bob }, undefined, people, t).text,
      knownText({ name: bob }, t, people),
      knownText({ name: bob, knownSince: AT }, t, people),
    ]),
    noteText({ kind: "unopened" }, t),
  ],
  "of notifications": () =>
    messages.flatMap((message) => [
      messageToast(message, "senderOnly", previewText, t),
      messageToast(message, "withContent", previewText, t),
    ]),
  "of messages": () => messages.map((message) => messageDetailsText(message, mine.author, t)),
  "of a search": () => [
    ...(["searching", "done", "enough"] as const).map((state) =>
      rangeText({ found: 2, total: 3000, backTo: AT, state }, t),
    ),
    rangeText({ found: 0, total: 0, backTo: undefined, state: "done" }, t),
  ],
  "of an export": () => {
    const format = markdownFormat({ me: username("alice"), members: [bob], exportedAt: AT, t });
    return [format.begin(), ...messages.map((message) => format.message(message)), format.end()];
  },
  "given to a page": () => [
    ...chats.flatMap((chat) => {
      if (online === undefined) throw new Error("no snapshot is online");
      const { connectionText, request } = panelHeader(
        chat,
        "editor",
        online,
        (command) => ({ title: command, icon: "" }),
        t,
      );
      return [connectionText, request?.known, request?.key, request?.note];
    }),
    ...messages.map((message) => panelMessage(message, mine.author, t).failureText),
  ],
  "of where Parley runs": () =>
    remotes.flatMap((remote) =>
      (["local", "remote"] as const).flatMap((type) => [
        serverObstacle({ type, remote }, false, t),
        otherDiskText({ type, remote }, t),
        accountPlaceText({ type, remote }, t),
      ]),
    ),
};

describe("the interface in another language", () => {
  before(() => useLanguage("de"));
  after(() => useLanguage(""));
  for (const [what, texts] of Object.entries(TEXTS))
    it(`has no English in its texts ${what}`, () => {
      const shown = texts().filter((text) => text !== undefined && text !== "");
      assert.ok(shown.length > 0);
      const bare = new Set(shown.map((text) => untranslatedParts(text ?? "", VALUES)));
      assert.deepEqual(
        [...bare].filter((text) => text !== ""),
        [],
      );
    });
});
