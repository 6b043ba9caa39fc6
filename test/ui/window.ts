/** One VS Code window as a person uses it: palette, quick input, notifications, dialogs, side bar, chat panel. */
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import type { BrowserContext, FrameLocator, Locator, Page } from "playwright-core";
import type { Editor } from "../../scripts/editor/server.ts";

const SCREENSHOTS = ".cache/screenshots";

export class EditorWindow {
  readonly page: Page;
  private readonly who: string;

  private constructor(page: Page, who: string) {
    this.page = page;
    this.who = who;
  }

  /** Opens a window of `editor` on `folder` and waits until the workbench stands. */
  static async open(
    context: BrowserContext,
    editor: Editor,
    folder: string,
    who: string,
  ): Promise<EditorWindow> {
    const window = new EditorWindow(await context.newPage(), who);
    window.page.setDefaultTimeout(30_000);
    await window.page.goto(editor.url(folder));
    await window.ready();
    return window;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.ready();
  }

  private async ready(): Promise<void> {
    await this.page.locator(".monaco-workbench .part.statusbar").waitFor();
  }

  /** Runs a command by its palette title, e.g. "Parley: Join with Invite…". */
  async command(title: string): Promise<void> {
    await this.page.keyboard.press("F1");
    await this.answer(`>${title}`, title);
  }

  /** Types into the quick input that is open and presses Enter, once `pick` (if given) is the first choice. */
  async answer(text: string, pick?: string): Promise<void> {
    const widget = this.page.locator(".quick-input-widget");
    const input = widget.locator("input.input");
    await input.waitFor();
    await input.fill(text);
    if (pick !== undefined)
      await widget.locator(".monaco-list-row").first().getByText(pick, { exact: false }).first().waitFor();
    await input.press("Enter");
  }

  quickInput(): Locator {
    return this.page.locator(".quick-input-widget");
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-toast").filter({ hasText: text });
  }

  async pressInNotification(text: string | RegExp, button: string): Promise<void> {
    const toast = this.notification(text).first();
    await toast.hover();
    await toast.locator(".monaco-button", { hasText: button }).first().click();
  }

  dialog(text?: string | RegExp): Locator {
    const dialog = this.page.locator(".monaco-dialog-box");
    return text === undefined ? dialog : dialog.filter({ hasText: text });
  }

  async pressInDialog(button: string): Promise<void> {
    await this.dialog().locator(".dialog-buttons .monaco-button", { hasText: button }).first().click();
  }

  async showParley(): Promise<void> {
    const tab = this.page.locator(".activitybar .action-item", {
      has: this.page.locator('[aria-label^="Parley"]'),
    });
    const view = this.page.locator(".sidebar .composite.title", { hasText: "Parley" });
    if (!(await view.isVisible())) await tab.first().click();
    await view.waitFor();
  }

  sidebar(): Locator {
    return this.page.locator(".part.sidebar");
  }

  /** A row of the Parley tree. */
  row(text: string | RegExp): Locator {
    return this.sidebar().locator(".monaco-list-row").filter({ hasText: text });
  }

  /** An inline action of a row, by its tooltip. */
  async pressInRow(text: string | RegExp, action: string): Promise<void> {
    const row = this.row(text).first();
    await row.hover();
    await row.locator(`.actions-container [aria-label^="${action}"]`).first().click();
  }

  statusItem(text: string | RegExp): Locator {
    return this.page.locator(".part.statusbar .statusbar-item").filter({ hasText: text });
  }

  tab(title: string): Locator {
    return this.page.locator(".tabs-container .tab", { hasText: title });
  }

  /** The page inside the chat panel that is in front. */
  panel(): FrameLocator {
    return this.page.frameLocator("iframe.webview.ready:visible").frameLocator("iframe#active-frame");
  }

  /** Keeps a picture as an artefact of the test run. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    await this.page.screenshot({ path: join(SCREENSHOTS, `${name}-${this.who}.png`) });
  }
}
