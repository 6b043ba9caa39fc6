/**
 * Packs dist/parley.vsix with @vscode/vsce, which builds dist/ first (`vscode:prepublish`), and checks that
 * it contains the allow-list and nothing else.
 */
import { rmSync, statSync } from "node:fs";
import { createVSIX, listFiles } from "@vscode/vsce";

const VSIX = "dist/parley.vsix";
/** Everything that may ship. .vscodeignore tells vsce the same; this list verifies the result. */
const ALLOWED: readonly RegExp[] = [
  /^package\.json$/,
  /^package\.nls(\.[a-z-]+)?\.json$/,
  /^(README|CHANGELOG)\.md$/,
  /^LICENSE$/,
  /^dist\/(extension\.cjs|engine\.cjs|webview\.js|highlighter\.js|panel\.css|server\.js|terminal\.js)$/,
  /^l10n\/bundle\.l10n(\.[a-z-]+)?\.json$/,
  /^media\/[a-z-]+\.(svg|png)$/,
  /^extension\/api\/parley\.d\.ts$/,
];

await createVSIX({
  packagePath: VSIX,
  dependencies: false,
  preRelease: process.argv.includes("--pre-release"),
});
const files = await listFiles({ cwd: process.cwd() });
const strangers = files.filter((file) => !ALLOWED.some((allowed) => allowed.test(file)));
if (strangers.length > 0) {
  rmSync(VSIX);
  console.error(
    `These files would ship and are not on the list in scripts/package.ts: ${strangers.join(", ")}`,
  );
  process.exit(1);
}
console.log(`${VSIX}: ${files.length} files, ${Math.ceil(statSync(VSIX).size / 1024)} KiB`);
