/**
 * Each kind of message in each place where messages go. The compiler asks for the row of every kind that the registry has, and
 * for every column.
 */
import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { DatabaseSync } from "node:sqlite";
import { type MessageId, newBlobId, newMessageId } from "../protocol/names.ts";
import { contextOver } from "./context-fixture.ts";
import type { MessengerEvents } from "./events.ts";
import { decodeRecord, encodeRecord } from "./history/backup/records.ts";
import { Deletion } from "./history/deletion.ts";
import { jsonFormat, markdownFormat } from "./history/export-format.ts";
import { searchStep } from "./history/search-step.ts";
import { type Body, bodyText, type Change, isChange, isShown } from "./kinds/body.ts";
import type { KINDS } from "./kinds/registry.ts";
import { untranslated } from "./kinds/translate.ts";
import type { ChatMessage } from "./model.ts";
import { ALICE, BOB, StoreFolder, WITH_BOB } from "./store/store-fixture.ts";

const TARGET = newMessageId();
const WORDS = { t: untranslated, name: (name: string) => name };
const PLAN = {
  ...{ name: "plan.pdf", type: "", bytes: 5, sha256: "0".repeat(64), blob: newBlobId(), key: "1".repeat(64) },
  ...{ until: 1, description: "" },
};
type Kind = keyof typeof KINDS;

/** The effects of one that bob has sent, after a text of his ("before"). */
interface Row {
  /** Left out for a signal, which leaves nothing. */
  readonly data?: Body | Change;
  readonly unread: number;
  /** The toast, if there is one. */
  readonly notified?: string;
  readonly receipted: boolean;
  /** The text of the resulting message for screen readers, lists and notifications. */
  readonly text: string;
  /** Words by which a search finds that message; none: it is not found. */
  readonly found?: string;
  /** The end of the message in an export as Markdown. */
  readonly markdown: string;
  /** A part of the message in an export as JSON. */
  readonly json: object;
  /** Rows of the store's tables, beside those of "before": they are in a backup, and go when the history is deleted. */
  readonly rows: { readonly message: number; readonly revision: number; readonly mark: number };
}

const NONE = { message: 0, revision: 0, mark: 0 };
const ONE = { message: 1, revision: 0, mark: 0 };
const unchanged = {
  ...{ unread: 0, text: "before", found: "before", markdown: "> before" },
  json: { text: "before" },
} as const;

const TABLE: { readonly [Name in Kind]: Row } = {
  text: {
    data: { kind: "text", text: "**said** now" },
    ...{ unread: 1, notified: "**said** now", receipted: true },
    ...{ text: "**said** now", found: "said", markdown: "> **said** now" },
    json: { kind: "text", text: "**said** now" },
    rows: ONE,
  },
  unknown: {
    data: { kind: "unknown", type: "acme.poll", fallback: "A poll" },
    ...{ unread: 1, notified: "A poll", receipted: true },
    ...{ text: "A poll", found: "poll", markdown: "> A poll" },
    json: { kind: "unknown", type: "acme.poll", text: "A poll" },
    rows: ONE,
  },
  files: {
    data: { kind: "files", files: [PLAN], caption: "Look" },
    ...{ unread: 1, notified: "Look\nplan.pdf, 5 B", receipted: true },
    ...{ text: "Look\nplan.pdf, 5 B", found: "plan", markdown: `> SHA-256 ${PLAN.sha256} plan.pdf` },
    json: { kind: "files", caption: "Look", files: [{ name: "plan.pdf", bytes: 5, sha256: PLAN.sha256 }] },
    rows: ONE,
  },
  "not-understood": {
    data: { kind: "not-understood" },
    ...{ unread: 1, notified: bodyText({ kind: "not-understood" }, WORDS), receipted: true },
    ...{ text: bodyText({ kind: "not-understood" }, WORDS), found: "understand" },
    ...{ markdown: "Update Parley.", json: { kind: "not-understood" } },
    rows: ONE,
  },
  deleted: {
    data: { kind: "deleted" },
    ...{ unread: 0, receipted: true, text: "This message was deleted." },
    ...{ markdown: "> This message was deleted.", json: { kind: "deleted" } },
    rows: ONE,
  },
  event: {
    data: { kind: "event", event: "opened" },
    ...{ unread: 0, receipted: false, text: "Chat opened. It's end-to-end encrypted." },
    ...{ markdown: "Chat opened. It's end-to-end encrypted.*", json: { kind: "event", event: "opened" } },
    rows: ONE,
  },
  edit: {
    data: { kind: "edit", target: TARGET, revision: 1, text: "after" },
    ...{ unread: 0, receipted: true, text: "after", found: "after", markdown: "(edited)\n\n> after" },
    json: { text: "after", edited: { times: 1, at: new Date(5).toISOString() } },
    rows: { ...NONE, revision: 2 },
  },
  delete: {
    data: { kind: "delete", target: TARGET },
    ...{ unread: -1, receipted: true, text: "This message was deleted." },
    ...{ markdown: "> This message was deleted.", json: { kind: "deleted" } },
    rows: NONE,
  },
  mark: {
    data: { kind: "mark", target: TARGET, name: "reaction", version: 1, values: ["👍"] },
    ...unchanged,
    ...{ receipted: true, markdown: "> before\n\nReactions: 👍 bob-the-builder" },
    json: { text: "before", marks: [{ by: BOB, name: "reaction", values: ["👍"] }] },
    rows: { ...NONE, mark: 1 },
  },
  receipt: { ...unchanged, receipted: false, rows: NONE },
  profile: { ...unchanged, receipted: false, rows: NONE },
  timer: { ...unchanged, receipted: false, rows: NONE },
};

