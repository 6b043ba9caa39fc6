import assert from "node:assert/strict";
import { newMessageId, username } from "../../../protocol/names.ts";
import { previewText } from "../../contract/markdown/without-marks.ts";
import { aPerson } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { messageToast, requestToast } from "./toast-text.ts";

const bob = username("bob");

describe("toasts", () => {
  it("name the sender and the note of a request, and no more", () => {
    const note = { kind: "text", id: newMessageId(), text: "about\nthe deploy" } as const;
    assert.deepEqual(requestToast({ name: bob }, note, [], t), {
      text: "bob wants to talk: “about the deploy”",
      answers: ["accept", "refuse", "show"],
    });
    assert.equal(requestToast({ name: bob }, undefined, [], t).text, "bob wants to talk to you.");
    assert.equal(requestToast({ name: bob }, { kind: "unopened" }, [], t).text, "bob wants to talk to you.");
  });
  it("have no Accept for a name that looks like somebody else's", () => {
    const people = [aPerson("bob", { trust: "pinned" })];
    const { text, answers } = requestToast({ name: username("b0b") }, undefined, people, t);
    assert.match(text, /^This isn't bob: the names only look alike\. /);
    assert.deepEqual(answers, ["show", "refuse"]);
  });
  it("show as much of a message as the setting allows", () => {
    const message = { author: bob, body: { kind: "text", text: "the\npassword" } } as const;
    assert.equal(messageToast(message, "off", previewText, t), undefined);
    assert.equal(messageToast(message, "senderOnly", previewText, t), "New message from bob");
    assert.equal(messageToast(message, "withContent", previewText, t), "bob: the password");
    const poll = {
      author: bob,
      body: { kind: "unknown", type: "acme.poll", fallback: "Tea\nor coffee?" },
    } as const;
    assert.equal(messageToast(poll, "withContent", previewText, t), "bob: Tea or coffee?");
  });
});
