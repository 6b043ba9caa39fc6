/**
 * One test kind of each effect, end to end: sealed, delivered, stored, shown, announced or not, searched,
 * exported, failed and sent again, and sealed again after lost keys. No code except the registries knows
 * these kinds.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { rmSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import * as v from "valibot";
import { directChat } from "../../messenger/chats/direct.ts";
import { chatOf } from "../../messenger/context.ts";
import type { ChatMessage } from "../../messenger/model.ts";
import { inviteLink } from "../../protocol/identity/invite.ts";
import { INVITE_TOKEN_BYTES } from "../../protocol/limits.ts";
import { type MessageId, newMessageId, username } from "../../protocol/names.ts";
import { ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import type { Card, TestData } from "../fixtures/kinds/data.ts";
import { withTestKinds } from "../fixtures/kinds/with-test-kinds.ts";
import type { Computer } from "../fixtures/messengers.ts";

const { realTeam } = await withTestKinds<typeof import("../fixtures/team.ts")>("test/fixtures/team.ts");
const { Liar } = await withTestKinds<typeof import("../fixtures/liar.ts")>("test/fixtures/liar.ts");
const messengers = await withTestKinds<typeof import("../fixtures/messengers.ts")>(
  "test/fixtures/messengers.ts",
);
const scripted = await withTestKinds<typeof import("../fixtures/scripted-server.ts")>(
  "test/fixtures/scripted-server.ts",
);
const { nudges } = await withTestKinds<typeof import("../fixtures/kinds/registry.ts")>(
  "test/fixtures/kinds/registry.ts",
);
const { Outgoing } = await withTestKinds<typeof import("../../messenger/delivery/outgoing.ts")>(
  "messenger/delivery/outgoing.ts",
);
const { SharedMessenger } = await withTestKinds<typeof import("../../messenger/sharing/shared-messenger.ts")>(
  "messenger/sharing/shared-messenger.ts",
);
const { messageSchema } =
  await withTestKinds<typeof import("../../messenger/values.ts")>("messenger/values.ts");
const { jsonFormat, markdownFormat } = await withTestKinds<
  typeof import("../../messenger/history/export-format.ts")
>("messenger/history/export-format.ts");

// A messenger has no call for these kinds: a text with a certain beginning is replaced by one.
const send = Outgoing.prototype.send;
Outgoing.prototype.send = function (name, body, id) {
  const data = body.kind === "text" && body.text.startsWith('{"kind":"test-') ? JSON.parse(body.text) : body;
  if (data.kind !== "test-retitle") return send.call(this, name, data, id);
  return this.change(name, { target: data.target, id }, () => data);
};

const card = (title: string): Card => ({ kind: "test-card", title, version: 0 });
const retitle = (target: MessageId, title: string, version: number) =>
  ({ kind: "test-retitle", target, title, version }) as const;

async function sends(
  from: Computer,
  to: { readonly name: Computer["name"] },
  data: TestData,
): Promise<MessageId> {
  const id = newMessageId();
  await from.messenger.send({ chat: directChat(to.name), text: JSON.stringify(data), id });
  return id;
}
const bodies = (messages: readonly ChatMessage[]): unknown[] =>
  messages.map(({ body }) => body).filter(({ kind }) => kind !== "event");

describe("a kind of message", function () {
  this.timeout(180_000);

  describe("between two people", () => {
    const team = realTeam();
    let alice: Computer;
    let bob: Computer;
    beforeEach(async () => {
      [alice, bob] = [await team.member("alice"), await team.member("bob")];
      await alice.opensChatWith(bob);
    });
    const stateOf = async (id: MessageId) => (await alice.messages(bob)).find((one) => one.id === id)?.state;

    it("is sealed, delivered, stored, shown, searched and exported according to its effect", async () => {
      const aside = await sends(alice, bob, { kind: "test-aside", remark: "by the way" });
      const first = await sends(alice, bob, card("the draft"));
      await sends(alice, bob, retitle(first, "the plan", 1));
      await alice.messenger.send({ chat: directChat(bob.name), text: "and a text" });
      await alice.has(bob, "delivered", "and a text");
      const shown = [
        { kind: "test-aside", remark: "by the way" },
        { kind: "test-card", title: "the plan", version: 1 },
        { kind: "text", text: "and a text" },
      ];
      assert.deepEqual(bodies(await alice.messages(bob)), shown);
      assert.deepEqual(bodies(await bob.messages(alice)), shown);
      assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 2, "neither the aside nor the change");
      assert.equal(bob.messenger.chat(directChat(alice.name)).firstUnread, first);

      await bob.messenger.markRead({ chat: directChat(alice.name) });
      await alice.until("read", async () => (await stateOf(first)) === "read");
      assert.equal(await stateOf(aside), "sent", "nobody is owed a receipt for it");

      const found = async (text: string) =>
        (await bob.messenger.searchStep({ text })).matches.map(({ excerpt }) => excerpt);
      assert.deepEqual(await found("plan"), ["Card: the plan"]);
      assert.deepEqual(await found("draft"), []);
      assert.deepEqual(await found("aside"), ["Aside: by the way"]);

      const about = { me: bob.name, members: [alice.name], exportedAt: 0, t: String };
      for (const makeFormat of [jsonFormat, markdownFormat]) {
        const format = makeFormat(about);
        const text = (await bob.messages(alice)).map((message) => format.message(message)).join("");
        for (const part of ["Card: the plan", "Aside: by the way", "and a text"])
          assert.ok(text.includes(part));
        assert.ok(!text.includes("draft"));
      }
      for (const message of await bob.messages(alice))
        assert.deepEqual(v.parse(messageSchema, JSON.parse(JSON.stringify(message))), message);

      await bob.close();
      await bob.open();
      assert.deepEqual(bodies(await bob.messages(alice)), shown);
    });

    it("is announced only when its effect requires it", async () => {
      await bob.close();
      const window = await SharedMessenger.open({
        directory: bob.folder,
        secrets: bob.vault,
        log: { info: () => {}, debug: () => {}, warn: () => {}, error: () => {} },
        sendReadReceipts: () => true,
        goOnline: () => true,
        tellNotice: assert.fail,
      });
      try {
        const told: unknown[] = [];
        const last = new Promise<void>((resolve) => {
          window.on("notify", ({ body }) => {
            told.push(body);
            if (body.kind === "text") resolve();
          });
        });
        await sends(alice, bob, { kind: "test-aside", remark: "by the way" });
        const first = await sends(alice, bob, card("the draft"));
        await sends(alice, bob, retitle(first, "the plan", 1));
        await alice.messenger.send({ chat: directChat(bob.name), text: "and a text" });
        await last;
        assert.deepEqual(told, [card("the draft"), { kind: "text", text: "and a text" }]);
      } finally {
        await window.dispose();
      }
    });

    it("is sealed again after lost keys, changes too, once and in order", async () => {
      const before = await sends(alice, bob, card("before"));
      await alice.until("delivered", async () => (await stateOf(before)) === "delivered");
      await bob.close();
      const database = new DatabaseSync(bob.database);
      database.exec("UPDATE conversation SET state = zeroblob(length(state))");
      database.close();
      await sends(alice, bob, retitle(before, "changed meanwhile", 1));
      const meanwhile = await sends(alice, bob, card("meanwhile"));
      await sends(alice, bob, retitle(meanwhile, "twice", 2));
      await bob.open();
      await bob.goesOnline();
      await alice.until("delivered", async () => (await stateOf(meanwhile)) === "delivered");
      await bob.until("the last change", async () =>
        JSON.stringify(bodies(await bob.messages(alice))).includes("twice"),
      );
      const shown = [
        { kind: "test-card", title: "changed meanwhile", version: 1 },
        { kind: "test-card", title: "twice", version: 2 },
      ];
      assert.deepEqual(bodies(await bob.messages(alice)), shown);
      assert.deepEqual(bodies(await alice.messages(bob)), shown);
      await alice.until("nothing waits", () => {
        const image = alice.crashImage();
        team.keep(image);
        const store = image.openStore();
        const waits = store.messages.undelivered(chatOf(store, directChat(bob.name)).number, 0);
        store.close();
        return waits.length === 0;
      });
    });
  });

  describe("with a server that lies", () => {
    const BOB = username("bob");
    let authority: Awaited<ReturnType<typeof scripted.temporaryAuthority>>;
    let server: Awaited<ReturnType<typeof scripted.ScriptedServer.start>>;
    let alice: Computer;
    let liar: InstanceType<typeof Liar>;
    before(async () => {
      authority = await scripted.temporaryAuthority();
    });
    after(() => authority.remove());
    beforeEach(async () => {
      server = await scripted.ScriptedServer.start(authority.authority);
      alice = await messengers.Computer.start("alice");
      const joined = alice.joins(
        inviteLink({
          ...{ host: "127.0.0.1", port: server.port, token: randomBytes(INVITE_TOKEN_BYTES) },
          caFingerprint: authority.authority.caFingerprint,
          expiresAt: new Date(Date.now() + 60_000),
        }),
      );
      liar = new Liar((await server.accept()).letIn());
      await joined;
      await liar.opensChat(alice);
    });
    afterEach(async () => {
      await alice.remove();
      await server.stop();
    });
    async function receives(data: TestData, id = newMessageId()): Promise<MessageId> {
      // The second Parley can seal it.
      const content = { sentAt: 1, ...data } as unknown as Parameters<typeof liar.seal>[0];
      liar.delivers(id, (await liar.seal(content, id)).sealed);
      await liar.confirmed();
      return id;
    }
    const transcript = async () => bodies(await alice.messages({ name: BOB }));

    it("that is a signal is handled without being stored, and shown as not understood when it is invalid", async () => {
      const remembered = () => {
        const image = alice.crashImage();
        const database = new DatabaseSync(image.database);
        const rows = database.prepare("SELECT count(*) AS rows FROM received WHERE signal IS NULL").get();
        database.close();
        rmSync(image.folder, { recursive: true });
        return rows?.["rows"];
      };
      const before = remembered();
      await receives({ kind: "test-nudge", times: 3 });
      assert.equal(remembered(), before, "its id is remembered for a while only");
      assert.equal(nudges.at(-1), 3);
      assert.deepEqual(await transcript(), []);
      assert.equal(alice.messenger.chat(directChat(BOB)).unread, 0);
      await receives({ kind: "test-nudge", times: 0 });
      assert.deepEqual(await transcript(), [{ kind: "not-understood" }]);
      assert.equal(alice.messenger.chat(directChat(BOB)).unread, 1);
    });

    it("that changes another may arrive before it, and cannot change another person's", async () => {
      const id = newMessageId();
      await receives(retitle(id, "second", 2));
      await receives(retitle(id, "first", 1));
      assert.deepEqual(await transcript(), []);
      await receives(card("as it was"), id);
      assert.deepEqual(await transcript(), [{ kind: "test-card", title: "second", version: 2 }]);
      assert.equal(alice.messenger.chat(directChat(BOB)).unread, 1);
      const mine = await sends(alice, { name: BOB }, card("mine"));
      await receives(retitle(mine, "not mine", 9));
      assert.deepEqual((await transcript()).at(-1), card("mine"));
    });

    it("that the server refuses fails, and is sent again under its id on retry", async () => {
      const id = await sends(alice, { name: BOB }, card("too many"));
      liar.refuse(await liar.next(Opcode.MESSAGE), ErrorCode.MAILBOX_FULL);
      const state = async () => (await alice.messages({ name: BOB })).find((one) => one.id === id)?.state;
      await alice.until("failed", async () => (await state()) === "failed");
      await alice.messenger.retry({ chat: directChat(BOB), id });
      liar.answer(await liar.next(Opcode.MESSAGE));
      await alice.until("sent", async () => (await state()) === "sent");
    });
  });
});
