/**
 * `npm run test:boringssl`: runs the tests of protocol/ and messenger/ on BoringSSL, as in VS Code's own
 * runtime: no ML-KEM, no ChaCha20-Poly1305, no SHAKE. Uses bun, whose node:crypto is based on BoringSSL; it
 * is downloaded when first needed, and is not a dependency.
 */
import { spawnSync } from "node:child_process";
import { existsSync, globSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { command } from "./command.ts";

const VERSION = "1.4.5";
const FOLDER = join(".cache", `bun-${VERSION}`);
const TESTS = ["protocol/**/*.test.ts", "messenger/**/*.test.ts"];
/**
 * Tests that fail because bun differs from Node: sockets that gather writes, and scrypt with as much memory
 * as ours takes.
 */
const NOT_THESE = [
  "protocol/channel/line.test.ts",
  "messenger/history/backup/**",
  "messenger/account/{locked-vault,passphrase}.test.ts",
];

/** Bun is slower than Node at RSA, and the first step of CI may have a busy machine. */
const LIMIT_MS = 120_000;

const bun = fetched();
const tests = TESTS.flatMap((pattern) => globSync(pattern, { exclude: NOT_THESE }));
const { status } = spawnSync(
  bun,
  ["--bun", "node_modules/mocha/bin/mocha.js", "--timeout", String(LIMIT_MS), ...tests],
  {
    stdio: "inherit",
  },
);
process.exit(status ?? 1);

function fetched(): string {
  const [found] = programs();
  if (found !== undefined) return found;
  mkdirSync(FOLDER, { recursive: true });
  const arguments_ = [
    "install",
    "--prefix",
    FOLDER,
    "--no-save",
    "--ignore-scripts",
    "--no-audit",
    "--no-fund",
  ];
  const { file, args, ...how } = command("npm", [...arguments_, `bun@${VERSION}`]);
  spawnSync(file, args, { stdio: "inherit", ...how });
  const [program] = programs();
  if (program === undefined) throw new Error("npm did not bring bun for this system");
  return program;
}

function programs(): string[] {
  if (!existsSync(FOLDER)) return [];
  return globSync(join(FOLDER, "node_modules", "@oven", "*", "bin", "bun{,.exe}"));
}
