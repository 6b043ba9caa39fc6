/**
 * One run: sets up server, users and disk, executes the plan, waits until everything is idle, and judges the
 * result.
 */
import { setTimeout as pause } from "node:timers/promises";
import type { Command } from "./commands.ts";
import type { Profile } from "./profile.ts";
import { type Action, type Kind, plan } from "./scenario.ts";
import { type CommitTimes, Stage } from "./stage.ts";
import { judge, type Verdict } from "./verdict.ts";
import { WindowGone, WindowRefused } from "./window.ts";

/** Longer than connecting, new keys and a receipt take together. */
const LONG_MS = 15_000;

export interface Order {
  readonly seed: number;
  readonly users: number;
  readonly durationMs: number;
  /** Time for everything to be delivered once the disturbances end. */
  readonly restMs: number;
  readonly log: (text: string) => void;
}

export interface Outcome extends Verdict {
  /** How often each event happened. */
  readonly done: Readonly<Partial<Record<Kind, number>>>;
  /** Processes ended by SIGKILL. */
  readonly kills: number;
  /** How long it took until everything was delivered, once the disturbances ended. */
  readonly restedMs: number;
  readonly commitTimes: CommitTimes;
  /** Journals and stores; removed when nothing was wrong. */
  readonly evidence: string;
}

export async function run(order: Order): Promise<Outcome> {
  const stage = await Stage.setUp(String(order.seed), order.users, order.log);
  let keep = true;
  try {
    const outcome = await new Campaign(order, stage).run();
    keep = outcome.violations.length > 0;
    return outcome;
  } finally {
    await stage.remove(keep);
  }
}

class Campaign {
  readonly #order: Order;
  readonly #stage: Stage;
  readonly #counters = new Map<string, number>();
  #versions = 0;
  readonly #done: Partial<Record<Kind, number>> = {};
  #kills = 0;
  /** One disturbance at a time of the server, and of one user's store. */
  readonly #lanes = new Map<"server" | Profile, Promise<unknown>>();
  readonly #links = new Map<Profile, string>();

  constructor(order: Order, stage: Stage) {
    this.#order = order;
    this.#stage = stage;
  }

