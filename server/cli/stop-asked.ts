/** Tells a command that runs until it's stopped when that is: by a signal, or by the end of its input, which every system has. */

/** Resolves at the first request to stop (SIGHUP: the terminal was closed); a second one ends the process at once. */
export function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ["SIGTERM", "SIGINT", "SIGHUP"] as const) process.once(signal, () => resolve());
  });
}

/** Resolves once the program that holds the other end of standard input has closed it, or is gone. */
export function endOfInput(): Promise<void> {
  return new Promise((resolve) => {
    const { stdin } = process;
    for (const event of ["end", "close", "error"] as const) stdin.once(event, () => resolve());
    stdin.resume();
    // The open input must not keep a server that could not start from ending.
    if ("unref" in stdin) stdin.unref();
  });
}
