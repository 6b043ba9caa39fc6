/** Shared by the parts of the extension's bench. */
import type { EditorUser } from "../../ui/editor-user.ts";
import type { Report } from "../figures.ts";
import type { ProbeLine } from "./probe.ts";

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
