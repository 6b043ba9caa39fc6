import assert from "node:assert/strict";
import fc from "fast-check";
import type { PanelMessage } from "../contract/panel.ts";
import { Conversation } from "./conversation.ts";

function message(position: number, text = ""): PanelMessage {
  return {
    id: `m${position}`,
    author: "bob",
    mine: false,
    at: position,
    position,
    body: { kind: "text", text },
  };
}

function range(from: number, to: number): PanelMessage[] {
  return Array.from({ length: to - from }, (_, index) => message(from + index));
}

/** @returns the first and the last rendered position */
function ends(conversation: Conversation): readonly [number | undefined, number | undefined] {
  const { rendered } = conversation;
  return [rendered[0]?.position, rendered.at(-1)?.position];
}

describe("the messages of a panel", () => {
  it("shows a page and asks for the older one, once", () => {
    const conversation = new Conversation();
    conversation.replace(range(900, 1000), { hasOlder: true, hasNewer: false });
    assert.deepEqual(ends(conversation), [900, 999]);
    assert.equal(conversation.showOlder(), 900);
    assert.equal(conversation.showOlder(), undefined, "one request at a time");
    assert.equal(conversation.loadingOlder, true);
    conversation.prepend(range(800, 900), false);
    assert.deepEqual(ends(conversation), [800, 999]);
    assert.equal(conversation.showOlder(), undefined, "there is nothing older");
    assert.equal(conversation.showsOldest, true);
  });

  it("stops asking when older pages bring nothing new", () => {
    const conversation = new Conversation();
    conversation.replace(range(0, 100), { hasOlder: true, hasNewer: false });
    assert.equal(conversation.showOlder(), 0);
    conversation.prepend(range(0, 100), true);
    assert.equal(conversation.showOlder(), undefined);
    assert.equal(conversation.rendered.length, 100);
  });

  it("renders a bounded range however far the reader scrolls, and returns", () => {
    const conversation = new Conversation();
    conversation.replace(range(9900, 10_000), { hasOlder: true, hasNewer: false });
    for (
      let before = conversation.showOlder();
      before !== undefined && before > 0;
      before = conversation.showOlder()
    ) {
      conversation.prepend(range(before - 100, before), before > 100);
      assert.ok(conversation.rendered.length <= 300);
    }
    assert.deepEqual(ends(conversation), [0, 299]);
    assert.equal(conversation.showsNewest, false);
    while (!conversation.showsNewest) {
      assert.equal(conversation.showNewer(), undefined, "all of it is held");
      assert.ok(conversation.rendered.length <= 300);
    }
    assert.deepEqual(ends(conversation), [9700, 9999]);
  });

  it("does not move the reader's range when a message arrives at the end", () => {
    const conversation = new Conversation();
    conversation.replace(range(100, 500), { hasOlder: false, hasNewer: false });
    conversation.showOlder();
    conversation.showOlder();
    conversation.showOlder();
    const before = ends(conversation);
    assert.equal(conversation.showsNewest, false);
    conversation.add(message(500));
    assert.deepEqual(ends(conversation), before);
    conversation.showNewest();
    assert.equal(ends(conversation)[1], 500);
  });

  it("continues in both directions from a page of another time", () => {
    const conversation = new Conversation();
    conversation.replace(range(500, 600), { hasOlder: true, hasNewer: true });
    assert.deepEqual(ends(conversation), [500, 599]);
    assert.equal(conversation.showsNewest, false);
    assert.equal(conversation.showNewer(), 599);
    assert.equal(conversation.showNewer(), undefined, "one request at a time");
    conversation.append(range(600, 700), true);
    assert.equal(conversation.showOlder(), 500);
    conversation.prepend(range(400, 500), false);
    assert.deepEqual(ends(conversation), [400, 699]);
    assert.equal(conversation.showNewer(), 699);
    conversation.append(range(700, 730), false);
    assert.deepEqual(ends(conversation), [430, 729]);
    assert.equal(conversation.showsNewest, true);
    assert.equal(conversation.showNewer(), undefined, "there is nothing newer");
  });

  it("stops asking when newer pages bring nothing new", () => {
    const conversation = new Conversation();
    conversation.replace(range(0, 100), { hasOlder: false, hasNewer: true });
    assert.equal(conversation.showNewer(), 99);
    conversation.append(range(0, 100), true);
    assert.equal(conversation.showNewer(), undefined);
    assert.equal(conversation.showsNewest, true);
  });

  it("leaves no gap: a message that arrives while another time is shown is loaded with its page", () => {
    const conversation = new Conversation();
    conversation.replace(range(500, 600), { hasOlder: true, hasNewer: true });
    assert.equal(conversation.add(message(1000)), true, "news all the same");
    assert.deepEqual(ends(conversation), [500, 599]);
    conversation.append(range(600, 620), false);
    assert.equal(conversation.add(message(1001)), true);
    assert.deepEqual(ends(conversation), [500, 1001]);
  });

  it("removes deleted messages and keeps the range around the rest", () => {
    const conversation = new Conversation();
    conversation.replace(range(0, 500), { hasOlder: false, hasNewer: false });
    conversation.showOlder();
    assert.deepEqual(ends(conversation), [300, 499]);
    conversation.remove(range(100, 310).map(({ id }) => id));
    assert.deepEqual(ends(conversation), [310, 499]);
    conversation.remove(range(310, 500).map(({ id }) => id));
    assert.deepEqual(ends(conversation), [0, 99], "what is left is shown");
    conversation.remove(range(0, 1000).map(({ id }) => id));
    assert.deepEqual(conversation.rendered, []);
  });

  it("treats a known id as an update, at the same position", () => {
    const conversation = new Conversation();
    conversation.replace(range(0, 3), { hasOlder: false, hasNewer: false });
    assert.equal(conversation.add(message(1, "new")), false);
    assert.equal(conversation.rendered.length, 3);
    assert.deepEqual(conversation.rendered[1]?.body, { kind: "text", text: "new" });
    conversation.update(message(77));
    assert.equal(conversation.rendered.length, 3, "an update for a message not held is nothing");
  });

  it("keeps the order of positions, no duplicates and the bound, over any steps", () => {
    const step = fc.oneof(
      fc.record({ do: fc.constant("add" as const), at: fc.nat(2000) }),
      fc.record({
        do: fc.constantFrom(
          "older" as const,
          "newer" as const,
          "newest" as const,
          "elsewhere" as const,
          "remove" as const,
          "quoted" as const,
        ),
        at: fc.nat(2000),
      }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const conversation = new Conversation();
        conversation.replace(range(1000, 1100), { hasOlder: true, hasNewer: false });
        for (const { do: what, at } of steps) {
          if (what === "add") conversation.add(message(at));
          else if (what === "remove") conversation.remove([message(at).id, message(at + 1).id]);
          else if (what === "quoted") {
            const { id } = message(at);
            conversation.showMessage(id);
            assert.equal(
              conversation.rendered.some((one) => one.id === id),
              conversation.has(id),
            );
          } else if (what === "newer") {
            const after = conversation.showNewer();
            if (after !== undefined) conversation.append(range(after + 1, after + 101), after < 1900);
          } else if (what === "elsewhere")
            conversation.replace(range(at, at + 100), { hasOlder: at > 0, hasNewer: at < 1900 });
          else if (what === "newest") conversation.showNewest();
          else {
            const before = conversation.showOlder();
            if (before !== undefined)
              conversation.prepend(range(Math.max(0, before - 100), before), before > 100);
          }
          const positions = conversation.rendered.map(({ position }) => position);
          assert.deepEqual(
            positions,
            [...new Set(positions)].sort((a, b) => a - b),
          );
          assert.ok(positions.length <= 300);
          assert.ok(positions.length > 0);
        }
      }),
    );
  });
});
