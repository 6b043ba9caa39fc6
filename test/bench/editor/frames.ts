/** How evenly a page is drawn: the time between animation frames. */
import type { Frame } from "playwright-core";

declare global {
  interface Window {
    parleyFrames: { last: number; running: boolean; readonly deltas: number[] };
  }
}

export interface Frames {
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly worstMs: number;
  /** Dropped frames in percent, at 60 a second. */
  readonly droppedPercent: number;
}

const FRAME_MS = 1000 / 60;

/**
 * Counts frames.
 * @param work during which frames are counted
 */
export async function framesDuring(frame: Frame, work: () => Promise<void>): Promise<Frames> {
  await frame.evaluate(() => {
    const frames = { last: performance.now(), running: true, deltas: [] as number[] };
    window.parleyFrames = frames;
    const count = (now: number) => {
      frames.deltas.push(now - frames.last);
      frames.last = now;
      if (frames.running) requestAnimationFrame(count);
    };
    requestAnimationFrame(count);
  });
  await work();
  const deltas = await frame.evaluate(() => {
    window.parleyFrames.running = false;
    return window.parleyFrames.deltas.slice(1);
  });
  const sorted = deltas.toSorted((a, b) => a - b);
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? 0;
  const due = deltas.reduce((sum, delta) => sum + delta, 0) / FRAME_MS;
  const dropped = deltas.reduce((sum, delta) => sum + Math.max(0, Math.round(delta / FRAME_MS) - 1), 0);
  return {
    count: deltas.length,
    medianMs: at(0.5),
    p95Ms: at(0.95),
    worstMs: at(1),
    droppedPercent: (100 * dropped) / due,
  };
}
