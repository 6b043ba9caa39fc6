/** The resources of a run: a server, small disks if possible, and users with a line each. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RealServer } from "../fixtures/real-server.ts";
import { FlakyProxy } from "./flaky-proxy.ts";
import { Profile } from "./profile.ts";
import { SmallDisk } from "./small-disk.ts";

/** Milliseconds from the server's BEGIN until the commit is on disk. */
export interface CommitTimes {
  readonly commits: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

const CLOCK_OFFSET = "clock-offset";
const RESTART_AGAIN_MS = 300;

export class Stage {
  readonly server: RealServer;
  readonly profiles: readonly Profile[];
  /** The first user's disk, and the server's; undefined if none can be mounted. */
  readonly disk: SmallDisk | undefined;
  readonly serverDisk: SmallDisk | undefined;
  /** A folder with everything that a run leaves. */
  readonly evidence: string;

  private constructor(parts: Pick<Stage, "server" | "profiles" | "disk" | "serverDisk" | "evidence">) {
    this.server = parts.server;
    this.profiles = parts.profiles;
    this.disk = parts.disk;
    this.serverDisk = parts.serverDisk;
    this.evidence = parts.evidence;
  }

  static async setUp(name: string, users: number, log: (text: string) => void): Promise<Stage> {
    const evidence = mkdtempSync(join(tmpdir(), `parley-torture-${name}-`));
    const smallDisk = (folder: string) => {
      const path = join(evidence, folder);
      mkdirSync(path, { mode: 0o700 });
      const mounted = SmallDisk.mount(path);
      if (typeof mounted !== "string") return mounted;
      log(`No ${folder} fills up in this run: ${mounted}`);
      return undefined;
    };
    const [disk, serverDisk] = [smallDisk("disk"), smallDisk("server-disk")];
    process.env["COMMIT_TIMES"] = join(evidence, "commit-times");
    process.env["CLOCK_OFFSET"] = join(evidence, CLOCK_OFFSET);
    writeFileSync(join(evidence, CLOCK_OFFSET), "0");
    const imports = ["time-commits.ts", "server-clock.ts"].map((file) => `${import.meta.dirname}/${file}`);
    const server = await RealServer.start(
      imports.flatMap((path) => ["--import", path]),
      [],
      serverDisk?.directory,
    );
    const profiles: Profile[] = [];
    for (let index = 0; index < users; index++) {
      const directory = index === 0 && disk !== undefined ? join(disk.directory, "user0") : undefined;
      profiles.push(new Profile(`user${index}`, await FlakyProxy.start(server.port), evidence, directory));
    }
    return new Stage({ server, profiles, disk, serverDisk, evidence });
  }

  /**
   * Restarts the server. With a full disk it reports that it cannot start; it is then started again and
   * again, as a supervisor does.
   */
  async restartServer(): Promise<void> {
    for (;;) {
      const began = performance.now();
      try {
        await this.server.restart();
        return;
      } catch (error) {
        if (!this.serverDisk?.wasFull(began)) throw error;
        await pause(RESTART_AGAIN_MS);
      }
    }
  }

  /**
   * Shifts the clock while the server runs.
   * @param offsetMs from the real time
   */
  setServerClock(offsetMs: number): void {
    writeFileSync(join(this.evidence, CLOCK_OFFSET), String(offsetMs));
    this.server.signal("SIGUSR2");
  }

  /** Returns the number of windows: every other user has two. */
  windowsOf(user: number): number {
    return user % 2 === 0 ? 2 : 1;
  }

  commitTimes(): CommitTimes {
    const path = join(this.evidence, "commit-times");
    const lines = existsSync(path) ? readFileSync(path, "utf8").split("\n").slice(0, -1) : [];
    const times = lines.map(Number).sort((one, other) => one - other);
    const at = (share: number) => Math.round((times[Math.floor(share * (times.length - 1))] ?? 0) * 10) / 10;
    return { commits: times.length, medianMs: at(0.5), p99Ms: at(0.99), worstMs: at(1) };
  }

  /**
   * Removes everything.
   * @param keep the evidence
   */
  async remove(keep: boolean): Promise<void> {
    await Promise.all(this.profiles.map((profile) => profile.remove()));
    await this.server.remove();
    this.disk?.unmount();
    this.serverDisk?.unmount();
    if (!keep) rmSync(this.evidence, { recursive: true, force: true });
  }
}
