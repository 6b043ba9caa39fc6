/** The messages that replies quote: those that are loaded, and the lines of others, which the extension looks up in the history. */
import { visible } from "../../messenger/text/hidden-characters.ts";
import type { PanelMessage } from "../contract/panel.ts";
import { quotedText } from "./spoken.ts";
import { strings } from "./strings.ts";

/** A message as a reply shows it. "asked": not known yet. "gone": not on this computer. */
export type Quote =
  | { readonly kind: "asked" | "gone" }
  | { readonly kind: "here"; readonly by: string; readonly line: string };

const ASKED: Quote = { kind: "asked" };
const GONE: Quote = { kind: "gone" };

export interface QuotesParts {
  /** Returns the message if the page has loaded it. */
  readonly loaded: (id: string) => PanelMessage | undefined;
  /** Requests messages from the extension, which calls for {@link Quotes.take}. */
  readonly request: (ids: string[]) => void;
}

export class Quotes {
  readonly #parts: QuotesParts;
  readonly #known = new Map<string, Quote>();
  #wanted = new Set<string>();

  constructor(parts: QuotesParts) {
    this.#parts = parts;
  }

  /** Returns the quote of that message. One that is not known is requested by the next {@link request}. */
  of(id: string): Quote {
    const loaded = this.#parts.loaded(id);
    if (loaded !== undefined) return quoteOf(loaded);
    const known = this.#known.get(id);
    if (known === undefined) this.#wanted.add(id);
    return known ?? ASKED;
  }

  /** Requests the quotes that were missing. Call it after drawing. */
  request(): void {
    if (this.#wanted.size === 0) return;
    const ids = [...this.#wanted];
    this.#wanted = new Set();
    for (const id of ids) this.#known.set(id, ASKED);
    this.#parts.request(ids);
  }

  /** Adopts the answer to a request. */
  take(ids: readonly string[], messages: readonly PanelMessage[]): void {
    for (const id of ids) this.#known.set(id, GONE);
    for (const message of messages) this.#known.set(message.id, quoteOf(message));
  }

  /** Adopts a message that was added or has changed, if it is quoted. */
  changed(message: PanelMessage): void {
    if (this.#known.has(message.id)) this.#known.set(message.id, quoteOf(message));
  }

  removed(ids: readonly string[]): void {
    for (const id of ids) this.#known.set(id, GONE);
  }
}

function quoteOf(message: PanelMessage): Quote {
  const by = message.mine ? strings.me : visible(message.author ?? "");
  return { kind: "here", by, line: quotedText(message) };
}

/** @returns the quote as one line of text */
export function quoteText(quote: Quote): string {
  switch (quote.kind) {
    case "asked":
      return "…";
    case "gone":
      return strings.quoteGone;
    case "here":
      return strings.quoted(quote.by, quote.line);
  }
}
