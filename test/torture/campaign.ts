/** A run: sets up server, users and disk, does what the plan says, lets everything come to rest, and has it judged. */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RealServer } from "../fixtures/real-server.ts";
import type { Look } from "./commands.ts";
import { FlakyProxy } from "./flaky-proxy.ts";
import { Profile } from "./profile.ts";
import { type Action, type Kind, plan, type Scale } from "./scenario.ts";
import { SmallDisk } from "./small-disk.ts";
import { judge, type Verdict } from "./verdict.ts";
import { WindowGone, WindowRefused } from "./window.ts";

export interface Order {
  readonly seed: number;
  readonly users: number;
  readonly durationMs: number;
  /** For everything to be delivered once nothing disturbs any more. */
  readonly restMs: number;
  readonly log: (text: string) => void;
}

export interface Outcome extends Verdict {
  /** How often each thing was done. */
  readonly done: Readonly<Partial<Record<Kind, number>>>;
  /** Processes ended by SIGKILL. */
  readonly kills: number;
  /** How long it took until everything was delivered, once nothing disturbed any more. */
  readonly restedMs: number;
  /** Journals and stores; removed where nothing was wrong. */
  readonly evidence: string;
}

export async function run(order: Order): Promise<Outcome> {
  const campaign = await Campaign.prepare(order);
  try {
    return await campaign.run();
  } finally {
    await campaign.remove();
  }
}

class Campaign {
  readonly #order: Order;
  readonly #scale: Scale;
  readonly #server: RealServer;
  readonly #profiles: readonly Profile[];
  readonly #disk: SmallDisk | undefined;
  readonly #evidence: string;
  readonly #counters = new Map<string, number>();
  readonly #done: Partial<Record<Kind, number>> = {};
  #kills = 0;
  /** One thing at a time with the server. */
  #serverLane: Promise<unknown> = Promise.resolve();
  #keep = true;

  private constructor(
    order: Order,
    parts: {
      server: RealServer;
      profiles: readonly Profile[];
      disk: SmallDisk | undefined;
      evidence: string;
    },
  ) {
    this.#order = order;
    this.#server = parts.server;
    this.#profiles = parts.profiles;
    this.#disk = parts.disk;
    this.#evidence = parts.evidence;
    const windows = parts.profiles.map((_, index) => windowsOf(index));
    const { users, durationMs } = order;
    this.#scale = { users, durationMs, windows, disk: parts.disk !== undefined };
  }

  static async prepare(order: Order): Promise<Campaign> {
    const evidence = mkdtempSync(join(tmpdir(), `parley-torture-${order.seed}-`));
    const server = await RealServer.start();
    const small = join(evidence, "disk");
    mkdirSync(small);
    const disk = SmallDisk.mount(small);
    if (typeof disk === "string") order.log(`No disk fills up in this run: ${disk}`);
    const profiles: Profile[] = [];
    for (let index = 0; index < order.users; index++) {
      const directory = index === 0 && typeof disk !== "string" ? join(small, "user0") : undefined;
      profiles.push(new Profile(`user${index}`, await FlakyProxy.start(server.port), evidence, directory));
    }
    const mounted = typeof disk === "string" ? undefined : disk;
    return new Campaign(order, { server, profiles, disk: mounted, evidence });
  }

