import assert from "node:assert/strict";
import { directChat } from "../../../messenger/chats/direct.ts";
import { username } from "../../../protocol/names.ts";
import { aChat, aPerson } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { peopleModel } from "./people-model.ts";
import { profileBrief, profileLines } from "./profile-text.ts";

const carol = username("carol");

describe("the name that a person chose", () => {
  it("is shown in quotes, with a warning where it looks like somebody else's", () => {
    assert.equal(profileBrief({ name: "Bob B.", color: 0 }, t), "“Bob B.”");
    assert.deepEqual(profileLines("bob", { name: "Bob B.", color: 0 }, t), ["bob chose the name “Bob B.”."]);
    const false_ = { name: "Car0l", color: 0, alike: carol };
    assert.equal(profileBrief(false_, t), "“Car0l”, not carol");
    assert.deepEqual(profileLines("bob", false_, t), [
      "bob chose the name “Car0l”.",
      "Careful: this isn't carol. The names only look alike.",
    ]);
  });

  it("is nothing without a name", () => {
    for (const profile of [undefined, { name: "", color: 3 }]) {
      assert.equal(profileBrief(profile, t), "");
      assert.deepEqual(profileLines("bob", profile, t), []);
    }
  });

  for (const phase of ["open", "invited"] as const)
    it(`stands beside the account name in the row of a chat that is ${phase}, in its tooltip, and spoken`, () => {
      const profile = { name: "Car0l", color: 1, alike: carol };
      const [row] = peopleModel(
        { people: [aPerson("bob", { profile })], chats: [aChat("bob", { phase })] },
        t,
      ).flatMap(({ rows }) => rows);
      assert.equal(row?.chat, directChat(username("bob")));
      assert.equal(row.label, "bob");
      assert.match(row.description, /^“Car0l”, not carol/);
      for (const text of [row.tooltip, row.spoken])
        assert.match(text, /bob chose the name “Car0l”\..*Careful: this isn't carol/s);
      assert.match(row.spoken, /^bob, /);
    });
});
