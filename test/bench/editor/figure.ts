/** What the parts of the extension's bench share. */
import type { EditorUser } from "../../ui/editor-user.ts";
import type { ProbeLine } from "./probe.ts";

interface Figure {
  readonly group: "extension";
  readonly name: string;
  readonly unit: string;
  /** One of each run. */
  readonly values: readonly number[];
  readonly better: "lower" | "higher";
  readonly target?: number;
}
export type Report = (figure: Figure) => void;

export interface Bench {
  readonly report: Report;
  readonly user: EditorUser;
  readonly line: ProbeLine;
}

export const RUNS = 5;

/** Closes the window and opens a new one, so that Parley runs in a process that has done nothing yet. */
export async function freshWindow({ user, line }: Pick<Bench, "user" | "line">): Promise<void> {
  await user.closeWindow();
  line.expect();
  await user.openWindow();
}
