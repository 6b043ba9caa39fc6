import assert from "node:assert/strict";
import fc from "fast-check";
import { STORED_STATES } from "../store/messages.ts";
import { advance, type MessageFact } from "./message-state.ts";

const facts = fc.array(fc.constantFrom<MessageFact>("sent", "delivered", "read", "refused", "dropped"), {
  maxLength: 8,
});

describe("message state", () => {
  it("is the same for the same facts, in any order and any number", () => {
    fc.assert(
      fc.property(facts, fc.nat(), (list, seed) => {
        const known = list.filter((fact) => fact !== "refused" && fact !== "dropped");
        const rotated = [
          ...known.slice(seed % (known.length + 1)),
          ...known.slice(0, seed % (known.length + 1)),
          ...known,
        ];
        assert.equal(known.reduce(advance, "waiting"), rotated.reduce(advance, "waiting"));
      }),
    );
  });

  it("never goes back", () => {
    const shown = ["waiting", "sent", "delivered", "read"];
    fc.assert(
      fc.property(fc.constantFrom(...STORED_STATES), facts, (start, list) => {
        let state = start;
        for (const fact of list) {
          const next = advance(state, fact);
          if (next === "failed")
            assert.ok(state === "waiting" || state === "failed" || (state === "sent" && fact === "dropped"));
          else assert.ok(shown.indexOf(next) >= shown.indexOf(state));
          state = next;
        }
      }),
    );
  });

  it("believes the peer's receipt over the server's refusal", () => {
    assert.equal(advance("failed", "delivered"), "delivered");
    assert.equal(advance("delivered", "refused"), "delivered");
    assert.equal(advance("delivered", "dropped"), "delivered");
    assert.equal(advance("sent", "dropped"), "failed");
    assert.equal(advance("waiting", "dropped"), "waiting");
  });
});
