/**
 * Starts the programs that npm and VS Code put on the PATH, which on Windows are scripts of cmd.exe. Node's
 * `shell: true` joins the arguments without quotes, so that a path with a space becomes two arguments.
 */

export interface Command {
  readonly file: string;
  readonly args: string[];
  /** For spawn() and execFile(): we add the quotes ourselves. */
  readonly windowsVerbatimArguments: boolean;
}

/**
 * Returns file and arguments to start a program.
 * @throws Error for an argument that cmd.exe cannot receive
 */
export function command(
  program: string,
  args: readonly string[],
  platform: NodeJS.Platform = process.platform,
): Command {
  if (platform !== "win32") return { file: program, args: [...args], windowsVerbatimArguments: false };
  const line = [program, ...args].map(quoted).join(" ");
  return {
    file: process.env["ComSpec"] ?? "cmd.exe",
    // With /s, cmd.exe removes exactly the outer quotes:
    // https://learn.microsoft.com/windows-server/administration/windows-commands/cmd
    args: ["/d", "/s", "/c", `"${line}"`],
    windowsVerbatimArguments: true,
  };
}

function quoted(argument: string): string {
  // cmd.exe expands variables within quotes too, and that cannot be disabled.
  if (/["%\r\n]/.test(argument)) throw new Error(`cmd.exe cannot be given ${JSON.stringify(argument)}`);
  // A backslash before the closing quote would escape it.
  return `"${argument.replace(/\\+$/, "$&$&")}"`;
}
