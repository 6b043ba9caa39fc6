/**
 * Which VS Code the tests run in, chosen by PARLEY_EDITOR: the newest, or the oldest that the manifest
 * allows.
 */
import { join } from "node:path";

interface Edition {
  /** The folder of the package.json and lock file that determine it. */
  readonly manifest: string;
  /**
   * Packages that this VS Code's release took from outside npm, compiled or downloaded: the next version that
   * is complete on npm.
   */
  readonly substitutes: Readonly<Record<string, string>>;
  /** Whether it runs on a Node of its own instead of the one that runs the tests. */
  readonly hasNode: boolean;
}

const EDITIONS = {
  newest: { manifest: import.meta.dirname, substitutes: {}, hasNode: false },
  oldest: {
    manifest: join(import.meta.dirname, "oldest"),
    substitutes: { "@parcel/watcher": "2.5.6", "@vscode/ripgrep": "1.18.0", "node-pty": "1.2.0-beta.15" },
    hasNode: true,
  },
} as const satisfies Record<string, Edition>;

/** Passes the edition to the processes that tests run in. */
export const EDITION_VARIABLE = "PARLEY_EDITOR";

/**
 * Returns the chosen edition.
 * @throws Error if the variable names none
 */
export function chosenEdition(name = process.env[EDITION_VARIABLE] ?? "newest"): Edition {
  if (name === "newest" || name === "oldest") return EDITIONS[name];
  throw new Error(`${EDITION_VARIABLE} is "${name}". It can be newest or oldest.`);
}
