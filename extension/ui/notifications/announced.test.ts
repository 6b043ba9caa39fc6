import assert from "node:assert/strict";
import fc from "fast-check";
import { directChat } from "../../../messenger/chats/direct.ts";
import type { ChatId } from "../../../messenger/model.ts";
import { username } from "../../../protocol/names.ts";
import { Announced } from "./announced.ts";

const people = ["ann", "bob", "cem", "dan", "eve"].map((name) => directChat(username(name)));
const [ann, bob, cem, dan] = people as [ChatId, ChatId, ChatId, ChatId];

describe("the notifications of messages", () => {
  it("name two people, and announce all others together", () => {
    const announced = new Announced();
    assert.deepEqual(
      [ann, ann, bob, cem, dan, cem].map((peer) => announced.begin(peer)),
      ["named", undefined, "named", "others", undefined, undefined],
    );
  });
  it("are shown again after the messages were read or the notification was closed", () => {
    const announced = new Announced();
    for (const peer of [ann, bob, cem]) announced.begin(peer);
    announced.forgetRead(new Set([bob, cem]));
    assert.equal(announced.begin(ann), "named");
    announced.end("named", bob);
    announced.end("others", cem);
    assert.equal(announced.begin(cem), "named");
    assert.equal(announced.begin(dan), "others");
    announced.forgetRead(new Set());
    assert.deepEqual(
      [ann, bob, cem].map((peer) => announced.begin(peer)),
      ["named", "named", "others"],
    );
  });
  it("are at most three and omit nobody, for any order of writing, reading and closing", () => {
    const step = fc.record({
      act: fc.constantFrom("write", "read", "close"),
      peer: fc.constantFrom(...people),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const announced = new Announced();
        const unread = new Set<ChatId>();
        /** The notifications on screen: the person named, or "others". */
        const standing = new Set<string>();
        for (const { act, peer } of steps) {
          if (act === "write") {
            unread.add(peer);
            const begun = announced.begin(peer);
            if (begun !== undefined) standing.add(begun === "named" ? peer : "others");
            assert.ok(standing.has(peer) || standing.has("others"), `${peer} was not announced`);
          } else if (act === "read") {
            unread.delete(peer);
            announced.forgetRead(unread);
            for (const one of standing)
              if (one !== "others" && !unread.has(one as ChatId)) standing.delete(one);
            if ([...unread].every((one) => standing.has(one))) standing.delete("others");
          } else if (standing.delete(peer)) announced.end("named", peer);
          assert.ok(standing.size <= 3);
        }
      }),
    );
  });
});
