/**
 * One person at a computer: a VS Code with a profile of its own and the packaged extension, in a browser of
 * their own.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join, resolve } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import type { Browser, BrowserContext } from "playwright-core";
import type { EditorProgram } from "../../scripts/editor/install.ts";
import { type Editor, startEditor } from "../../scripts/editor/server.ts";
import { EditorWindow } from "./window.ts";

export interface EditorUserOptions {
  readonly name: string;
  /** The result of installEditor(). */
  readonly main: EditorProgram;
  /** A folder for this person's profile and workspace. */
  readonly directory: string;
  readonly browser: Browser;
  readonly vsix: string;
  /** Other extensions to install, as VSIX files. */
  readonly beside?: readonly string[];
  /** The folder the window opens; by default one with a small file in it. */
  readonly workspace?: string;
  /** Settings of the editor, in addition to the usual ones. */
  readonly settings?: Readonly<Record<string, unknown>>;
  /** Environment of the extension host. */
  readonly env?: Readonly<Record<string, string>>;
  readonly viewport?: { readonly width: number; readonly height: number };
  /** The editor's display language, as its code: extensions use it, the editor itself has only English. */
  readonly language?: string;
}

const VIEWPORT = { width: 1200, height: 760 };

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

  /** Starts the editor, and opens the person's window. */
  static async begin(options: EditorUserOptions): Promise<EditorUser> {
    const {
      name,
      main,
      directory,
      browser,
      vsix,
      beside = [],
      settings,
      env = {},
      viewport = VIEWPORT,
      language,
    } = options;
    const workspace = options.workspace ?? newWorkspace(directory);
    const editor = await startEditor({
      main,
      directory: join(directory, "profile"),
      extensions: [vsix, ...beside].map((file) => resolve(file)),
      env,
      settings: {
        "workbench.colorTheme": "Default Dark Modern",
        "window.autoDetectColorScheme": false,
        ...settings,
      },
    });
    const context = await browser.newContext({
      viewport,
      deviceScaleFactor: 1,
      colorScheme: "dark",
      locale: "en-GB",
    });
    if (language !== undefined)
      await context.addInitScript((code) => {
        Object.defineProperty(globalThis, "_VSCODE_NLS_LANGUAGE", { value: code });
      }, language);
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: editor.origin });
    const user = new EditorUser(name, workspace, editor, context);
    try {
      await user.openWindow();
      return user;
    } catch (error) {
      await user.end();
      throw error;
    }
  }

  get window(): EditorWindow {
    if (this.#window === undefined) throw new Error(`${this.name} has no window open`);
    return this.#window;
  }

  /** Returns the editor's folder for the extension's data of this person. */
  get storage(): string {
    return join(this.#editor.directory, "data/data/User/globalStorage/parley-chat.parley");
  }

  async openWindow(): Promise<void> {
    this.#window = await EditorWindow.open(this.#browser, this.#editor, this.workspace, this.name);
  }

  /** Opens a window of the same VS Code in another browser, which has none of this one's secrets. */
  async openElsewhere(browser: Browser): Promise<EditorWindow> {
    const context = await browser.newContext({ viewport: VIEWPORT, colorScheme: "dark", locale: "en-GB" });
    return EditorWindow.open(context, this.#editor, this.workspace, `${this.name}-elsewhere`);
  }

  /** Resolves once the leader's extension host has ended: until then another window goes through it. */
  async accountLetGo(): Promise<void> {
    const { process: leader } = JSON.parse(
      readFileSync(join(this.storage, "messenger/endpoint.json"), "utf8"),
    );
    while (existsSync(`/proc/${leader}`)) await pause(200);
  }

  /** Opens another tab of the same profile, beside the person's window. */
  openAnother(workspace: string): Promise<EditorWindow> {
    return EditorWindow.open(this.#browser, this.#editor, workspace, `${this.name}-2`);
  }

  async closeWindow(): Promise<void> {
    await this.window.close();
    this.#window = undefined;
  }

  async screenshot(name: string): Promise<void> {
    await this.#window?.screenshot(name);
  }

  async end(): Promise<void> {
    await this.#browser.close();
    await this.#editor.stop();
  }
}

function newWorkspace(directory: string): string {
  const workspace = join(directory, "notes");
  mkdirSync(workspace, { recursive: true });
  writeFileSync(join(workspace, "plan.md"), "# Plan\n\n- [x] talk\n- [ ] ship\n");
  return workspace;
}
