/** Builds the items of a message's menu. */

import { shownKind } from "../../messenger/kinds/body.ts";
import { textToCopy } from "../contract/markdown/without-marks.ts";
import type { PanelMessage } from "../contract/panel.ts";
import type { MenuItem } from "./menu.ts";
import { writtenText } from "./spoken.ts";
import { strings, translate } from "./strings.ts";

export interface MessageMenuParts {
  readonly copy: (text: string) => void;
  readonly retry: () => void;
  readonly details: () => void;
  /** Whether the details are shown. */
  readonly detailed: boolean;
}

export function messageMenu(message: PanelMessage, parts: MessageMenuParts): readonly MenuItem[] {
  const text = writtenText(message);
  const copies = shownKind(message.body).markdown
    ? [
        { label: strings.copyText, run: () => parts.copy(textToCopy(text, translate)) },
        { label: strings.copyMarkdown, run: () => parts.copy(text) },
      ]
    : [{ label: strings.copyText, run: () => parts.copy(text) }];
  return [
    ...copies,
    { label: parts.detailed ? strings.hideDetails : strings.showDetails, run: parts.details },
    ...(message.state === "failed" ? [{ label: strings.retry, run: parts.retry }] : []),
  ];
}
