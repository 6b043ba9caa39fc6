/** The chat's own events, shown as lines: written by this program, never by the peer. An event is one row here. */
import * as v from "valibot";
import { durationText } from "./duration-text.ts";
import type { ShownKind, Words } from "./kind.ts";

/** @param seconds of a timer */
type Sentence = (words: Words, seconds: number) => string;

const SENTENCES = {
  opened: ({ t }) => t("Chat opened. It's end-to-end encrypted."),
  /** They proved that they have an invite of ours, and the setting accepts such people. */
  "came-by-my-invite": ({ t, peer }) =>
    t("{0} came by your invite, so the request to talk was accepted for you.", peer),
  "closed-by-me": ({ t }) => t("You closed the chat."),
  "closed-by-peer": ({ t, peer }) => t("{0} closed the chat.", peer),
  refused: ({ t }) => t("The request to talk was refused."),
  /** Our request made room for others that wait for that person. */
  "gave-way": ({ t, peer }) =>
    t("Your request no longer waits: too many others have asked {0} to talk. You can ask again.", peer),
  "key-changed": ({ t, peer }) => t("The identity key of {0} changed.", peer),
  "key-accepted": ({ t, peer }) => t("You trusted the new identity key of {0}.", peer),
  undecryptable: ({ t }) =>
    t("A message couldn't be decrypted. It was forged, repeated, or meant for keys that are gone."),
  /** Our keys and theirs no longer fit. */
  "keys-lost": ({ t, peer }) =>
    t(
      "A message from {0} couldn't be decrypted with the keys on this device. New keys are being agreed on, and it will be sent again.",
      peer,
    ),
  /** Likewise, and they noticed it first. */
  "keys-lost-by-peer": ({ t, peer }) =>
    t(
      "The device of {0} no longer has the keys of this conversation. New keys are being agreed on, and what hasn't arrived will be sent again.",
      peer,
    ),
  /** The programs agreed on new keys by themselves. */
  renewed: ({ t }) => t("New keys were agreed on. What hadn't arrived is sent again."),
  "timer-set-by-me": ({ t }, seconds) =>
    seconds === 0
      ? t("You turned off disappearing messages.")
      : t("You set messages to disappear after {0}, for both of you.", durationText(seconds, t)),
  "timer-set-by-peer": ({ t, peer }, seconds) =>
    seconds === 0
      ? t("{0} turned off disappearing messages.", peer)
      : t("{0} set messages to disappear after {1}, for both of you.", peer, durationText(seconds, t)),
  missing: ({ t, peer }) => t("Something that {0} sent before the next message hasn't arrived.", peer),
  late: ({ t }) => t("Arrived late: sent before the messages above."),
  restored: ({ t, peer }) =>
    t(
      "The messages above come from a backup. New keys are being agreed on with {0}, and what hadn't arrived will be sent again.",
      peer,
    ),
} as const satisfies Readonly<Record<string, Sentence>>;

export type ChatEvent = keyof typeof SENTENCES;

const EVENTS = Object.keys(SENTENCES) as readonly ChatEvent[];

const schema = v.object({
  kind: v.literal("event"),
  event: v.picklist(EVENTS),
  /** With "timer-set-by-me" and "timer-set-by-peer". */
  seconds: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
});

export const event = {
  schema,
  effect: { does: "append", author: "chat", unread: false, notify: false, receipt: false, retry: false },
  markdown: false,
  text: ({ event, seconds = 0 }, words) => SENTENCES[event](words, seconds),
} as const satisfies ShownKind<v.InferOutput<typeof schema>>;
