/** One VS Code window as a person uses it: palette, quick input, notifications, dialogs, side bar, tabs. */
import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { basename, dirname, join, sep } from "node:path";
import type { BrowserContext, Locator, Page } from "playwright-core";
import type { Editor } from "../../scripts/editor/server.ts";
import { ChatView } from "./chat-view.ts";

const SCREENSHOTS = ".cache/screenshots";
/** Generous, since a busy machine makes everything slow, and a wait ends as soon as its condition holds. */
const PATIENCE_MS = 60_000;

export class EditorWindow {
  readonly page: Page;
  readonly chat: ChatView;
  private readonly who: string;

  private constructor(page: Page, who: string) {
    this.page = page;
    this.chat = new ChatView(page);
    this.who = who;
  }

  /** Opens a window of `editor` on `folder` and waits until the workbench is shown. */
  static async open(
    context: BrowserContext,
    editor: Editor,
    folder: string,
    who: string,
  ): Promise<EditorWindow> {
    const window = new EditorWindow(await context.newPage(), who);
    window.page.setDefaultTimeout(PATIENCE_MS);
    await window.page.goto(editor.url(folder));
    await window.#ready();
    return window;
  }

  async reload(): Promise<void> {
    await this.page.reload();
    await this.#ready();
  }

  /**
   * Takes the focus from the window, as when a user looks at a browser in front of it. It is minimized, since Chromium without its own
   * windows knows of no other window in front.
   * @returns a function that restores it
   */
  async cover(): Promise<() => Promise<void>> {
    const session = await this.page.context().newCDPSession(this.page);
    // Otherwise Playwright makes every page believe that it has the focus.
    await session.send("Emulation.setFocusEmulationEnabled", { enabled: false });
    const { windowId } = await session.send("Browser.getWindowForTarget");
    await session.send("Browser.setWindowBounds", { windowId, bounds: { windowState: "minimized" } });
    await this.page.waitForFunction(() => !document.hasFocus());
    return async () => {
      await session.send("Browser.setWindowBounds", { windowId, bounds: { windowState: "normal" } });
      await this.page.bringToFront();
      await this.page.waitForFunction(() => document.hasFocus());
      await session.send("Emulation.setFocusEmulationEnabled", { enabled: true });
      await session.detach();
    };
  }

  /** Closes the tab as a user does: the page may send its last messages to its server. */
  async close(): Promise<void> {
    const closed = this.page.waitForEvent("close");
    await this.page.close({ runBeforeUnload: true });
    await closed;
  }

