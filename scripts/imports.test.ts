/**
 * Compares every import in the tree with the table in docs/ARCHITECTURE.md, finds cycles, and inspects the
 * server's bundle.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join, normalize, sep } from "node:path";
import { build } from "esbuild";
import { BUNDLES } from "./bundles.ts";

const FOLDERS = "{protocol,server,messenger,extension,terminal,scripts,test}/**/*.{ts,mts,cts,js,mjs,cjs}";
/** Not within single quotes, which mark strings that quote code. */
const SPECIFIERS = /(?<!'[^'\n]*)(?:\bfrom|\bimport|\brequire)\s*\(?\s*["']([^"'\n]+)["']/g;
const EDITOR = "vscode";

interface Rule {
  readonly from: string;
  readonly targets: readonly string[];
}

interface Import {
  readonly file: string;
  /** A path from the root, or a package. */
  readonly target: string;
}

/** Returns the rows of the table, the most specific first. */
function readTable(document: string): readonly Rule[] {
  const [, section = ""] = document.split("### Allowed imports");
  const rows = section.split("\n## ")[0]?.matchAll(/^\| `([^`]+)` \| (.+) \|$/gm) ?? [];
  return [...rows]
    .map(([, from = "", cell = ""]) => ({
      from,
      targets: cell === "everything" ? [""] : [...cell.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name),
    }))
    .sort((a, b) => exactness(b.from) - exactness(a.from));
}

/** Ranks a file before `folder/*.ts`, and a deep folder before the one around it. */
function exactness(pattern: string): number {
  return pattern.length + (pattern.endsWith("/*.ts") ? -3.5 : 0);
}

/**
 * Returns whether a pattern covers a path.
 * @param pattern `folder/` with everything below it, `folder/*.ts` for the files directly in it, or one file
 */
function covers(pattern: string, path: string): boolean {
  if (pattern.endsWith("/*.ts")) return `${dirname(path)}/` === pattern.slice(0, -"*.ts".length);
  return pattern === path || (pattern.endsWith("/") || pattern === "" ? path.startsWith(pattern) : false);
}

/**
 * Returns every import of a file: static, dynamic or of a type.
 * @param file from the root
 */
function importsOf(file: string, text: string): readonly Import[] {
  return [...text.matchAll(SPECIFIERS)].map(([, specifier = ""]) => ({
    file,
    target: specifier.startsWith(".") ? slashes(normalize(join(dirname(file), specifier))) : specifier,
  }));
}

function slashes(path: string): string {
  return path.replaceAll(sep, "/");
}

function isTest(file: string): boolean {
  return file.startsWith("test/") || /\.test\.ts$|-fixture\.ts$/.test(file);
}

/** Returns why the table forbids an import; undefined if it does not. */
function objection(rules: readonly Rule[], { file, target }: Import): string | undefined {
  if (isTest(file)) return undefined;
  const isOwn = existsSync(target);
  if (!isOwn && target !== EDITOR) return undefined; // A package, or a file of another tree.
  if (isOwn && isTest(target)) return `${file} ships, and imports ${target}, which is for tests`;
  const rule = rules.find(({ from }) => covers(from, file));
  if (rule === undefined) return `${file} is in no row of the table`;
  const allowed = covers(rule.from, target) || rule.targets.some((one) => covers(one, target));
  return allowed ? undefined : `${file} (${rule.from}) may not import ${target}`;
}

/** Returns the files of one cycle; undefined if there is none. */
function cycleIn(imports: ReadonlyMap<string, readonly string[]>): readonly string[] | undefined {
  const done = new Set<string>();
  const path: string[] = [];
  const visit = (file: string): readonly string[] | undefined => {
    if (path.includes(file)) return [...path.slice(path.indexOf(file)), file];
    if (done.has(file)) return undefined;
    path.push(file);
    for (const target of imports.get(file) ?? []) {
      const cycle = visit(target);
      if (cycle !== undefined) return cycle;
    }
    path.pop();
    done.add(file);
    return undefined;
  };
  for (const file of imports.keys()) {
    const cycle = visit(file);
    if (cycle !== undefined) return cycle;
  }
  return undefined;
}

describe("imports", () => {
  const rules = readTable(readFileSync("docs/ARCHITECTURE.md", "utf8"));
  const files = globSync(FOLDERS, { exclude: (name) => name.includes("node_modules") }).map(slashes);
  const all = files.flatMap((file) => importsOf(file, readFileSync(file, "utf8")));

  it("are those that docs/ARCHITECTURE.md allows", () => {
    assert.ok(rules.length > 15 && all.length > 3000, "the table and the tree were read");
    assert.deepEqual(
      all.map((one) => objection(rules, one)).filter((text) => text !== undefined),
      [],
    );
  });

  it("have no cycle, type imports included", () => {
    const graph = new Map(files.map((file) => [file, [] as string[]]));
    for (const { file, target } of all) if (graph.has(target)) graph.get(file)?.push(target);
    assert.deepEqual(cycleIn(graph), undefined);
  });

  it("use every row of the table", () => {
    const idle = rules
      .filter(({ targets }) => targets[0] !== "")
      .flatMap(({ from, targets }) => {
        const mine = all.filter(
          ({ file }) => !isTest(file) && rules.find((rule) => covers(rule.from, file))?.from === from,
        );
        return targets
          .filter((target) => !mine.some((one) => covers(target, one.target)))
          .map((target) => `${from} imports nothing from ${target}`);
      });
    assert.deepEqual(idle, []);
  });

  for (const [what, file, line] of [
    [
      "the server to end-to-end code",
      "server/gateway/session.ts",
      'import "../../protocol/e2ee/conversation.ts";',
    ],
    [
      "the server to a type of it",
      "server/gateway/session.ts",
      'import type { A } from "../../protocol/e2ee/content.ts";',
    ],
    [
      "the server to the client",
      "server/gateway/session.ts",
      'const a = await import("../../protocol/client/client.ts");',
    ],
    [
      "identity to the channel",
      "protocol/identity/safety-number.ts",
      'import { a } from "../channel/line.ts";',
    ],
    ["the wire to end-to-end code", "protocol/wire/frame.ts", 'export * from "../e2ee/padding.ts";'],
    [
      "the messenger to the interface",
      "messenger/contacts/contact.ts",
      'import "../../extension/ui/editor.ts";',
    ],
    ["the messenger to the server", "messenger/contacts/contact.ts", 'import "../../server/limits.ts";'],
    ["the messenger to the editor", "messenger/contacts/contact.ts", 'import * as vscode from "vscode";'],
    ["shipped code to a test", "server/gateway/session.ts", 'import "../../test/fixtures/waiting.ts";'],
  ] as const)
    it(`from ${what} would be detected`, () => {
      const [found] = importsOf(file, line);
      assert.ok(found !== undefined && objection(rules, found) !== undefined);
    });

  it("in a cycle would be detected", () => {
    const graph = new Map([
      ["a", ["b"]],
      ["b", ["c"]],
      ["c", ["b"]],
    ]);
    assert.deepEqual(cycleIn(graph), ["b", "c", "b"]);
  });
});

/** The most that activation may read: parsing and running more would delay a window. The time itself is in test/host, as a record. */
const MAX_ACTIVATION_BYTES = 185_000;

describe("a bundle that ships", function () {
  this.timeout(180_000);
  before(function () {
    // In Wine, node.exe runs among packages that npm chose for Linux.
    if (!existsSync(`node_modules/@esbuild/${process.platform}-${process.arch}`)) this.skip();
  });

  async function bundle(
    outfile: string,
  ): Promise<{ readonly inputs: readonly string[]; readonly bytes: number }> {
    const options = BUNDLES.find((one) => one.outfile === outfile);
    assert.ok(options);
    const { metafile, outputFiles } = await build({ ...options, write: false, metafile: true });
    const code = outputFiles.find(({ path }) => path.endsWith(outfile.slice(outfile.indexOf("/"))));
    return { inputs: Object.keys(metafile.inputs), bytes: code?.contents.length ?? Number.NaN };
  }
  /** Returns the files that a bundle contains. */
  const inputsOf = async (outfile: string) => (await bundle(outfile)).inputs;

  it("contains no code that could open a message, and none of a client, for the server", async () => {
    const inputs = await inputsOf("dist/server.js");
    assert.ok(inputs.includes("server/gateway/session.ts"));
    const foreign = inputs.filter((file) =>
      /^protocol\/(e2ee|mls|client)\/|^(messenger|extension|test)\//.test(file),
    );
    assert.deepEqual(foreign, []);
  });

  it("contains no Markdown parser for activation, which would take twice as long", async () => {
    assert.ok((await inputsOf("dist/engine.cjs")).some((file) => file.includes("/markdown-it/")));
    const { inputs, bytes } = await bundle("dist/extension.cjs");
    assert.ok(inputs.includes("extension/main.ts"));
    assert.deepEqual(
      inputs.filter((file) => file.includes("/markdown")),
      [],
    );
    assert.ok(bytes <= MAX_ACTIVATION_BYTES, `${bytes} bytes`);
  });
});
