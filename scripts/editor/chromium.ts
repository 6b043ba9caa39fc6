/**
 * The browser that the tests use: CHROME_PATH, an installed one, or Debian's, which is installed if we are
 * root on Debian.
 */
import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";
import { type Browser, chromium } from "playwright-core";

/** The first is Chromium without its own windows: the tests take a third of the time. */
const USUAL = [
  "/usr/bin/chromium-headless-shell",
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/usr/bin/google-chrome-stable",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
  "C:\\Program Files\\Google\\Chrome\\Application\\chrome.exe",
  "C:\\Program Files (x86)\\Microsoft\\Edge\\Application\\msedge.exe",
];

/**
 * Returns the browser's path.
 * @throws Error with one line that names the missing program and the fix
 */
export function findChromium(): string {
  const named = process.env["CHROME_PATH"];
  if (named !== undefined) {
    if (existsSync(named)) return named;
    throw new Error(`CHROME_PATH names ${named}, which does not exist.`);
  }
  const found = USUAL.find((path) => existsSync(path));
  if (found !== undefined) return found;
  if (process.getuid?.() === 0 && existsSync("/etc/debian_version")) return installDebianChromium();
  throw new Error("The tests need Chromium or Chrome: install it, or name it in CHROME_PATH.");
}

function installDebianChromium(): string {
  console.log("Installing Debian's chromium-headless-shell for the tests (once)…");
  const apt = (...args: string[]) =>
    execFileSync("apt-get", args, {
      stdio: ["ignore", "ignore", "inherit"],
      env: { ...process.env, DEBIAN_FRONTEND: "noninteractive" },
    });
  try {
    apt("update", "-qq");
    apt("install", "-y", "-qq", "--no-install-recommends", "chromium-headless-shell");
    return "/usr/bin/chromium-headless-shell";
  } catch {
    throw new Error(
      "Debian's chromium-headless-shell could not be installed: run `apt-get install chromium-headless-shell`, or name a browser in CHROME_PATH.",
    );
  }
}

/** Starts a quiet, headless browser. As root Chromium refuses to use its sandbox. */
export function launchChromium(): Promise<Browser> {
  return chromium.launch({
    executablePath: findChromium(),
    args: [
      "--no-sandbox",
      "--disable-gpu",
      "--disable-quic",
      "--no-first-run",
      "--disable-background-networking",
      "--disable-component-update",
      "--disable-sync",
    ],
  });
}
