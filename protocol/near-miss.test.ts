import assert from "node:assert/strict";
import fc from "fast-check";
import { nearMiss } from "./near-miss.ts";

const commands = ["invite", "users", "revoke", "renew", "backup", "promote", "limits", "doctor"];

describe("a mistyped command", () => {
  for (const [typed, meant] of [
    ["invte", "invite"],
    ["invites", "invite"],
    ["user", "users"],
    ["usres", "users"],
    ["limit", "limits"],
    ["doktor", "doctor"],
    ["", undefined],
    ["x", undefined],
    ["help", undefined],
    ["frobnicate", undefined],
  ] as const)
    it(`${JSON.stringify(typed)} suggests ${meant ?? "none"}`, () =>
      assert.equal(nearMiss(typed, commands), meant));

  it("is corrected when any letter is missing, doubled, wrong or swapped with the next", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...commands),
        fc.nat(20),
        fc.constantFrom("forgotten", "doubled", "wrong", "swapped"),
        (name, nat, slip) => {
          const at = nat % name.length;
          const [before, letter, after] = [name.slice(0, at), name[at] ?? "", name.slice(at + 1)];
          const typed = {
            forgotten: before + after,
            doubled: before + letter + letter + after,
            wrong: `${before}~${after}`,
            swapped: before + after.slice(0, 1) + letter + after.slice(1),
          }[slip];
          assert.equal(nearMiss(typed, commands), name);
        },
      ),
    );
  });
});
