/** `parley-server doctor` and /health: each check's name, the facts it may find, and the fix for each. */

const restore = "Restore authority/ from a backup.";
const restoreWhole =
  "Stop the server, keep the damaged folder, and put the newest backup in its place (docs: Restore).";
const setClock =
  "Set the clock, and keep it set: timedatectl set-ntp true. Certificates and invites depend on it.";

export const checks = {
  node: "Node",
  mlKem: "ML-KEM",
  openFiles: "open files",
  dataFolder: "data folder",
  fileModes: "file modes",
  fileOwners: "file owners",
  diskSpace: "disk space",
  inodes: "inodes",
  database: "database",
  schema: "schema",
  clock: "clock",
  certificates: "certificates",
  certificate: "certificate",
  certificateDates: "certificate dates",
  revocationList: "revocation list",
  ca: "CA",
  port: "port",
  addressInInvites: "address in invites",
};

export const sum = {
  well: "All is well.",
  found: (problems: number, warnings: number) =>
    `${count(problems, "problem")}, ${count(warnings, "warning")}.`,
};

function count(number: number, what: string): string {
  return number === 1 ? `1 ${what}` : `${number} ${what}s`;
}

export const runtime = {
  tooOld: (version: string) => `${version} is too old`,
  installNode: (oldest: string) => `Install Node ${oldest} or newer.`,
  ownMlKem: "Node has its own",
  noMlKem: "This Node has none of its own, so each sign-in costs a few milliseconds of JavaScript",
  aboutMlKem: "It's as safe. If hundreds sign in at once, use a Node that has it: 24.7 or newer.",
  openFiles: (running: boolean, most: number) =>
    `${running ? "the running server" : "a server started here"} may have ${most} files and connections open`,
  raise: (people: number, wanted: number) =>
    `For more than ${people} people raise it to ${wanted}: LimitNOFILE= in a systemd unit, or ulimit -n.`,
};

export const folder = {
  unusable: "Nothing else can be checked before that is fixed.",
  ownersAlone: (path: string) => `${path} exists, private to its owner`,
  inProfile: (path: string) =>
    `${path} exists in the user's own profile, which Windows keeps from other users`,
  outsideProfile: (path: string) =>
    `${path} exists outside the user's own profile, so other users of this machine may be able to read it. Windows' access lists weren't checked`,
  accessLists: (path: string) =>
    `To see who can: icacls "${path}". To keep all others out: icacls "${path}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F"`,
  filesOwnersAlone: "keys and database are private to their owner",
  readable: (name: string, mode: string) => `Others can read ${name} (mode ${mode})`,
  closeOff: (mode: number, path: string) =>
    `Run: chmod ${mode} '${path}'. If it was so for long, replace the keys: parley-server renew`,
  foreignOwner: (name: string, owner: number, folderOwner: number) =>
    `${name} belongs to user ${owner}, the folder to ${folderOwner}: its server may be unable to write it`,
  changeOwner: (owner: number, path: string) =>
    `Run: chown ${owner} '${path}', and parley-server as its own user only, such as: sudo -u parley parley-server users`,
  free: (mebibytes: number, path: string) => `${mebibytes} MiB free on the disk of ${path}`,
  makeRoom:
    "Make room there, or move the folder to a larger disk. Each person may leave at most 64 MiB on the server.",
  inodes: (count: number) => `${count} inodes free`,
  tidy: "Delete files you don't need there: a full inode table stops the database as a full disk does.",
};

export const database = {
  none: "There is none yet",
  startOnce: "Start the server once: it makes one.",
  whole: "is intact",
  damaged: (found: string) => `The database is damaged: ${found}`,
  restoreWhole,
  schema: (version: number, known: number) => `schema ${version}, this program knows ${known}`,
  runNewer: "Run the newer server that wrote it.",
  notWritable: "The database can't be written. Check whether the disk is full or failing.",
};

export const clock = {
  newestRow: "the newest row of the database",
  lastSign: "the last sign of life of a server here",
  caFile: "the CA's file",
  certificateFile: "the certificate's file",
  databaseFile: "the database's file",
  behind: (now: string, what: string, at: string) =>
    `It's ${now} by the clock, but ${what} is from ${at}: the clock is behind, or was ahead before`,
  silent: (since: string) => `A server is running here but couldn't write anything since ${since}`,
  aboutSilent:
    "See its log and /health: a full disk, a failing one, or a clock that jumped. Restart it once that's fixed.",
  longAgo: (now: string, last: string) =>
    `It's ${now} by the clock, and the last server here was alive ${last}`,
  aboutLongAgo: `If it wasn't off for that long, the clock is ahead. ${setClock}`,
  setClock,
};

export const authority = {
  none: "There is no certificate yet",
  startOnce: "Start the server once: it makes its own.",
  missing: (name: string) => `authority/${name} is missing`,
  restore,
  restoreWithModes: "Restore authority/ from a backup, with its file modes (docs: Restore).",
  otherCa:
    "It isn't the one that invites named when the server last ran: no one who joined then will trust it",
  restoreCa: "Restore authority/ from a backup of that time. Without one, everyone has to join again.",
  holdsFor: (names: readonly string[]) => `holds for ${names.join(", ")}`,
  validUntil: {
    certificate: (when: string) => `The server's certificate is valid until ${when}`,
    revocationList: (when: string) => `The revocation list is valid until ${when}`,
    authority: (when: string) => `The team's CA is valid until ${when}`,
  },
  expired: "it has expired, and no one can sign in",
  days: (days: number) => `${days} days`,
  renew: {
    certificate:
      "Start the server, or: parley-server renew. A running server renews it automatically: its log says why it didn't.",
    revocationList:
      "Start the server: it makes a new one. A running server does so automatically: its log says why it didn't.",
    authority: "Nothing renews it. Plan a new data folder and new invites for everyone before that day.",
  },
  refused: (name: string, why: string) => `A client that dials ${name} would refuse the server: ${why}`,
  nameAddresses:
    "Restart the server with --address for each name that people dial. It makes a certificate for them.",
  /** For /health. */
  notRenewed: (until: string) => `Valid until ${until}. See why the log says "certificate not refreshed".`,
};

export const reach = {
  neverRan: "no server has run here yet, so there's none to check",
  couldListen: (host: string, port: number) =>
    `no server is running here now, and one could listen on ${host}, port ${port}, as the last did`,
  couldNotListen: "No server is running here, and none could start as the last did",
  address: (host: string, port: number) => `${host}, port ${port}`,
  answers: (address: string) => `the server answers on ${address}, and proves itself`,
  answersWrong: (address: string, why: string) =>
    `A server is running here and doesn't answer as it should on ${address}: ${why}`,
  inviteFails: (address: string, why: string) =>
    `Invites say ${address}, and from here that doesn't work: ${why}`,
  noAnswer: (seconds: number) => `no answer within ${seconds} s`,
  closed: "the connection was closed without an answer",
  anotherServer:
    "Another server answers there, or this one with old certificates: restart it, and check that the address leads to this machine.",
  noParley:
    "Something other than a Parley server answers there, such as a proxy: Parley needs plain TCP passed through.",
  noName: "The name doesn't resolve: check DNS, or restart the server with another --address.",
  refused:
    "Nothing listens there: check --host (127.0.0.1 is for this machine only), port forwarding and firewall.",
  unreachable:
    "Check firewall, routing and port forwarding. Some networks don't lead back to themselves: try from a colleague's machine too.",
};
