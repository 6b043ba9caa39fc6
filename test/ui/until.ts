/**
 * Waits for conditions outside of the page, such as files and servers. Playwright waits for those of the
 * page.
 */
const LOOK_AGAIN_MS = 50;

/** Resolves once the condition holds; mocha's timeout bounds the wait. */
export async function until(condition: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await condition())) await new Promise((next) => setTimeout(next, LOOK_AGAIN_MS));
}
