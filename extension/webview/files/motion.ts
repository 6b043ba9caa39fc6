/** Whether the user wants pictures to stand still: by the system's setting, or by VS Code's (`workbench.reduceMotion`), a class of the body. */

const system = matchMedia("(prefers-reduced-motion: reduce)");

export function wantsStill(): boolean {
  return system.matches || document.body.classList.contains("vscode-reduce-motion");
}

/** Calls `changed` when that may have changed. @returns a function that ends it */
export function onMotionChange(changed: () => void): () => void {
  const observer = new MutationObserver(changed);
  observer.observe(document.body, { attributes: true, attributeFilter: ["class"] });
  system.addEventListener("change", changed);
  return () => {
    observer.disconnect();
    system.removeEventListener("change", changed);
  };
}
