import assert from "node:assert/strict";
import type { Person, Profile } from "../../messenger/model.ts";
import { username } from "../../protocol/names.ts";
import type { Desk } from "./command.ts";
import { profile } from "./profile.ts";

describe("/profile", () => {
  let own: Profile;
  let printed: string[];
  const people: readonly Pick<Person, "name" | "trust">[] = [{ name: username("carol"), trust: "pinned" }];
  const desk = {
    messenger: {
      people: () => people,
      calls: {
        profile: async () => own,
        setProfile: async (next: Profile) => {
          own = next;
        },
      },
    },
    screen: { print: (text: string) => void printed.push(text) },
  } as unknown as Desk;
  beforeEach(() => {
    [own, printed] = [{ name: "", color: 0 }, []];
  });

  it("shows the profile, and changes name and color, each without the other", async () => {
    await profile.run(desk, "");
    await profile.run(desk, "name Alice Liddell");
    await profile.run(desk, "color Teal");
    assert.deepEqual(own, { name: "Alice Liddell", color: 7 });
    await profile.run(desk, "name");
    await profile.run(desk, "color none");
    assert.deepEqual(own, { name: "", color: 0 });
    assert.deepEqual(printed, [
      "People in your chats see no display name.",
      "People in your chats see “Alice Liddell” beside your account name.",
      "People in your chats see “Alice Liddell” beside your account name, in teal.",
      "People in your chats see no display name, in teal.",
      "People in your chats see no display name.",
    ]);
  });

  it("says so if the name looks like somebody else's", async () => {
    await profile.run(desk, "name CAR0L");
    assert.equal(printed.at(-1), "Your display name looks like carol. People who know carol get a warning.");
  });

  for (const wrong of ["Alice", "color", "color puce", "name \u202ealice", `name ${"x".repeat(41)}`])
    it(`refuses ${JSON.stringify(wrong)}, and changes nothing`, async () => {
      await assert.rejects(async () => profile.run(desk, wrong));
      assert.deepEqual(own, { name: "", color: 0 });
    });
});
