/** What a run needs: a server, a small disk where there can be one, and users with a line each. */
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealServer } from "../fixtures/real-server.ts";
import { FlakyProxy } from "./flaky-proxy.ts";
import { Profile } from "./profile.ts";
import { SmallDisk } from "./small-disk.ts";

/** From the server's BEGIN until it is on disk. */
export interface CommitTimes {
  readonly commits: number;
  readonly medianMs: number;
  readonly p99Ms: number;
  readonly worstMs: number;
}

export class Stage {
  readonly server: RealServer;
  readonly profiles: readonly Profile[];
  /** The first user's; undefined where none can be had. */
  readonly disk: SmallDisk | undefined;
  /** A folder with everything that is left. */
  readonly evidence: string;

  private constructor(parts: Pick<Stage, "server" | "profiles" | "disk" | "evidence">) {
    this.server = parts.server;
    this.profiles = parts.profiles;
    this.disk = parts.disk;
    this.evidence = parts.evidence;
  }

  static async setUp(name: string, users: number, log: (text: string) => void): Promise<Stage> {
    const evidence = mkdtempSync(join(tmpdir(), `parley-torture-${name}-`));
    process.env["COMMIT_TIMES"] = join(evidence, "commit-times");
    const server = await RealServer.start(["--import", `${import.meta.dirname}/time-commits.ts`]);
    const small = join(evidence, "disk");
    mkdirSync(small);
    const mounted = SmallDisk.mount(small);
    if (typeof mounted === "string") log(`No disk fills up in this run: ${mounted}`);
    const disk = typeof mounted === "string" ? undefined : mounted;
    const profiles: Profile[] = [];
    for (let index = 0; index < users; index++) {
      const directory = index === 0 && disk !== undefined ? join(small, "user0") : undefined;
      profiles.push(new Profile(`user${index}`, await FlakyProxy.start(server.port), evidence, directory));
    }
    return new Stage({ server, profiles, disk, evidence });
  }

  /** Every other user has two windows. */
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

  /** @param keep leaves the evidence */
  async remove(keep: boolean): Promise<void> {
    await Promise.all(this.profiles.map((profile) => profile.remove()));
    await this.server.remove();
    this.disk?.unmount();
    if (!keep) rmSync(this.evidence, { recursive: true, force: true });
  }
}
