import assert from "node:assert/strict";
import type { Entry, Shown } from "./journal.ts";
import { judge, type Life, type UserEvidence } from "./verdict.ts";

/** One message from alice to bob that was delivered correctly; each test changes one thing about it. */
const mine = { id: "1", peer: "bob", mine: true, text: "one", state: "delivered" } as const;
const theirs = { id: "1", peer: "alice", mine: false, text: "one" } as const;
const entered = { kind: "entered", peer: "bob", text: "one" } as const;
const accepted = { kind: "accepted", text: "one", id: "1" } as const;
const good: readonly Entry[] = [entered, { kind: "added", message: { ...mine, state: "waiting" } }, accepted];
const heard: readonly Entry[] = [
  { kind: "added", message: theirs },
  { kind: "notified", id: "1", peer: "alice" },
];

function wrongs(
  alice: { journal?: readonly Entry[]; history?: readonly Shown[] },
  bob: { journal?: readonly Entry[]; history?: readonly Shown[] } = {},
): readonly string[] {
  const evidence = (name: string, peer: string, journal: readonly Entry[], history: readonly Shown[]) =>
    ({
      name,
      lives: [{ journals: [journal], histories: new Map([[peer, history]]) }],
    }) satisfies UserEvidence;
  const { violations } = judge([
    evidence("alice", "bob", alice.journal ?? good, alice.history ?? [mine]),
    evidence("bob", "alice", bob.journal ?? heard, bob.history ?? [theirs]),
  ]);
  return violations.map(({ wrong, user }) => `${wrong} at ${user}`);
}
const second = (message: Shown, more: Partial<Shown> = {}): Shown => ({
  ...message,
  id: "2",
  text: "two",
  ...more,
});
const said = (text: string): readonly Entry[] => [
  { kind: "entered", peer: "bob", text },
  { kind: "accepted", text, id: text },
];