  /** Waits until Parley's status bar item shows that the extension runs. */
  async #ready(): Promise<void> {
    await this.status().waitFor();
  }

  /** Runs a command by its palette title, e.g. "Parley: Join with Invite…". */
  async command(title: string): Promise<void> {
    const input = this.quickInput().locator("input.input");
    const row = this.quickInput().locator(".monaco-list-row").getByText(title, { exact: true });
    // The editor closes a palette that opens while another question is closing, or while the focus returns from one; then it's opened
    // again, as a person would.
    const ran = async () => {
      await this.page.keyboard.press("F1");
      try {
        await input.fill(`>${title}`, { timeout: 5000 });
        await row.click({ timeout: 10_000 });
        return true;
      } catch {
        return false;
      }
    };
    for (let attempt = 1; !(await ran()); attempt++) assert.ok(attempt < 5, `no palette for ${title}`);
    await this.page.mouse.move(0, 0);
  }

  /**
   * Waits until the extension has handled everything that was done in this window so far, even without a
   * visible sign: the editor sends it events in order, and its menu opens after those.
   */
  async heard(): Promise<void> {
    await this.status().click();
    // The last entries are beyond the edge of the list, where an older editor doesn't draw them.
    await this.quickInput().locator(".monaco-list-row").first().waitFor();
    await this.page.keyboard.press("Escape");
    await this.quickInput().waitFor({ state: "hidden" });
    await this.page.mouse.move(0, 0);
  }

  /** Opens a file of the workspace in the active editor group. */
  async openFile(name: string): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+p");
    await this.answer(name, name);
    await this.tab(name).waitFor();
  }

  /** Types into the quick input that is open, once it shows `prompt` (if given), and presses Enter once `pick` (if given) is the first choice. */
  async answer(text: string, pick?: string, prompt?: string | RegExp): Promise<void> {
    const widget = prompt === undefined ? this.quickInput() : this.quickInput().filter({ hasText: prompt });
    const input = widget.locator("input.input");
    await input.waitFor();
    await input.fill(text);
    if (pick !== undefined)
      await widget.locator(".monaco-list-row").first().getByText(pick).first().waitFor();
    // By now a validation message has replaced the prompt.
    await this.quickInput().locator("input.input").press("Enter");
  }

  /** Continues a request to talk, which asks for a note first. */
  async addNote(note = ""): Promise<void> {
    await this.answer(note, undefined, "Add a note");
  }

  /** Chooses an existing file in the editor's own file dialog, which accepts Enter only for a path that it has read. */
  async chooseFile(title: string | RegExp, path: string): Promise<void> {
    const dialog = this.quickInput().filter({ hasText: title });
    const input = dialog.locator("input.input");
    await dialog.locator(".monaco-list-row").first().waitFor();
    await input.fill(dirname(path) + sep);
    await dialog.locator(".monaco-list-row").getByText(basename(path)).click();
    await dialog.waitFor({ state: "hidden" });
  }

  quickInput(): Locator {
    return this.page.locator(".quick-input-widget:visible");
  }

  notification(text: string | RegExp): Locator {
    return this.page.locator(".notifications-toasts .notification-toast").filter({ hasText: text }).first();
  }

  async pressInNotification(text: string | RegExp, button: string): Promise<void> {
    await this.notification(text).getByRole("button", { name: button, exact: true }).click();
  }

  dialog(text: string | RegExp): Locator {
    return this.page.locator(".monaco-dialog-box").filter({ hasText: text });
  }

  async pressInDialog(text: string | RegExp, button: string): Promise<void> {
    const dialog = this.dialog(text);
    await dialog.getByRole("button", { name: button, exact: true }).click();
    await dialog.waitFor({ state: "hidden" });
  }

  /** Goes back from the step with that title to the previous one. */
  async back(step: string): Promise<void> {
    await this.quickInput().getByText(step).waitFor();
    await this.quickInput().getByRole("button", { name: "Back" }).click();
    await this.page.mouse.move(0, 0);
  }

  /** Confirms, by keyboard, that every group of the safety number on screen is the same. */
  async confirmNumber(): Promise<void> {
    const sheet = this.chat.frame.getByRole("dialog");
    await sheet.getByRole("checkbox").and(this.chat.frame.locator(":enabled")).waitFor();
    for (const key of ["Tab", "Space", "Tab", "Enter"]) await this.page.keyboard.press(key);
    await sheet.waitFor({ state: "detached" });
  }

  /** Waits until Enter would press a button. VS Code moves the focus there a moment after it shows the dialog. */
  async focusOn(button: string): Promise<void> {
    await this.page.locator(":focus", { hasText: button }).waitFor();
  }

  /** Opens Parley's view with its chord. */
  async openParley(): Promise<void> {
    await this.page.keyboard.press("ControlOrMeta+k");
    await this.page.keyboard.press("ControlOrMeta+y");
  }

  async showParley(): Promise<void> {
    const view = this.sidebar().locator(".composite.title", { hasText: "Parley" });
    // A click hides a view that has opened by itself in the same moment; another one shows it again.
    const shown = async () => {
      if (!(await view.isVisible())) await this.activity().click();
      return view.waitFor({ timeout: 10_000 }).then(
        () => true,
        () => false,
      );
    };
    for (let attempt = 1; !(await shown()); attempt++) assert.ok(attempt < 5, "Parley's view doesn't show");
  }

  /** Returns Parley's icon in the activity bar, with its badge. */
  activity(): Locator {
    return this.page.locator(".activitybar .action-item", {
      has: this.page.locator('.action-label[aria-label^="Parley"]'),
    });
  }

  sidebar(): Locator {
    return this.page.locator(".part.sidebar");
  }

  /** Returns a row of the Parley tree, by the start of its accessible name. */
  row(spoken: string): Locator {
    return this.sidebar().locator(`.monaco-list-row[aria-label^="${spoken}"]`);
  }

  /** Presses an inline action of a row. */
  async pressInRow(spoken: string, action: string): Promise<void> {
    const row = this.row(spoken).first();
    await row.hover();
    await row.getByRole("button", { name: action }).first().click();
  }

  status(text: string | RegExp = ""): Locator {
    return this.page.locator(".part.statusbar .statusbar-item[id^='parley-chat.parley']").filter({
      hasText: text,
    });
  }

  /** Waits until the side bar shows no progress. */
  async settled(): Promise<void> {
    await this.sidebar().locator(".monaco-progress-container.active:visible").waitFor({ state: "hidden" });
  }

  tab(title: string | RegExp): Locator {
    return this.page.locator(".tabs-container .tab").filter({ hasText: title });
  }

  clipboard(): Promise<string> {
    return this.page.evaluate(() => navigator.clipboard.readText());
  }

  /** Waits until the clipboard holds `text`. */
  async copied(text: string): Promise<void> {
    await this.page.waitForFunction(
      async (wanted) => (await navigator.clipboard.readText()) === wanted,
      text,
    );
  }

  /** Takes a picture of the window as PNG. */
  picture(): Promise<Buffer> {
    return this.page.screenshot({ animations: "disabled" });
  }

  /** Stores a picture as an artefact of the test run. */
  async screenshot(name: string): Promise<void> {
    mkdirSync(SCREENSHOTS, { recursive: true });
    writeFileSync(join(SCREENSHOTS, `${name}-${this.who}.png`), await this.picture());
  }
}
