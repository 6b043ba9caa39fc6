/** Workarounds for Eclipse Theia, where it differs from VS Code. */

const LOOK_AGAIN_MS = 2_000;

/** @param env the editor's `vscode.env`, of which Theia's has more than VS Code's */
export function isTheia(env: object): boolean {
  return "getQueryParameter" in env;
}

/**
 * Makes a view's tree anew until it is asked for its rows. Theia 1.74 puts the welcome content into a view before the extension has started, and from then
 * on asks its tree for nothing: only a tree that is made while the view is on show gets its place (initView in plugin-view-registry.ts). An extension is not
 * told that the view is on show, so it has to try.
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
