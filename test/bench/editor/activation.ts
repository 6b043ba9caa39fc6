/** How long VS Code waits for the extension, each time in a new process. */
import { type Bench, freshWindow, RUNS } from "./figure.ts";
import type { Took } from "./probe/contract.ts";

const MAX_ACTIVATION_MS = 50;

/** A small extension of VS Code's own that starts at the same moment: its figures show the machine's load. */
const NEIGHBOUR = "Merge Conflict";

/**
 * Measures activation.
 * @param how with an account, the extension loads everything and goes online
 */
export async function benchActivation(
  bench: Bench,
  how: "with an account" | "without an account",
): Promise<void> {
  const runs: (Took & { readonly recordedMs: number; readonly neighbourMs: number })[] = [];
  const online: Took[] = [];
  for (let run = 0; run < RUNS; run++) {
    await freshWindow(bench);
    if (how === "with an account") online.push(await bench.line.ask("online"));
    runs.push({ ...(await bench.line.ask("activation")), ...(await recorded(bench)) });
  }
  const figure = { group: "extension", unit: "ms", better: "lower" } as const;
  const tell = (what: string, of: (run: (typeof runs)[number]) => number, target?: number) =>
    bench.report({ ...figure, name: `${what} ${how}`, values: runs.map(of), ...(target && { target }) });
  tell("activation", ({ wallMs }) => wallMs, MAX_ACTIVATION_MS);
  tell("activation, processor time,", ({ cpuMs }) => cpuMs);
  tell("activation as VS Code records it", ({ recordedMs }) => recordedMs);
  tell(`${NEIGHBOUR}'s as VS Code records it`, ({ neighbourMs }) => neighbourMs);
  if (online.length === 0) return;
  const name = "from the start of activation until online";
  bench.report({ ...figure, name, values: online.map(({ wallMs }) => wallMs) });
  bench.report({ ...figure, name: `${name}, processor time`, values: online.map(({ cpuMs }) => cpuMs) });
}

/** Reads the times that VS Code shows its user. */
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
