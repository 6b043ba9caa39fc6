/**
 * Foreign objects wherever JSON or a script's value is read: `__proto__`, `constructor` and other inherited
 * properties. None changes a prototype, replaces an existing value, or collides with a person's name.
 */

import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as v from "valibot";
import { parsePageMessage } from "../../extension/contract/page-message.ts";
import { parseChat } from "../../extension/ui/chats/parse-chat.ts";
import { serverOptions } from "../../extension/ui/server/server-options.ts";
import { CALLS, isCall } from "../../messenger/calls.ts";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { errorSchema } from "../../messenger/fault.ts";
import { readEndpoint } from "../../messenger/sharing/endpoint-file.ts";
import { chatSchema, keepSchema, messageSchema, mutedSchema } from "../../messenger/values.ts";
import { verbFor } from "../../server/verbs/table.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

/** Attempts to reach a prototype, inserted after the first brace of a JSON text. */
const WAYS = [
  `"__proto__":{"polluted":true},`,
  `"constructor":{"prototype":{"polluted":true}},`,
  `"__proto__":{"polluted":true,"type":"send","peer":"bob","port":1,"host":"x"},`,
];
const laced = (json: string): unknown[] => WAYS.map((way) => JSON.parse(json.replace("{", `{${way}`)));
/** The members that every object inherits. */
const INHERITED = ["__proto__", "constructor", "toString", "valueOf", "hasOwnProperty", "__defineGetter__"];

describe("a foreign object", () => {
  const prototypes = [Object.prototype, Array.prototype, Function.prototype, Map.prototype];
  const before = prototypes.map((one) => Object.getOwnPropertyNames(one).toString());
  afterEach(() => {
    assert.deepEqual(
      prototypes.map((one) => Object.getOwnPropertyNames(one).toString()),
      before,
    );
  });
  /** Asserts that it is a plain object with the expected members only. */
  function assertClean(value: unknown): void {
    if (typeof value !== "object" || value === null) return;
    assert.ok([Object.prototype, null].includes(Object.getPrototypeOf(value)));
    assert.ok(!("polluted" in value), JSON.stringify(value));
  }

  it("from a page is reduced to its own expected fields, or refused", () => {
    for (const json of [
      `{"type":"send","text":"x"}`,
      `{"type":"ready"}`,
      `{"type":"openLink","href":"https://x.test"}`,
    ])
      for (const message of laced(json)) assertClean(parsePageMessage(message));
    for (const message of laced(`{"z":1}`)) assert.equal(parsePageMessage(message), undefined);
    for (const type of INHERITED) assert.equal(parsePageMessage({ type }), undefined);
  });

  it("from a tasks.json gives a server no inherited option", () => {
    for (const task of laced(`{"type":"parley"}`)) {
      assert.ok(typeof task === "object" && task !== null);
      assert.deepEqual(serverOptions(task), {});
    }
  });

  it("from another window is refused as a request, and stripped as an answer", () => {
    for (const name of INHERITED) assert.ok(!isCall(name), name);
    for (const [call, { params }] of Object.entries(CALLS))
      for (const value of laced(`{"peer":"bob","chat":"user:bob"}`)) assert.ok(!v.is(params, value), call);
    for (const word of INHERITED)
      for (const schema of [mutedSchema, keepSchema]) assert.ok(!v.is(schema, word), word);
    for (const schema of [chatSchema, messageSchema, errorSchema])
      for (const value of laced(
        `{"peer":"bob","chat":"user:bob","code":"locked","kind":"UsageError","message":"x"}`,
      ))
        assert.ok(!v.is(schema, value), JSON.stringify(value));
  });

  it("in the endpoint file is ignored", () => {
    const folder = mkdtempSync(join(tmpdir(), "parley-endpoint-"));
    try {
      const token = Buffer.alloc(32).toString("base64");
      const inherited = `{"__proto__":{"pipe":"/tmp/x","token":"${token}","version":"1","process":1}}`;
      writeFileSync(join(folder, "endpoint.json"), inherited);
      assert.equal(readEndpoint(folder), undefined);
      writeFileSync(join(folder, "endpoint.json"), inherited.replace('"__proto__":{', "").replace("}}", "}"));
      assert.equal(readEndpoint(folder)?.pipe, "/tmp/x");
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it("in place of a name or an opcode is refused", async () => {
    const throwing = {
      get chat(): string {
        throw new Error("not asked");
      },
    };
    let asked = 0;
    const changing = {
      get chat(): string {
        asked += 1;
        return asked === 1 ? "bob" : "mallory";
      },
    };
    for (const value of [
      ...INHERITED.slice(0, 1),
      {},
      [],
      ["bob"],
      { chat: ["bob"] },
      { chat: {} },
      1,
      null,
      Symbol("x"),
    ])
      assert.equal(await parseChat(value), undefined);
    await assert.rejects(parseChat(throwing)); // and is reported like any error
    assert.equal(await parseChat(changing), "user:bob");
    for (const name of INHERITED) assert.equal(verbFor(name as never), undefined);
  });
});

describe("a person whose name is that of an object's property,", function () {
  this.timeout(180_000);
  for (const name of ["constructor", "0", "parley..conf"])
    it(`${name}, chats like anybody`, async () => {
      const server = await RealServer.start();
      const link = await server.invite(2);
      const [alice, other] = await Promise.all([Computer.start("alice"), Computer.start(name)]);
      try {
        for (const who of [alice, other]) await who.joins(link);
        await alice.opensChatWith(other);
        await alice.messenger.send({ chat: directChat(other.name), text: "you are welcome" });
        await other.messenger.send({ chat: directChat(alice.name), text: "thank you" });
        await alice.has(other, "delivered", "you are welcome");
        await alice.hears(other, "thank you");
        await alice.verifies(other);
        await alice.close();
        await alice.open();
        assert.equal(partner(alice.messenger.chat(directChat(other.name))).trust, "verified");
        assert.deepEqual(await alice.transcript(other), ["* opened", "> you are welcome", "< thank you"]);
        assert.deepEqual(alice.complaints, []);
      } finally {
        await Promise.all([alice.remove(), other.remove()]);
        await server.remove();
      }
    });
});
