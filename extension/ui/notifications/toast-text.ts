/** What toasts say, and what can be pressed in them. */

import { lookAlike } from "../../../messenger/contacts/look-alike.ts";
import { bodyText } from "../../../messenger/kinds/body.ts";
import type { ChatMessage, Person, RequestNote } from "../../../messenger/model.ts";
import type { Settings } from "../../ids.ts";
import { noteText } from "../people/note-text.ts";
import { MAX_TOAST_CHARACTERS, toastText, withoutMarks } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

export type RequestAnswer = "accept" | "refuse" | "show";

export interface RequestToast {
  readonly text: string;
  readonly answers: readonly RequestAnswer[];
}

/** Somebody whose name looks like that of a person known here cannot be accepted from a toast: their card says more. */
export function requestToast(
  { name }: Pick<Person, "name">,
  note: RequestNote | undefined,
  people: readonly Person[],
  t: Translate,
): RequestToast {
  const other = lookAlike(name, people);
  const care = other === undefined ? "" : `${t("This isn't {0}: the names only look alike.", other)} `;
  const asks =
    note?.kind === "text"
      ? t("{0} wants to talk: {1}", name, noteText(note, t, MAX_TOAST_CHARACTERS))
      : t("{0} wants to talk to you.", name);
  return {
    // What they wrote is last, and must not stand for what we say.
    text: `${care}${asks}`,
    answers: other === undefined ? ["accept", "refuse", "show"] : ["show", "refuse"],
  };
}

/** @returns undefined where nothing is to be told */
export function messageToast(
  { peer, body }: Pick<ChatMessage, "peer" | "body">,
  kind: Settings["parley.notifications"],
  t: Translate,
): string | undefined {
  if (kind === "off") return undefined;
  if (kind !== "withContent") return t("New message from {0}", peer);
  const text = bodyText(body, { t, peer });
  return `${peer}: ${toastText(withoutMarks(text.slice(0, MAX_TOAST_CHARACTERS * 4)))}`;
}