  async run(): Promise<Outcome> {
    await this.#befriend();
    this.#order.log(`${this.#order.users} users talk; the disturbances begin`);
    await this.#disturb();
    const began = performance.now();
    const rested = await this.#rest();
    const restedMs = performance.now() - began;
    this.#order.log(rested ? `At rest after ${Math.round(restedMs)} ms` : "It does not come to rest");
    const verdict = judge(await Promise.all(this.#profiles.map((profile) => profile.evidence())));
    this.#keep = verdict.violations.length > 0;
    return { ...verdict, done: this.#done, kills: this.#kills, restedMs, evidence: this.#evidence };
  }

  async remove(): Promise<void> {
    await Promise.all(this.#profiles.map((profile) => profile.remove()));
    await this.#server.remove();
    this.#disk?.unmount();
    if (!this.#keep) rmSync(this.#evidence, { recursive: true, force: true });
  }

  /** Everybody joins, and talks with the next and the one before. */
  async #befriend(): Promise<void> {
    const invite = await this.#server.invite(this.#order.users);
    for (const profile of this.#profiles) {
      const link = invite.replace(`:${this.#server.port}`, `:${profile.proxy.port}`);
      await profile.ask({ do: "join", link, name: profile.name });
    }
    const count = this.#profiles.length;
    for (const [index, profile] of this.#profiles.entries()) {
      const next = `user${(index + 1) % count}`;
      await this.#until(profile, 20_000, async () => {
        await profile.ask({ do: "talk", peer: next }).catch(forgive);
        return (await profile.look()).phases[next] === "open";
      });
    }
    for (const [index, profile] of this.#profiles.entries())
      for (let place = 1; place < windowsOf(index); place++) profile.open(place);
  }

  async #disturb(): Promise<void> {
    const began = performance.now();
    const under: Promise<void>[] = [];
    for (const { at, action } of plan(this.#order.seed, this.#scale)) {
      const wait = at - (performance.now() - began);
      if (wait > 0) await pause(wait);
      this.#done[action.kind] = (this.#done[action.kind] ?? 0) + 1;
      under.push(this.#do(action).catch(forgive));
    }
    await Promise.all(under);
  }

  async #do(action: Action): Promise<void> {
    switch (action.kind) {
      case "say":
        return this.#say(action.from, action.place, action.to, action.times);
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
        const places = Array.from({ length: windowsOf(action.user) }, (_, place) => place);
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
        return this.#serverDoes(async () => {
          await this.#server.kill();
          this.#kills += 1;
          await pause(action.forMs);
          await this.#server.restart();
        });
      case "restart-server":
        return this.#serverDoes(async () => {
          await this.#server.stop();
          await this.#server.restart();
        });
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
        this.#disk?.fill();
        await pause(action.forMs);
        this.#disk?.empty();
        return;
    }
  }

  async #say(from: number, place: number, to: number, times: number): Promise<void> {
    const profile = this.#profile(from);
    if (profile.windows.length === 0) return;
    const under: Promise<unknown>[] = [];
    for (let time = 0; time < times; time++) {
      const pair = `user${from}>user${to}`;
      const number = (this.#counters.get(pair) ?? 0) + 1;
      this.#counters.set(pair, number);
      const text = `${pair} #${number}`;
      under.push(profile.ask({ do: "say", peer: `user${to}`, text }, place).catch(forgive));
    }
    await Promise.all(under);
  }

  async #kill(profile: Profile, places: readonly number[]): Promise<void> {
    for (const place of places) {
      const window = profile.window(place);
      if (window === undefined) continue;
      this.#kills += 1;
      await window.kill();
    }
  }

  /** Nothing disturbs any more: everybody runs and is online; what waits must come through. */
  async #rest(): Promise<boolean> {
    await this.#serverLane;
    this.#disk?.empty();
    for (const profile of this.#profiles) {
      profile.clockMs = 0;
      profile.proxy.delay(0);
      profile.proxy.release();
      profile.open();
      await Promise.all(profile.windows.map((window) => window.ask({ do: "setClock", offsetMs: 0 })));
    }
    const { restMs } = this.#order;
    const atRest = ({ state, unsettled }: Look) => state === "online" && unsettled === 0;
    const rests = this.#profiles.map((profile) =>
      this.#until(profile, restMs, async () => atRest(await profile.look())),
    );
    return (await Promise.all(rests)).every((rested) => rested);
  }

  /** Looks again and again. @returns whether it came true in time */
  async #until(profile: Profile, deadlineMs: number, condition: () => Promise<boolean>): Promise<boolean> {
    const began = performance.now();
    while (performance.now() - began < deadlineMs) {
      if (await condition()) return true;
      await pause(200);
    }
    this.#order.log(`${profile.name}: ${JSON.stringify(await profile.look())}`);
    return false;
  }

  #serverDoes(work: () => Promise<void>): Promise<void> {
    const done = this.#serverLane.then(work);
    this.#serverLane = done.catch(() => {});
    return done;
  }

  #living(user: number): Profile {
    const profile = this.#profile(user);
    if (profile.windows.length === 0) throw new WindowGone("nobody is there");
    return profile;
  }

  #profile(user: number): Profile {
    const profile = this.#profiles[user];
    if (profile === undefined) throw new RangeError(`there is no user${user}`);
    return profile;
  }
}

/** Every other user has two windows. */
function windowsOf(user: number): number {
  return user % 2 === 0 ? 2 : 1;
}

/** A window that died while it was asked, or said no, is what a run is about: the journals tell. */
function forgive(error: unknown): void {
  if (!(error instanceof WindowGone || error instanceof WindowRefused)) throw error;
}
