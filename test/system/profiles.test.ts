/** Display names and colours between complete messengers on the real server. */

import assert from "node:assert/strict";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

describe("a profile", function () {
  this.timeout(60_000);
  const team = realTeam();
  let alice: Computer;
  let bob: Computer;
  beforeEach(async () => {
    [alice, bob] = [await team.member("alice"), await team.member("bob")];
  });
  const ofAlice = () => partner(bob.messenger.chat(directChat(alice.name))).profile;
  const inList = (who: Computer) => bob.messenger.people().find(({ name }) => name === who.name)?.profile;
  const sees = (name: string) => bob.until(name, () => ofAlice()?.name === name);

  it("is seen by people in chats, old and new, beside the account name, and by nobody before", async () => {
    assert.deepEqual(await alice.messenger.profile(), { name: "", color: 0 });
    await alice.messenger.setProfile({ name: "Alice Liddell", color: 3 });
    await bob.sees(alice);
    assert.equal(inList(alice), undefined);
    await alice.opensChatWith(bob);
    await sees("Alice Liddell");
    assert.deepEqual(inList(alice), { name: "Alice Liddell", color: 3 });
    assert.equal(bob.messenger.chat(directChat(alice.name)).title, alice.name);
    await alice.messenger.setProfile({ name: "Alice", color: 4 });
    await sees("Alice");
    assert.equal(bob.messenger.chat(directChat(alice.name)).unread, 0);
    assert.deepEqual(await bob.transcript(alice), ["* opened"]);
    await bob.close();
    await bob.open();
    assert.deepEqual(ofAlice(), { name: "Alice", color: 4 });
    await alice.close();
    await alice.open();
    assert.deepEqual(await alice.messenger.profile(), { name: "Alice", color: 4 });
    await alice.goesOnline();
    await bob.goesOnline();
    await alice.messenger.setProfile({ name: "", color: 0 });
    await bob.until("no profile", () => ofAlice() === undefined);
  });

  it("with a name that looks like the reader's, or like that of somebody they know, says so", async () => {
    const carol = await team.member("carol");
    await alice.opensChatWith(bob);
    await carol.opensChatWith(bob);
    await alice.messenger.setProfile({ name: bob.name.replace("o", "0"), color: 0 });
    await bob.until("a warning", () => ofAlice()?.alike === bob.name);
    await alice.messenger.setProfile({ name: carol.name.toUpperCase(), color: 0 });
    await bob.until("another warning", () => ofAlice()?.alike === carol.name);
    await carol.messenger.setProfile({ name: "Lewis", color: 1 });
    await bob.until("Lewis", () => inList(carol)?.name === "Lewis");
    await alice.messenger.setProfile({ name: "lewis!", color: 0 });
    await bob.until("a third warning", () => ofAlice()?.alike === carol.name);
    await alice.messenger.setProfile({ name: "Alice", color: 0 });
    await bob.until("none", () => ofAlice()?.name === "Alice" && ofAlice()?.alike === undefined);
  });
});
