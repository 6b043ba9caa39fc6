/** Bundles everything that ships, and the extension-host tests, into dist/. `--watch` keeps at it. */
import { readFileSync } from "node:fs";
import { type BuildOptions, build, context } from "esbuild";

const { version } = JSON.parse(readFileSync("package.json", "utf8")) as { version: string };

const common: BuildOptions = {
  bundle: true,
  minifyWhitespace: true,
  minifySyntax: true,
  minifyIdentifiers: true,
  legalComments: "none",
  sourcemap: false,
  logLevel: "warning",
  define: { "process.env.PARLEY_VERSION": JSON.stringify(version) },
};
/** Node 22.15, the oldest runtime inside a VS Code that the manifest allows. */
const node: BuildOptions = { ...common, platform: "node", target: "node22" };
/** Bundled CommonJS packages call require(), which an ES module has to be given. */
const requireBanner = {
  js: 'import { createRequire as parleyRequire } from "node:module"; const require = parleyRequire(import.meta.url);',
};
/** An ES module whose names stay readable: an error's name is its class's, and people debug with it. */
const library: BuildOptions = { ...node, format: "esm", minifyIdentifiers: false, banner: requireBanner };

const bundles: readonly BuildOptions[] = [
  {
    ...node,
    entryPoints: ["extension/main.ts"],
    outfile: "dist/extension.cjs",
    format: "cjs",
    external: ["vscode"],
  },
  { ...library, entryPoints: ["server/main.ts"], outfile: "dist/server.js" },
  { ...library, entryPoints: ["protocol/index.ts"], outfile: "dist/protocol/index.js" },
  {
    ...common,
    entryPoints: ["extension/webview/main.ts"],
    outfile: "dist/webview.js",
    platform: "browser",
    format: "iife",
    target: "chrome120",
  },
  {
    ...node,
    entryPoints: ["test/host/index.ts"],
    outfile: "dist/test/host.cjs",
    format: "cjs",
    external: ["vscode", "mocha"],
  },
];

if (process.argv.includes("--watch")) {
  await Promise.all(
    bundles.map(async (options) => (await context({ ...options, sourcemap: "inline" })).watch()),
  );
} else {
  await Promise.all(bundles.map((options) => build(options)));
}
