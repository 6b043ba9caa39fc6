/** Runs npm for an installation beside the project's own. */
import { spawn } from "node:child_process";
import { command } from "./command.ts";

/** Runs npm in a folder. @throws Error with the last lines of npm's output */
export async function npm(cwd: string, ...args: readonly string[]): Promise<void> {
  // npm sets variables for this project's own scripts that would affect the other installation.
  const env = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^npm_(package|lifecycle)/.test(name)),
  );
  const { file, args: words, ...how } = command("npm", args);
  const child = spawn(file, words, { cwd, env, stdio: ["ignore", "pipe", "pipe"], ...how });
  let output = "";
  child.stdout.on("data", (chunk) => (output += chunk));
  child.stderr.on("data", (chunk) => (output += chunk));
  const status = await new Promise<number | null>((done, fail) =>
    child.once("error", fail).once("close", done),
  );
  if (status !== 0)
    throw new Error(
      `\`npm ${args.slice(0, 2).join(" ")}\` in ${cwd} failed. Is the npm registry reachable?\n${output.trim().split("\n").slice(-6).join("\n")}`,
    );
}
