/**
 * Why tests are skipped on Windows. A skip without a reason here fails the run, since nobody may have
 * examined it.
 */
export const REASONS: readonly (readonly [title: RegExp, reason: string])[] = [
  [
    /(open|files) to others|that others can (read|access)|from other users|only (the|their) owner/,
    "Windows has access lists in place of mode bits",
  ],
  [/another user/, "Windows has no numbers of users"],
  [/(as a|the|leader's) socket/, "Windows has named pipes in place of sockets on disk"],
  [/replaces a symbolic link/, "Windows lets only administrators make links"],
  [/the commands of the documents/, "the documents' commands are for a POSIX shell"],
  [/longest folder|a database can be opened at/, "Windows' limit of a path is another one"],
  [/low limit of open files/, "Windows has no such limit"],
  [
    /full disk|full server disk|full inode table|without room/,
    "fills a small disk that it mounts, which takes Linux and root",
  ],
  [/HAProxy|behind a load balancer/, "needs a HAProxy, or addresses of its own"],
  [/hangs/, "Windows has no signal that stops a process"],
  [/at (a )?pseudo-terminals?/, "script(1), which gives the client a terminal, is Linux's"],
  [/works as one more window/, "looks for the account where VS Code keeps it on Linux"],
  [/young generation/, "Windows can't replace a process by another program, nor tells of its arguments"],
  [/many members at once/, "compares waiting times, which Wine makes long and uneven"],
  [/costs no more than with the first one damaged/, "measures CPU time as Linux tells it"],
  [
    /for any verb's most expensive use/,
    "compares CPU times of the server's code, for longer in Wine than any test has",
  ],
  [/runs no script of a package/, "runs npm, and Wine has only node.exe"],
  [/a bundle that ships/, "runs esbuild, of which node_modules has the one for Linux"],
];

/**
 * Returns why a test is skipped, or undefined if no reason is given.
 * @param title the test's full title
 */
export function skipReason(title: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(title))?.[1];
}
