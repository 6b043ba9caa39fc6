/** Workarounds for Eclipse Theia, where it differs from VS Code. */

const LOOK_AGAIN_MS = 2_000;

/** @param env the editor's `vscode.env`, of which Theia's has more than VS Code's */
export function isTheia(env: object): boolean {
  return "getQueryParameter" in env;
}

/**
 * Makes a view's tree anew until the editor asks it for rows. Theia 1.74 puts the welcome content into a view before the extension has started, and never
 * asks its tree afterwards: only a tree that is made while the view is visible is used (initView in plugin-view-registry.ts). An extension is not
 * notified that the view is visible, so it has to try.
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
