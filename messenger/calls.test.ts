import assert from "node:assert/strict";
import { newMessageId, username } from "../protocol/names.ts";
import { CALLS, checkParams, remoteCalls } from "./calls.ts";
import { directChat } from "./chats/direct.ts";

const BOB = directChat(username("bob"));

/** @returns all schemas and actions nested in a schema */
function* partsOf(schema: object): Generator<object> {
  yield schema;
  for (const [name, value] of Object.entries(schema)) {
    if (typeof value !== "object" || value === null || name.startsWith("~")) continue;
    if (["entries", "options", "pipe", "wrapped", "item"].includes(name))
      for (const part of "kind" in value ? [value] : Object.values(value))
        if (typeof part === "object") yield* partsOf(part); // a picklist's options are words
  }
}

describe("the table of calls", () => {
  it("makes a remote call of every row, sent under its name", async () => {
    const asked: unknown[] = [];
    const calls = remoteCalls(async (...ask) => asked.push(ask) as never);
    assert.deepEqual(Object.keys(calls), Object.keys(CALLS));
    await calls.retry({ chat: BOB, id: newMessageId() });
    await calls.signOut();
    assert.deepEqual(
      asked.map((ask) => (ask as readonly unknown[])[0]),
      ["retry", "signOut"],
    );
  });

  for (const [call, { params }] of Object.entries(CALLS))
    it(`checks the parameters of ${call} without changing them, since they are checked at both ends`, () => {
      const changing = [...partsOf(params)].filter(
        (part) => "kind" in part && part.kind === "transformation",
      );
      assert.deepEqual(changing, []);
      assert.ok([...partsOf(params)].length > 0);
    });

  it("finds a check that changes something", () => {
    const parts = [...partsOf(CALLS.createInvite.result)];
    assert.ok(parts.some((part) => "kind" in part && part.kind === "transformation"));
  });

  it("chooses a message's id in the caller, and keeps it in repeated calls", () => {
    const [first, second] = [1, 2].map(() => checkParams("send", { chat: BOB, text: "hello" })?.params);
    assert.ok(first?.id !== undefined && second?.id !== undefined);
    assert.notEqual(first.id, second.id);
    assert.deepEqual(checkParams("send", first)?.params, first);
  });

  it("accepts missing parameters for a call without any, from a caller and from the pipe", () => {
    for (const none of [undefined, {}]) assert.ok(checkParams("signOut", none) !== undefined);
    for (const some of [null, { chat: BOB }, 0]) assert.equal(checkParams("signOut", some), undefined);
  });
});