describe("verdict", () => {
  it("finds no violation in a correct run, and counts", () => {
    assert.deepEqual(wrongs({}), []);
    const alice = { name: "alice", lives: [{ journals: [good], histories: new Map([["bob", [mine]]]) }] };
    const bob = { name: "bob", lives: [{ journals: [heard], histories: new Map([["alice", [theirs]]]) }] };
    assert.deepEqual(judge([alice, bob]).figures, {
      entered: 1,
      accepted: 1,
      refused: 0,
      shownAsSent: 1,
      received: 1,
      failed: 0,
    });
  });

  it("reports a lost message that was shown as sent, in the history or once in a window", () => {
    assert.deepEqual(wrongs({}, { history: [] }), ["lost at bob"]);
    const shown: Entry = { kind: "updated", message: { ...mine, state: "sent" } };
    const failed = { ...mine, state: "failed", failure: "no-conversation" } as const;
    assert.deepEqual(wrongs({ journal: [...good, shown], history: [failed] }, { history: [] }), [
      "lost at bob",
    ]);
    assert.deepEqual(wrongs({ history: [failed] }, { history: [] }), []);
  });

  it("reports a duplicate message", () => {
    assert.deepEqual(wrongs({}, { history: [theirs, theirs] }), ["duplicated at bob"]);
    assert.deepEqual(wrongs({ history: [mine, { ...mine, id: "2" }] }), ["duplicated at alice"]);
    assert.deepEqual(wrongs({}, { journal: [...heard, ...heard] }), [
      "shown-twice at bob",
      "shown-twice at bob",
    ]);
  });

  it("reports a message that nobody wrote", () => {
    assert.deepEqual(wrongs({}, { history: [theirs, second(theirs)] }), ["invented at bob"]);
    assert.deepEqual(wrongs({ history: [mine, second(mine)] }), ["invented at alice"]);
  });

  it("reports a lost message that the composer was told is stored", () => {
    assert.deepEqual(wrongs({ history: [] }, { history: [] }), ["swallowed at alice"]);
    assert.deepEqual(wrongs({ journal: [entered], history: [] }), ["swallowed at alice"]);
  });

  it("accepts an unanswered call of a killed window, and reports one of a closed window", () => {
    assert.deepEqual(wrongs({ journal: [entered], history: [] }, { history: [] }), []);
    const closed = wrongs({ journal: [entered, { kind: "closed" }], history: [] }, { history: [] });
    assert.deepEqual(closed, ["unanswered at alice"]);
  });

  it("reports a message that arrived though it was refused, unless the refusal was uncertain", () => {
    const refused = (code: string): readonly Entry[] => [entered, { kind: "refused", text: "one", code }];
    assert.deepEqual(wrongs({ journal: refused("disk"), history: [] }, { history: [] }), []);
    assert.deepEqual(wrongs({ journal: refused("disk") }), ["contradicted at alice"]);
    assert.deepEqual(wrongs({ journal: refused("handed-over") }), []);
  });

  it("reports a message that never settled, and one that failed without a reason", () => {
    for (const state of ["waiting", "sending", "sent"] as const)
      assert.deepEqual(wrongs({ history: [{ ...mine, state }] }), ["stuck at alice"]);
    assert.deepEqual(wrongs({ history: [{ ...mine, state: "failed" }] }), ["unexplained at alice"]);
  });

  it("reports a wrong order, except of messages sent again after they failed", () => {
    const journal = [...said("one"), ...said("two")];
    const history = [mine, second(mine)];
    const turned = { history: [second(theirs), theirs] };
    assert.deepEqual(wrongs({ journal, history }, turned), ["disordered at bob"]);
    assert.deepEqual(wrongs({ journal: [...journal, { kind: "retried", id: "1" }], history }, turned), []);
  });

  it("reports a tick that disappears", () => {
    const journal: readonly Entry[] = [
      ...good,
      { kind: "updated", message: mine },
      { kind: "updated", message: { ...mine, state: "sent" } },
    ];
    assert.deepEqual(wrongs({ journal }), ["taken-back at alice"]);
  });

  it("reports event lines that an honest server does not cause", () => {
    const line = (event: string): Shown => ({ id: "e", peer: "alice", mine: false, event });
    assert.deepEqual(wrongs({}, { history: [theirs, line("undecryptable")] }), ["odd-event at bob"]);
    assert.deepEqual(wrongs({}, { history: [theirs, line("missing")] }), ["odd-event at bob"]);
    assert.deepEqual(wrongs({}, { history: [line("opened"), theirs] }), []);
    const failed = second(mine, { state: "failed", failure: "no-conversation" });
    const excused = { journal: [...good, ...said("two")], history: [mine, failed] };
    assert.deepEqual(wrongs(excused, { history: [theirs, line("missing")] }), []);
  });

  describe("of changes and files", () => {
    const content = "one, and a reaction";
    const edit: Entry = { kind: "changed", id: "1", by: "edit" };
    const deletion: Entry = { kind: "changed", id: "1", by: "delete" };
    const gone = { text: undefined, deleted: true, content: "deleted" } as const;
    const named: readonly Entry[] = [{ ...entered, id: "1" }, ...good.slice(1)];

    it("reports a message of which the two people see different states, unless a change has visibly failed", () => {
      const states = (changes: Shown["changes"]) =>
        wrongs({ history: [{ ...mine, content, changes }] }, { history: [{ ...theirs, content: "one" }] });
      assert.deepEqual(states(undefined), ["diverged at alice", "diverged at bob"]);
      assert.deepEqual(states(["failed"]), []);
      assert.deepEqual(
        wrongs({ history: [{ ...mine, content }] }, { history: [{ ...theirs, content }] }),
        [],
      );
    });

    it("reports a change that never settled, and one that is stored and has no effect", () => {
      assert.deepEqual(wrongs({ history: [{ ...mine, changes: ["sent"] }] }), ["stuck at alice"]);
      assert.deepEqual(wrongs({ journal: [...good, edit, edit], history: [{ ...mine, edited: 1 }] }), [
        "unchanged at alice",
      ]);
      assert.deepEqual(wrongs({ journal: [...good, edit], history: [{ ...mine, edited: 1 }] }), []);
      assert.deepEqual(wrongs({ journal: [...good, deletion] }), ["unchanged at alice"]);
    });

    it("accepts a message that is deleted at both ends, and reports one that is deleted at one", () => {
      const deleted = {
        journal: [...named, edit, deletion],
        history: [{ ...mine, state: undefined, ...gone }],
      };
      assert.deepEqual(wrongs(deleted, { history: [{ ...theirs, ...gone }] }), []);
      assert.deepEqual(wrongs(deleted, { history: [{ ...theirs, content: "one" }] }), [
        "diverged at alice",
        "diverged at bob",
      ]);
      assert.deepEqual(wrongs(deleted, { history: [] }), [], "it may be withdrawn before it leaves");
    });

    it("reports a file that isn't the one that was sent", () => {
      const bad: Entry = { kind: "bad-file", id: "1", peer: "alice", what: "plan.pdf" };
      assert.deepEqual(wrongs({}, { journal: [...heard, bad] }), ["bad-file at bob"]);
    });
  });

  describe("after a user lost their store", () => {
    const life = (peer: string, journal: readonly Entry[], history: readonly Shown[]): Life => ({
      journals: [journal],
      histories: new Map([[peer, history]]),
    });
    function wrongsOf(alice: readonly Life[], bob: readonly Life[]): readonly string[] {
      const { violations } = judge([
        { name: "alice", lives: alice },
        { name: "bob", lives: bob },
      ]);
      return violations.map(({ wrong, user }) => `${wrong} at ${user}`);
    }
    const sent = life("bob", good, [mine]);
    const had = life("alice", heard, [theirs]);
    const nothing = (peer: string) => life(peer, [], []);

    it("does not require the messages that they had received or sent", () => {
      assert.deepEqual(wrongsOf([sent], [had, nothing("alice")]), []);
      assert.deepEqual(wrongsOf([sent, nothing("bob")], [had]), []);
    });

    it("still requires messages that they never received, and those that they send since", () => {
      assert.deepEqual(wrongsOf([sent], [nothing("alice"), nothing("alice")]), ["lost at bob"]);
      assert.deepEqual(wrongsOf([sent, nothing("bob")], [nothing("alice")]), ["lost at bob"]);
      const forgetful = [nothing("bob"), life("bob", good, [])];
      assert.deepEqual(wrongsOf(forgetful, [had]), ["swallowed at alice", "swallowed at alice"]);
    });

    it("accepts a visible failure of a message that nobody could seal again, and no duplicate", () => {
      const failed = { ...mine, state: "failed", failure: "no-conversation" } as const;
      const shown: Entry = { kind: "updated", message: { ...mine, state: "sent" } };
      const sender = life("bob", [...good, shown], [failed]);
      assert.deepEqual(wrongsOf([sender], [nothing("alice"), nothing("alice")]), []);
      assert.deepEqual(wrongsOf([sent], [had, life("alice", heard, [theirs, theirs])]), [
        "duplicated at bob",
      ]);
    });

    it("accepts neither a lost tick nor a lost message", () => {
      const unticked = life("bob", [], [{ ...mine, state: "sent" }]);
      assert.deepEqual(wrongsOf([sent, unticked], [had]), ["stuck at alice"]);
      assert.deepEqual(wrongsOf([sent, unticked], [nothing("alice")]), ["lost at bob", "stuck at alice"]);
      assert.deepEqual(wrongsOf([unticked], [had]).includes("stuck at alice"), true);
    });

    it("accepts one notification in each lifetime of the store", () => {
      assert.deepEqual(wrongsOf([sent], [had, had]), []);
    });
  });
});
