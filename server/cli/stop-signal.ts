/** Tells a command that runs until it's stopped when that is. */

/** Resolves at the first request to stop (SIGHUP: the terminal was closed); a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}
