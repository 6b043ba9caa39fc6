/** The active chat panel of a window, as its user sees it. */
import { AxeBuilder } from "@axe-core/playwright";
import type { FrameLocator, Locator, Page } from "playwright-core";
import { until } from "./until.ts";

const OUTER = "iframe.webview.ready:visible";
const INNER = "iframe#active-frame";

export class ChatView {
  readonly #page: Page;

  constructor(page: Page) {
    this.#page = page;
  }

  get frame(): FrameLocator {
    return this.#page.frameLocator(OUTER).frameLocator(INNER);
  }

  get composer(): Locator {
    return this.frame.locator("textarea");
  }

  /** Waits until this is the chat with `peer`. */
  async with(peer: string): Promise<void> {
    await this.frame.getByRole("heading", { name: peer, exact: true }).waitFor();
  }

  /** Waits until no other page is on screen. While a chat is moved, its old and its new page are, for a moment. */
  async alone(): Promise<void> {
    await until(async () => (await this.#page.locator(OUTER).count()) === 1);
  }

  /** Waits until the user can write, e.g. after a request was accepted. */
  async open(): Promise<void> {
    await this.frame.locator(".composer-box:not(.closed)").waitFor();
  }

  /** Waits until the composer holds `text`. */
  async draft(text: string): Promise<void> {
    const composer = await this.composer.elementHandle();
    const frame = await composer?.ownerFrame();
    if (!frame) throw new Error("the composer is gone");
    await frame.waitForFunction(([input, wanted]) => (input as HTMLTextAreaElement).value === wanted, [
      composer,
      text,
    ] as const);
  }

  /** Waits until the composer has the focus, so that keys go there. */
  async focused(): Promise<void> {
    await this.frame.locator("textarea:focus").waitFor();
  }

  /** Waits until the page has the focus, in whichever of its elements. */
  async hasKeys(): Promise<void> {
    const frame = await (await this.composer.elementHandle())?.ownerFrame();
    if (!frame) throw new Error("the composer is gone");
    await frame.waitForFunction(() => document.hasFocus());
  }

  async send(text: string): Promise<void> {
    await this.composer.fill(text);
    await this.composer.press("Enter");
  }

  message(text: string | RegExp): Locator {
    return this.frame.locator(".message").filter({ hasText: text });
  }

  /** Waits until the user's own message is shown in that state. */
  async state(text: string, state: "sent" | "delivered" | "failed"): Promise<void> {
    await this.message(text).locator(`.state.${state}`).waitFor();
  }

  event(text: string): Locator {
    return this.frame.locator(".event").filter({ hasText: text });
  }

  banner(text: string | RegExp): Locator {
    return this.frame.locator(".banner").filter({ hasText: text });
  }

  async press(button: string): Promise<void> {
    await this.frame.getByRole("button", { name: button }).click();
  }

  /** Chooses from the menu at the top. */
  async choose(item: string): Promise<void> {
    await this.press("More Actions");
    await this.frame.getByRole("menuitem", { name: item }).click();
  }

  /** Returns axe's findings in the chat's page, one line each. */
  async accessibilityFaults(): Promise<readonly string[]> {
    // axe leaves out a frame that doesn't answer in time.
    for (let attempt = 1; attempt <= 5; attempt++) {
      const { violations, passes } = await new AxeBuilder({ page: this.#page })
        .include({ fromFrames: ["iframe.webview.ready", INNER, "#parley"] })
        .analyze();
      if (passes.some(({ nodes }) => nodes.some(({ html }) => html.startsWith("<textarea"))))
        return violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
    }
    throw new Error("axe did not look into the chat's page");
  }
}
