/** Starts alice and bob, each at a VS Code of their own, without a server or accounts. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { EditorUser } from "./editor-user.ts";
import type { EditorWindow } from "./window.ts";

const VSIX = "dist/parley.vsix";

export class TwoUsers {
  #directory = "";
  #browser: Browser | undefined;
  readonly #users: EditorUser[] = [];

  async begin(): Promise<void> {
    if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
    const main = await installEditor(console.log);
    const browser = await launchChromium();
    this.#browser = browser;
    this.#directory = mkdtempSync(join(tmpdir(), "parley-ui-"));
    await Promise.all(
      ["alice", "bob"].map(async (name) => {
        const directory = join(this.#directory, name);
        this.#users.push(await EditorUser.begin({ name, main, browser, vsix: VSIX, directory }));
      }),
    );
  }

  async end(): Promise<void> {
    await Promise.all(this.#users.map((user) => user.end()));
    await this.#browser?.close();
    if (this.#directory !== "") rmSync(this.#directory, { recursive: true, force: true });
  }

  user(name: "alice" | "bob"): EditorUser {
    const user = this.#users.find((candidate) => candidate.name === name);
    if (user === undefined) throw new Error(`${name} is not there`);
    return user;
  }

  get alice(): EditorWindow {
    return this.user("alice").window;
  }

  get bob(): EditorWindow {
    return this.user("bob").window;
  }

  /** Takes a picture of each window that is open. */
  async screenshot(name: string): Promise<void> {
    await Promise.all(this.#users.map((user) => user.screenshot(name)));
  }
}
