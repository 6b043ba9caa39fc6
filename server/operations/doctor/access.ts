/** Lists the other accounts with access to the data folder, as far as this system tells. */
import { win32 } from "node:path";
import { type Finding, ok, warning } from "./finding.ts";

/** @param path of a folder that openDataFolder() took: where there are modes, they are its owner's alone */
export function examineAccess(path: string, platform: NodeJS.Platform, env: NodeJS.ProcessEnv): Finding {
  if (platform !== "win32") return ok("data folder", `${path} is there, and its owner's alone`);
  const profile = env["USERPROFILE"];
  if (profile !== undefined && isInside(path, profile))
    return ok(
      "data folder",
      `${path} is there, in the user's own profile, which Windows keeps from other users`,
    );
  return warning(
    "data folder",
    `${path} is there, outside the user's own profile: other users of this machine may be able to read it. Windows' access lists were not looked at`,
    `See who can: icacls "${path}". To keep all others out: icacls "${path}" /inheritance:r /grant:r "%USERNAME%:(OI)(CI)F"`,
  );
}

function isInside(path: string, folder: string): boolean {
  const way = win32.relative(folder, path);
  return way !== ".." && !way.startsWith("..\\") && !win32.isAbsolute(way);
}
