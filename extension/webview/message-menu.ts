/** Builds the items of a message's menu. */

import { shownKind } from "../../messenger/kinds/body.ts";
import { textToCopy } from "../contract/markdown/without-marks.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { type At, isAnswerable, type WhyNot, whyNotEdit, whyNotText } from "../contract/possible-changes.ts";
import type { MenuItem } from "./menu.ts";
import { writtenText } from "./spoken.ts";
import { strings, translate } from "./strings.ts";

export interface MessageMenuParts {
  readonly copy: (text: string) => void;
  readonly reply: () => void;
  readonly react: () => void;
  readonly edit: () => void;
  readonly versions: () => void;
  readonly remove: () => void;
  readonly retry: () => void;
  readonly details: () => void;
  /** Whether the details are shown. */
  readonly detailed: boolean;
  readonly at: At;
  /** The other person's name, with hidden characters made visible. */
  readonly peer: string;
}

export function messageMenu(message: PanelMessage, parts: MessageMenuParts): readonly MenuItem[] {
  const text = writtenText(message);
  const copies = shownKind(message.body).markdown
    ? [
        { label: strings.copyText, run: () => parts.copy(textToCopy(text, translate)) },
        { label: strings.copyMarkdown, run: () => parts.copy(text) },
      ]
    : [{ label: strings.copyText, run: () => parts.copy(text) }];
  const { at, peer } = parts;
  const because = (reason: WhyNot | undefined) =>
    reason === undefined ? {} : { whyNot: whyNotText(reason, peer, translate) };
  const answers = [
    { label: strings.reply, run: parts.reply, ...because(at.open ? undefined : "no-chat") },
    { label: strings.react, run: parts.react, ...because(at.open ? undefined : "no-chat") },
  ];
  const changes = [
    { label: strings.edit, run: parts.edit, separated: true, ...because(whyNotEdit(message, at)) },
    ...(message.edited === undefined ? [] : [{ label: strings.earlierVersions, run: parts.versions }]),
  ];
  const answerable = isAnswerable(message);
  return [
    ...(answerable ? answers : []),
    ...copies.map((item, index) => (answerable && index === 0 ? { ...item, separated: true } : item)),
    ...(answerable ? changes : []),
    { label: strings.remove, run: parts.remove, separated: !answerable },
    {
      separated: true,
      label: parts.detailed ? strings.hideDetails : strings.showDetails,
      run: parts.details,
    },
    ...(message.state === "failed" ? [{ label: strings.retry, run: parts.retry }] : []),
  ];
}
