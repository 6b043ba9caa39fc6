/**
 * Detects when a command that runs until it's stopped should stop: at a signal, or at the end of its input,
 * which works on every system.
 */

/** Resolves at the first request to stop (SIGHUP: the terminal was closed); a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

/** Resolves once the program at the other end of standard input has closed it or exited. */
export function endOfInput(): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    for (const event of ["end", "close", "error"] as const) stdin.once(event, () => resolve());
    stdin.resume();
    // Otherwise the open input would keep alive a server that could not start.
    if ("unref" in stdin) stdin.unref();
  });
}
