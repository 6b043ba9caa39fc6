import assert from "node:assert/strict";
import fc from "fast-check";
import { type ContextKeys, contextKeyIds } from "./context-keys.ts";
import { commandRows } from "./table.ts";
import { chatListWelcome, welcomeViews } from "./welcome-views.ts";
import { all, any, type Condition, is, isNot, isOneOf, isSome, isTrue, never, not } from "./when.ts";
import { holds } from "./when-reader-fixture.ts";

const numbers = contextKeyIds.filter((id) => !/(state|reason|side|hasAccount|hasLock)$/.test(id));
const keys = fc
  .record({
    state: fc.constantFrom("starting", "no-account", "signed-out", "online", "waiting", "stopped", "failed"),
    reason: fc.constantFrom("", "locked", "lock-removed", "keys-missing", "superseded", "in-use"),
    side: fc.constantFrom("same", "local", "remote"),
    hasAccount: fc.boolean(),
    hasLock: fc.boolean(),
    counts: fc.array(fc.nat({ max: 2 }), { minLength: numbers.length, maxLength: numbers.length }),
  })
  .map(({ counts, ...rest }) => {
    const named = Object.entries(rest).map(([name, value]) => [`parley.${name}`, value] as const);
    const counted = numbers.map((id, at) => [id, counts[at] ?? 0] as const);
    return Object.fromEntries([...named, ...counted]) as unknown as ContextKeys;
  });

const leaf = fc.constantFrom<Condition>(
  never,
  isTrue("parley.hasAccount"),
  isSome("parley.requests"),
  is("parley.state", "online"),
  isNot("parley.side", "local"),
  isOneOf("parley.reason", "locked", "keys-missing"),
);
const { condition } = fc.letrec<{ condition: Condition }>((tie) => ({
  condition: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    leaf,
    tie("condition").map((one) => not(one)),
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((parts) => all(...parts)),
    fc.array(tie("condition"), { minLength: 1, maxLength: 3 }).map((parts) => any(...parts)),
  ),
}));

describe("a condition", () => {
  it("is true in Parley's own menus exactly when its clause is true in VS Code", () => {
    fc.assert(
      fc.property(condition, keys, (one, at) => {
        assert.equal(one.holds(at), holds(one.text, { ...at }), one.text);
      }),
      { numRuns: 2000 },
    );
  });
  it("agrees with its clause for every condition of the tables", () => {
    const ofCommands = commandRows.flatMap(([, { when, places = [] }]) => [
      ...(when === undefined ? [] : [when]),
      ...places.flatMap((place) =>
        place.in === "statusMenu" && place.when !== undefined ? [place.when] : [],
      ),
    ]);
    const conditions = [...ofCommands, ...Object.values(welcomeViews), ...Object.values(chatListWelcome)];
    assert.ok(conditions.length > 40);
    fc.assert(
      fc.property(fc.constantFrom(...conditions), keys, (one, at) => {
        assert.equal(one.holds(at), holds(one.text, { ...at }), one.text);
      }),
      { numRuns: 2000 },
    );
  });
  it("writes parentheses only where they are needed", () => {
    assert.equal(
      all(any(never, isTrue("parley.hasLock")), is("parley.state", "online")).text,
      "(false || parley.hasLock) && parley.state == online",
    );
    assert.equal(not(isTrue("parley.hasLock")).text, "!parley.hasLock");
    assert.equal(not(isSome("parley.chats")).text, "!(parley.chats > 0)");
  });
});

describe("the table of commands", () => {
  it("gives no menu two commands at one position, unless they are never shown together", () => {
    const seen = new Map<string, (typeof commandRows)[number][0][]>();
    for (const [name, { places = [] }] of commandRows)
      for (const place of places) {
        const order = "order" in place ? `${place.group}@${place.order}` : place.group;
        const at = `${place.in} ${order}`;
        seen.set(at, [...(seen.get(at) ?? []), name]);
      }
    const shared = [...seen].filter(([, names]) => names.length > 1);
    assert.deepEqual(Object.fromEntries(shared), {
      "view/title navigation@1": ["signIn", "reconnect"],
      "view/title 1_account@5": ["lockWithPassphrase", "lockNow"],
      "view/item/context inline@1": ["requestToTalk", "accept", "keepBlock"],
      "view/item/context inline@2": ["refuse", "liftBlock"],
      "view/item/context 3_block@1": ["block", "unblock", "keepBlock"],
    });
  });
});
