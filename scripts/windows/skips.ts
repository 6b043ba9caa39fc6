/** Why a test is skipped on Windows. A skip that no line explains fails the run: it may be a test that nobody has looked at. */
const REASONS: readonly (readonly [title: RegExp, reason: string])[] = [
  [
    /open to others|that others can (read|access)|from other users|only the owner|to its owner/,
    "Windows has access lists in place of mode bits",
  ],
  [/another user/, "Windows has no numbers of users"],
  [/(as a|the) socket/, "Windows has named pipes in place of sockets on disk"],
  [/takes the place of a link/, "Windows lets only administrators make links"],
  [/the commands of the documents/, "the documents' commands are for a POSIX shell"],
  [/few open files/, "Windows has no such limit"],
  [
    /full disk|full server disk|without room|no room/,
    "fills a small disk that it mounts, which takes Linux and root",
  ],
  [/hangs/, "Windows has no signal that stops a process"],
  [/not native|native ML-KEM|on BoringSSL/, "is for a Node with other cryptography"],
  [/young generation/, "Windows can't replace a process by another program, nor tells of its arguments"],
  [/^many members at once/, "compares waiting times, which Wine makes long and uneven"],
  [/costs no more than with the first one damaged/, "measures CPU time as Linux tells it"],
  [/npm \d+/, "runs npm, and Wine has only node.exe"],
  [/the server's bundle/, "runs esbuild, of which node_modules has the one for Linux"],
];

/** @param title a test's full title. @returns why it is skipped, or undefined where nobody has said */
export function skipReason(title: string): string | undefined {
  return REASONS.find(([pattern]) => pattern.test(title))?.[1];
}
