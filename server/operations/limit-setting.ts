/** The bounds that an operator may set with `--limit`, and their range. All others are fixed. */
import { MAX_ONLINE_USERS, MAX_SEALED_BYTES } from "../../protocol/limits.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../limits.ts";
import { words } from "../words/words.ts";

const MiB = 1024 * 1024;

const SETTABLE = {
  connections: [1, MAX_ONLINE_USERS],
  connectionsPerAddress: [1, MAX_ONLINE_USERS],
  handshakesPerSecond: [1, 100_000],
  handshakeBurst: [1, 1_000_000],
  // The most expensive request must be affordable: the list of ten thousand people.
  workPerSecond: [100, 10_000_000],
  workBurst: [2000, 10_000_000],
  requestPaceMs: [0, 3_600_000],
  conversations: [10, 10_000],
  members: [1, 1_000_000],
  inviteAfterHours: [0, 24 * 365],
  newcomersPerDay: [1, 1_000_000],
  mailboxBytes: [MiB, 1024 * MiB],
  mailBytes: [MiB, 1024 * 1024 * MiB],
  mailboxDays: [1, 365],
  maxSealedBytes: [4096, MAX_SEALED_BYTES],
  maxBlobBytes: [0, 1024 * MiB],
  blobBytesPerPerson: [MiB, 1024 * 1024 * MiB],
  blobBytes: [MiB, 1024 * 1024 * MiB],
  blobDays: [1, 365],
} as const satisfies Partial<Record<keyof ServerLimits, readonly [least: number, most: number]>>;

export const SETTABLE_LIMITS = Object.keys(SETTABLE) as readonly (keyof typeof SETTABLE)[];

/** Returns the settable limits, each with its default and range. */
export function settableLimits(): readonly { name: string; usual: number; least: number; most: number }[] {
  return SETTABLE_LIMITS.map((name) => {
    const [least, most] = SETTABLE[name];
    return { name, usual: DEFAULT_LIMITS[name], least, most };
  });
}

/**
 * Applies one setting.
 * @param text such as "connections=20000"
 * @param limits the limits to change
 * @returns the changed limits, or a sentence about the fault of the text
 */
export function withLimit(text: string, limits: ServerLimits = DEFAULT_LIMITS): ServerLimits | string {
  const [, name = "", digits = ""] = /^([a-zA-Z]+)=([0-9]{1,13})$/.exec(text) ?? [];
  const known = SETTABLE_LIMITS.find((one) => one === name);
  if (known === undefined) return words.commandLine.argument.notLimit(SETTABLE_LIMITS);
  const [least, most] = SETTABLE[known];
  const value = Number(digits);
  if (value < least || value > most) return words.commandLine.argument.limitOutside(known, least, most);
  return { ...limits, [known]: value };
}
