import assert from "node:assert/strict";
import { directChat } from "../messenger/chats/direct.ts";
import type { ChatMessage } from "../messenger/model.ts";
import { newMessageId, username } from "../protocol/names.ts";
import { Printed } from "./printed.ts";

const [BOB, CAROL] = [username("bob"), username("carol")];
const message = (text: string, from = BOB): ChatMessage => ({
  ...{ id: newMessageId(), chat: directChat(from), author: from, at: 1, position: 1 },
  body: { kind: "text", text },
});

describe("messages on a terminal's screen", () => {
  it("keep their numbers, whatever is printed after them", () => {
    const printed = new Printed();
    const [first, second] = [message("first"), message("second")];
    for (const one of [first, second]) {
      printed.note(one);
      printed.number(one.id);
    }
    printed.note(message("later"));
    printed.note(first);
    assert.deepEqual([printed.number(first.id), printed.number(second.id)], [1, 2]);
    assert.equal(printed.numbered(2), second);
    assert.equal(printed.numbered(3), undefined);
  });

  it("are found by the last one of their chat, also after a change", () => {
    const printed = new Printed();
    const [mine, other] = [message("of bob"), message("of carol", CAROL)];
    for (const one of [mine, other]) printed.note(one);
    const edited = { ...mine, body: { kind: "text", text: "changed" } } as const;
    assert.equal(printed.update(edited), mine);
    assert.equal(
      printed.newest(mine.chat, () => true),
      edited,
    );
    assert.equal(printed.update(message("never printed")), undefined);
  });

  it("are forgotten when they are deleted, and the oldest of very many", () => {
    const printed = new Printed();
    const [gone, old] = [message("gone"), message("old")];
    for (const one of [gone, old]) {
      printed.note(one);
      printed.number(one.id);
    }
    printed.forget([gone.id]);
    assert.equal(printed.numbered(1), undefined);
    for (let n = 0; n < 1_000; n++) printed.note(message(`${n}`));
    assert.equal(printed.get(old.id), undefined);
    assert.equal(printed.numbered(2), undefined);
  });
});
