/** How long VS Code waits for the extension, each time in a process of its own. */
import { type Bench, freshWindow, RUNS } from "./figure.ts";
import type { Activation } from "./probe/contract.ts";

const MAX_ACTIVATION_MS = 50;

/** @param how the user stands, which decides what is loaded next */
/** A small extension of VS Code's own that starts at the same moment: what its record says of the moment. */
const NEIGHBOUR = "Merge Conflict";

/** @param how the user stands, which decides what is loaded next */
export async function benchActivation(bench: Bench, how: string): Promise<void> {
  const runs: (Activation & { readonly recordedMs: number; readonly neighbourMs: number })[] = [];
  for (let run = 0; run < RUNS; run++) {
    await freshWindow(bench);
    runs.push({ ...(await bench.line.ask("activation")), ...(await recorded(bench)) });
  }
  const figure = { group: "extension", unit: "ms", better: "lower" } as const;
  const tell = (what: string, of: (run: (typeof runs)[number]) => number, target?: number) =>
    bench.report({ ...figure, name: `${what} ${how}`, values: runs.map(of), ...(target && { target }) });
  tell("activation", ({ wallMs }) => wallMs, MAX_ACTIVATION_MS);
  tell("activation, processor time,", ({ cpuMs }) => cpuMs);
  tell("activation as VS Code records it", ({ recordedMs }) => recordedMs);
  tell(`${NEIGHBOUR}'s as VS Code records it`, ({ neighbourMs }) => neighbourMs);
}

/** What VS Code tells its user. */
async function recorded({ user: { window } }: Bench): Promise<{ recordedMs: number; neighbourMs: number }> {
  await window.command("Developer: Show Running Extensions");
  const list = window.page.locator(".runtime-extensions-editor");
  const of = async (name: string) => {
    const row = list.locator(".extension").filter({ has: window.page.getByText(name, { exact: true }) });
    return Number(/(\d+)ms/.exec(await row.locator(".activation-time").innerText())?.[1]);
  };
  const times = { recordedMs: await of("Parley"), neighbourMs: await of(NEIGHBOUR) };
  await window.page.keyboard.press("Escape");
  await list.waitFor({ state: "detached" });
  return times;
}
