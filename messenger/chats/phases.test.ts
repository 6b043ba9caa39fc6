import assert from "node:assert/strict";
import fc from "fast-check";
import type { ConversationId } from "../../protocol/names.ts";
import { type ChatAction, type ChatState, NO_CHAT, step } from "./phases.ts";

const A = "a".repeat(32) as ConversationId;
const B = "b".repeat(32) as ConversationId;

const conversation = fc.constantFrom(A, B);
const anyAction: fc.Arbitrary<ChatAction> = fc.oneof(
  fc.record({
    type: fc.constantFrom(
      "ask",
      "asked",
      "agreed",
      "refused",
      "gave-way",
      "closed",
      "failed",
      "lost",
      "lost-by-peer",
      "ask-anew",
      "asked-anew",
    ),
    conversation,
  }),
  fc.record({
    type: fc.constantFrom("accept", "refuse", "close", "give-up", "key-changed", "key-accepted", "key-kept"),
  }),
) as fc.Arbitrary<ChatAction>;

function run(actions: readonly ChatAction[]): ChatState {
  return actions.reduce((state, action) => step(state, action)?.state ?? state, NO_CHAT);
}

describe("chat", () => {
  it("has a conversation exactly while one is open or being agreed on", () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 30 }), (actions) => {
        const { phase, current, pending, lost } = run(actions);
        if (phase === "open") assert.notEqual(current, pending);
        else {
          const agreeing = phase === "requested" || phase === "invited" || phase === "establishing";
          assert.equal(pending !== undefined, agreeing);
          assert.equal(lost, undefined);
        }
        if (phase === "open") assert.notEqual(current, undefined);
        else if (phase !== "key-changed") assert.equal(current, undefined);
      }),
    );
  });

  it("opens only after one side asked and the other accepted", () => {
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 30 }), (actions) => {
        const { phase, current } = run(actions);
        if (phase !== "open") return;
        const asked = actions.some(
          (a) =>
            ["ask", "asked", "ask-anew", "asked-anew"].includes(a.type) &&
            "conversation" in a &&
            a.conversation === current,
        );
        const agreed = actions.some((a) => a.type === "agreed" && a.conversation === current);
        assert.ok(asked && agreed);
      }),
    );
  });

  it("never opens the conversation that they asked for before we accepted", () => {
    const invited = run([{ type: "asked", conversation: A }]);
    assert.equal(step(invited, { type: "agreed", conversation: A }), undefined);
    assert.equal(step(invited, { type: "close" }), undefined);
  });

  it("leaves the phase key-changed by the user's decision only", () => {
    const theirs = fc.constantFrom<ChatAction["type"]>(
      "ask",
      "asked",
      "agreed",
      "refused",
      "gave-way",
      "closed",
      "failed",
      "accept",
      "refuse",
      "close",
    );
    fc.assert(
      fc.property(fc.array(anyAction, { maxLength: 20 }), theirs, conversation, (actions, type, id) => {
        const state = run([...actions, { type: "key-changed" }]);
        const after = step(state, { type, conversation: id } as ChatAction);
        assert.ok(after === undefined || after.state.phase === "key-changed");
      }),
    );
  });

  it("continues the old conversation when the user keeps the old key, and drops it for the new key", () => {
    const open = run([
      { type: "ask", conversation: A },
      { type: "agreed", conversation: A },
      { type: "key-changed" },
    ]);
    assert.deepEqual(step(open, { type: "key-kept" })?.state, { phase: "open", current: A });
    assert.deepEqual(step(open, { type: "key-accepted" }), { state: NO_CHAT, event: "key-accepted" });
  });

  it("ignores deliveries of another conversation", () => {
    const open = run([
      { type: "ask", conversation: A },
      { type: "agreed", conversation: A },
    ]);
    for (const type of ["agreed", "refused", "gave-way", "closed", "failed"] as const)
      assert.equal(step(open, { type, conversation: B }), undefined, type);
  });

  it("is invited when both asked at once", () => {
    const crossed = run([
      { type: "ask", conversation: A },
      { type: "asked", conversation: B },
    ]);
    assert.deepEqual(crossed, { phase: "invited", pending: B });
  });

  it("reports a displaced request, and requests again when a chat was open", () => {
    const asked = run([{ type: "ask", conversation: A }]);
    const gaveWay = { type: "gave-way", conversation: A } as const;
    assert.deepEqual(step(asked, gaveWay), { state: NO_CHAT, event: "gave-way" });
    const open = run([
      { type: "ask", conversation: B },
      { type: "agreed", conversation: B },
      { type: "lost", conversation: B },
      { type: "ask-anew", conversation: A },
    ]);
    assert.deepEqual(step(open, gaveWay), { state: { phase: "open", current: B, lost: true } });
    const invited = run([{ type: "asked", conversation: A }]);
    assert.deepEqual(step(invited, gaveWay), { state: NO_CHAT });
  });

  it("reports each end of a conversation by its kind", () => {
    const open = run([
      { type: "ask", conversation: A },
      { type: "agreed", conversation: A },
    ]);
    assert.deepEqual(step(open, { type: "close" }), {
      state: { phase: "closed-by-me" },
      event: "closed-by-me",
    });
    assert.deepEqual(step(open, { type: "closed", conversation: A }), {
      state: { phase: "closed-by-peer" },
      event: "closed-by-peer",
    });
    const forgotten = step(open, { type: "failed", conversation: A });
    assert.deepEqual(forgotten, { state: { phase: "open", current: A, lost: true } });
    // The reason why the server has forgotten the conversation may arrive later than the fact.
    assert.deepEqual(step(forgotten.state, { type: "closed", conversation: A }), {
      state: { phase: "closed-by-peer" },
      event: "closed-by-peer",
    });
  });

  const open: ChatState = { phase: "open", current: A };

  it("stays open while a new conversation replaces one whose keys were lost", () => {
    for (const [type, event] of [
      ["lost", "keys-lost"],
      ["lost-by-peer", "keys-lost-by-peer"],
    ] as const) {
      const lost = step(open, { type, conversation: A });
      assert.deepEqual(lost, { state: { ...open, lost: true }, event });
      assert.equal(step(open, { type, conversation: B }), undefined);
      for (const ask of ["ask-anew", "asked-anew"] as const) {
        const asked = step(lost.state, { type: ask, conversation: B });
        assert.deepEqual(asked, { state: { ...open, lost: true, pending: B } });
        assert.deepEqual(step(asked.state, { type: "agreed", conversation: B }), {
          state: { phase: "open", current: B },
          event: "renewed",
        });
        // It may come to nothing, and another be tried; or the other side wants none.
        for (const broken of ["failed", "lost-by-peer"] as const) {
          const after: ChatState | undefined = step(asked.state, { type: broken, conversation: B })?.state;
          assert.deepEqual({ ...after, pending: undefined }, { ...lost.state, pending: undefined });
          assert.equal(after?.pending, undefined);
        }
        assert.equal(step(asked.state, { type: "refused", conversation: B })?.state.phase, "none");
        assert.equal(step(asked.state, { type: "closed", conversation: B })?.state.phase, "closed-by-peer");
      }
      assert.deepEqual(step(lost.state, { type: "give-up" }), { state: NO_CHAT });
    }
  });

  it("keeps a working conversation until the one requested in its place is established", () => {
    const asked = step(open, { type: "asked-anew", conversation: B });
    assert.deepEqual(asked, { state: { ...open, pending: B } });
    assert.deepEqual(step(asked.state, { type: "accept" }), { state: asked.state });
    assert.deepEqual(step(asked.state, { type: "failed", conversation: B })?.state.current, A);
    assert.equal(step(asked.state, { type: "refused", conversation: B })?.state.phase, "open");
    assert.equal(step(open, { type: "ask-anew", conversation: B }), undefined, "nothing is lost");
    assert.equal(step(open, { type: "give-up" }), undefined);
  });
});
