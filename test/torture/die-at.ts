/**
 * Ends this process as SIGKILL does, before or after a chosen COMMIT. Imported, or loaded before a program
 * with `node --import`, without changes to the program. In that case SIGUSR2 requests the moment before the
 * next COMMIT, SIGWINCH the moment after it.
 */
import { DatabaseSync } from "node:sqlite";

export type Moment = "before commit" | "after commit";
let due: { moment: Moment; commits: number } | undefined;

/**
 * Chooses the moment.
 * @param commits 1 for the next
 */
export function dieAt(moment: Moment, commits: number): void {
  due = { moment, commits };
}

const { exec } = DatabaseSync.prototype;
DatabaseSync.prototype.exec = function (sql) {
  if (due === undefined || sql !== "COMMIT" || --due.commits > 0) {
    exec.call(this, sql);
    return;
  }
  if (due.moment === "after commit") exec.call(this, sql);
  process.kill(process.pid, "SIGKILL");
};

process.on("SIGUSR2", () => dieAt("before commit", 1));
process.on("SIGWINCH", () => dieAt("after commit", 1));
