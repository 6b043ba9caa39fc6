import assert from "node:assert/strict";
import { username } from "../protocol/names.ts";
import { bodyText } from "./kinds/body.ts";
import { durationText } from "./kinds/duration-text.ts";
import { type ChatEvent, eventBody } from "./kinds/event.ts";
import { untranslated } from "./kinds/translate.ts";

const eventText = (event: ChatEvent, about: string, seconds: number) =>
  bodyText(eventBody(event, username(about), seconds), { t: untranslated, name: (person) => person });

describe("a duration", () => {
  for (const [seconds, text] of [
    [1, "1 second"],
    [45, "45 seconds"],
    [300, "5 minutes"],
    [5400, "90 minutes"],
    [8 * 3600, "8 hours"],
    [86_400, "1 day"],
    [4 * 604_800, "4 weeks"],
  ] as const)
    it(`of ${seconds} s is ${text}`, () => assert.equal(durationText(seconds, untranslated), text));

  it("is shown when somebody sets a chat's timer", () => {
    assert.equal(
      eventText("timer-set-by-me", "bob", 3600),
      "You set messages to disappear after 1 hour, for both of you.",
    );
    assert.match(eventText("timer-set-by-peer", "bob", 86_400), /^bob set messages to disappear after 1 day/);
    assert.equal(eventText("timer-set-by-peer", "bob", 0), "bob turned off disappearing messages.");
  });
});
