/** Proposes file names. Usernames are safe on all file systems. They never come first, since Windows reserves names such as "con". */
import type { Username } from "../../../protocol/names.ts";

export const BACKUP_ENDING = "parley-backup";

/** Proposes a name for an exported chat. @param chat the chat's title @param day as dayText formats it */
export function exportFileName(chat: string, day: string): string {
  return `parley-${chat}-${day}.md`;
}

export function recoveryFileName(name: Username): string {
  return `parley-${name}-recovery.${BACKUP_ENDING}`;
}

/** Proposes a name for a backup. @param day as dayText formats it */
export function backupFileName(name: Username, day: string): string {
  return `parley-${name}-${day}.${BACKUP_ENDING}`;
}
