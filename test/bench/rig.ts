/**
 * The target of a load: a Parley server or the floor, pinned to the first core; the load runs on the last.
 */
import { type ChildProcess, fork, spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { RealServer } from "../fixtures/real-server.ts";
import type { Answer, Ask, Pace, Target, Traffic } from "./load/asks.ts";
import { cpuMs, moreUrgent, pin } from "./machine.ts";

/** Used by both ends of the floor, and nothing else. */
const FLOOR_PEM = `${import.meta.dirname}/floor.pem`;
const [SERVER_CORE, LOAD_CORE] = [0, 1];
const USES_OF_ONE_INVITE = 1000;
const LIMITS = [
  "connections=10000",
  "connectionsPerAddress=10000",
  "handshakesPerSecond=100000",
  "handshakeBurst=100000",
  "workPerSecond=1000000",
  "workBurst=1000000",
];

export interface Aim {
  readonly pid: number;
  readonly target: Target;
}

export interface Measured extends Traffic {
  /** Microseconds of the server's CPU, user and system, for each message that arrived. */
  readonly cpuUs: number;
}

/** Milliseconds of wall time, and of the server's CPU. */
export interface Spent {
  readonly ms: number;
  readonly cpuMs: number;
}

/** Starts a Parley server that accepts as many connections from this address as the bench needs. */
export async function parley(): Promise<{ server: RealServer; aim: (people: number) => Promise<Aim> }> {
  const limits = LIMITS.flatMap((limit) => ["--limit", limit]);
  const server = await RealServer.start([], limits);
  claim(server.pid, SERVER_CORE);
  return {
    server,
    aim: async (people) => {
      const links: string[] = [];
      for (let left = people; left > 0; left -= USES_OF_ONE_INVITE)
        links.push(await server.invite(Math.min(left, USES_OF_ONE_INVITE)));
      return { pid: server.pid ?? 0, target: { type: "parley", links } };
    },
  };
}

export async function floor(): Promise<{ child: ChildProcess; aim: Aim }> {
  const child = spawn(process.execPath, [`${import.meta.dirname}/floor.ts`, FLOOR_PEM], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const [port] = await once(createInterface({ input: child.stdout }), "line");
  claim(child.pid, SERVER_CORE);
  return {
    child,
    aim: { pid: child.pid ?? 0, target: { type: "floor", port: Number(port), pem: FLOOR_PEM } },
  };
}

/** A separate process that makes load. */
export class Load {
  readonly #child: ChildProcess;
  readonly #gone: Promise<never>;
  readonly #pid: number;

  constructor(pid: number) {
    this.#pid = pid;
    this.#child = fork(`${import.meta.dirname}/load/program.ts`, { execArgv: [] });
    claim(this.#child.pid, LOAD_CORE);
    this.#gone = new Promise((_, reject) =>
      this.#child.once("exit", () => reject(new Error("the load has ended"))),
    );
    this.#gone.catch(() => {});
  }

  static async ofPairs({ pid, target }: Aim, count: number, bytes: number): Promise<Load> {
    const load = new Load(pid);
    await load.#ask({ type: "pairs", target, count, bytes });
    return load;
  }

  traffic(pace: Pace, seconds: number): Promise<Measured> {
    return this.#measure({ type: "traffic", pace, seconds });
  }

  /** Sends mail while the receivers are offline, who collect it afterwards. */
  mail(perSecond: number, seconds: number): Promise<Measured> {
    return this.#measure({ type: "mail", perSecond, seconds });
  }

  /** Signs in this many people, as fast as possible. */
  signIn(target: Target, count: number): Promise<Spent> {
    return this.#spent(this.#pid, { type: "people", target, count });
  }

  /** Signs all of them in again, to a restarted server with that process id. */
  signInAgain(pid: number): Promise<Spent> {
    claim(pid, SERVER_CORE);
    return this.#spent(pid, { type: "back" });
  }

  async end(): Promise<void> {
    this.#child.disconnect();
    await once(this.#child, "exit");
  }

  async #spent(pid: number, ask: Ask): Promise<Spent> {
    const [started, before] = [performance.now(), cpuMs(pid)];
    await this.#ask(ask);
    return { ms: performance.now() - started, cpuMs: cpuMs(pid) - before };
  }

  async #measure(ask: Ask): Promise<Measured> {
    let [begin, end] = [0, 0];
    const traffic = await this.#ask(ask, (answer) => {
      if (answer.type === "begun") begin = cpuMs(this.#pid);
      if (answer.type === "ended") end = cpuMs(this.#pid);
    });
    if (traffic.type !== "traffic") throw new Error(`no traffic, but ${traffic.type}`);
    return { ...traffic.traffic, cpuUs: ((end - begin) * 1000) / traffic.traffic.delivered };
  }

  /**
   * Sends a request.
   * @returns the last answer
   */
  #ask(ask: Ask, meanwhile: (answer: Answer) => void = () => {}): Promise<Answer> {
    const answered = new Promise<Answer>((resolve) => {
      const listen = (answer: Answer) => {
        if (answer.type !== "ready" && answer.type !== "traffic") {
          meanwhile(answer);
          return;
        }
        this.#child.off("message", listen);
        resolve(answer);
      };
      this.#child.on("message", listen);
    });
    this.#child.send(ask);
    return Promise.race([answered, this.#gone]);
  }
}

function claim(pid: number | undefined, core: number): void {
  if (pid === undefined) return;
  pin(pid, core);
  moreUrgent(pid);
}
