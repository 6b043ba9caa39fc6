import assert from "node:assert/strict";
import type { PanelMessage } from "../contract/panel.ts";
import { rows } from "./rows.ts";

const MINUTE = 60_000;
const noon = new Date(2026, 2, 10, 12).getTime();

function message(id: string, at: number, changes: Partial<PanelMessage> = {}): PanelMessage {
  return { id, author: "bob", mine: false, at, position: 1, body: { kind: "text", text: id }, ...changes };
}

/** Describes the rows: "day", "unread", or the id of a message, with a star if it is the first of its group. */
function outline(messages: readonly PanelMessage[], divider?: string, now = noon): string {
  return rows(messages, { divider, now })
    .map((row) => {
      if (row.kind === "day") return `[${row.label}]`;
      if (row.kind === "unread") return "[unread]";
      return row.message.id + (row.first ? "*" : "");
    })
    .join(" ");
}

describe("rows of a chat", () => {
  it("are empty without messages", () => {
    assert.equal(outline([]), "");
  });

  it("group consecutive messages of one person", () => {
    const list = [
      message("a", noon),
      message("b", noon + MINUTE),
      message("c", noon + 2 * MINUTE, { author: "alice", mine: true }),
      message("d", noon + 3 * MINUTE, { author: "alice", mine: true }),
      message("e", noon + 4 * MINUTE),
    ];
    assert.equal(outline(list), "[Today] a* b c* d e*");
  });

  it("start a new group after a pause, with a sender's clock ahead or behind", () => {
    assert.equal(outline([message("a", noon), message("b", noon + 5 * MINUTE)]), "[Today] a* b*");
    assert.equal(outline([message("a", noon), message("b", noon - 5 * MINUTE)]), "[Today] a* b*");
    assert.equal(outline([message("a", noon), message("b", noon + 5 * MINUTE - 1)]), "[Today] a* b");
  });

  it("separate days and name them", () => {
    const list = [
      message("a", new Date(2025, 11, 31, 23, 59).getTime()),
      message("b", new Date(2026, 2, 9, 23, 59).getTime()),
      message("c", new Date(2026, 2, 10, 0, 1).getTime()),
    ];
    const labels = rows(list, { divider: undefined, now: noon }).flatMap((row) =>
      row.kind === "day" ? [row.label] : [],
    );
    assert.match(labels[0] ?? "", /2025/);
    assert.deepEqual(labels.slice(1), ["Yesterday", "Today"]);
  });

  it("know yesterday across a clock change and a year's end", () => {
    assert.equal(
      outline(
        [message("a", new Date(2025, 11, 31, 12).getTime())],
        undefined,
        new Date(2026, 0, 1, 1).getTime(),
      ),
      "[Yesterday] a*",
    );
    assert.equal(
      outline(
        [message("a", new Date(2026, 2, 28, 23, 30).getTime())],
        undefined,
        new Date(2026, 2, 29, 23, 45).getTime(),
      ),
      "[Yesterday] a*",
    );
  });

  it("put the unread line before its message and start a group there", () => {
    const list = [message("a", noon), message("b", noon + 1), message("c", noon + 2)];
    assert.equal(outline(list, "b"), "[Today] a* [unread] b* c");
    assert.equal(outline(list, "not here"), "[Today] a* b c");
  });

  it("do not group a message with an event line", () => {
    const event = message("e", noon, { body: { kind: "event", event: "opened" } });
    assert.equal(outline([message("a", noon), event, message("b", noon)]), "[Today] a* e* b*");
  });

  it("have distinct keys", () => {
    const list = [message("a", noon), message("b", noon - 86_400_000), message("c", noon)];
    const keys = rows(list, { divider: "c", now: noon }).map((row) => row.key);
    assert.equal(new Set(keys).size, keys.length);
  });
});
