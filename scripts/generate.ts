/** Makes the TypeScript of protocol/wire/*.proto anew. `--check` changes nothing and fails where it is not current. */
import { execFileSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const WIRE = "protocol/wire";
const buf = (...args: string[]) =>
  execFileSync("buf", args, { stdio: "inherit", shell: process.platform === "win32" });

buf("lint");
if (process.argv.includes("--check")) {
  const fresh = mkdtempSync(join(tmpdir(), "parley-generated-"));
  try {
    buf("generate", "--output", fresh);
    const stale = readdirSync(join(fresh, WIRE)).filter(
      (file) => readFileSync(join(fresh, WIRE, file), "utf8") !== readFileSync(join(WIRE, file), "utf8"),
    );
    if (stale.length > 0) {
      console.error(`Not current: ${stale.join(", ")}. Run \`npm run generate\` and commit what it makes.`);
      process.exitCode = 1;
    }
  } finally {
    rmSync(fresh, { recursive: true });
  }
} else {
  buf("generate");
}
