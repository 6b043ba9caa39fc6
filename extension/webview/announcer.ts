/** The page's only polite live region. It announces a burst of changes once, so that a busy chat stays understandable. */

import { isLine } from "../../messenger/kinds/body.ts";
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { spokenText } from "./spoken.ts";
import { strings } from "./strings.ts";

const BURST_MS = 700;

export class Announcer {
  readonly #region: HTMLElement;
  #arrived: PanelMessage[] = [];
  #timer: number | undefined;

  /** @param region an element with `aria-live="polite"`, in the page before it gets text */
  constructor(region: HTMLElement) {
    this.#region = region;
  }

  say(text: string): void {
    this.#region.textContent = text;
  }

  /** Announces a new message. @param chat the chat's title, with hidden characters made visible */
  messageArrived(message: PanelMessage, chat: string): void {
    this.#arrived.push(message);
    this.#timer ??= window.setTimeout(() => {
      const [first, ...others] = this.#arrived;
      this.#arrived = [];
      this.#timer = undefined;
      if (first === undefined) return;
      if (others.length > 0) this.say(strings.newMessagesSpoken(others.length + 1, chat));
      else if (isLine(first.body)) this.say(spokenText(first));
      else this.say(strings.newMessageSpoken(visible(first.author ?? ""), spokenText(first)));
    }, BURST_MS);
  }
}
