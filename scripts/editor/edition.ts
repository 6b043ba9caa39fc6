/** Which VS Code the tests run in: the newest, or the oldest that the manifest allows, by PARLEY_EDITOR. */
import { join } from "node:path";

interface Edition {
  /** The folder of the package.json and lock file that name it. */
  readonly manifest: string;
  /** Packages of VS Code that its release took from elsewhere than npm, compiles or downloads: the next version that npm has whole. */
  readonly substitutes: Readonly<Record<string, string>>;
  /** Whether it runs on a Node of its own, rather than on the one that runs the tests. */
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

/** Names the edition to the processes that tests run in. */
export const EDITION_VARIABLE = "PARLEY_EDITOR";

/** @throws Error where the variable names none */
export function chosenEdition(name = process.env[EDITION_VARIABLE] ?? "newest"): Edition {
  if (name === "newest" || name === "oldest") return EDITIONS[name];
  throw new Error(`${EDITION_VARIABLE} is "${name}". It can be newest or oldest.`);
}
