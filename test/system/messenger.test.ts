import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import type { ChatMessage } from "../../messenger/messenger.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { username } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

describe("messenger", function () {
  this.timeout(180_000);
  let server: RealServer;
  let link: string;
  let count = 0;
  let computers: Computer[];

  before(async () => {
    server = await RealServer.start();
    link = await server.invite(500);
  });
  after(() => server.remove());

  beforeEach(() => {
    computers = [];
    count++;
  });
  afterEach(async () => {
    await Promise.all(computers.map((computer) => computer.remove()));
  });

  async function computer(name: string): Promise<Computer> {
    const made = await Computer.start(`${name}${count}`);
    computers.push(made);
    return made;
  }
  async function member(name: string): Promise<Computer> {
    const made = await computer(name);
    await made.joins(link);
    return made;
  }
  async function pair(): Promise<[Computer, Computer]> {
    const both: [Computer, Computer] = [await member("alice"), await member("bob")];
    await Promise.all([both[0].sees(both[1]), both[1].sees(both[0])]);
    return both;
  }
  async function chatting(): Promise<[Computer, Computer]> {
    const [alice, bob] = await pair();
    await alice.opensChatWith(bob);
    return [alice, bob];
  }
  function crashed(victim: Computer): Computer {
    const image = victim.crashImage();
    computers.push(image);
    return image;
  }

  describe("account", () => {
    it("is absent, then joined and online, and kept across a restart", async () => {
      const alice = await computer("alice");
      assert.deepEqual(alice.messenger.state, { type: "no-account" });
      await alice.joins(link);
      assert.equal(alice.messenger.state.type, "online");
      const { account } = alice.messenger;
      assert.equal(account?.name, alice.name);
      assert.equal(account?.port, server.port);
      await alice.close();
      await alice.open();
      assert.deepEqual(alice.messenger.state, { type: "signed-out" });
      assert.deepEqual(alice.messenger.account, account);
      await alice.goesOnline();
      await alice.messenger.signOut();
      assert.deepEqual(alice.messenger.state, { type: "signed-out" });
    });

    it("reports why joining failed, and leaves nothing behind", async () => {
      const alice = await member("alice");
      const other = await computer("other");
      await assert.rejects(
        other.messenger.join({ link: "parley://nonsense", name: "x" }),
        code("invite-malformed"),
      );
      await assert.rejects(other.messenger.join({ link, name: "No Name!" }), code("name-invalid"));
      await assert.rejects(other.messenger.join({ link, name: alice.name }), code("name-taken"));
      await assert.rejects(
        other.messenger.join({ link: await server.invite(1, "somebody"), name: "somebodyelse" }),
        code("name-invalid"),
      );
      const elsewhere = link.replace(`:${server.port}`, ":1");
      await assert.rejects(other.messenger.join({ link: elsewhere, name: other.name }), code("unreachable"));
      const foreign = link.replace(/ca=[^&]{8}/, "ca=AAAAAAAA");
      await assert.rejects(other.messenger.join({ link: foreign, name: other.name }), code("wrong-ca"));
      assert.deepEqual(other.messenger.state, { type: "no-account" });
      await other.joins(link);
      assert.equal(other.messenger.state.type, "online");
      await assert.rejects(other.joins(link), code("wrong-state"));
    });

    it("joins with the same key when the first attempt failed after the server had stored it", async () => {
      const once = await server.invite(1);
      const alice = await computer("alice");
      await alice.joins(once);
      // A crash before the account was stored: the keyring has the identity, the disk nothing.
      const again = await computer("again");
      for (const [key, value] of alice.vault.values)
        if (!key.includes("database-key")) again.vault.values.set(key, value);
      await alice.close();
      await again.messenger.join({ link: once, name: alice.name });
      assert.equal(again.messenger.state.type, "online");
    });

    it("goes offline when the same user signs in elsewhere, and takes over again on request", async () => {
      const alice = await member("alice");
      const copy = crashed(alice);
      await copy.open();
      await copy.goesOnline();
      await alice.until("stopped", () => alice.messenger.state.type === "stopped");
      assert.ok(alice.messenger.state.type === "stopped");
      assert.equal(alice.messenger.state.error.code, "superseded");
      await alice.messenger.connect();
      await alice.isOnline();
      await copy.until("stopped", () => copy.messenger.state.type === "stopped");
    });

    it("is forgotten with keys and history, and can join again", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.send({ chat: directChat(bob.name), text: "remember me" });
      await bob.hears(alice, "remember me");
      const before = new Map(alice.vault.values);
      await alice.forgets();
      assert.deepEqual(alice.messenger.state, { type: "no-account" });
      assert.deepEqual(alice.messenger.chats(), []);
      assert.deepEqual(await alice.messages(bob), []);
      for (const value of alice.vault.values.values()) assert.ok(![...before.values()].includes(value));
      await alice.messenger.join({ link, name: `${alice.name}-anew` });
      assert.equal(alice.messenger.state.type, "online");
    });

    it("makes invites that others can join with", async () => {
      const alice = await member("alice");
      const invite = await alice.messenger.createInvite({ uses: 1, expiresSeconds: 3600 });
      const bob = await computer("bob");
      await bob.joins(invite.link);
      await alice.sees(bob);
      await alice.messenger.signOut();
      await assert.rejects(
        alice.messenger.createInvite({ uses: 1, expiresSeconds: 3600 }),
        code("not-connected"),
      );
    });
  });

  describe("talking", () => {
    it("goes from request through acceptance to messages both ways, each with its state", async () => {
      const [alice, bob] = await pair();
      const asked: string[] = [];
      bob.messenger.on("request", ({ from }) => asked.push(`${from.name} ${from.trust}`));
      await alice.messenger.request({ peer: bob.name });
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "requested");
      await bob.isIn(alice, "invited");
      assert.deepEqual(asked, [`${alice.name} unknown`]);
      assert.equal(await bob.messenger.safetyNumber({ peer: alice.name }), undefined);
      await bob.accepts(alice);
      await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);

      const sent = await alice.messenger.send({ chat: directChat(bob.name), text: "hello" });
      assert.ok(sent.state === "waiting" || sent.state === "sending");
      await bob.hears(alice, "hello");
      assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 1);
      assert.equal(bob.messenger.chat(directChat(alice.name)).firstUnread, sent.id);
      await alice.has(bob, "delivered", "hello");
      await bob.messenger.markRead({ chat: directChat(alice.name) });
      assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 0);
      await alice.has(bob, "read", "hello");
      assert.deepEqual(
        (await alice.messages(bob)).find(({ id }) => id === sent.id)?.receivers,
        [{ person: bob.name, state: "read" }],
        "one of one",
      );
      await bob.messenger.send({ chat: directChat(alice.name), text: "hello yourself" });
      await alice.hears(bob, "hello yourself");
      assert.deepEqual(await alice.transcript(bob), ["* opened", "> hello", "< hello yourself"]);
      assert.deepEqual(await bob.transcript(alice), ["* opened", "< hello", "> hello yourself"]);

      assert.equal(
        await alice.messenger.safetyNumber({ peer: bob.name }),
        await bob.messenger.safetyNumber({ peer: alice.name }),
      );
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "pinned");
      await alice.verifies(bob);
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "verified");
      assert.deepEqual([...alice.complaints, ...bob.complaints], []);
    });

    it("sends no read receipt when the user does not want it", async () => {
      const [alice, bob] = await chatting();
      bob.readReceipts = false;
      await alice.messenger.send({ chat: directChat(bob.name), text: "one" });
      await bob.hears(alice, "one");
      await bob.messenger.markRead({ chat: directChat(alice.name) });
      await alice.has(bob, "delivered", "one");
      bob.readReceipts = true;
      await alice.messenger.send({ chat: directChat(bob.name), text: "two" });
      await bob.hears(alice, "two");
      await bob.messenger.markRead({ chat: directChat(alice.name) });
      await alice.has(bob, "read", "two");
      await alice.has(bob, "delivered", "one");
    });

    it("refuses, and the other side learns it", async () => {
      const [alice, bob] = await pair();
      await alice.messenger.request({ peer: bob.name });
      await assert.rejects(alice.messenger.request({ peer: bob.name }), code("already-asked"));
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "requested");
      await bob.isIn(alice, "invited");
      await bob.refuses(alice);
      await alice.isIn(bob, "none");
      assert.deepEqual(await alice.transcript(bob), ["* refused"]);
      assert.deepEqual(bob.messenger.chats(), []);
      await alice.opensChatWith(bob);
    });

    it("reports that a person is unknown or offline", async () => {
      const alice = await member("alice");
      await assert.rejects(
        alice.messenger.request({ peer: username("nobody-at-all") }),
        code("user-not-found"),
      );
      assert.equal(alice.messenger.chat(directChat(username("nobody-at-all"))).phase, "none");
      await assert.rejects(alice.messenger.request({ peer: alice.name }), code("self"));
      assert.deepEqual(alice.messenger.chats(), []);
      await alice.messenger.signOut();
      await assert.rejects(alice.messenger.request({ peer: username("bob") }), code("not-connected"));
    });

    it("is established when both request at once", async () => {
      const [alice, bob] = await pair();
      await Promise.all([
        alice.messenger.request({ peer: bob.name }),
        bob.messenger.request({ peer: alice.name }),
      ]);
      await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
      await alice.messenger.send({ chat: directChat(bob.name), text: "at once" });
      await bob.hears(alice, "at once");
    });

    it("accepts when the other has requested already", async () => {
      const [alice, bob] = await pair();
      await alice.messenger.request({ peer: bob.name });
      await bob.isIn(alice, "invited");
      await bob.messenger.request({ peer: alice.name });
      await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    });

    it("withdraws a request", async () => {
      const [alice, bob] = await pair();
      await alice.messenger.request({ peer: bob.name });
      await bob.isIn(alice, "invited");
      await alice.closes(bob);
      await bob.isIn(alice, "none");
      await assert.rejects(bob.accepts(alice), code("wrong-state"));
    });

    it("closes for both, keeps the messages, and can be opened again", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.send({ chat: directChat(bob.name), text: "bye" });
      await alice.closes(bob);
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "closed-by-me");
      await bob.isIn(alice, "closed-by-peer");
      assert.deepEqual(await bob.transcript(alice), ["* opened", "< bye", "* closed-by-peer"]);
      await assert.rejects(
        bob.messenger.send({ chat: directChat(alice.name), text: "wait" }),
        code("wrong-state"),
      );
      await bob.opensChatWith(alice);
      await bob.messenger.send({ chat: directChat(alice.name), text: "you again" });
      await alice.hears(bob, "you again");
      assert.deepEqual(await alice.transcript(bob), [
        "* opened",
        "> bye",
        "* closed-by-me",
        "* opened",
        "< you again",
      ]);
    });

    it("refuses a text that is too large, before anything is stored", async () => {
      const [alice, bob] = await chatting();
      await assert.rejects(
        alice.messenger.send({ chat: directChat(bob.name), text: "é".repeat(32 * 1024 + 1) }),
        code("too-large"),
      );
      assert.deepEqual(await alice.transcript(bob), ["* opened"]);
      const most = "é".repeat(32 * 1024);
      await alice.messenger.send({ chat: directChat(bob.name), text: most });
      await bob.hears(alice, most);
    });

    it("keeps drafts", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.setDraft({ chat: directChat(bob.name), text: "half a thought" });
      await alice.close();
      await alice.open();
      assert.equal(alice.messenger.chat(directChat(bob.name)).draft, "half a thought");
    });
  });

  describe("delivery", () => {
    it("waits for a peer who is offline, across the server's restart too, and arrives once, in order", async () => {
      const [alice, bob] = await chatting();
      await bob.messenger.signOut();
      await alice.sees(bob, false);
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "open");
      const texts = Array.from({ length: 40 }, (_, n) => `message ${n}`);
      for (const text of texts) await alice.messenger.send({ chat: directChat(bob.name), text });
      await alice.has(bob, "sent", ...texts);
      await server.kill();
      await server.restart();
      await alice.isOnline();
      await bob.goesOnline();
      await bob.hears(alice, ...texts);
      await alice.has(bob, "delivered", ...texts);
      assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 40);
      assert.deepEqual(await bob.transcript(alice), ["* opened", ...texts.map((text) => `< ${text}`)]);
    });

    it("keeps messages written offline until there is a connection", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.signOut();
      assert.equal(
        (await alice.messenger.send({ chat: directChat(bob.name), text: "one" })).state,
        "waiting",
      );
      await alice.messenger.send({ chat: directChat(bob.name), text: "two" });
      await alice.close();
      await alice.open();
      await alice.has(bob, "waiting", "one", "two");
      await alice.goesOnline();
      await bob.hears(alice, "one", "two");
      await alice.has(bob, "delivered", "one", "two");
    });

    it("continues after the server was killed in the middle", async () => {
      const [alice, bob] = await chatting();
      const texts = Array.from({ length: 30 }, (_, n) => `m${n}`);
      const sending = (async () => {
        for (const text of texts) await alice.messenger.send({ chat: directChat(bob.name), text });
      })();
      await bob.until("the first", () => bob.messenger.chat(directChat(alice.name)).unread > 0);
      await server.kill();
      await sending;
      await server.restart();
      await alice.messenger.reconnectNow();
      await bob.messenger.reconnectNow();
      await bob.hears(alice, ...texts);
      await alice.has(bob, "delivered", ...texts);
    });

    it("loses and repeats nothing when the sender's client is killed between sealing and sending", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.signOut();
      await alice.messenger.send({ chat: directChat(bob.name), text: "written" });
      const image = crashed(alice);
      await alice.remove();
      await image.open();
      await image.goesOnline();
      await bob.hears(image, "written");
      await image.has(bob, "delivered", "written");
      await image.messenger.send({ chat: directChat(bob.name), text: "and more" });
      await bob.hears(image, "written", "and more");
    });

    it("shows a message once when it is delivered twice", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.signOut();
      await alice.messenger.send({ chat: directChat(bob.name), text: "once" });
      const image = crashed(alice);
      await alice.goesOnline();
      await bob.hears(alice, "once");
      await alice.has(bob, "delivered", "once");
      await alice.remove();
      // The image does not know that it has sent the message, and sends it again.
      await image.open();
      await image.goesOnline();
      await image.has(bob, "sent", "once");
      assert.deepEqual(await bob.transcript(alice), ["* opened", "< once"]);
      assert.deepEqual(bob.complaints, []);
    });

    it("continues when the disk was restored to an earlier state", async () => {
      const [alice, bob] = await chatting();
      const earlier = crashed(bob);
      await alice.messenger.send({ chat: directChat(bob.name), text: "lost with the disk" });
      await bob.hears(alice, "lost with the disk");
      await alice.has(bob, "delivered", "lost with the disk");
      await bob.remove();
      await earlier.open();
      await earlier.goesOnline();
      await alice.messenger.send({ chat: directChat(bob.name), text: "next" });
      await earlier.hears(alice, "next");
    });

    it("fails visibly when the server no longer knows the conversation, and can be sent in the next", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.signOut();
      await alice.messenger.send({ chat: directChat(bob.name), text: "too late" });
      await bob.closes(alice);
      await bob.until("told", () => bob.messenger.state.type === "online");
      await alice.goesOnline();
      await alice.has(bob, "failed", "too late");
      await alice.isIn(bob, "closed-by-peer");
      const failed = (await alice.messages(bob)).find((message: ChatMessage) => message.state === "failed");
      assert.equal(failed?.failure, "no-conversation");
      assert.ok(failed);
      await assert.rejects(
        alice.messenger.retry({ chat: directChat(bob.name), id: failed.id }),
        code("wrong-state"),
      );
      await alice.opensChatWith(bob);
      await alice.messenger.retry({ chat: directChat(bob.name), id: failed.id });
      await bob.hears(alice, "too late");
      await alice.has(bob, "delivered", "too late");
      await assert.rejects(
        alice.messenger.retry({ chat: directChat(bob.name), id: failed.id }),
        code("wrong-state"),
      );
    });

    it("sends one receipt for a burst", async () => {
      const [alice, bob] = await chatting();
      const texts = Array.from({ length: 20 }, (_, n) => `burst ${n}`);
      let updates = 0;
      alice.messenger.on("updated", ({ state }) => {
        if (state === "delivered") updates++;
      });
      await Promise.all(texts.map((text) => alice.messenger.send({ chat: directChat(bob.name), text })));
      await alice.has(bob, "delivered", ...texts);
      assert.equal(updates, texts.length);
    });

    it("sends its receipts also after a restart", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.send({ chat: directChat(bob.name), text: "hello" });
      await bob.hears(alice, "hello");
      await bob.close(); // Before the message's receipt is sent.
      await bob.open();
      await bob.goesOnline();
      await alice.has(bob, "delivered", "hello");
    });
  });

  describe("trust", () => {
    /**
     * Bob loses his computer, and his operator invites him again with a new key.
     * @param seenBy people who use the server's key: they must know that the old one is replaced
     */
    /**
     * Bob loses his computer, and his operator invites him again with a new key.
     * @param seenBy people who use the server's key: they must know that the old one is replaced
     */
    async function renewed(bob: Computer, seenBy?: Computer): Promise<Computer> {
      await bob.close();
      await seenBy?.sees(bob, false);
      const anew = await Computer.start(bob.name);
      computers.push(anew);
      await anew.joins(await server.invite(1, bob.name));
      return anew;
    }

    it("stops when a key has changed, until the user decides for the new one", async () => {
      const [alice, bob] = await chatting();
      await alice.verifies(bob);
      const before = await alice.messenger.safetyNumber({ peer: bob.name });
      const anew = await renewed(bob);
      await alice.isIn(bob, "closed-by-peer");
      await anew.sees(alice);
      await anew.messenger.request({ peer: alice.name });
      await alice.isIn(anew, "key-changed");
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "changed");
      await assert.rejects(
        alice.messenger.send({ chat: directChat(bob.name), text: "no" }),
        code("identity-changed"),
      );
      await assert.rejects(alice.messenger.request({ peer: bob.name }), code("identity-changed"));
      await assert.rejects(alice.accepts(bob), code("wrong-state"));
      await assert.rejects(() => alice.verifies(bob), code("number-changed"));
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "changed");
      assert.equal(await alice.messenger.safetyNumber({ peer: bob.name }), before);

      await alice.trustsNewKey(bob);
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "pinned");
      assert.notEqual(await alice.messenger.safetyNumber({ peer: bob.name }), before);
      await alice.messenger.request({ peer: bob.name });
      await Promise.all([alice.isIn(anew, "open"), anew.isIn(alice, "open")]);
      assert.equal(
        await alice.messenger.safetyNumber({ peer: bob.name }),
        await anew.messenger.safetyNumber({ peer: alice.name }),
      );
      await alice.messenger.send({ chat: directChat(bob.name), text: "welcome back" });
      await anew.hears(alice, "welcome back");
      assert.deepEqual(await alice.transcript(bob), [
        "* opened",
        "* closed-by-peer",
        "* key-changed",
        "* key-accepted",
        "* opened",
        "> welcome back",
      ]);
    });

    it("stops when the accepter has another key", async () => {
      const [alice, bob] = await chatting();
      await alice.closes(bob);
      const anew = await renewed(bob, alice);
      await alice.sees(anew);
      await alice.messenger.request({ peer: bob.name });
      await anew.isIn(alice, "invited");
      await anew.accepts(alice);
      await alice.isIn(anew, "key-changed");
      await anew.isIn(alice, "closed-by-peer");
      await alice.keepsOldKey(bob);
      assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "pinned");
      assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "none");
      await assert.rejects(() => alice.keepsOldKey(bob), code("wrong-state"));
    });
  });

  describe("disk", () => {
    it("holds no message, person or server in clear", async () => {
      const [alice, bob] = await chatting();
      await alice.messenger.send({ chat: directChat(bob.name), text: "the eagle lands at dawn" });
      await bob.hears(alice, "the eagle lands at dawn");
      await bob.messenger.setDraft({ chat: directChat(alice.name), text: "an unfinished reply" });
      await bob.messenger.signOut();
      await bob.messenger.send({ chat: directChat(alice.name), text: "waiting in the outbox" });
      const search = () => {
        for (const who of [alice, bob])
          for (const known of [
            "eagle",
            "unfinished",
            "waiting in",
            alice.name,
            bob.name,
            "127.0.0.1",
            "localhost",
          ])
            assert.ok(!who.bytes().includes(known), known);
      };
      search();
      await Promise.all([alice.close(), bob.close()]);
      search();
    });

    it("is set aside when damaged, and the user is told where it is", async () => {
      const [alice] = await chatting();
      await alice.close();
      writeFileSync(alice.database, "garbage ".repeat(1000));
      await alice.open();
      assert.equal(alice.messenger.notices.length, 1);
      assert.match(alice.messenger.notices[0] ?? "", /set aside as .*parley-damaged-.*\.db$/);
      assert.deepEqual(alice.messenger.state, { type: "no-account" });
      // The keyring has kept the identity, so the name is still hers.
      await alice.joins(link);
      assert.equal(alice.messenger.state.type, "online");
    });

    it("is opened by one program at a time", async () => {
      const alice = await member("alice");
      await assert.rejects(alice.open(), code("in-use"));
    });
  });
});
