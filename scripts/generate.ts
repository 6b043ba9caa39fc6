/**
 * Regenerates the TypeScript of protocol/wire/*.proto, the list of sentences to translate, and the manifest's
 * commands, menus, keys and welcome content. `--check` changes nothing and fails if one of them is not current.
 */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { command } from "./command.ts";
import { MANIFEST, manifest } from "./manifest.ts";
import { BUNDLE, sentenceBundle } from "./sentences.ts";

const WIRE = "protocol/wire";
const buf = (...words: string[]) => {
  const { file, args, ...how } = command("buf", words);
  execFileSync(file, args, { stdio: "inherit", ...how });
};

buf("lint");
if (process.argv.includes("--check")) {
  const fresh = mkdtempSync(join(tmpdir(), "parley-generated-"));
  try {
    buf("generate", "--output", fresh);
    const stale = readdirSync(join(fresh, WIRE)).filter(
      (file) => readFileSync(join(fresh, WIRE, file), "utf8") !== readFileSync(join(WIRE, file), "utf8"),
    );
    if (readFileSync(BUNDLE, "utf8") !== sentenceBundle()) stale.push(BUNDLE);
    if (readFileSync(MANIFEST, "utf8") !== manifest()) stale.push(MANIFEST);
    if (stale.length > 0) {
      console.error(`Not current: ${stale.join(", ")}. Run \`npm run generate\` and commit what it makes.`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true });
  }
} else {
  buf("generate");
  writeFileSync(BUNDLE, sentenceBundle());
  writeFileSync(MANIFEST, manifest());
}
