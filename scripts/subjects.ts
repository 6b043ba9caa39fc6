/**
 * Lists commit subjects that break the rules in CONTRIBUTING.md. They can no longer be changed, so nothing
 * fails.
 */
import { spawnSync } from "node:child_process";

const MAX_CHARACTERS = 72;
const SHOWN = 5;
/** First words that look like a verb in the imperative, but are none. */
const NO_VERB =
  /^(A|An|The|This|That|It|Its|Who|What|When|Where|Why|How|No|Not|Now|Each|Every|All|Some|Two|There|\w+ing|\w+ed)$/;
/** Verbs that end like a participle. */
const VERB = /^(Need|Feed|Seed|Speed|Bring|String|Embed|Exceed|Proceed|Shed|Wed|Ring|Sing)$/;

/** Returns the fault of a subject; undefined if it follows CONTRIBUTING.md. */
export function fault(subject: string): string | undefined {
  const characters = [...subject].length;
  if (characters > MAX_CHARACTERS) return `${characters} characters`;
  const [word = ""] = subject.split(/[\s:,]/);
  if (!/^[A-Z][a-z-]+$/.test(word)) return "does not begin with a capitalised verb";
  if (NO_VERB.test(word) && !VERB.test(word)) return `"${word}" is no verb in the imperative`;
  if (/[.;]$/.test(subject)) return "ends with a full stop";
  return undefined;
}

/** Prints the faulty subjects since the newest tag, or since a change of the rules if there is none. */
export function listSubjects(): void {
  const git = (...args: readonly string[]) => spawnSync("git", args, { encoding: "utf8" }).stdout.trim();
  const tag = git("describe", "--tags", "--abbrev=0");
  const since = tag === "" ? git("log", "--format=%H", "--diff-filter=A", "--", "scripts/subjects.ts") : tag;
  const subjects = git("log", "--no-merges", "--format=%h %s", since === "" ? "HEAD" : `${since}..HEAD`);
  const faults = subjects
    .split("\n")
    .map((line) => ({ line, why: fault(line.slice(line.indexOf(" ") + 1)) }))
    .filter(({ line, why }) => line !== "" && why !== undefined);
  if (faults.length === 0) return;
  console.log(
    `\n${faults.length} commit subjects since ${tag || "the rule"} are not "verb object" in ${MAX_CHARACTERS} characters:`,
  );
  for (const { line, why } of faults.slice(0, SHOWN)) console.log(`  ${line.slice(0, 100)} (${why})`);
}
