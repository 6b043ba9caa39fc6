/** Workarounds for Eclipse Theia, where it differs from VS Code. */

const LOOK_AGAIN_MS = 2_000;

/** Detects Theia. @param env `vscode.env`. Theia's has a property that VS Code's lacks */
export function isTheia(env: object): boolean {
  return "getQueryParameter" in env;
}

/**
 * Recreates a view's tree until the editor requests rows. Theia 1.74 shows the welcome content before the extension has started, and
 * then ignores a tree unless it is created while the view is visible (initView in plugin-view-registry.ts). Extensions are not notified
 * of that, so this retries.
 */
export function untilAsked(
  isAsked: () => boolean,
  makeAnew: () => void,
  everyMs = LOOK_AGAIN_MS,
): { dispose(): void } {
  const timer = setInterval(() => {
    if (isAsked()) clearInterval(timer);
    else makeAnew();
  }, everyMs);
  timer.unref();
  return { dispose: () => clearInterval(timer) };
}
