/** The time from the click on a person to their messages on screen, with chats of three lengths, and with an empty panel. */
import type { Frame } from "playwright-core";
import { type Bench, freshWindow, RUNS } from "./figure.ts";
import { SIZES } from "./long-history.ts";
import { type Opening, openingOf } from "./panel-clock.ts";
import { EMPTY_PANEL } from "./probe/contract.ts";

const MAX_OPENING_MS = 200;
const LONGEST = SIZES.at(-1)?.peer ?? "";
const NOTHING = "a panel with nothing in it, opened";

interface Opened extends Opening {
  /** Processor time of the extension host's main thread. */
  readonly cpuMs: number;
}

export async function benchOpening(bench: Bench): Promise<void> {
  const names = new Map<string, string>([
    ["", NOTHING],
    ...SIZES.map(({ peer, count }) => [peer, `chat of ${count.toLocaleString("en")} opened`] as const),
  ]);
  const openings = new Map<string, Opened[]>([...names.keys()].map((what) => [what, []]));
  const first: { readonly long: Opened[]; readonly nothing: Opened[] } = { long: [], nothing: [] };
  for (let run = 0; run < RUNS; run++) {
    // The first panel of a window includes the editor's one-time preparation.
    await freshWindow(bench);
    first.nothing.push(await openAndClose(bench, ""));
    await freshWindow(bench);
    first.long.push(await openAndClose(bench, LONGEST));
    for (const [what, seen] of openings) seen.push(await openAndClose(bench, what));
  }
  for (const [what, name] of names) tell(bench, name, openings.get(what) ?? [], what === LONGEST);
  tell(bench, `${NOTHING}, first of its window`, first.nothing);
  tell(bench, `${names.get(LONGEST)}, first of its window`, first.long);
}

/**
 * Opens and closes a chat.
 * @param peer whose chat; "" for the empty panel
 */
async function openAndClose(bench: Bench, peer: string): Promise<Opened> {
  const { window } = bench.user;
  await window.showParley();
  const before = await bench.line.ask("cpu");
  await press(bench, peer);
  const opening = await openingOf(window.page);
  const cpuMs = (await bench.line.ask("cpu")) - before;
  await closePanel(bench);
  return { ...opening, cpuMs };
}

async function press({ user: { window } }: Bench, peer: string): Promise<void> {
  if (peer === "") await window.page.locator(".statusbar-item").getByText(EMPTY_PANEL).click();
  else await window.row(peer).first().click();
}

/**
 * Opens a chat.
 * @returns the page inside the panel
 */
export async function openPanel(bench: Bench, peer: string): Promise<Frame> {
  await press(bench, peer);
  const { window } = bench.user;
  const message = await window.chat.frame.locator("#parley .message").last().elementHandle();
  const frame = await message?.ownerFrame();
  if (!frame) throw new Error("the panel is gone");
  return frame;
}

export async function closePanel({ user: { window } }: Bench): Promise<void> {
  const tabs = window.tab("");
  // Repeated, since a tab that is already closing cannot be clicked.
  while ((await tabs.count()) > 0)
    await tabs
      .first()
      .click({ button: "middle", timeout: 2_000 })
      .catch(() => undefined);
  await window.page.locator("iframe.webview").first().waitFor({ state: "detached" });
}

function tell({ report }: Bench, name: string, openings: readonly Opened[], isTarget = false): void {
  const figure = { group: "extension", unit: "ms", better: "lower" } as const;
  const values = (of: (opening: Opened) => number | undefined) =>
    openings.flatMap((opening) => of(opening) ?? []);
  report({
    ...{
      ...figure,
      name: `${name}: click to first message on screen`,
      values: values(({ totalMs }) => totalMs),
    },
    ...(isTarget && { target: MAX_OPENING_MS }),
  });
  const parts = [
    ["until its script runs (the editor)", values(({ editorMs }) => editorMs)],
    ["from there until the history is in the page", values(({ hostMs }) => hostMs)],
    ["extension host's processor time", values(({ cpuMs }) => cpuMs)],
  ] as const;
  for (const [part, of] of parts)
    if (of.length > 0) report({ ...figure, name: `${name}: ${part}`, values: of });
}
