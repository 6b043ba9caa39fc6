/** The chat's own events, shown as lines: written by this program, never by the peer. An event is one row here. */
import * as v from "valibot";
import type { Username } from "../../protocol/names.ts";
import { durationText } from "./duration-text.ts";
import type { ShownKind, Words } from "./kind.ts";

/** @param seconds of a timer */
type Sentence = (words: Words, seconds: number) => string;
/** @param name of the person whom it is about */
type SentenceAbout = (name: string, words: Words, seconds: number) => string;

const ALONE = {
  opened: ({ t }) => t("Chat opened. It's end-to-end encrypted."),
  "closed-by-me": ({ t }) => t("You closed the chat."),
  refused: ({ t }) => t("The request to talk was refused."),
  undecryptable: ({ t }) =>
    t("A message couldn't be decrypted. It was forged, repeated, or meant for keys that are gone."),
  /** The programs agreed on new keys by themselves. */
  renewed: ({ t }) => t("New keys were agreed on. What hadn't arrived is sent again."),
  "timer-set-by-me": ({ t }, seconds) =>
    seconds === 0
      ? t("You turned off disappearing messages.")
      : t("You set messages to disappear after {0}, for both of you.", durationText(seconds, t)),
  late: ({ t }) => t("Arrived late: sent before the messages above."),
} as const satisfies Readonly<Record<string, Sentence>>;

const ABOUT_SOMEBODY = {
  /** They proved that they have an invite of ours, and the setting accepts such people. */
  "came-by-my-invite": (name, { t }) =>
    t("{0} came by your invite, so the request to talk was accepted for you.", name),
  "closed-by-peer": (name, { t }) => t("{0} closed the chat.", name),
  /** Our request made room for others that wait for that person. */
  "gave-way": (name, { t }) =>
    t("Your request no longer waits: too many others have asked {0} to talk. You can ask again.", name),
  "key-changed": (name, { t }) => t("The identity key of {0} changed.", name),
  "key-accepted": (name, { t }) => t("You trusted the new identity key of {0}.", name),
  /** Our keys and theirs no longer fit. */
  "keys-lost": (name, { t }) =>
    t(
      "A message from {0} couldn't be decrypted with the keys on this device. New keys are being agreed on, and it will be sent again.",
      name,
    ),
  /** Likewise, and they noticed it first. */
  "keys-lost-by-peer": (name, { t }) =>
    t(
      "The device of {0} no longer has the keys of this conversation. New keys are being agreed on, and what hasn't arrived will be sent again.",
      name,
    ),
  "timer-set-by-peer": (name, { t }, seconds) =>
    seconds === 0
      ? t("{0} turned off disappearing messages.", name)
      : t("{0} set messages to disappear after {1}, for both of you.", name, durationText(seconds, t)),
  missing: (name, { t }) => t("Something that {0} sent before the next message hasn't arrived.", name),
  restored: (name, { t }) =>
    t(
      "The messages above come from a backup. New keys are being agreed on with {0}, and what hadn't arrived will be sent again.",
      name,
    ),
} as const satisfies Readonly<Record<string, SentenceAbout>>;

type EventAlone = keyof typeof ALONE;
type EventAbout = keyof typeof ABOUT_SOMEBODY;
export type ChatEvent = EventAlone | EventAbout;

/** All of them. */
export const EVENTS = [...Object.keys(ALONE), ...Object.keys(ABOUT_SOMEBODY)] as readonly ChatEvent[];

const common = {
  kind: v.literal("event"),
  /** With "timer-set-by-me" and "timer-set-by-peer". */
  seconds: v.exactOptional(v.pipe(v.number(), v.safeInteger(), v.minValue(0))),
};
const schema = v.variant("event", [
  v.object({ ...common, event: v.picklist(Object.keys(ALONE) as EventAlone[]) }),
  v.object({
    ...common,
    event: v.picklist(Object.keys(ABOUT_SOMEBODY) as EventAbout[]),
    about: v.custom<Username>((value) => typeof value === "string"),
  }),
]);

export type EventBody = v.InferOutput<typeof schema>;

/** @param about the person whom the event is about, where its sentence names one. @param seconds of a timer */
export function eventBody(event: EventAlone, about?: Username, seconds?: number): EventBody;
export function eventBody(event: ChatEvent, about: Username, seconds?: number): EventBody;
export function eventBody(event: ChatEvent, about: Username | undefined, seconds?: number): EventBody {
  const more = seconds === undefined ? {} : { seconds };
  if (isAlone(event)) return { kind: "event", event, ...more };
  if (about === undefined) throw new Error("An event without its person");
  return { kind: "event", event, about, ...more };
}

function isAlone(event: ChatEvent): event is EventAlone {
  return Object.hasOwn(ALONE, event);
}

export const event = {
  schema,
  effect: {
    does: "append",
    author: "chat",
    unread: false,
    notify: false,
    receipt: false,
    retry: false,
    changeable: false,
  },
  markdown: false,
  text: (body, words) => {
    const { seconds = 0 } = body;
    return "about" in body
      ? ABOUT_SOMEBODY[body.event](words.name(body.about), words, seconds)
      : ALONE[body.event](words, seconds);
  },
} as const satisfies ShownKind<EventBody>;
