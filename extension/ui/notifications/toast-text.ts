/** The text and the buttons of toasts. */

import { lookAlike } from "../../../messenger/contacts/look-alike.ts";
import { bodyText, shownKind } from "../../../messenger/kinds/body.ts";
import type { ChatMessage, Person, RequestNote } from "../../../messenger/model.ts";
import type { Settings } from "../../ids.ts";
import { noteText } from "../people/note-text.ts";
import { MAX_TOAST_CHARACTERS, type Preview, toastText } from "../plain-text.ts";
import type { Translate } from "../translate.ts";

export type RequestAnswer = "accept" | "refuse" | "show";

export interface RequestToast {
  readonly text: string;
  readonly answers: readonly RequestAnswer[];
}

/** Formats a request. Leaves Accept out if the name resembles that of a known person, since the chat shows more to judge it by. */
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
    // Put the peer's text last, so that it cannot be mistaken for Parley's.
    text: `${care}${asks}`,
    answers: other === undefined ? ["accept", "refuse", "show"] : ["show", "refuse"],
  };
}

/** @returns undefined if there is nothing to show */
export function messageToast(
  { author, body }: Pick<ChatMessage, "author" | "body">,
  kind: Settings["parley.notifications"],
  preview: Preview,
  t: Translate,
): string | undefined {
  if (kind === "off" || author === undefined) return undefined;
  if (kind !== "withContent") return t("New message from {0}", author);
  const text = bodyText(body, { t, name: (person) => person });
  const start = text.slice(0, MAX_TOAST_CHARACTERS * 4);
  return `${author}: ${toastText(shownKind(body).markdown ? preview(start, t) : start)}`;
}
