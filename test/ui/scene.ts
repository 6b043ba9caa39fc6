/** The people, programs and files of a suite in a real VS Code: made when a test asks for them, and removed after the suite. */
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser, type EditorUserOptions } from "./editor-user.ts";

const VSIX = "dist/parley.vsix";

export class Scene {
  #directory: string | undefined;
  #browser: Promise<Browser> | undefined;
  #server: Promise<RealServer> | undefined;
  readonly #users = new Set<EditorUser>();
  readonly #computers: Computer[] = [];

  /** Returns the suite's folder. */
  get directory(): string {
    this.#directory ??= mkdtempSync(join(tmpdir(), "parley-ui-"));
    return this.#directory;
  }

  browser(): Promise<Browser> {
    this.#browser ??= launchChromium();
    return this.#browser;
  }

  server(): Promise<RealServer> {
    this.#server ??= RealServer.start();
    return this.#server;
  }

  /** Opens a VS Code with the packaged extension and without an account. @throws Error if the package is missing */
  async user(name: string, options: Partial<EditorUserOptions> = {}): Promise<EditorUser> {
    if (!existsSync(VSIX)) throw new Error(`${VSIX} is missing: run \`npm run package\` first.`);
    const [main, browser] = [await installEditor(console.log), await this.browser()];
    const user = await EditorUser.begin({
      ...{ name, main, browser, directory: this.directory, vsix: VSIX },
      ...options,
    });
    this.#users.add(user);
    return user;
  }

  /** Opens a VS Code that joins the server by itself, with an invite in its environment. */
  async member(name: string, options: Omit<Partial<EditorUserOptions>, "env"> = {}): Promise<EditorUser> {
    const invite = await (await this.server()).invite(1, name);
    return this.user(name, { ...options, env: { PARLEY_INVITE: invite, PARLEY_NAME: name } });
  }

  /** Starts a messenger without an editor, which has joined the server. */
  async computer(name: string): Promise<Computer> {
    const computer = await Computer.start(name);
    this.#computers.push(computer);
    await computer.joins(await (await this.server()).invite(1, name));
    return computer;
  }

  /** Ends a user's VS Code before the suite ends. */
  async ends(user: EditorUser): Promise<void> {
    this.#users.delete(user);
    await user.end();
  }

  async screenshot(name: string): Promise<void> {
    for (const user of this.#users) await user.screenshot(name).catch(() => undefined);
  }

  async end(): Promise<void> {
    await Promise.all([...this.#users].map((user) => user.end()));
    await (await this.#browser)?.close();
    for (const computer of this.#computers) await computer.remove();
    await (await this.#server)?.remove();
    if (this.#directory !== undefined) rmSync(this.#directory, { recursive: true, force: true });
  }
}

/** Returns a scene for the calling suite: takes a picture of each window when a test fails, and removes everything afterwards. */
export function withScene(): Scene {
  const scene = new Scene();
  afterEach(async function () {
    if (this.currentTest?.state === "failed") await scene.screenshot("failed");
  });
  after(() => scene.end());
  return scene;
}
