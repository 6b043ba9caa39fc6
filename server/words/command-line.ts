/** The command line: its help, and the answers of its commands. Each sentence places its own values. */

export const help = {
  program: "The server of a team that chats with Parley. It passes on sealed messages and can't read them.",
  after: `
Only this machine can reach the server unless --host says otherwise. --host 0.0.0.0 listens on every network,
and --address names what your team dials, for example: --host 0.0.0.0 --address chat.example.org

Exit codes: 0 stopped as asked, 2 wrong use, 3 data folder, 4 address or port, 1 anything else. doctor exits with 1
if it finds a problem.`,
  help: "Print this help.",
  version: "Print the version.",
  host: "Address to listen on.",
  port: "TCP port to listen on. 0 picks a free one.",
  address:
    "HOST or HOST:PORT that people dial. Goes into the certificate, the first one into invites too. Repeatable.",
  addressDefault: "the addresses of this machine",
  proxyFrom:
    "Load balancer, ADDRESS or ADDRESS/BITS, that names each client by PROXY protocol v2. Repeatable.",
  none: "none",
  noMemberInvites: "Let only the operator invite people, with the invite command.",
  metricsPort: "Local HTTP port for /health and /metrics (Prometheus). (default: no port)",
  metricsHost: "Address that the metrics port listens on.",
  limit: "Set a bound. Repeatable.",
  limitDefault: "see: parley-server limits",
  log: "What to log on standard error.",
  stopAtEndOfInput:
    "Stop when standard input ends: for a program that starts the server and holds a pipe to it.",
  data: (usual: string) => `Folder for keys and database, private to its owner. (default: ${usual})`,
  json: "Write one JSON line for each event, for programs.",
  stop: "Stop the server, and wait until it has stopped. Works on Windows too, where nothing else ends it cleanly.",
  stopWait: "How long to wait for it.",
  invite: "Print a new invite link. Works while the server runs.",
  inviteUses: "How many people may join with it.",
  inviteExpires: "How long the invite works, such as 90s, 30m, 12h or 7d.",
  inviteName: "For this name only. Lets someone who lost their key back in.",
  users: "List who belongs to this server, and who is online.",
  revoke: "Revoke users. A running server ends their connections, and no one can join by their invites.",
  revokeNames: "Who can no longer sign in.",
  revokeInvited: "Also everyone who came by their invites, and by the invites of those.",
  renew: "Replace the server's certificate and keys, and revoke the old ones.",
  backup: "Copy all the server's data into a new folder. Works while the server runs.",
  backupFolder: "Must not exist yet. Holds the team's keys: keep it as safe as the data folder.",
  backupEvery: "Keep making backups in the folder, such as every 60s, 5m or 1h. A standby needs this.",
  backupKeep: "With --every: how many of the newest to keep.",
  backupWithFiles: "Also copy the files that members have sent. They may be many GiB.",
  promote: "Make this machine the server, from a backup of the one that was lost.",
  promoteBackups: "A backup, or the folder that backup --every filled: then the newest that is complete.",
  limits: "List the bounds that --limit sets, with their defaults.",
  doctor: "Check the server's setup, whether it runs or not, and suggest fixes.",
};

/** Arguments that the command line refuses. */
export const argument = {
  notWhole: (least: number, most: number) => `It's a number from ${least} to ${most}.`,
  notDuration: "It's a number with s, m, h or d, such as 12h or 7d.",
  notRange: "It's an IP address or a range of addresses, such as 10.0.0.5 or 10.0.0.0/24.",
  notLimit: (names: readonly string[]) => `It's NAME=NUMBER, with one of these names: ${names.join(", ")}.`,
  limitOutside: (name: string, least: number, most: number) =>
    `${name} is a number from ${least} to ${most}.`,
  noCommand: (word: string, meant: string | undefined) =>
    `There is no command ${JSON.stringify(word)}. ${meant === undefined ? "" : `Did you mean ${meant}? `}${argument.seeHelp}`,
  /** @param fault the parser's sentence, without its full stop */
  refused: (fault: string) => `${fault}. ${argument.seeHelp}`,
  seeHelp: "See: parley-server --help",
  notName: (text: string) =>
    `${JSON.stringify(text)} isn't a name. A name has 1 to 32 of a-z, 0-9 and, after the first, . _ -`,
  notAddress: (text: string) =>
    `--address ${JSON.stringify(text)} isn't HOST or HOST:PORT. Example: chat.example.org:7750.`,
};

/**
 * The extension waits for "starting" and "listening", and for the beginning of an error: these words stay the
 * same in every language.
 */
export const serving = {
  starting: "Parley server starting",
  listening: (address: string) => `Parley server listening on ${address}`,
  stopping: "Parley server stopping",
  stopped: "Parley server stopped",
  alreadyRunning: (folder: string) => `A Parley server is already running on ${folder}, and keeps running.`,
  notRunning: (folder: string) => `No server runs on ${folder}.`,
  dataFolder: (folder: string) => `  data folder     ${folder}`,
  caFingerprint: (digits: string) => `  CA fingerprint  ${digits}`,
  proxyHeaders: (from: string) => `  PROXY headers   expected from ${from}`,
  metrics: (address: string) => `  health, metrics http://${address}/metrics`,
  firstInvite: "No one has joined yet. This invite is for one person, for 7 days:",
};

export const inviting = {
  onePerson: "one person",
  people: (count: number) => `${count} people`,
  terms: (whom: string, until: string) =>
    `For ${whom}, until ${until}. Anyone with this link can join: hand it over in private.`,
  /** Two lines. */
  onlyThisComputer: (host: string, wayOut: string) => [
    "Only this computer can use this invite: it leads to",
    `${host}. To let others in, ${wayOut}`,
  ],
  wayOutInEditor: "run “Parley: Invite Someone…” in the editor and choose “Open the Server to the Team…”.",
  wayOut: "start the server with --host 0.0.0.0 --address NAME, the name or address your team dials.",
  moreInEditor: "To invite more people, run “Parley: Invite Someone…” in the editor.",
  more: (command: string) => `To invite more people, run: ${command}`,
};

export const members = {
  nobody: "No one has joined yet.",
  revoked: (when: string) => `revoked ${when}`,
  neverSignedIn: "never signed in",
  onlineSince: (when: string) => `online since ${when}`,
  lastSeen: (when: string) => `last seen ${when}`,
  files: (mebibytes: number) => `, ${mebibytes} MiB of files`,
  invitedBy: (name: string) => `, invited by ${name}`,
  nowRevoked: (name: string) =>
    `${name} can no longer sign in. To let them in again with a new key: parley-server invite --name ${name}`,
};

export const upkeep = {
  renewed:
    "The server has a new certificate, and the old one is on the revocation list. A running server uses it from now on.",
  backedUp: (folder: string, withFiles: boolean) =>
    `${folder} holds everything as it was just now${withFiles ? "" : " except members' files"}, the team's keys included: keep it as safe as the data folder.`,
  limit: (name: string, usual: number, least: number, most: number) =>
    `${name}  default ${usual}, from ${least} to ${most}`,
  promoted: (folder: string, backup: string, seconds: number, host: string) => `\
${folder} is ready, from the backup ${backup}, made ${seconds} s ago.
  1. See that the first machine stays off. Should it come back, people who have met this server refuse it.
  2. Let ${host} lead to this machine.
  3. Start the server here as it was started there, with the same --address.

Changes since that backup are undone. Repeat each revoke since then. Mail that waited only on the first machine is gone:
its sender sees it as sent, not as delivered.`,
};
