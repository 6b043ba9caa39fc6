/** Inputs kept from one run to the next: one small file each, named by its content, replayed by the tests. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export const CORPUS = "test/fuzz/corpus";
/**
 * Not in the repository: a run's findings are stored here until an engineer has understood and named them.
 */
const FOUND = ".cache/fuzz";

export interface CorpusFile {
  readonly name: string;
  readonly input: Uint8Array;
}

export function corpusOf(target: string): readonly CorpusFile[] {
  return filesIn(join(CORPUS, target));
}

/**
 * Stores a finding.
 * @returns the path of the input; the fault is in a file beside it
 */
export function keepFinding(target: string, input: Uint8Array, why: string): string {
  const folder = join(FOUND, target);
  mkdirSync(folder, { recursive: true });
  const number = filesIn(folder).length + 1;
  const path = join(folder, `${String(number).padStart(3, "0")}`);
  writeFileSync(path, input);
  writeFileSync(`${path}.txt`, `${why}\n`);
  return path;
}

function filesIn(folder: string): readonly CorpusFile[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.endsWith(".txt"))
      .sort()
      .map((name) => ({ name, input: new Uint8Array(readFileSync(join(folder, name))) }));
  } catch {
    return [];
  }
}
