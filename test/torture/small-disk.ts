/** A disk that can be filled up: a small tmpfs, if the system allows mounting one. */
import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

const SIZE = "24m";
const BLOCK = Buffer.alloc(64 * 1024);
const PAGE = BLOCK.subarray(0, 512);

export class SmallDisk {
  readonly directory: string;
  /** By performance.now(). */
  #lastFullAt = Number.NEGATIVE_INFINITY;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /**
   * Mounts a disk.
   * @param directory an empty folder.
   * @returns the reason if that fails
   */
  static mount(directory: string): SmallDisk | string {
    if (process.platform !== "linux" || process.getuid?.() !== 0)
      return "only root on Linux can mount a small disk";
    try {
      execFileSync("mount", ["-t", "tmpfs", "-o", `size=${SIZE},mode=700`, "parley", directory], {
        stdio: "pipe",
      });
      return new SmallDisk(directory);
    } catch (error) {
      return `a small disk cannot be mounted here: ${error instanceof Error ? error.message.trim() : String(error)}`;
    }
  }

  /**
   * Returns whether it was full.
   * @param since performance.now()
   */
  wasFull(since: number): boolean {
    return this.#lastFullAt >= since;
  }

  /** Fills the disk to its last byte. */
  fill(): void {
    this.#lastFullAt = Number.POSITIVE_INFINITY;
    const file = openSync(this.#ballast, "w");
    try {
      for (const chunk of [BLOCK, PAGE]) writeUntilFull(file, chunk);
    } finally {
      closeSync(file);
    }
  }

  empty(): void {
    if (this.#lastFullAt === Number.POSITIVE_INFINITY) this.#lastFullAt = performance.now();
    rmSync(this.#ballast, { force: true });
  }

  unmount(): void {
    execFileSync("umount", ["--lazy", this.directory]);
  }

  get #ballast(): string {
    return join(this.directory, "ballast");
  }
}

function writeUntilFull(file: number, chunk: Uint8Array): void {
  try {
    for (;;) writeSync(file, chunk);
  } catch (error) {
    if (!(error instanceof Error && "code" in error && error.code === "ENOSPC")) throw error;
  }
}
