/**
 * Sealed copies of files, in a folder beside the database: one each, under a random name, its place. The key of each is in the database, so a
 * copy whose row is gone opens for nobody. A place is written before its row and removed after it: a start removes the ones without.
 */
import { randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, rmSync, statSync } from "node:fs";
import { type FileHandle, open } from "node:fs/promises";
import { join } from "node:path";
import * as v from "valibot";
import type { Brand } from "../../protocol/ids.ts";

export type FilePlace = string & Brand<"FilePlace">;
export const filePlaceSchema = v.custom<FilePlace>(
  (value) => typeof value === "string" && /^[0-9a-f]{32}$/.test(value),
);

const PLACE_BYTES = 16;

export class FileFolder {
  readonly #path: string;
  /** Of rows that the transaction under way removes. */
  #doomed = new Set<FilePlace>();

  constructor(path: string) {
    this.#path = path;
  }

  /** Makes an empty copy, for its owner alone. The caller closes it, and then gives it a row or removes it. @throws errors of the disk */
  async create(): Promise<{ readonly place: FilePlace; readonly file: FileHandle }> {
    const place = newPlace();
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    return { place, file: await open(this.pathOf(place), "wx+", 0o600) };
  }

  /** Opens a copy to go on writing, made where it isn't there. @throws errors of the disk */
  async write(place: FilePlace): Promise<FileHandle> {
    mkdirSync(this.#path, { recursive: true, mode: 0o700 });
    return open(this.pathOf(place), this.bytes(place) === undefined ? "wx+" : "r+", 0o600);
  }

  /** @throws errors of the disk, where it isn't there too */
  read(place: FilePlace): Promise<FileHandle> {
    return open(this.pathOf(place), "r");
  }

  /** @returns the size of a copy; undefined where it isn't there */
  bytes(place: FilePlace): number | undefined {
    return statSync(this.pathOf(place), { throwIfNoEntry: false })?.size;
  }

  remove(place: FilePlace): void {
    try {
      rmSync(this.pathOf(place), { force: true });
    } catch {
      // Open elsewhere, on Windows: the next start removes it.
    }
  }

  /** Removes a copy once the transaction under way is on disk. */
  doom(place: FilePlace): void {
    this.#doomed.add(place);
  }

  settle(outcome: "committed" | "undone"): void {
    const doomed = this.#doomed;
    this.#doomed = new Set();
    if (outcome === "committed") for (const place of doomed) this.remove(place);
  }

  /** Removes everything that has no row. @param kept the places of all rows */
  sweep(kept: ReadonlySet<string>): void {
    for (const name of this.#names()) if (!kept.has(name)) this.remove(name as FilePlace);
  }

  #names(): readonly string[] {
    try {
      return readdirSync(this.#path);
    } catch (error) {
      if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
      throw error;
    }
  }

  pathOf(place: FilePlace): string {
    return join(this.#path, place);
  }
}

export function newPlace(): FilePlace {
  return randomBytes(PLACE_BYTES).toString("hex") as FilePlace;
}
