/** Every bundle that ships, and the extension-host tests. */
import { readFileSync } from "node:fs";
import type { BuildOptions, Plugin } from "esbuild";

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
/** The page in a chat panel. */
const browser: BuildOptions = { ...common, platform: "browser", format: "iife", target: "chrome120" };
/** Bundled CommonJS packages call require(), which does not exist in an ES module. */
const requireBanner = {
  js: 'import { createRequire as parleyRequire } from "node:module"; const require = parleyRequire(import.meta.url);',
};
/** An ES module whose names stay readable: an error's name is that of its class, and people debug with it. */
const library: BuildOptions = { ...node, format: "esm", minifyIdentifiers: false, banner: requireBanner };

/**
 * Loads SQLite dynamically, so that a Node without it gets a clear message instead of a missing module; also
 * hides the warning of versions that call it experimental.
 */
const sqliteAsked: Plugin = {
  name: "sqlite asked for",
  setup({ onResolve, onLoad }) {
    const namespace = "sqlite-asked-for";
    onResolve({ filter: /^node:sqlite$/ }, ({ path }) => ({ path, namespace }));
    onLoad({ filter: /.*/, namespace }, () => ({
      contents: `
        const { emitWarning } = process;
        process.emitWarning = () => {};
        const sqlite = process.getBuiltinModule?.("node:sqlite");
        process.emitWarning = emitWarning;
        if (sqlite === undefined) {
          process.stderr.write("parley: error: Parley needs Node 22.15 or newer; this is " + process.version + ".\\n");
          process.exit(2);
        }
        export const { DatabaseSync } = sqlite;`,
    }));
  },
};

/**
 * Keeps activation small: everything behind the interface is a separate bundle, loaded when it is first
 * needed.
 */
const engineApart: Plugin = {
  name: "engine apart",
  setup({ onResolve }) {
    onResolve({ filter: /^\./ }, ({ path, kind, importer }) => {
      if (kind !== "dynamic-import") return undefined;
      if (path.endsWith("/engine.ts")) return { path: "./engine.cjs", external: true };
      return { errors: [{ text: `${importer} may import dynamically only engine.ts, and not ${path}` }] };
    });
  },
};

/**
 * Each file that imports a CommonJS module gets a copy of its hundreds of exports; copies `vscode`'s only
 * once.
 */
const vscodeOnce: Plugin = {
  name: "vscode once",
  setup({ onResolve, onLoad }) {
    const namespace = "vscode-once";
    onResolve({ filter: /^vscode$/ }, ({ path, importer }) =>
      importer === path ? { path, external: true } : { path, namespace },
    );
    onLoad({ filter: /^vscode$/, namespace }, () => ({ contents: 'export * from "vscode";' }));
  },
};

export const BUNDLES: readonly BuildOptions[] = [
  {
    ...node,
    entryPoints: ["extension/main.ts"],
    outfile: "dist/extension.cjs",
    format: "cjs",
    plugins: [engineApart, vscodeOnce],
    // esbuild turns the one dynamic import into a require, which works in every editor.
    supported: { "dynamic-import": false },
  },
  { ...node, entryPoints: ["extension/engine.ts"], outfile: "dist/engine.cjs", format: "cjs" },
  { ...library, entryPoints: ["server/main.ts"], outfile: "dist/server.js" },
  {
    ...library,
    entryPoints: ["terminal/main.ts"],
    outfile: "dist/terminal.js",
    banner: { js: `#!/usr/bin/env node\n${requireBanner.js}` },
    plugins: [sqliteAsked],
  },
  // Not minified into one line, since Node prints the source line of an uncaught error.
  {
    ...library,
    minifyWhitespace: false,
    entryPoints: ["protocol/index.ts"],
    outfile: "dist/protocol/index.js",
  },
  { ...browser, entryPoints: ["extension/webview/main.ts"], outfile: "dist/webview.js" },
  { ...browser, entryPoints: ["extension/webview/highlighter.ts"], outfile: "dist/highlighter.js" },
  { ...browser, entryPoints: ["extension/webview/styles/panel.css"], outfile: "dist/panel.css" },
  {
    ...node,
    entryPoints: ["test/host/index.ts"],
    outfile: "dist/test/host.cjs",
    format: "cjs",
    external: ["vscode", "mocha"],
  },
];
