/**
 * `parley-server promote BACKUPS`: makes this machine the server after the first one was lost. The data folder is made from the newest
 * backup that is whole, and its revocation list begins a new term: should the first machine come back, people who met this one refuse it.
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
import { backupsIn, timeOf } from "./backup.ts";
import { copyData } from "./copy-data.ts";
import type { Output } from "./output.ts";

export interface PromoteOptions {
  /** Made; must be missing or empty. */
  readonly data: string;
  /** One backup, or a folder of them. */
  readonly backups: string;
}

interface WholeBackup {
  readonly folder: DataFolder;
  readonly reach: NonNullable<ReturnType<typeof rememberedReach>>;
  readonly madeAt: Date;
}

/** Resolves once the data folder is there, whole. @throws OperatorError "promote-failed", "server-still-runs", "data-folder-…" */
export async function promote({ data, backups }: PromoteOptions, output: Output): Promise<void> {
  const target = resolve(data);
  if (existsSync(target) && (await readdir(target)).length > 0)
    throw new OperatorError(
      "promote-failed",
      `${target} has a server's data already, and promoting replaces nothing. Move it away, or name another folder with --data.`,
    );
  await refuseNetwork(target);
  const { folder, reach, madeAt } = await newestWhole(resolve(backups));
  const address = `${reach.host}, port ${reach.port}`;
  if (await answers(reach))
    throw new OperatorError(
      "server-still-runs",
      `The server still answers on ${address}. Two servers of one team lose mail: stop that one first, and see that it stays off.`,
    );
  await make(folder, target, reach.names);
  const seconds = Math.round((Date.now() - madeAt.getTime()) / 1000);
  output.say(
    { event: "promoted", folder: target, backup: folder.path, madeAt: madeAt.toISOString(), address },
    [
      `${target} is ready, from the backup ${folder.path}, made ${seconds} s ago.`,
      "  1. See that the first machine stays off. Should it come back, people who have met this server refuse it.",
      `  2. Let ${reach.host} lead to this machine.`,
      "  3. Start the server here as it was started there, with the same --address.",
      "",
      "Changes since that backup are undone. Repeat each revoke since then. Mail that waited only on the first machine is gone:",
      "its sender sees it as sent and not as delivered.",
    ].join("\n"),
  );
}

/** @throws OperatorError "promote-failed" with the fault of each */
async function newestWhole(path: string): Promise<WholeBackup> {
  const names = await backupsIn(path);
  const candidates = names.length > 0 ? names.map((name) => join(path, name)) : [path];
  const faults: string[] = [];
  for (const candidate of candidates) {
    const found = await examine(candidate);
    if (typeof found !== "string") return found;
    faults.push(`${candidate}: ${found}`);
  }
  throw new OperatorError("promote-failed", `There is no backup to start from. ${faults.join("; ")}`);
}

/** A copy that was cut on its way lacks files, and opening those would make new ones. @returns the fault where it is not whole */
async function examine(path: string): Promise<WholeBackup | string> {
  try {
    const folder = await openDataFolder(path, { create: false, isBackup: true });
    const { facts, findings } = examineDatabase(folder);
    const reach = facts && rememberedReach(facts);
    const { chain, findings: ofAuthority } = await examineAuthority(folder, reach, new Date());
    const broken = findings.find(({ level }) => level === "problem");
    if (broken !== undefined) return broken.text;
    if (facts === undefined) return "there is no database";
    // Certificates that have expired are no fault of a backup: new ones are made.
    if (chain === undefined) return ofAuthority[0]?.text ?? "there are no certificates";
    if (reach === undefined) return "no server ever ran on it";
    if (Buffer.compare(chain.caFingerprint, reach.caFingerprint) !== 0)
      return "its CA is another one than its invites name";
    return { folder, reach, madeAt: timeOf(path) ?? (await stat(folder.database)).mtime };
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
}

/** @returns whether a server of this team's CA is there, even if its certificate has expired or was revoked */
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
    // Renaming the copy into its place needs the name free.
    if (existsSync(target)) await rmdir(target);
    await copyData(folder, target, async ({ authority }) => {
      const opened = await openAuthority(authority, { names });
      await opened.beginTerm(new Date());
    });
  } catch (cause) {
    if (cause instanceof OperatorError && cause.code === "copy-not-in-place") throw cause;
    const words = cause instanceof Error ? cause.message : String(cause);
    throw new OperatorError("promote-failed", `Nothing was made: ${words}.`, { cause });
  }
}
