/** Lists the other accounts with access to the data folder, as far as this system tells. */
import { win32 } from "node:path";
import { words } from "../../words/words.ts";
import { type Finding, ok, warning } from "./finding.ts";

/** @param path of a folder that openDataFolder() took: where there are modes, they are its owner's alone */
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
