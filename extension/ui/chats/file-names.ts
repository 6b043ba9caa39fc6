/** Proposes file names. A username is fit for any file system, and is never the beginning of a name here. */
import type { Username } from "../../../protocol/names.ts";

export const BACKUP_ENDING = "parley-backup";

/** @param chat its title @param day as dayText writes it */
export function exportFileName(chat: string, day: string): string {
  return `parley-${chat}-${day}.md`;
}

export function recoveryFileName(name: Username): string {
  return `parley-${name}-recovery.${BACKUP_ENDING}`;
}

/** @param day as dayText writes it */
export function backupFileName(name: Username, day: string): string {
  return `parley-${name}-${day}.${BACKUP_ENDING}`;
}
