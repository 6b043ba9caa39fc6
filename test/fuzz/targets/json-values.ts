/**
 * Values that are sent as JSON and checked by a schema: the page's posts, windows' calls and events. A check
 * accepts or refuses, drops unknown fields, and does not change JavaScript's own objects.
 */
import assert from "node:assert/strict";
import * as v from "valibot";
import { parsePageMessage } from "../../../extension/contract/page-message.ts";
import { parseHostMessage } from "../../../extension/contract/panel.ts";
import { serverOptions } from "../../../extension/ui/server/server-options.ts";
import { CALLS } from "../../../messenger/calls.ts";
import { EVENTS } from "../../../messenger/events.ts";
import { errorSchema } from "../../../messenger/fault.ts";
import { focusSchema } from "../../../messenger/sharing/pipe-messages.ts";
import { viewChangeSchema } from "../../../messenger/sharing/view-change.ts";
import { secretSchema } from "../../../messenger/values.ts";
import { type Target, textOf, utf8 } from "../target.ts";

const ID = "0123456789abcdef0123456789abcdef";
const SAMPLES: readonly unknown[] = [
  { type: "ready" },
  { type: "send", id: ID, text: "hello" },
  { type: "retry", id: ID },
  { type: "loadOlder", before: 17 },
  { type: "openLink", href: "https://example.org/" },
  { type: "action", action: "verifySafetyNumber" },
  { type: "decide", decision: "accept", shown: "0123/abc" },
  { peer: "bob", request: "0123/abc" },
  { peer: "bob", stretch: { limit: 10, before: 5 } },
  { peer: "bob", target: { id: ID } },
  { peer: "bob", text: "hello", id: ID },
  { link: "parley://", name: "bob" },
  { path: "/a", passphrase: "b" },
  { uses: 1, expiresSeconds: 60 },
  { focused: true, at: 1 },
  { kind: "refused", code: "name-taken", detail: "x", retryAfterMs: 5, conversation: ID },
  {
    state: { type: "waiting", retryAt: 1, error: { kind: "network", code: "cut", detail: "x" } },
    people: [],
    peopleGone: ["bob"],
    chats: [],
    chatsGone: [],
  },
  {
    id: ID,
    peer: "bob",
    mine: false,
    at: 1,
    position: 2,
    body: { kind: "event", event: "opened", seconds: 3 },
  },
  { peer: "bob", ids: [ID] },
  { port: 7750, host: "::1", data: "/srv", address: "chat.example.org" },
];
const CHECKS: readonly v.GenericSchema[] = [
  ...Object.values(CALLS).flatMap(({ params, result }) => [params, result]),
  ...Object.values(EVENTS).map(({ value }) => value),
  viewChangeSchema,
  secretSchema,
  focusSchema,
  errorSchema,
];

export function open(): Target {
  return {
    samples: SAMPLES.map((value) => utf8(JSON.stringify(value))),
    words: ['"__proto__":', '"constructor":', '"toString":', "1e400", "-0", "null", ",", "[[[["].map(utf8),
    run(input) {
      const value = json(input);
      const message = parsePageMessage(value);
      if (message !== undefined) assert.deepEqual(message, value);
      const shown = parseHostMessage(value);
      if (shown !== undefined) assertPlain(shown);
      for (const schema of CHECKS) {
        const checked = v.safeParse(schema, value);
        if (checked.success) assertPlain(checked.output);
      }
      if (typeof value === "object" && value !== null) serverOptions(value);
      assert.equal(({} as { polluted?: unknown }).polluted, undefined);
      assert.equal(Object.keys(Object.prototype).length, 0, "JavaScript's own objects were changed");
    },
  };
}

/** Asserts that no value named __proto__ became the prototype of later objects. */
function assertPlain(value: unknown): void {
  if (typeof value !== "object" || value === null) return;
  const prototype = Object.getPrototypeOf(value);
  const allowed: unknown[] = [Object.prototype, Array.prototype, Uint8Array.prototype, Date.prototype];
  assert.ok(allowed.includes(prototype) || value instanceof Error, "an object of a stranger's making");
  if (value instanceof Uint8Array) return;
  for (const part of Object.values(value)) assertPlain(part);
}

function json(input: Uint8Array): unknown {
  try {
    return JSON.parse(textOf(input));
  } catch {
    return textOf(input);
  }
}