describe("each kind", () => {
  let folder: StoreFolder;
  let store: ReturnType<StoreFolder["open"]>["store"];
  let context: ReturnType<typeof contextOver>;
  let notified: string[];
  let directory: string;
  beforeEach(() => {
    folder = new StoreFolder();
    store = folder.open().store;
    const emitter = new EventEmitter<MessengerEvents>();
    notified = [];
    emitter.on("notify", ({ body }) => notified.push(bodyText(body, WORDS)));
    context = contextOver(store, { emitter });
    directory = mkdtempSync(join(tmpdir(), "parley-kinds-"));
  });
  afterEach(() => {
    folder.remove();
    rmSync(directory, { recursive: true });
  });

  const chat = () => store.chats.ensure(WITH_BOB);
  function take(id: MessageId, body: Body | Change): void {
    store.transaction(() => {
      const author = !isChange(body) && body.kind === "event" ? undefined : BOB;
      if (isChange(body)) context.chats.amend(chat(), { id, author, at: 5, body });
      else context.chats.append(chat(), { id, author, at: 4, body });
    });
  }
  function newest(): ChatMessage {
    const message = store.messages.page(chat().number, { limit: 1 })[0];
    assert.ok(message);
    return context.chats.view(message);
  }
  function rows(): Row["rows"] {
    const image = folder.crashImage();
    const database = new DatabaseSync(join(image.path, "parley.db"));
    const count = (table: string) =>
      Number(database.prepare(`SELECT count(*) AS count FROM ${table}`).get()?.["count"]);
    const counts = { message: count("message"), revision: count("revision"), mark: count("mark") };
    database.close();
    image.remove();
    return counts;
  }

  for (const [kind, row] of Object.entries(TABLE) as [Kind, Row][]) {
    const { data } = row;
    if (data === undefined) continue; // a signal: test/system/kinds.test.ts

    it(`is handled by its effect: ${kind}`, async () => {
      take(TARGET, { kind: "text", text: "before" });
      const before = rows();
      notified.length = 0;
      const id = newMessageId();
      take(id, data);
      assert.equal(chat().unread, 1 + row.unread, "unread");
      assert.deepEqual(notified, row.notified === undefined ? [] : [row.notified], "notified");
      const owed = store.received.owing(chat().number, "delivered", 9);
      assert.equal(owed.includes(id), row.receipted, "receipted");

      const message = newest();
      assert.equal(bodyText(message.body, WORDS), row.text, "text");
      const { matches } = await searchStep(store, { text: row.found ?? row.text });
      assert.equal(matches.length, row.found === undefined ? 0 : 1, "found");

      const about = { me: ALICE, members: [BOB], exportedAt: 0, t: untranslated };
      assert.ok(markdownFormat(about).message(message).trimEnd().endsWith(row.markdown), "Markdown");
      assert.partialDeepStrictEqual(JSON.parse(jsonFormat(about).message(message)), row.json, "JSON");

      const after = rows();
      const added = {
        message: after.message - before.message,
        revision: after.revision,
        mark: after.mark,
      };
      assert.deepEqual(added, row.rows, "rows");
      for (const { chat: _, unsettled: __, ...stored } of store.messages.lasting(0, 9)) {
        const record = { kind: "message", chat: WITH_BOB, message: stored } as const;
        const read = decodeRecord(encodeRecord(record).subarray(0, -1));
        assert.deepEqual(
          read.kind === "message" && isShown(read.message.body) && read.message.marks,
          stored.marks,
          "backup",
        );
        for (const version of store.messages.versionsOf(stored)) {
          const one = { kind: "version", chat: WITH_BOB, message: stored.id, version } as const;
          assert.deepEqual(decodeRecord(encodeRecord(one).subarray(0, -1)), one, "backup");
        }
      }
      await new Deletion(context).deleteHistory({ chat: WITH_BOB, upTo: Number.MAX_SAFE_INTEGER });
      assert.deepEqual(rows(), NONE, "deleted");
    });
  }
});
