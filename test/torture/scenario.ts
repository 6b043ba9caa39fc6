/** The events of a run, and their times, all derived from the seed. Pure. */
import type { Way } from "./flaky-proxy.ts";
import { Random } from "./random.ts";

export type Action =
  /** Several at once, as fast as a user can paste. */
  | {
      readonly kind: "say";
      readonly from: number;
      readonly place: number;
      readonly to: number;
      readonly times: number;
    }
  /** A message of the chat, counted from the newest. */
  | {
      readonly kind: "reply" | "edit" | "delete";
      readonly user: number;
      readonly peer: number;
      readonly back: number;
    }
  | {
      readonly kind: "react";
      readonly user: number;
      readonly peer: number;
      readonly back: number;
      readonly emoji: string;
      readonly on: boolean;
    }
  | { readonly kind: "send-file"; readonly user: number; readonly peer: number; readonly bytes: number }
  | { readonly kind: "fetch-file"; readonly user: number; readonly peer: number; readonly back: number }
  | { readonly kind: "mark-read"; readonly user: number }
  | { readonly kind: "retry"; readonly user: number; readonly peer: number }
  | { readonly kind: "talk"; readonly user: number; readonly peer: number }
  | { readonly kind: "kill-window"; readonly user: number; readonly place: number; readonly forMs: number }
  | { readonly kind: "kill-client"; readonly user: number; readonly forMs: number }
  | { readonly kind: "sleep"; readonly user: number; readonly place: number; readonly forMs: number }
  | { readonly kind: "kill-server"; readonly forMs: number }
  | { readonly kind: "restart-server" }
  | { readonly kind: "cut"; readonly user: number }
  | { readonly kind: "cut-after"; readonly user: number; readonly way: Way; readonly bytes: number }
  | { readonly kind: "delay"; readonly user: number; readonly lateMs: number; readonly forMs: number }
  | {
      readonly kind: "hold";
      readonly user: number;
      readonly way: Way;
      readonly forMs: number;
      readonly thenCut: boolean;
    }
  | { readonly kind: "set-clock"; readonly user: number; readonly offsetMs: number }
  | { readonly kind: "fill-disk"; readonly forMs: number }
  | { readonly kind: "set-server-clock"; readonly offsetMs: number }
  | { readonly kind: "fill-server-disk"; readonly forMs: number }
  /** Everything except the keyring is restored to an earlier state, or lost. */
  | { readonly kind: "lose-store"; readonly user: number; readonly left: Left; readonly forMs: number };
export type Kind = Action["kind"];
export type Left = "older copy" | "nothing";

export interface Step {
  /** Milliseconds after the run's start. */
  readonly at: number;
  readonly action: Action;
}

export interface Scale {
  readonly users: number;
  readonly durationMs: number;
  /** The number of windows of each user. */
  readonly windows: readonly number[];
  /** Whether there are disks that can be filled: the first user's, and the server's. */
  readonly disks: boolean;
}

/** How often each event happens, relative to the others. */
const WEIGHTS: Readonly<Record<Kind, number>> = {
  say: 80,
  reply: 8,
  edit: 12,
  delete: 4,
  react: 12,
  "send-file": 8,
  "fetch-file": 4,
  "mark-read": 8,
  retry: 3,
  talk: 4,
  "kill-window": 6,
  "kill-client": 3,
  sleep: 2,
  "kill-server": 3,
  "restart-server": 1,
  cut: 6,
  "cut-after": 8,
  delay: 4,
  hold: 4,
  "set-clock": 3,
  "fill-disk": 2,
  "set-server-clock": 1,
  "fill-server-disk": 1,
  // Rare, because after a few in an hour, automatic renewal stops and is left to the users.
  "lose-store": 0.25,
};
const WEIGHTED = Object.entries(WEIGHTS).flatMap(([kind, weight]) =>
  Array<Kind>(4 * weight).fill(kind as Kind),
);

