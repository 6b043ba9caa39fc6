/** Frame times while a user turns the wheel, and whether a jump ends where it should. */
import assert from "node:assert/strict";
import type { Frame } from "playwright-core";
import { type Bench, freshWindow } from "./figure.ts";
import { type Frames, framesDuring } from "./frames.ts";
import { SIZES, writtenAt } from "./long-history.ts";
import { closePanel, openPanel } from "./opening.ts";

const RUNS = 3;
/** Pixels of a wheel notch, as browsers report it. */
const NOTCH_PX = 120;
const SCROLL_MS = 4_000;

export async function benchScrolling(bench: Bench): Promise<void> {
  await freshWindow(bench);
  await bench.user.window.showParley();
  for (const { peer, count } of SIZES) {
    const [still, turning]: [Frames[], Frames[]] = [[], []];
    for (let run = 0; run < RUNS; run++) {
      const panel = await openPanel(bench, peer);
      still.push(await framesDuring(panel, () => panel.waitForTimeout(SCROLL_MS / 4)));
      turning.push(await framesDuring(panel, () => turnWheel(bench, panel)));
      if (count === SIZES.at(-1)?.count) await checkJumps(bench, panel, count);
      await closePanel(bench);
    }
    tell(bench, `chat of ${count.toLocaleString("en")}, scrolled`, turning);
    tell(bench, `chat of ${count.toLocaleString("en")}, still`, still);
  }
}

/** Scrolls up, then down, as fast as the page accepts it. */
async function turnWheel({ user: { window } }: Bench, panel: Frame): Promise<void> {
  await window.chat.frame.locator(".log").hover();
  for (const direction of [-1, 1]) {
    const begin = performance.now();
    while (performance.now() - begin < SCROLL_MS) await window.page.mouse.wheel(0, direction * NOTCH_PX);
  }
  assert.ok((await panel.locator(".message").count()) > 0, "nothing is shown after scrolling");
}

/** Jumps to a date in the middle, to the first message, back to the last. */
async function checkJumps({ user: { window } }: Bench, panel: Frame, count: number): Promise<void> {
  const days = [writtenAt(Math.floor(count / 2)), writtenAt(0)];
  for (const at of days) {
    const day = new Date(at);
    day.setHours(0, 0, 0, 0);
    const number = Math.max(0, Math.ceil((day.getTime() - writtenAt(0)) / (writtenAt(1) - writtenAt(0))));
    await window.command("Parley: Go to Date…");
    await window.answer(new Intl.DateTimeFormat("sv").format(day));
    await panel.locator("[data-found]").getByText(`no. ${number}:`).waitFor();
  }
  await panel.locator(".pill-place button").click();
  await panel
    .locator(".message")
    .last()
    .getByText(`no. ${count - 1}:`)
    .waitFor();
}

function tell({ report }: Bench, name: string, runs: readonly Frames[]): void {
  const parts: readonly (readonly [string, string, (frames: Frames) => number])[] = [
    ["frame time, median", "ms", ({ medianMs }) => medianMs],
    ["frame time, 95th percentile", "ms", ({ p95Ms }) => p95Ms],
    ["frame time, worst", "ms", ({ worstMs }) => worstMs],
    ["frames dropped", "%", ({ droppedPercent }) => droppedPercent],
  ];
  for (const [part, unit, of] of parts)
    report({ group: "extension", name: `${name}: ${part}`, unit, values: runs.map(of), better: "lower" });
}
