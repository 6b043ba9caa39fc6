/**
 * Starts the programs that npm and VS Code put on the PATH, which are scripts of cmd.exe on Windows. Node's own `shell: true` joins the arguments
 * without quotes, so that a path with a space becomes two.
 */

export interface Command {
  readonly file: string;
  readonly args: string[];
  /** For spawn() and execFile(): the quotes are ours. */
  readonly windowsVerbatimArguments: boolean;
}

/** @throws Error where cmd.exe has no way to be given an argument */
export function command(
  program: string,
  args: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Command {
  if (platform !== "win32") return { file: program, args: [...args], windowsVerbatimArguments: false };
  const line = [program, ...args].map(quoted).join(" ");
  return {
    file: process.env["ComSpec"] ?? "cmd.exe",
    // With /s exactly the outer quotes are taken off: https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
    args: ["/d", "/s", "/c", `"${line}"`],
    windowsVerbatimArguments: true,
  };
}

function quoted(argument: string): string {
  // cmd.exe expands variables within quotes too, and nothing turns that off.
  if (/["%\r\n]/.test(argument)) throw new Error(`cmd.exe cannot be given ${JSON.stringify(argument)}`);
  // A backslash before the closing quote would escape it.
  return `"${argument.replace(/\\+$/, "$&$&")}"`;
}
