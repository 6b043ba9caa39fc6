import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { newMessageId, username } from "../protocol/names.ts";
import { directChat } from "./chats/direct.ts";
import { checkEvent, EVENTS, type MessengerEvents, subscribeAll } from "./events.ts";

const removed = { chat: directChat(username("bob")), ids: [newMessageId()] };

describe("the table of events", () => {
  it("forwards every event, by its name", () => {
    const emitter = new EventEmitter<MessengerEvents>();
    const heard: unknown[] = [];
    subscribeAll(emitter, (event) => heard.push(event));
    const names = Object.keys(EVENTS) as (keyof typeof EVENTS)[];
    for (const name of names) (emitter as EventEmitter).emit(name, name);
    assert.deepEqual(
      heard,
      names.map((name) => ({ name, value: name })),
    );
  });

  it("accepts from the leader each event in its form on the pipe, and nothing else", () => {
    assert.deepEqual(checkEvent("removed", removed), { name: "removed", value: removed });
    for (const [name, value] of [
      ["removed", { ...removed, ids: ["1"] }],
      ["removed", {}],
      ["changed", {}],
      ["nothing", {}],
      ["toString", {}],
      ["__proto__", {}],
      ["locked", { now: true }],
    ] as const)
      assert.throws(() => checkEvent(name, value), `${name} ${JSON.stringify(value)}`);
  });
});
