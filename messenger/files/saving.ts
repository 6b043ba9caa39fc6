/** Writes a file in the clear to where its user wants it: under a cleaned name, and never over another file unless that was asked for. */
import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { type FileHandle, open, rm, stat } from "node:fs/promises";
import { isAbsolute, join, parse } from "node:path";
import { UsageError } from "../../protocol/errors.ts";
import { replaceFile } from "../../protocol/replace-file.ts";
import type { Params } from "../calls.ts";
import type { Context } from "../context.ts";
import { fileName } from "../text/file-name.ts";
import type { Downloads } from "./downloads.ts";
import { pathError } from "./file-errors.ts";
import { openedCopy } from "./opened-copy.ts";

/** "plan (2).pdf" and so on, until one is free. */
const MOST_NAMES = 1000;

/**
 * Saves a file, which is fetched first where it isn't here. Its SHA-256 is checked once more; nothing stays behind where it is wrong.
 * @returns the path that it has
 * @throws as Downloads.fetch; UsageError "file-exists", "file-unreadable", "bad-argument"; StorageError "disk-full"
 */
export async function saveFile(
  { store, chats }: Pick<Context, "store" | "chats">,
  downloads: Downloads,
  { path, as, ...name }: Params<"saveFile">,
): Promise<string> {
  if (!isAbsolute(path)) throw new UsageError("bad-argument", "The path to save under is absolute");
  await downloads.fetch(name);
  const { file, stored: here } = downloads.find(name);
  if (here?.place === undefined) throw new UsageError("wrong-state", "That file isn't here any more");
  try {
    const saved = await write(openedCopy(store.fileFolder, file, here.place), path, as, file.name);
    const { spot, stored, message } = downloads.find(name);
    if (stored?.state === "here") {
      store.transaction(() => store.files.put(spot, { ...stored, at: Date.now() }));
      chats.updated(message);
    }
    return saved;
  } catch (error) {
    throw pathError(error);
  }
}

async function write(
  source: AsyncIterable<Uint8Array>,
  path: string,
  as: Params<"saveFile">["as"],
  proposed: string,
): Promise<string> {
  if (as === "replacing") {
    const partial = `${path}.${randomBytes(4).toString("hex")}.part`;
    await fill(await create(partial), partial, source);
    await replaceFile(partial, path);
    return path;
  }
  const [target, file] = as === "new" ? [path, await create(path)] : await createIn(path, fileName(proposed));
  await fill(file, target, source);
  return target;
}

/** Makes a file that isn't there, for its owner alone. A link in its place is an error, whatever it leads to. @throws EEXIST */
function create(path: string): Promise<FileHandle> {
  return open(path, constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL, 0o600);
}

async function createIn(folder: string, name: string): Promise<readonly [string, FileHandle]> {
  if (!(await stat(folder)).isDirectory()) throw new UsageError("file-unreadable", "That is no folder");
  const { name: stem, ext } = parse(name);
  for (let number = 1; ; number++) {
    const target = join(folder, number === 1 ? name : fileName(`${stem} (${number})${ext}`));
    try {
      return [target, await create(target)];
    } catch (error) {
      const isTaken = error instanceof Error && "code" in error && error.code === "EEXIST";
      if (!isTaken || number >= MOST_NAMES) throw error;
    }
  }
}

async function fill(file: FileHandle, path: string, source: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const piece of source)
      for (let done = 0; done < piece.length; ) done += (await file.write(piece, done)).bytesWritten;
    await file.sync();
    await file.close();
  } catch (error) {
    await file.close().catch(() => {});
    await rm(path, { force: true });
    throw error;
  }
}
