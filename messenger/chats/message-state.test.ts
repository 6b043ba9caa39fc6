import assert from "node:assert/strict";
import fc from "fast-check";
import { username } from "../../protocol/names.ts";
import {
  RECEIPTS,
  type Receipt,
  type Receiver,
  STORED_STATES,
  type StoredState,
} from "../store/stored-message.ts";
import { advance, laterReceipt, type MessageFact, reached } from "./message-state.ts";

const [BOB, CAROL, DAVE] = [username("bob"), username("carol"), username("dave")] as const;

interface Message {
  readonly state: StoredState;
  readonly receivers: readonly Receiver[];
}
/** The only state that each of these facts may make "failed". */
const FAILS_FROM: Readonly<Record<string, StoredState>> = { refused: "waiting", dropped: "sent" };
type Fact = MessageFact | { readonly from: string; readonly receipt: Receipt };

/** As Chats does, which keeps the two on disk. */
function take({ state, receivers }: Message, fact: Fact): Message {
  if (typeof fact === "string") return { receivers, state: advance(state, fact) };
  const now = receivers.map(({ person, receipt }) =>
    person === fact.from ? { person, receipt: laterReceipt(receipt, fact.receipt) } : { person, receipt },
  );
  return { receivers: now, state: reached(state, now) };
}
const to = (...people: readonly (typeof BOB)[]) => people.map((person) => ({ person }));
const receipts = (of: readonly string[]) =>
  fc.record({ from: fc.constantFrom(...of), receipt: fc.constantFrom(...RECEIPTS) });
const known = (of: readonly string[]): fc.Arbitrary<Fact> =>
  fc.oneof(fc.constant<Fact>("sent"), receipts(of));
const facts = (of: readonly string[]): fc.Arbitrary<Fact> =>
  fc.oneof(known(of), fc.constantFrom<Fact>("refused", "dropped"));

describe("message state", () => {
  for (const people of [[BOB], [BOB, CAROL, DAVE]]) {
    const one = people.length === 1 ? "one receiver" : "several receivers";
    it(`is the same for the same facts of ${one}, in any order and any number`, () => {
      fc.assert(
        fc.property(fc.array(known(people), { maxLength: 8 }), fc.nat(), (list, seed) => {
          const at = seed % (list.length + 1);
          const rotated = [...list.slice(at), ...list.slice(0, at), ...list];
          const start: Message = { state: "waiting", receivers: to(...people) };
          assert.deepEqual(list.reduce(take, start), rotated.reduce(take, start));
        }),
      );
    });

    it(`never goes back with ${one}`, () => {
      const shown = ["waiting", "sent", "delivered", "read"];
      fc.assert(
        fc.property(fc.constantFrom("waiting", "failed"), fc.array(facts(people)), (state, list) => {
          let message: Message = {
            state: STORED_STATES.find((one) => one === state) ?? "waiting",
            receivers: to(...people),
          };
          for (const fact of list) {
            const next = take(message, fact);
            if (next.state === "failed")
              assert.ok(message.state === "failed" || message.state === FAILS_FROM[String(fact)]);
            else assert.ok(shown.indexOf(next.state) >= shown.indexOf(message.state));
            message = next;
          }
        }),
      );
    });
  }

  it("is that of the receiver furthest behind", () => {
    const stateAfter = (...list: readonly Fact[]) =>
      list.reduce(take, { state: "waiting", receivers: to(BOB, CAROL) } as Message).state;
    const [bobHas, bobRead] = RECEIPTS.map((receipt) => ({ from: BOB, receipt }));
    const [carolHas, carolRead] = RECEIPTS.map((receipt) => ({ from: CAROL, receipt }));
    assert.ok(bobHas && bobRead && carolHas && carolRead);
    assert.equal(stateAfter(bobRead), "sent", "it has left, and not all have it");
    assert.equal(stateAfter("refused", bobHas), "sent");
    assert.equal(stateAfter(bobRead, carolHas), "delivered");
    assert.equal(stateAfter(carolHas, bobRead, carolRead), "read");
  });

  it("believes a receiver's receipt over the server's refusal", () => {
    const failed: Message = { state: "failed", receivers: to(BOB) };
    assert.equal(take(failed, { from: BOB, receipt: "delivered" }).state, "delivered");
    assert.equal(advance("waiting", "refused"), "failed");
    for (const state of ["sent", "delivered", "read"] as const)
      assert.equal(advance(state, "refused"), state);
    assert.equal(advance("delivered", "dropped"), "delivered");
    assert.equal(advance("sent", "dropped"), "failed");
    assert.equal(advance("waiting", "dropped"), "waiting");
  });
});
