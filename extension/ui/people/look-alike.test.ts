import assert from "node:assert/strict";
import { lookAlike } from "../../../messenger/contacts/look-alike.ts";
import type { Person } from "../../../messenger/model.ts";
import { username } from "../../../protocol/names.ts";
import { aPerson } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { knownText } from "./known-text.ts";

const known = (name: string, trust: Person["trust"] = "pinned") => aPerson(name, { trust });

describe("a name that looks like a known one", () => {
  for (const [name, other] of [
    ["b0b", "bob"],
    ["rnarvin", "marvin"],
    ["a1ice", "alice"],
    ["aiice", "alice"],
    ["alice.", "alice"],
    ["ann-lee", "ann.lee"],
    ["vvanda", "wanda"],
    ["clave", "dave"],
  ] as const)
    it(`${name}, like ${other}: the request names the person it is not from`, () => {
      assert.equal(lookAlike(username(name), [known("carol"), known(other)]), other);
      assert.equal(
        knownText({ name: username(name) }, t, [known(other)]),
        `You haven't chatted with ${name} on this computer before. Careful: this isn't ${other}, whom you know. The names only look alike.`,
      );
    });

  it("is not reported for the name itself, a different name, or a name without a pinned key", () => {
    assert.equal(lookAlike(username("bob"), [known("bob"), known("rob")]), undefined);
    assert.equal(lookAlike(username("b0b"), [known("bob", "unknown")]), undefined);
    const bob = { name: username("bob") };
    assert.equal(knownText(bob, t, [known("bob")]), knownText(bob, t, []));
  });
});
