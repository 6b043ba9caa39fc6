/** Every fuzz target, by name. A new parser of foreign bytes gets a file in targets/ and a line here. */
import type { OpenTarget } from "./target.ts";

export const TARGETS = {
  "proxy-headers": async () => (await import("./targets/proxy-headers.ts")).open,
  frames: async () => (await import("./targets/frames.ts")).open,
  batches: async () => (await import("./targets/batches.ts")).open,
  records: async () => (await import("./targets/records.ts")).open,
  "handshake-server": async () => (await import("./targets/handshake-server.ts")).open,
  "handshake-client": async () => (await import("./targets/handshake-client.ts")).open,
  certificates: async () => (await import("./targets/certificates.ts")).open,
  "server-verbs": async () => (await import("./targets/server-verbs.ts")).open,
  "client-sessions": async () => (await import("./targets/client-sessions.ts")).open,
  content: async () => (await import("./targets/content.ts")).open,
  "key-packages": async () => (await import("./targets/key-packages.ts")).open,
  welcomes: async () => (await import("./targets/welcomes.ts")).open,
  "sealed-messages": async () => (await import("./targets/sealed-messages.ts")).open,
  "member-messages": async () => (await import("./targets/member-messages.ts")).open,
  "member-welcomes": async () => (await import("./targets/member-welcomes.ts")).open,
  "stored-conversations": async () => (await import("./targets/stored-conversations.ts")).open,
  "mls-key-packages": async () => (await import("./targets/mls.ts")).openKeyPackages,
  "mls-welcomes": async () => (await import("./targets/mls.ts")).openWelcomes,
  "mls-group-infos": async () => (await import("./targets/mls.ts")).openGroupInfos,
  "mls-trees": async () => (await import("./targets/mls.ts")).openTrees,
  "mls-messages": async () => (await import("./targets/mls.ts")).openMessages,
  "mls-insider-commits": async () => (await import("./targets/mls.ts")).openInsiderCommits,
  "mls-stored": async () => (await import("./targets/mls.ts")).openStored,
  invites: async () => (await import("./targets/invites.ts")).open,
  "invite-uris": async () => (await import("./targets/invite-uris.ts")).open,
  markdown: async () => (await import("./targets/markdown.ts")).open,
  exports: async () => (await import("./targets/exports.ts")).open,
  "json-values": async () => (await import("./targets/json-values.ts")).open,
  pipes: async () => (await import("./targets/pipes.ts")).open,
  "files-of-windows": async () => (await import("./targets/files-of-windows.ts")).open,
  vault: async () => (await import("./targets/vault.ts")).open,
  stores: async () => (await import("./targets/stores.ts")).open,
  backups: async () => (await import("./targets/backups.ts")).open,
  "backup-records": async () => (await import("./targets/backup-records.ts")).open,
  pictures: async () => (await import("./targets/pictures.ts")).open,
  "command-line": async () => (await import("./targets/command-line.ts")).open,
} as const satisfies Record<string, () => Promise<OpenTarget>>;

export type TargetName = keyof typeof TARGETS;
export const TARGET_NAMES = Object.keys(TARGETS) as TargetName[];

export function isTargetName(name: string): name is TargetName {
  return Object.hasOwn(TARGETS, name);
}
