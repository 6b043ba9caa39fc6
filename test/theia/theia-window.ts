/** A window of Theia as a person uses it: palette, quick input, side bar, notifications, chat. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser, FrameLocator, Locator, Page } from "playwright-core";

const SCREENSHOTS = ".cache/screenshots";
/** Generous, since a development build is slow, and a wait ends as soon as its condition holds. */
const PATIENCE_MS = 180_000;

export class TheiaWindow {
  readonly page: Page;
  readonly #who: string;

  private constructor(page: Page, who: string) {
    this.page = page;
    this.#who = who;
  }

  static async open(browser: Browser, url: string, who: string): Promise<TheiaWindow> {
    const context = await browser.newContext({ viewport: { width: 1280, height: 800 } });
    await context.grantPermissions(["clipboard-read", "clipboard-write"], { origin: url });
    const window = new TheiaWindow(await context.newPage(), who);
    window.page.setDefaultTimeout(PATIENCE_MS);
    window.page.setDefaultNavigationTimeout(PATIENCE_MS);
    await window.page.goto(url);
    await window.status().waitFor();
    return window;
  }

  close(): Promise<void> {
    return this.page.context().close();
  }

  status(text: string | RegExp = ""): Locator {
    return this.page.locator("#status-bar-parley").filter({ hasText: text });
  }

  sidebar(): Locator {
    return this.page.locator("#theia-left-content-panel");
  }

  async showParley(): Promise<void> {
    await this.page.locator("li.lm-TabBar-tab[id$='workbench.view.extension.parley']").click();
  }

  row(text: string): Locator {
    return this.sidebar().locator(".theia-TreeNode").filter({ hasText: text });
  }

  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.quickInput().locator("input.input").fill(`>${title}`);
    await this.quickInput().locator(".monaco-list-row").filter({ hasText: title }).first().click();
  }

  quickInput(): Locator {
    return this.page.locator(".quick-input-widget:visible");
  }

  /** Types into the quick input that shows `prompt`, and presses Enter. */
  async answer(prompt: string | RegExp, text = ""): Promise<void> {
    const widget = this.quickInput().filter({ hasText: prompt });
    const input = widget.locator("input.input");
    await input.waitFor();
    await input.fill(text);
    await this.quickInput().locator("input.input").press("Enter");
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator(".theia-notification-list-item").filter({ hasText: text }).first();
  }

  async pressInNotification(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).getByRole("button", { name: button, exact: true }).click();
  }

  /** Returns the page in the chat panel. */
  chat(): FrameLocator {
    return this.page.frameLocator("iframe.webview").frameLocator("iframe");
  }

  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `theia-${name}-${this.#who}.png`) });
  }
}
