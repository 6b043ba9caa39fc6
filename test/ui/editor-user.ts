/** One person at a computer: a VS Code with a profile of its own and the packaged extension, seen in a browser of their own. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import type { Browser, BrowserContext } from "playwright-core";
import { type Editor, startEditor } from "../../scripts/editor/server.ts";
import { EditorWindow } from "./window.ts";

export interface EditorUserOptions {
  readonly name: string;
  /** What installEditor() returned. */
  readonly main: string;
  /** A folder for this person's profile and workspace. */
  readonly directory: string;
  readonly browser: Browser;
  readonly vsix: string;
}

export class EditorUser {
  readonly name: string;
  readonly workspace: string;
  readonly #editor: Editor;
  readonly #browser: BrowserContext;
  #window: EditorWindow | undefined;

  private constructor(name: string, workspace: string, editor: Editor, browser: BrowserContext) {
    this.name = name;
    this.workspace = workspace;
    this.#editor = editor;
    this.#browser = browser;
  }

  /** The person's window stands open afterwards. */
  static async begin({ name, main, directory, browser, vsix }: EditorUserOptions): Promise<EditorUser> {
    const workspace = join(directory, "notes");
    mkdirSync(workspace, { recursive: true });
    writeFileSync(join(workspace, "plan.md"), "# Plan\n\n- [x] talk\n- [ ] ship\n");
    const editor = await startEditor({
      main,
      directory: join(directory, "profile"),
      extensions: [resolve(vsix)],
      settings: { "workbench.colorTheme": "Default Dark Modern", "window.autoDetectColorScheme": false },
    });
    const context = await browser.newContext({
      viewport: { width: 1200, height: 760 },
      deviceScaleFactor: 1,
      colorScheme: "dark",
      locale: "en-GB",
    });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: editor.origin });
    const user = new EditorUser(name, workspace, editor, context);
    await user.openWindow();
    return user;
  }

  get window(): EditorWindow {
    if (this.#window === undefined) throw new Error(`${this.name} has no window open`);
    return this.#window;
  }

  async openWindow(): Promise<void> {
    this.#window = await EditorWindow.open(this.#browser, this.#editor, this.workspace, this.name);
  }

  async closeWindow(): Promise<void> {
    await this.window.close();
    this.#window = undefined;
  }

  async end(): Promise<void> {
    await this.#browser.close();
    await this.#editor.stop();
  }
}
