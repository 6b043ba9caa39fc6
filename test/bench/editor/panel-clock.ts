/**
 * When things appear on screen, measured by the page itself: from pressing a mouse button in the workbench to
 * the end of the first frame that shows a message. Times are milliseconds since 1970, the same in all frames.
 * The workbench collects them, since an observer that inspects the panel while it loads would slow it down.
 */
import type { BrowserContext, Page } from "playwright-core";

interface Clock {
  /** In the workbench: the last press. */
  pressed?: number;
  /** In the panel opened by it: once a message is on screen. */
  shown?: Required<Pick<Clock, "painted">> & Clock;
  /** In the panel's page: its script listens; the history arrived; a message is on screen. */
  listening?: number;
  received?: number;
  painted?: number;
}
declare global {
  interface Window {
    parleyClock: Clock;
  }
}

export interface Opening {
  /** From the press to the first message on screen. */
  readonly totalMs: number;
  /**
   * Part of it: until the page's own script runs, which depends on the editor; absent if the page has no
   * script.
   */
  readonly editorMs?: number;
  /** Part of it: from the page's "ready" until the history arrives from the extension host. */
  readonly hostMs?: number;
}

/** Installs the clock. Call before windows are opened in the context. */
export async function installClock(context: BrowserContext): Promise<void> {
  await context.addInitScript(() => {
    const clock: Clock = {};
    window.parleyClock = clock;
    const now = () => performance.timeOrigin + performance.now();
    if (window.top === window) {
      const press = () => {
        clock.pressed = now();
        delete clock.shown;
      };
      window.addEventListener("pointerdown", press, { capture: true });
      return;
    }
    // The editor writes the page into an existing frame, which removes all listeners except this one.
    const add = window.addEventListener;
    window.addEventListener = (type: string, ...rest: [EventListenerOrEventListenerObject]) => {
      if (type === "message" && document.getElementById("parley") !== null) {
        clock.listening = now();
        add.call(window, "message", ({ data }: Event & { data?: { type?: unknown } }) => {
          if (data?.type === "page") clock.received ??= now();
        });
      }
      add.call(window, type, ...rest);
    };
    // Writing the page into its frame cancels pending animation frame callbacks there, but not in the frame
    // around it.
    const look = () => {
      const page = document.querySelector<HTMLIFrameElement>("iframe#active-frame")?.contentWindow;
      if (!page?.document.querySelector("#parley .message")) {
        requestAnimationFrame(look);
        return;
      }
      // A message posted in a frame is received after that frame was painted.
      const { port1, port2 } = new MessageChannel();
      port1.onmessage = () => {
        window.parent.parleyClock.shown = { ...page.parleyClock, painted: now() };
      };
      port2.postMessage(undefined);
    };
    requestAnimationFrame(look);
  });
}

/** Waits until the panel that was opened by the last press shows a message. */
export async function openingOf(page: Page): Promise<Opening> {
  const clock = await (
    await page.waitForFunction(() => window.parleyClock.shown && window.parleyClock)
  ).jsonValue();
  if (clock?.pressed === undefined || clock.shown === undefined) throw new Error("the clock stopped");
  const { pressed, shown } = clock;
  const { listening, received, painted } = shown;
  return {
    totalMs: painted - pressed,
    ...(listening !== undefined && { editorMs: listening - pressed }),
    ...(listening !== undefined && received !== undefined && { hostMs: received - listening }),
  };
}
