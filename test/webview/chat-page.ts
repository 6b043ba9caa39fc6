/**
 * The page of a chat panel in a real Chromium, as in VS Code: the extension's own HTML and content security
 * policy, the real bundle and style sheet, a theme's variables and body classes, and a stand-in for the
 * editor that records the page's posts.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { build, type Plugin } from "esbuild";
import type { Browser, Locator, Page } from "playwright-core";
import type { PageMessage } from "../../extension/contract/page-message.ts";
import type { HostMessage, PanelHeader, PanelMessage } from "../../extension/contract/panel.ts";
import { chatMenu } from "../../extension/ui/chats/chat-menu.ts";
import { chatPage } from "../../extension/ui/chats/chat-page.ts";
import { commandTitles, manifestTexts } from "../../extension/ui/command-titles.ts";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import type { Theme } from "./themes.ts";

const PAGE = "https://panel.test/";

declare global {
  interface Window {
    /** The page's posts to the extension. */
    posts: unknown[];
    states: unknown[];
    /** Set by scripts that must never run. */
    attacked: string[];
    violations: string[];
  }
}

const bundles = new Map<string, Promise<string>>();

type PagePart = "main.ts" | "highlighter.ts" | "styles/panel.css";

/** Bundles a part of the page as it ships, or changed by plugins. */
export function webviewBundle(path: PagePart, plugins: Plugin[] = []): Promise<string> {
  const bundle =
    (plugins.length === 0 ? bundles.get(path) : undefined) ??
    build({
      plugins,
      entryPoints: [`extension/webview/${path}`],
      bundle: true,
      minify: true,
      write: false,
      format: "iife",
      platform: "browser",
      target: "chrome120",
      legalComments: "none",
    }).then((result) => result.outputFiles[0]?.text ?? "");
  if (plugins.length === 0) bundles.set(path, bundle);
  return bundle;
}

export class ChatPage {
  readonly page: Page;
  /** Every request except the one for the page itself. */
  readonly requests: string[] = [];
  readonly errors: string[] = [];

  private constructor(page: Page) {
    this.page = page;
    page.on("pageerror", (error) => this.errors.push(error.message));
    page.on("console", (line) => {
      if (line.type() === "error") this.errors.push(line.text());
    });
  }

