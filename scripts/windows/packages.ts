/**
 * Unpacks Debian packages into a folder with their dependencies, without installing them, so that root is not
 * needed.
 */
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdirSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";

const run = promisify(execFile);
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;
/** Links into /usr, as in Debian since release 12. */
const MERGED = ["bin", "sbin", "lib", "lib64"];

const KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg";

/**
 * Returns the Debian mirror that this computer's apt is configured with.
 * @throws Error if there is none
 */
export async function debianMirror(): Promise<string> {
  const { stdout } = await run("apt-get", ["indextargets", "--format", "$(SITE) $(RELEASE)"]);
  for (const line of stdout.split("\n")) {
    const [mirror = "", release = ""] = line.split(" ");
    if (/\/debian\/?$/.test(mirror) && !release.includes("security")) return mirror;
  }
  throw new Error(
    "apt knows no Debian mirror here. Run this on Debian, or in a container of it (debian:13).",
  );
}

/** Downloads packages of a Debian release and all their dependencies, and unpacks them into `root`. */
export async function unpackPackages(
  names: readonly string[],
  options: {
    readonly mirror: string;
    readonly release: string;
    readonly root: string;
    readonly scratch: string;
  },
): Promise<void> {
  const { scratch, root } = options;
  const at = (...parts: string[]) => join(scratch, ...parts);
  for (const folder of ["lists/partial", "archives/partial", "preferences", "trusted"])
    mkdirSync(at(folder), { recursive: true });
  writeFileSync(at("status"), "");
  writeFileSync(at("sources.list"), `deb [signed-by=${KEYRING}] ${options.mirror} ${options.release} main\n`);
  const settings = {
    "Dir::State": scratch,
    "Dir::State::status": at("status"),
    "Dir::Cache": scratch,
    "Dir::Etc::sourcelist": at("sources.list"),
    "Dir::Etc::sourceparts": "-",
    "Dir::Etc::preferencesparts": at("preferences"),
    "Dir::Etc::trustedparts": at("trusted"),
    "APT::Architecture": "amd64",
    "APT::Architectures": "amd64",
    "APT::Install-Recommends": "false",
    "APT::Sandbox::User": "",
    "Acquire::Languages": "none",
  };
  const apt = (...args: string[]) =>
    run(
      "apt-get",
      [...Object.entries(settings).flatMap(([key, value]) => ["-o", `${key}=${value}`]), ...args],
      {
        maxBuffer: MAX_OUTPUT_BYTES,
      },
    );
  await apt("update", "-q");
  await apt("install", "-y", "-q", "--download-only", ...names);

  mkdirSync(root, { recursive: true });
  for (const archive of globSync(at("archives", "*.deb")))
    await run("dpkg-deb", ["--extract", archive, root]);
  for (const name of MERGED) if (!existsSync(join(root, name))) symlinkSync(`usr/${name}`, join(root, name));
}
