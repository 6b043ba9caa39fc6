/** Notes with requests to talk: complete messengers on the real server. */

import assert from "node:assert/strict";
import { rmSync } from "node:fs";
import { storeIn } from "../../messenger/account/put-aside.ts";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";
import { Profile } from "../fixtures/window-process.ts";

const NOTE = "It is about the deploy at five \u{1f44b}";

describe("a note with a request", function () {
  this.timeout(180_000);
  const team = realTeam();
  const { member } = team;
  let alice: Computer;
  let bob: Computer;

  beforeEach(async () => {
    [alice, bob] = [await member("alice"), await member("bob")];
    await Promise.all([alice.sees(bob), bob.sees(alice)]);
  });
  const noteOf = (who: Computer, from: Computer) => who.messenger.chat(directChat(from.name)).request?.note;
  function isShown(note: ReturnType<typeof noteOf>, text = NOTE): void {
    assert.deepEqual(note?.kind === "text" ? note.text : note, text);
  }

  /** They chat, close the chat, and Bob goes offline. */
  async function meetAndPart(): Promise<void> {
    await alice.opensChatWith(bob);
    await alice.messenger.send({ chat: directChat(bob.name), text: "bye" });
    await bob.hears(alice, "bye");
    await alice.has(bob, "delivered", "bye");
    await alice.closes(bob);
    await bob.isIn(alice, "closed-by-peer");
    await bob.messenger.signOut();
    await alice.sees(bob, false);
  }

  it("arrives with it, stays while it waits, across restarts, and is deleted once it is answered", async () => {
    await alice.messenger.request({ peer: bob.name, note: `  ${NOTE} ` });
    await bob.isIn(alice, "invited");
    isShown(noteOf(bob, alice));
    assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "pinned");
    await bob.close();
    assert.ok(!bob.bytes().includes("the deploy"));
    await bob.open();
    isShown(noteOf(bob, alice));
    await team.server.stop();
    await team.server.restart();
    await bob.goesOnline();
    await alice.isOnline();
    isShown(noteOf(bob, alice));
    await bob.accepts(alice);
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    assert.equal(noteOf(bob, alice), undefined);
    await alice.has(bob, "delivered", NOTE);
    assert.deepEqual(await alice.transcript(bob), [`> ${NOTE}`, "* opened"]);
    assert.deepEqual(await bob.transcript(alice), [`< ${NOTE}`, "* opened"]);
    assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 0, "seen with the request");
    assert.ok(!team.server.bytes().includes("the deploy"));
    assert.deepEqual([...alice.complaints, ...bob.complaints], []);
  });

  it("is not shown with the next request, which has none", async () => {
    await alice.messenger.request({ peer: bob.name, note: NOTE });
    await bob.isIn(alice, "invited");
    await bob.refuses(alice);
    await alice.isIn(bob, "none");
    await alice.messenger.request({ peer: bob.name });
    await bob.isIn(alice, "invited");
    assert.equal(noteOf(bob, alice), undefined);
    await bob.accepts(alice);
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    assert.deepEqual(await alice.transcript(bob), [`> ${NOTE}`, "* refused", "* opened"]);
    assert.deepEqual(await bob.transcript(alice), ["* opened"]);
  });

  it("disappears by the timer that the two have set", async () => {
    await alice.opensChatWith(bob);
    await alice.setsTimer(bob, 2);
    await bob.until("timer", () => bob.messenger.chat(directChat(alice.name)).timerSeconds === 2);
    await alice.closes(bob);
    await bob.isIn(alice, "closed-by-peer");
    await alice.messenger.request({ peer: bob.name, note: NOTE });
    await bob.isIn(alice, "invited");
    await bob.accepts(alice);
    for (const [who, other] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const there = async () => (await who.messages(other)).some(({ body }) => body.kind === "text");
      assert.ok(await there());
      await who.until("it disappears", async () => !(await there()));
    }
  });

  it("arrives or becomes a draft when both request at once", async () => {
    await Promise.allSettled([
      alice.messenger.request({ peer: bob.name, note: "from alice" }),
      bob.messenger.request({ peer: alice.name, note: "from bob" }),
    ]);
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    const arrived = async (from: Computer, to: Computer) =>
      (await to.messages(from)).some(({ body, author }) => author === from.name && body.kind === "text");
    await Promise.race([
      bob.until("alice's note", () => arrived(alice, bob)),
      alice.until("bob's note", () => arrived(bob, alice)),
    ]);
    const [asker, asked] = (await arrived(alice, bob)) ? [alice, bob] : [bob, alice];
    const text = asker === alice ? "from alice" : "from bob";
    await asked.hears(asker, text);
    assert.equal(asked.messenger.chat(directChat(asker.name)).unread, 1, "nobody has seen it yet");
    await asker.has(asked, "delivered", text);
    await asked.until("the other one's", () => asked.messenger.chat(directChat(asker.name)).draft !== "");
    assert.equal(
      asked.messenger.chat(directChat(asker.name)).draft,
      asker === alice ? "from bob" : "from alice",
    );
  });

  it("waits with a request to an absent acquaintance, also when they have requested meanwhile", async () => {
    await meetAndPart();
    await assert.rejects(alice.messenger.request({ peer: bob.name, note: NOTE }), code("user-not-found"));
    await alice.messenger.request({ peer: bob.name, note: NOTE, wait: true });
    await bob.goesOnline();
    await bob.isIn(alice, "invited");
    isShown(noteOf(bob, alice));
    await bob.refuses(alice);
    await alice.isIn(bob, "none");
    // Bob never requested Alice's key himself: it was fetched when they chatted.
    await alice.messenger.signOut();
    await bob.sees(alice, false);
    await bob.messenger.request({ peer: alice.name, note: NOTE, wait: true });
    await alice.goesOnline();
    await alice.isIn(bob, "invited");
    isShown(noteOf(alice, bob));
  });

  it("cannot be sent to an absent stranger or an unknown name; the request without it can", async () => {
    await bob.messenger.signOut();
    await alice.sees(bob, false);
    for (const name of [bob.name, username(team.name("nobody"))]) {
      await assert.rejects(alice.messenger.request({ peer: name, note: NOTE }), code("user-not-found"));
      await assert.rejects(
        alice.messenger.request({ peer: name, note: NOTE, wait: true }),
        code("note-unsealable"),
      );
      assert.equal(alice.messenger.chat(directChat(name)).phase, "none");
      await alice.messenger.request({ peer: name, wait: true });
      assert.equal(alice.messenger.chat(directChat(name)).phase, "requested");
    }
  });

  it("is refused alike for a blocking and an unknown person", async () => {
    await bob.messenger.block({ peer: alice.name, request: null });
    await alice.sees(bob, false);
    for (const name of [bob.name, username(team.name("nobody"))]) {
      await assert.rejects(alice.messenger.request({ peer: name, note: NOTE }), code("user-not-found"));
      await assert.rejects(
        alice.messenger.request({ peer: name, note: NOTE, wait: true }),
        code("note-unsealable"),
      );
    }
  });

  it("becomes the chat's draft when they had requested already", async () => {
    await bob.messenger.request({ peer: alice.name });
    await alice.isIn(bob, "invited");
    await alice.messenger.request({ peer: bob.name, note: NOTE });
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
    assert.equal(alice.messenger.chat(directChat(bob.name)).draft, NOTE);
  });

  it("is refused when it is too long, before anything is sent", async () => {
    await assert.rejects(
      alice.messenger.request({ peer: bob.name, note: "x".repeat(501) }),
      code("too-large"),
    );
    assert.equal(partner(alice.messenger.chat(directChat(bob.name))).trust, "unknown");
  });

  it("stops the chat when the peer's key has changed, before it is sealed", async () => {
    await meetAndPart();
    await bob.forgets();
    await alice.sees(bob, false); // otherwise she still sees the one who has left
    const anew = await team.server.invite(1, bob.name);
    await bob.joins(anew);
    await alice.sees(bob);
    await assert.rejects(alice.messenger.request({ peer: bob.name, note: NOTE }), code("identity-changed"));
    assert.equal(alice.messenger.chat(directChat(bob.name)).phase, "key-changed");
    assert.equal(bob.messenger.chat(directChat(alice.name)).phase, "none");
    await alice.trustsNewKey(bob);
    await alice.messenger.request({ peer: bob.name, note: NOTE });
    await bob.isIn(alice, "invited");
    isShown(noteOf(bob, alice));
  });

  it("is shown as unreadable after its key was lost, and the request can be accepted", async () => {
    await meetAndPart();
    await alice.messenger.request({ peer: bob.name, note: NOTE, wait: true });
    // A new disk: the keyring has the identity, and everything else is lost.
    await bob.close();
    rmSync(storeIn(bob.folder), { recursive: true });
    await bob.open();
    await bob.joins(team.link);
    await bob.isIn(alice, "invited");
    assert.deepEqual(noteOf(bob, alice), { kind: "unopened" });
    await bob.accepts(alice);
    await Promise.all([alice.isIn(bob, "open"), bob.isIn(alice, "open")]);
  });

  it("is shown in every window of a profile, and can be written in any", async () => {
    const profile = new Profile();
    try {
      const first = await profile.open();
      const carol = username(team.name("carol"));
      await first.ask("join", { link: team.link, name: carol });
      const second = await profile.open();
      await second.until("online", () => second.last?.state === "online");
      await alice.until("carol is there", () => partner(alice.messenger.chat(directChat(carol))).online);
      await alice.messenger.request({ peer: carol, note: NOTE });
      for (const window of [first, second]) {
        await window.until("invited", () => window.chat(directChat(alice.name))?.phase === "invited");
        isShown(window.chat(directChat(alice.name))?.request?.note);
      }
      await second.ask("request", { peer: bob.name, note: NOTE });
      await bob.isIn({ name: carol }, "invited");
      isShown(bob.messenger.chat(directChat(carol)).request?.note);
    } finally {
      await profile.remove();
    }
  });
});
