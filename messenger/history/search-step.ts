/** Runs one step of a search in slices, so that it does not block the process that has the history open. */
import { setImmediate } from "node:timers/promises";
import { UsageError } from "../../protocol/errors.ts";
import { bodyText, isChangeable } from "../kinds/body.ts";
import { untranslated } from "../kinds/translate.ts";
import type { SearchMatch, SearchQuestion, SearchStep } from "../model.ts";
import type { Store } from "../store/store.ts";
import { containsAll, excerpt, searchWords } from "./search-text.ts";

/** Milliseconds of a slice: a third of a frame at 60 Hz. */
const SLICE_MS = 5;
/** Milliseconds of a step: short enough to show progress and to be cancelled. */
const STEP_MS = 60;
const MAX_STEP_MATCHES = 50;

/** Searches until the step's time is over. @throws UsageError "closed" if the history is closed meanwhile */
export async function searchStep(
  store: Store,
  { text, chat: id, before }: SearchQuestion,
): Promise<SearchStep> {
  const words = searchWords(text);
  const one = id === undefined ? undefined : store.chats.get(id);
  const matches: SearchMatch[] = [];
  let searched = 0;
  let backTo: number | undefined;
  const done = (): SearchStep => ({ matches, searched, ...(backTo !== undefined && { backTo }) });
  if (words.length === 0 || (id !== undefined && one === undefined)) return done();

  await nextTurn(store); // other work also runs between steps
  let sliceEnd = performance.now() + SLICE_MS;
  const stepEnd = performance.now() + STEP_MS;
  for (const message of store.messages.newestFirst(before, one?.number)) {
    searched++;
    if (message.at > 0) backTo = message.at;
    const { id, position, at, author, body } = message;
    // The line in the place of a deleted message was not written by anybody.
    const said =
      author === undefined || !isChangeable(body)
        ? undefined
        : bodyText(body, { t: untranslated, name: asWritten });
    if (author !== undefined && said !== undefined && containsAll(said, words)) {
      const chat = store.chats.withNumber(message.chat)?.id;
      if (chat !== undefined) matches.push({ chat, id, position, at, author, excerpt: excerpt(said, words) });
    }
    const now = performance.now();
    if (now >= stepEnd || matches.length >= MAX_STEP_MATCHES) return { ...done(), next: message.position };
    if (now < sliceEnd) continue;
    await nextTurn(store);
    sliceEnd = performance.now() + SLICE_MS;
  }
  return done();
}

async function nextTurn(store: Store): Promise<void> {
  await setImmediate();
  if (!store.isOpen) throw new UsageError("closed", "The history was closed while it was searched");
}

function asWritten(name: string): string {
  return name;
}