  async run(): Promise<Outcome> {
    await this.#befriend();
    this.#order.log(`${this.#order.users} users talk; the disturbances begin`);
    await this.#disturb();
    const began = performance.now();
    const rested = await this.#rest();
    const restedMs = performance.now() - began;
    this.#order.log(rested ? `At rest after ${Math.round(restedMs)} ms` : "It does not come to rest");
    for (const profile of this.#stage.profiles)
      await this.#until(profile, this.#order.restMs, async () => {
        await profile.ask({ do: "fetchAll" });
        return true;
      });
    const verdict = judge(await Promise.all(this.#stage.profiles.map((profile) => profile.evidence())));
    return {
      ...verdict,
      done: this.#done,
      kills: this.#kills,
      restedMs,
      commitTimes: this.#stage.commitTimes(),
      evidence: this.#stage.evidence,
    };
  }

  /** Makes everybody join, and chat with the next and the previous user. */
  async #befriend(): Promise<void> {
    const invite = await this.#stage.server.invite(this.#order.users);
    for (const profile of this.#stage.profiles) {
      this.#links.set(profile, invite.replace(`:${this.#stage.server.port}`, `:${profile.proxy.port}`));
      await this.#join(profile);
    }
    const count = this.#stage.profiles.length;
    for (const [index, profile] of this.#stage.profiles.entries()) {
      const next = `user${(index + 1) % count}`;
      await this.#until(profile, 20_000, async () => {
        await profile.ask({ do: "talk", peer: next }).catch(forgive);
        return (await profile.look()).phases[next] === "open";
      });
    }
    for (const [index, profile] of this.#stage.profiles.entries())
      for (let place = 1; place < this.#stage.windowsOf(index); place++) profile.open(place);
  }

  async #disturb(): Promise<void> {
    const began = performance.now();
    const under = new Map<Action, Promise<void>>();
    const { seed, users, durationMs } = this.#order;
    const windows = this.#stage.profiles.map((_, index) => this.#stage.windowsOf(index));
    const scale = { users, durationMs, windows, disks: this.#stage.disk !== undefined };
    for (const { at, action } of plan(seed, scale)) {
      const wait = at - (performance.now() - began);
      if (wait > 0) await pause(wait);
      this.#done[action.kind] = (this.#done[action.kind] ?? 0) + 1;
      const done = this.#do(action).catch(forgive);
      under.set(
        action,
        done.finally(() => under.delete(action)),
      );
    }
    // A user who has lost everything joins again, which fails while the server's clock differs too much from
    // theirs.
    const answered = this.#setClocksRight().then(() => Promise.all(under.values()));
    // A window that never answers is noticed when nothing becomes idle.
    await Promise.race([answered, pause(this.#order.restMs)]);
    for (const action of under.keys()) this.#order.log(`Without an answer: ${JSON.stringify(action)}`);
  }

  async #do(action: Action): Promise<void> {
    switch (action.kind) {
      case "say":
        return this.#say(action.from, action.place, action.to, action.times);
      case "reply": {
        const { user, peer, back } = action;
        await this.#asks(user, {
          do: "say",
          peer: `user${peer}`,
          text: this.#next(user, peer),
          replyTo: back,
        });
        return;
      }
      case "edit": {
        const { user, peer, back } = action;
        this.#versions += 1;
        await this.#asks(user, { do: "edit", peer: `user${peer}`, back, version: this.#versions });
        return;
      }
      case "delete":
        await this.#asks(action.user, { do: "delete", peer: `user${action.peer}`, back: action.back });
        return;
      case "react": {
        const { user, peer, back, emoji, on } = action;
        await this.#asks(user, { do: "react", peer: `user${peer}`, back, emoji, on });
        return;
      }
      case "send-file": {
        const { user, peer, bytes } = action;
        const name = this.#next(user, peer).replace(">", " to "); // which is a file's name everywhere
        await this.#asks(user, { do: "sendFile", peer: `user${peer}`, name, bytes });
        return;
      }
      case "fetch-file":
        await this.#asks(action.user, { do: "fetch", peer: `user${action.peer}`, back: action.back });
        return;
      case "mark-read":
        await this.#living(action.user).ask({ do: "markRead" });
        return;
      case "retry":
        await this.#living(action.user).ask({ do: "retry", peer: `user${action.peer}` });
        return;
      case "talk":
        await this.#living(action.user).ask({ do: "talk", peer: `user${action.peer}` });
        return;
      case "kill-window":
        await this.#kill(this.#profile(action.user), [action.place]);
        await pause(action.forMs);
        this.#profile(action.user).open(action.place);
        return;
      case "kill-client": {
        const places = Array.from({ length: this.#stage.windowsOf(action.user) }, (_, place) => place);
        await this.#kill(this.#profile(action.user), places);
        await pause(action.forMs);
        for (const place of places) this.#profile(action.user).open(place);
        return;
      }
      case "sleep": {
        const window = this.#profile(action.user).window(action.place);
        window?.sleep();
        await pause(action.forMs);
        window?.wake();
        return;
      }
      case "kill-server":
        return this.#inTurn("server", async () => {
          await this.#stage.server.kill();
          this.#kills += 1;
          await pause(action.forMs);
          await this.#stage.restartServer();
        });
      case "restart-server":
        return this.#inTurn("server", async () => {
          await this.#stage.server.stop();
          await this.#stage.restartServer();
        });
      case "set-server-clock":
        return this.#inTurn("server", async () => this.#stage.setServerClock(action.offsetMs));
      case "cut":
        return this.#profile(action.user).proxy.cut();
      case "cut-after":
        return this.#profile(action.user).proxy.cutAfter(action.way, action.bytes);
      case "delay": {
        const { proxy } = this.#profile(action.user);
        proxy.delay(action.lateMs);
        await pause(action.forMs);
        proxy.delay(0);
        return;
      }
      case "hold": {
        const { proxy } = this.#profile(action.user);
        proxy.hold(action.way);
        await pause(action.forMs);
        if (action.thenCut) proxy.cut();
        proxy.release();
        return;
      }
      case "set-clock": {
        const profile = this.#profile(action.user);
        profile.clockMs = action.offsetMs;
        const { offsetMs } = action;
        await Promise.all(profile.windows.map((window) => window.ask({ do: "setClock", offsetMs })));
        return;
      }
      case "fill-disk":
        this.#stage.disk?.fill();
        await pause(action.forMs);
        this.#stage.disk?.empty();
        return;
      case "fill-server-disk":
        this.#stage.serverDisk?.fill();
        await pause(action.forMs);
        this.#stage.serverDisk?.empty();
        return;
      case "lose-store": {
        const profile = this.#profile(action.user);
        return this.#inTurn(profile, () => this.#loseStore(profile, action));
      }
    }
  }

  async #say(from: number, place: number, to: number, times: number): Promise<void> {
    const profile = this.#profile(from);
    if (profile.windows.length === 0) return;
    const under: Promise<unknown>[] = [];
    for (let time = 0; time < times; time++) {
      const text = this.#next(from, to);
      under.push(profile.ask({ do: "say", peer: `user${to}`, text }, place).catch(forgive));
    }
    await Promise.all(under);
  }

  /** Returns a text that is used once. */
  #next(from: number, to: number): string {
    const pair = `user${from}>user${to}`;
    const number = (this.#counters.get(pair) ?? 0) + 1;
    this.#counters.set(pair, number);
    return `${pair} #${number}`;
  }

  async #asks(user: number, command: Command): Promise<void> {
    await this.#living(user).ask(command);
  }

  async #loseStore(profile: Profile, { user, left, forMs }: Extract<Action, { kind: "lose-store" }>) {
    const places = Array.from({ length: this.#stage.windowsOf(user) }, (_, place) => place);
    if (left === "older copy") {
      await profile.keepCopy();
      for (const place of places) profile.open(place);
      await pause(forMs);
    }
    await profile.loseStore(left);
    for (const place of places) profile.open(place);
    if (left === "nothing") await this.#join(profile);
  }

  /** Joins, as a user without an account does: repeatedly, until it has worked. */
  async #join(profile: Profile): Promise<void> {
    const link = this.#links.get(profile) ?? "";
    let refusal: unknown;
    const joined = await this.#until(profile, this.#order.restMs, async () => {
      if ((await profile.look()).state !== "no-account") return true;
      await profile.ask({ do: "join", link, name: profile.name }).catch((error: unknown) => {
        refusal = error;
        forgive(error);
      });
      return false;
    });
    if (!joined) this.#order.log(`${profile.name} could not join: ${String(refusal)}`);
  }

  async #kill(profile: Profile, places: readonly number[]): Promise<void> {
    for (const place of places) {
      const window = profile.window(place);
      if (window === undefined) continue;
      this.#kills += 1;
      await window.kill();
    }
  }

  /** Ends the disturbances: everybody runs and is online; waiting mail must arrive. */
  async #rest(): Promise<boolean> {
    this.#stage.disk?.empty();
    this.#stage.serverDisk?.empty();
    await Promise.all(this.#lanes.values());
    for (const profile of this.#stage.profiles) {
      profile.proxy.delay(0);
      profile.proxy.release();
      profile.open();
    }
    await this.#setClocksRight();
    await Promise.all(this.#stage.profiles.map((profile) => this.#join(profile)));
    await Promise.all(this.#stage.profiles.map((_, user) => this.#sayLastWords(user)));
    const { restMs, log } = this.#order;
    const began = performance.now();
    const rests = this.#stage.profiles.map(async (profile) => {
      let restless = "";
      const rested = await this.#until(profile, restMs, async () => {
        const look = await profile.look();
        if (look.state === "online" && look.unsettled === 0) return true;
        restless = JSON.stringify(look);
        return false;
      });
      const tookMs = Math.round(performance.now() - began);
      if (tookMs > LONG_MS) log(`${profile.name} came to rest after ${tookMs} ms only. Before: ${restless}`);
      return rested;
    });
    return (await Promise.all(rests)).every((rested) => rested);
  }

  /** Writes once more to everybody. The receipt shows whether they have lost something before it. */
  async #sayLastWords(user: number): Promise<void> {
    const { phases } = await this.#profile(user).look();
    for (const [peer] of this.#stage.profiles.entries())
      if (phases[`user${peer}`] === "open") await this.#say(user, 0, peer, 1);
  }

  async #setClocksRight(): Promise<void> {
    await this.#inTurn("server", async () => this.#stage.setServerClock(0));
    for (const profile of this.#stage.profiles) {
      profile.clockMs = 0;
      await Promise.all(
        profile.windows.map((window) => window.ask({ do: "setClock", offsetMs: 0 }).catch(forgive)),
      );
    }
  }

  /**
   * Checks repeatedly.
   * @returns whether the condition became true in time
   */
  async #until(profile: Profile, deadlineMs: number, condition: () => Promise<boolean>): Promise<boolean> {
    const began = performance.now();
    while (performance.now() - began < deadlineMs) {
      if (await condition().catch(forgive)) return true;
      await pause(200);
    }
    this.#order.log(`${profile.name}: ${JSON.stringify(await profile.look())}`);
    return false;
  }

  #inTurn(lane: "server" | Profile, work: () => Promise<void>): Promise<void> {
    const done = (this.#lanes.get(lane) ?? Promise.resolve()).then(work);
    this.#lanes.set(
      lane,
      done.catch(() => {}),
    );
    return done;
  }

  #living(user: number): Profile {
    const profile = this.#profile(user);
    if (profile.windows.length === 0) throw new WindowGone("nobody is there");
    return profile;
  }

  #profile(user: number): Profile {
    const profile = this.#stage.profiles[user];
    if (profile === undefined) throw new RangeError(`there is no user${user}`);
    return profile;
  }
}

/**
 * Ignores an error: a window that died during a call, or refused it, is what a run tests, and the journals
 * record it.
 */
function forgive(error: unknown): void {
  if (!(error instanceof WindowGone || error instanceof WindowRefused)) throw error;
}
