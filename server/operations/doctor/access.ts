/** Lists the other accounts with access to the data folder, as far as the system can tell. */
import { win32 } from "node:path";
import { words } from "../../words/words.ts";
import { type Finding, ok, warning } from "./finding.ts";

/**
 * Examines the access.
 * @param path of a folder that openDataFolder() accepted: where there are modes, it is private to its owner
 */
export function examineAccess(path: string, platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Finding {
  const { folder, checks } = words.doctor;
  if (platform !== "win32") return ok(checks.dataFolder, folder.ownersAlone(path));
  const profile = env["USERPROFILE"];
  if (profile !== undefined && isInside(path, profile)) return ok(checks.dataFolder, folder.inProfile(path));
  return warning(checks.dataFolder, folder.outsideProfile(path), folder.accessLists(path));
}

function isInside(path: string, folder: string): boolean {
  const way = win32.relative(folder, path);
  return way !== ".." && !way.startsWith("..\\") && !win32.isAbsolute(way);
}
