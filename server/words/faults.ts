/** Errors that the operator can fix: the cause and the fix in one line. */

/** The beginning of a line with an error, which the extension's problem matcher reads. */
export const fault = (message: string) => `parley-server: error: ${message}`;

export const program = {
  nodeTooOld: (version: string) =>
    `The Parley server needs Node 22.15 or newer, and this is ${version}. Run it with a newer Node.`,
  diskFull: "The disk that holds the data folder is full. Make room on it, then run this again.",
  /** @param fault without its full stop */
  fileInUse: (fault: string) =>
    `${fault}. Close that program, or keep virus scanners out of the folder, then run this again.`,
  internal: (message: string) => `This shouldn't have happened: ${message}`,
};

export const dataFolder = {
  missing: (path: string) =>
    `There is no data folder ${path}. Start the server once, or name its folder with --data.`,
  noFolder: (path: string) => `${path} isn't a folder. Choose another with --data.`,
  notWritable: (path: string) => `This account may not write to ${path}. Choose another folder with --data.`,
  open: (path: string) =>
    `Others can read the data folder ${path}, which holds the team's keys. Run: chmod 700 '${path}'`,
  onNetwork: (path: string) =>
    `${path} is on a network share, where a database breaks. Choose a folder on a disk of this machine with --data. Backups may go to a share.`,
  tooLong: (path: string) =>
    `${path} is too long a path for a database. Choose a folder with a shorter one with --data.`,
  notMade: (path: string) => `The data folder ${path} can't be made. Choose another with --data.`,
  locked: (path: string) =>
    `Another Parley server is using ${path}. Stop it, or choose another folder with --data.`,
  newer: (database: string, version: number, known: number) =>
    `${database} was written by a newer Parley (schema ${version}, and this one knows ${known}). Run the newer server.`,
  neverRan: (path: string) =>
    `No server has run on ${path} yet. Start it once, or name its folder with --data.`,
  noDatabase: (path: string) => `There is no database in ${path} yet. Start the server once.`,
};

/**
 * @param options the names of the command line's options that choose address and port
 */
interface ListenOptions {
  readonly host: string;
  readonly port: string;
}

export const listening = {
  portInUse: (host: string, port: number, options: ListenOptions) =>
    `Port ${port} on ${host} is in use, perhaps by another Parley server. Stop that program, or choose another port with ${options.port}.`,
  notAllowed: (port: number, options: ListenOptions) =>
    `This account may not listen on port ${port}. Choose one of 1024 and above with ${options.port}.`,
  unavailable: (host: string, code: string, options: ListenOptions) =>
    `This machine can't listen on ${host} (${code}). Choose one of its own addresses with ${options.host}.`,
};

export const stopping = {
  anotherRuns: (folder: string) =>
    `The server stopped, and another one is running on ${folder} now. Stop it where it was started.`,
  stillRuns: (folder: string, seconds: number) =>
    `The server on ${folder} didn't stop within ${seconds} s. End its process. Everything it has acknowledged is on disk.`,
};

export const backups = {
  exists: (folder: string) => `${folder} exists. Choose a name that is free: a backup replaces nothing.`,
  failed: (cause: string, parent: string) =>
    `No backup was made: ${cause}. See whether ${parent} is there and has room.`,
  notRenamed: (cause: string, whole: string, target: string) =>
    `The copy is whole, but couldn't be renamed: ${cause}. Rename ${whole} to ${target} yourself.`,
  copyDamaged: (found: string) => `the copy is damaged (${found}), so the database may be too`,
};

export const promoting = {
  hasData: (folder: string) =>
    `${folder} has a server's data already, and promoting replaces nothing. Move it away, or name another folder with --data.`,
  stillAnswers: (address: string) =>
    `The server still answers on ${address}. Two servers of one team lose mail: stop that one first, and see that it stays off.`,
  noBackup: (faults: readonly string[]) => `There is no backup to start from. ${faults.join("; ")}`,
  failed: (cause: string) => `Nothing was made: ${cause}.`,
  noDatabase: "there is no database",
  noCertificates: "there are no certificates",
  neverRan: "no server has run on it",
  otherCa: "its CA isn't the one that its invites name",
};

export const noSuchUser = (name: string) =>
  `No one called ${name} belongs to this server. List everyone: parley-server users`;

export const authority = {
  unprotected: (path: string, mode: string) =>
    `Other users of this machine can access ${path}, which holds the team's keys: chmod ${mode} it first`,
  damaged: (path: string) => `${path} is damaged: restore it from a backup`,
  expired: (path: string) => `The team's CA in ${path} has expired: start over with another folder`,
};
