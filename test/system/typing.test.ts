/** Typing between complete messengers on the real server. */
import assert from "node:assert/strict";
import { directChat } from "../../messenger/chats/direct.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { realTeam } from "../fixtures/team.ts";

describe("typing", function () {
  this.timeout(60_000);
  const team = realTeam();
  let alice: Computer;
  let bob: Computer;
  let shown: string[];
  beforeEach(async () => {
    [alice, bob] = [await team.member("alice"), await team.member("bob")];
    await alice.opensChatWith(bob);
    await bob.sees(alice);
    shown = [];
    bob.messenger.on("typing", ({ person, typing }) => shown.push(`${person} ${typing}`));
  });

  const types = () => alice.messenger.typed({ chat: directChat(bob.name) });
  const says = async (text: string) => {
    await alice.messenger.send({ chat: directChat(bob.name), text });
    await bob.until(text, async () => (await bob.transcript(alice)).includes(`< ${text}`));
  };

  it("is shown to a person who shares it too, until the message is there", async () => {
    alice.shareTyping = bob.shareTyping = true;
    await types();
    await says("hello");
    assert.deepEqual(shown, [`${alice.name} true`, `${alice.name} false`]);
    assert.deepEqual(alice.complaints.concat(bob.complaints), []);
  });

  for (const [title, shares] of [
    ["the writer has not turned it on", [false, true]],
    ["the reader has not turned it on", [true, false]],
    ["nobody has turned it on", [false, false]],
  ] as const)
    it(`is not shown where ${title}`, async () => {
      [alice.shareTyping, bob.shareTyping] = shares;
      await types();
      await says("hello");
      assert.deepEqual(shown, []);
    });

  it("is not shown to a person who blocked the writer, nor told by one who is invisible", async () => {
    alice.shareTyping = bob.shareTyping = true;
    await alice.messenger.setInvisible({ invisible: true });
    await types();
    await says("hello");
    assert.deepEqual(shown, []);
    await alice.messenger.setInvisible({ invisible: false });
    await bob.messenger.block({ peer: alice.name, request: null });
    await types();
    assert.deepEqual(shown, []);
  });

  it("leaves nothing at the server for a person who is away", async () => {
    alice.shareTyping = bob.shareTyping = true;
    await bob.messenger.signOut();
    await types();
    await bob.goesOnline();
    await says("hello");
    assert.deepEqual(shown, []);
  });
});