/** Mean time between two actions of one user. */
const PACE_MS = 700;
const DAY_MS = 24 * 3_600_000;
/** Messages further back are rarely changed. */
const MOST_BACK = 5;
const EMOJI = ["👍", "🎉", "👀"] as const;
/** None, one chunk, and several. */
const FILE_BYTES = [0, 10, 5_000, 70_000, 300_000] as const;
/** A server's revocation list is valid from a day ago to some days ahead. */
const CLOCK_BACK_MS = 20 * 3_600_000;
const CLOCK_AHEAD_MS = 60 * 3_600_000;
/**
 * Beyond the tolerance of its certificate and list: they are renewed, and once more when the clock is right
 * again.
 */
const SERVER_BACK_MS = 3 * DAY_MS;
const SERVER_AHEAD_MS = 10 * DAY_MS;

/** Returns the plan in order of time; the same for the same arguments. */
export function plan(seed: number, scale: Scale): readonly Step[] {
  const random = new Random(seed);
  const steps: Step[] = [];
  const meanMs = PACE_MS / scale.users;
  for (let at = 0; at < scale.durationMs; at += random.between(1, 2 * meanMs)) {
    const kind = random.pick(WEIGHTED);
    const action = draw(kind, random, scale);
    // Skipped, so that the rest of the plan stays the same.
    if ((kind === "fill-disk" || kind === "fill-server-disk") && !scale.disks) continue;
    steps.push({ at, action });
  }
  return steps;
}

function draw(kind: Kind, random: Random, { users, windows }: Scale): Action {
  const user = random.between(0, users - 1);
  const peer = (user + random.between(1, users - 1)) % users;
  const place = random.between(0, (windows[user] ?? 1) - 1);
  const way = random.pick(["to server", "to client"] as const);
  switch (kind) {
    case "say":
      return {
        kind,
        from: user,
        place,
        to: neighbour(user, users, random),
        times: random.pick([1, 1, 1, 2, 3, 10]),
      };
    case "reply":
    case "edit":
    case "delete":
    case "fetch-file":
      return { kind, user, peer: neighbour(user, users, random), back: random.between(0, MOST_BACK) };
    case "react":
      return {
        ...{ kind, user, peer: neighbour(user, users, random), back: random.between(0, MOST_BACK) },
        ...{ emoji: random.pick(EMOJI), on: random.next() < 0.7 },
      };
    case "send-file":
      return { kind, user, peer: neighbour(user, users, random), bytes: random.pick(FILE_BYTES) };
    case "mark-read":
      return { kind, user };
    case "retry":
    case "talk":
      return { kind, user, peer };
    case "kill-window":
      return { kind, user, place, forMs: random.between(0, 3_000) };
    case "kill-client":
      return { kind, user, forMs: random.between(0, 5_000) };
    case "sleep":
      return {
        kind,
        user,
        place,
        // Sometimes longer than the other windows wait before they report that it hangs.
        forMs: random.next() < 0.8 ? random.between(200, 4_000) : random.between(8_000, 14_000),
      };
    case "kill-server":
      return { kind, forMs: random.between(0, 2_000) };
    case "restart-server":
      return { kind };
    case "cut":
      return { kind, user };
    case "cut-after":
      return { kind, user, way, bytes: random.between(0, 3_000) };
    case "delay":
      return { kind, user, lateMs: random.between(10, 700), forMs: random.between(500, 5_000) };
    case "hold":
      return { kind, user, way, forMs: random.between(100, 3_000), thenCut: random.next() < 0.6 };
    case "set-clock":
      return { kind, user, offsetMs: random.between(-CLOCK_BACK_MS, CLOCK_AHEAD_MS) };
    case "fill-disk":
    case "fill-server-disk":
      return { kind, forMs: random.between(1_000, 6_000) };
    case "set-server-clock":
      // Usually it is corrected again, as by a time server.
      return {
        kind,
        offsetMs: random.next() < 0.5 ? 0 : random.between(-SERVER_BACK_MS, SERVER_AHEAD_MS),
      };
    case "lose-store":
      return {
        kind,
        user: random.between(1, users - 1), // The first user's disk has no room for a copy.
        left: random.pick(["older copy", "nothing"] as const),
        forMs: random.between(500, 8_000),
      };
  }
}

/**
 * Returns usually an acquainted person: neighbours are acquainted from the start, others once they "talk".
 */
function neighbour(user: number, users: number, random: Random): number {
  const distance = random.next() < 0.9 ? random.pick([1, users - 1]) : random.between(1, users - 1);
  return (user + distance) % users;
}