  static async open(
    browser: Browser,
    theme: Theme,
    viewport = { width: 760, height: 700 },
    /** The initial time of the page's clock, so that `page.clock` can move it. */
    time?: number,
    {
      script,
      sentences = {},
      language = "en-GB",
    }: {
      readonly script?: string;
      readonly sentences?: Readonly<Record<string, string>>;
      readonly language?: string;
    } = {},
  ): Promise<ChatPage> {
    const context = await browser.newContext({ viewport, locale: "en-GB", timezoneId: "Europe/Berlin" });
    const chat = new ChatPage(await context.newPage());
    const { page } = chat;
    const html = chatPage({
      nonce: "bm9uY2U",
      script: script ?? (await webviewBundle("main.ts")),
      highlighter: await webviewBundle("highlighter.ts"),
      style: await webviewBundle("styles/panel.css"),
      language,
      start: { sentences, page: "the page" },
    });
    await context.route("**/*", async (route) => {
      const url = route.request().url();
      if (url === PAGE) return route.fulfill({ contentType: "text/html", body: html });
      chat.requests.push(url);
      return route.abort();
    });
    await page.addInitScript(({ bodyClass, variables }) => {
      window.posts = [];
      window.states = [];
      window.attacked = [];
      window.violations = [];
      Object.assign(window, {
        acquireVsCodeApi: () => ({
          postMessage: ({ message }: { message: unknown }) => window.posts.push(message),
          setState: (state: unknown) => window.states.push(state),
        }),
        attack: (how: string) => window.attacked.push(how),
      });
      document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.violatedDirective} ${event.blockedURI}`),
      );
      document.addEventListener("DOMContentLoaded", () => {
        document.body.className = bodyClass;
        for (const [name, value] of Object.entries(variables))
          document.documentElement.style.setProperty(name, value);
      });
    }, theme);
    if (time !== undefined) await page.clock.install({ time });
    await page.goto(PAGE);
    await page.waitForFunction(() => window.posts.length > 0);
    return chat;
  }

  /** Posts messages to the page as the extension would, and waits until it has handled them. */
  async give(...messages: readonly HostMessage[]): Promise<void> {
    await this.page.evaluate(async (all) => {
      for (const message of all) window.postMessage(message, "*");
      await new Promise((done) => setTimeout(done));
      await new Promise(requestAnimationFrame);
    }, messages);
  }

  async posts(): Promise<readonly PageMessage[]> {
    return this.page.evaluate(() => window.posts as PageMessage[]);
  }

  async posted<Type extends PageMessage["type"]>(
    ...types: readonly Type[]
  ): Promise<Extract<PageMessage, { type: Type }>[]> {
    const matches = (post: PageMessage): post is Extract<PageMessage, { type: Type }> =>
      (types as readonly string[]).includes(post.type);
    return (await this.posts()).filter(matches);
  }

  async waitForPost(type: PageMessage["type"], count = 1): Promise<void> {
    await this.page.waitForFunction(
      ([wanted, least]) =>
        (window.posts as PageMessage[]).filter((post) => post.type === wanted).length >= least,
      [type, count] as const,
    );
  }

  get log(): Locator {
    return this.page.getByRole("log");
  }
  get messages(): Locator {
    return this.page.getByRole("article");
  }
  get composer(): Locator {
    return this.page.getByRole("textbox");
  }
  get live(): Locator {
    return this.page.locator("[aria-live=polite]");
  }

  async close(): Promise<void> {
    await this.page.context().close();
  }
}

const titles = commandTitles(JSON.parse(readFileSync("package.json", "utf8")), () =>
  manifestTexts(".", "en"),
);
export const titleOf = (command: string) => titles.get(command) ?? { title: command, icon: "" };

const openHeader: Omit<PanelHeader, "menu"> = {
  chat: "user:bob",
  peer: "bob",
  me: "alice",
  shownIn: "editor",
  phase: "open",
  blocked: false,
  online: true,
  trust: "pinned",
  connected: true,
  signedOut: false,
  connectionText: "",
  timerSeconds: 0,
};

export function header(changes: Partial<PanelHeader> = {}): HostMessage {
  const { phase, shownIn } = { ...openHeader, ...changes };
  const menu = chatMenu(phase, shownIn, titleOf);
  return { type: "header", header: { ...openHeader, menu, ...changes } };
}

/** Returns the id of the message with this number. */
export function idOf(position: number): string {
  return position.toString(16).padStart(32, "0");
}

/**
 * Makes a message of bob's, or of the user's own, number `position`: one a minute from noon on 1 March 2026.
 */
export function message(position: number, text: string, changes: Partial<PanelMessage> = {}): PanelMessage {
  const at = Date.UTC(2026, 2, 1, 12) + position * 60_000;
  const author = changes.mine ? "alice" : "bob";
  return { id: idOf(position), author, mine: false, at, position, body: { kind: "text", text }, ...changes };
}

export function page(messages: readonly PanelMessage[], hasOlder = false): HostMessage {
  return { type: "page", messages, place: "replace", hasOlder, hasNewer: false };
}

type OpenPage = (...options: OmitFirst<Parameters<typeof ChatPage.open>>) => Promise<ChatPage>;
type OmitFirst<List extends readonly unknown[]> = List extends [unknown, ...infer Rest] ? Rest : never;

/**
 * Starts a browser for the calling suite. Closes the pages that a test opened after it, and fails it on an error
 * in such a page or a violation of its policy.
 * @returns opens a page, as ChatPage.open
 */
export function chatPages(): OpenPage {
  let browser: Browser;
  const opened: ChatPage[] = [];
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser.close());
  afterEach(async () => {
    for (const chat of opened.splice(0)) {
      const violations = await chat.page.evaluate(() => window.violations);
      await chat.close();
      assert.deepEqual(chat.errors, []);
      assert.deepEqual(violations, []);
    }
  });
  return async (...options) => {
    const chat = await ChatPage.open(browser, ...options);
    opened.push(chat);
    return chat;
  };
}

/**
 * Opens a page before each test of the calling suite, with the checks of chatPages().
 * @param take receives the page before each test, to fill it
 * @returns opens a further page
 */
export function withChatPage(theme: Theme, take: (chat: ChatPage) => void | Promise<void>): OpenPage {
  const open = chatPages();
  beforeEach(async () => take(await open(theme)));
  return open;
}
