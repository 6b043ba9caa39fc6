/** The commands that search one chat or all chats. The list fills while the search goes back in time. */
import * as vscode from "vscode";
import { isMine } from "../../../messenger/chats/author.ts";
import { search } from "../../../messenger/history/search.ts";
import type { SearchMatch } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import type { Parley } from "../parley.ts";
import { about } from "../people/talk.ts";
import type { Preview } from "../plain-text.ts";
import { pickHistory } from "./go-to.ts";
import { MAX_MATCHES, type MatchRow, matchRow, type Range, rangeText } from "./search-model.ts";

/** Milliseconds without typing before a search begins. */
const TYPING_MS = 150;

interface MatchItem extends vscode.QuickPickItem {
  readonly match: SearchMatch;
}

export async function searchMessages({ host, panels, errors }: Parley): Promise<void> {
  try {
    const messenger = await host.open();
    const match = await borrowingFocus(
      () => new MatchPick(messenger, vscode.l10n.t("Search all chats")).choice,
    );
    if (match !== undefined) await panels.show(match.chat, match.position);
  } catch (error) {
    await errors.report(error);
  }
}

export function searchChat(parley: Parley, argument: unknown): Promise<void> {
  const text = { title: vscode.l10n.t("Search a chat"), placeholder: vscode.l10n.t("Choose a chat") };
  return about(parley, argument, pickHistory(parley, text), async (messenger, { id, title }) => {
    const match = await borrowingFocus(
      () => new MatchPick(messenger, vscode.l10n.t("Search {0}", title), id).choice,
    );
    if (match !== undefined) await parley.panels.show(id, match.position);
  });
}

/** Shows the list until the user chooses. */
class MatchPick {
  /** Resolves with the chosen message, or undefined if the user cancelled. Rejects with the search's error. */
  readonly choice: Promise<SearchMatch | undefined>;
  readonly #pick = vscode.window.createQuickPick<MatchItem>();
  readonly #messenger: SharedMessenger;
  readonly #title: string;
  readonly #chat: ChatId | undefined;
  #running = new AbortController();

  constructor(messenger: SharedMessenger, title: string, chat?: ChatId) {
    this.#messenger = messenger;
    this.#title = title;
    this.#chat = chat;
    const pick = this.#pick;
    pick.title = title;
    pick.placeholder = vscode.l10n.t("Messages with all these words. Case and accents don't matter");
    pick.keepScrollPosition = true;
    // Highlights the words. alwaysShow stops VS Code from filtering the rows.
    pick.matchOnDetail = true;
    this.choice = new Promise((resolve, reject) => {
      pick.onDidChangeValue((value) => this.#typed(value, reject));
      pick.onDidAccept(() => {
        resolve(pick.selectedItems[0]?.match);
        pick.hide();
      });
      pick.onDidHide(() => {
        this.#running.abort();
        resolve(undefined);
        pick.dispose();
      });
    });
    pick.show();
  }

  #typed(value: string, fail: (error: unknown) => void): void {
    this.#running.abort();
    const running = new AbortController();
    this.#running = running;
    this.#pick.items = [];
    this.#pick.title = this.#title;
    this.#pick.busy = value.trim() !== "";
    if (value.trim() === "") return;
    const timer = setTimeout(() => {
      this.#search(value, running.signal).catch((error: unknown) => {
        if (running.signal.aborted) return;
        fail(error);
        this.#pick.hide();
      });
    }, TYPING_MS);
    running.signal.addEventListener("abort", () => clearTimeout(timer));
  }

  async #search(text: string, signal: AbortSignal): Promise<void> {
    const { previewText } = await import("../../engine.ts");
    const items: MatchItem[] = [];
    let range: Range = { found: 0, total: 0, backTo: undefined, state: "done" };
    const query = this.#chat === undefined ? { text } : { text, chat: this.#chat };
    for await (const step of search(
      (question) => this.#messenger.calls.searchStep(question),
      query,
      signal,
    )) {
      for (const match of step.matches)
        items.push({ ...this.#row(match, previewText), match, alwaysShow: true });
      const enough = items.length >= MAX_MATCHES && step.next !== undefined;
      const state = enough ? "enough" : step.next === undefined ? "done" : "searching";
      range = { found: items.length, total: step.total, backTo: step.backTo ?? range.backTo, state };
      this.#show(items, range);
      if (enough) break;
    }
  }

  #row(match: SearchMatch, preview: Preview): MatchRow {
    const mine = isMine(match, this.#messenger.account?.name);
    const to = mine ? this.#messenger.chat(match.chat).title : undefined;
    return matchRow(match, to, preview, vscode.l10n.t);
  }

  #show(items: readonly MatchItem[], range: Range): void {
    const pick = this.#pick;
    pick.title = `${this.#title}: ${rangeText(range, vscode.l10n.t)}`;
    pick.busy = range.state === "searching";
    if (items.length === pick.items.length) return;
    const active = pick.activeItems[0];
    pick.items = [...items];
    if (active !== undefined) pick.activeItems = [active];
  }
}
