/** What can be done with a message, as the items of its menu. */
import type { PanelMessage } from "../contract/panel.ts";
import type { MenuItem } from "./menu.ts";
import { spokenText, textToCopy } from "./spoken.ts";
import { strings } from "./strings.ts";

export interface MessageMenuParts {
  readonly copy: (text: string) => void;
  readonly retry: () => void;
  readonly details: () => void;
  /** The details are shown. */
  readonly detailed: boolean;
}

export function messageMenu(message: PanelMessage, parts: MessageMenuParts): readonly MenuItem[] {
  const { body } = message;
  const copies =
    body.kind === "text"
      ? [
          { label: strings.copyText, run: () => parts.copy(textToCopy(body.text)) },
          { label: strings.copyMarkdown, run: () => parts.copy(body.text) },
        ]
      : [{ label: strings.copyText, run: () => parts.copy(spokenText(message, "")) }];
  return [
    ...copies,
    { label: parts.detailed ? strings.hideDetails : strings.showDetails, run: parts.details },
    ...(message.state === "failed" ? [{ label: strings.retry, run: parts.retry }] : []),
  ];
}
