/**
 * `parley-server promote BACKUPS`: makes this machine the server after the first one was lost. Creates the
 * data folder from the newest complete backup, and begins a new term of its revocation list: should the first
 * machine come back, people who have connected to this one refuse it.
 */
import { existsSync } from "node:fs";
import { readdir, rmdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { TrustError } from "../../protocol/errors.ts";
import { openAuthority } from "../authority/authority.ts";
import { rememberedReach } from "../membership/invitation.ts";
import { type DataFolder, openDataFolder, refuseNetwork } from "../operations/data-folder.ts";
import { examineAuthority } from "../operations/doctor/authority.ts";
import { examineDatabase } from "../operations/doctor/database.ts";
import { greet } from "../operations/doctor/greet.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { words } from "../words/words.ts";
import { backupsIn, timeOf } from "./backup.ts";
import { copyData } from "./copy-data.ts";
import type { Output } from "./output.ts";

export interface PromoteOptions {
  /** Created; must be missing or empty. */
  readonly data: string;
  /** One backup, or a folder of backups. */
  readonly backups: string;
}

interface WholeBackup {
  readonly folder: DataFolder;
  readonly reach: NonNullable<ReturnType<typeof rememberedReach>>;
  readonly madeAt: Date;
}

/**
 * Promotes. Resolves once the data folder is complete.
 * @throws OperatorError "promote-failed", "server-still-runs", "data-folder-…"
 */
export async function promote({ data, backups }: PromoteOptions, output: Output): Promise<void> {
  const target = resolve(data);
  if (existsSync(target) && (await readdir(target)).length > 0)
    throw new OperatorError("promote-failed", words.faults.promoting.hasData(target));
  await refuseNetwork(target);
  const { folder, reach, madeAt } = await newestWhole(resolve(backups));
  const address = words.doctor.reach.address(reach.host, reach.port);
  if (await answers(reach))
    throw new OperatorError("server-still-runs", words.faults.promoting.stillAnswers(address));
  await make(folder, target, reach.names);
  const seconds = Math.round((Date.now() - madeAt.getTime()) / 1000);
  output.say(
    { event: "promoted", folder: target, backup: folder.path, madeAt: madeAt.toISOString(), address },
    words.commandLine.upkeep.promoted(target, folder.path, seconds, reach.host),
  );
}

/**
 * Finds the newest complete backup.
 * @throws OperatorError "promote-failed" with the fault of each
 */
async function newestWhole(path: string): Promise<WholeBackup> {
  const names = await backupsIn(path);
  const candidates = names.length > 0 ? names.map((name) => join(path, name)) : [path];
  const faults: string[] = [];
  for (const candidate of candidates) {
    const found = await examine(candidate);
    if (typeof found !== "string") return found;
    faults.push(`${candidate}: ${found}`);
  }
  throw new OperatorError("promote-failed", words.faults.promoting.noBackup(faults));
}

/**
 * Examines a backup. An interrupted copy lacks files, and opening it would create new ones.
 * @returns the fault if it is not complete
 */
async function examine(path: string): Promise<WholeBackup | string> {
  try {
    const folder = await openDataFolder(path, { create: false, isBackup: true });
    const { facts, findings } = examineDatabase(folder);
    const reach = facts && rememberedReach(facts);
    const { chain, findings: ofAuthority } = await examineAuthority(folder, reach, new Date());
    const broken = findings.find(({ level }) => level === "problem");
    if (broken !== undefined) return broken.text;
    if (facts === undefined) return words.faults.promoting.noDatabase;
    // Expired certificates are not a fault of a backup: new ones are issued.
    if (chain === undefined) return ofAuthority[0]?.text ?? words.faults.promoting.noCertificates;
    if (reach === undefined) return words.faults.promoting.neverRan;
    if (Buffer.compare(chain.caFingerprint, reach.caFingerprint) !== 0) return words.faults.promoting.otherCa;
    return { folder, reach, madeAt: timeOf(path) ?? (await stat(folder.database)).mtime };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/**
 * Returns whether a server of this team's CA answers there, even if its certificate has expired or was
 * revoked.
 */
async function answers(reach: WholeBackup["reach"]): Promise<boolean> {
  try {
    await greet(reach.host, reach.port, reach.caFingerprint);
    return true;
  } catch (error) {
    return error instanceof TrustError && error.code !== "wrong-ca";
  }
}

async function make(folder: DataFolder, target: string, names: readonly string[]): Promise<void> {
  try {
    // The copy can only be renamed to a free name.
    if (existsSync(target)) await rmdir(target);
    await copyData(folder, target, {
      withFiles: true,
      finish: async ({ authority }) => {
        const opened = await openAuthority(authority, { names });
        await opened.beginTerm(new Date());
      },
    });
  } catch (cause) {
    if (cause instanceof OperatorError && cause.code === "copy-not-in-place") throw cause;
    const why = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError("promote-failed", words.faults.promoting.failed(why), { cause });
  }
}
