/**
 * The load, in a process of its own: members in pairs that chat, some of whom leave and return all the time.
 * Reports progress to its parent, and, once told to end, whether any message is missing. Arguments: invite
 * link, number of users (even).
 */
import { once } from "node:events";
import { setTimeout as pause } from "node:timers/promises";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { newConversationId } from "../../protocol/names.ts";
import { Member } from "./member.ts";
import { Way } from "./way.ts";

/** The load's report to its parent, every second. */
export interface Progress {
  readonly stage: "gathering" | "talking" | "done";
  readonly online: number;
  /** How often a member left and returned. */
  readonly returns: number;
  readonly sent: number;
  readonly received: number;
  readonly again: number;
  readonly outOfOrder: number;
  /** Acknowledged by the server and not received: in flight, until the stage is "done". */
  readonly missing: number;
}

/** How often each person writes and leaves, milliseconds on average. */
const WRITES_EVERY_MS = 10_000;
const LEAVES_EVERY_MS = 15 * 60_000;
const LONGEST_AWAY_MS = 20_000;
/** Handshakes started at once: fewer than a server allows one address. */
const ENTER_AT_ONCE = 16;
/** Time for waiting mail, once everybody is back. */
const REST_MS = 60_000;

const [link = "", count = ""] = process.argv.slice(2);
const invite = parseInvite(link);
const members: Member[] = [];
const ways: Way[] = [];
const meetings: (() => Promise<void>)[] = [];
let stage: Progress["stage"] = "gathering";
let returns = 0;
let ending = false;

for (let number = 0; number < Number(count) / 2; number++) introduce(number);
setInterval(tell, 1000).unref();
await eachOf(members, enter);
await eachOf(meetings, (meet) => meet());
stage = "talking";
const going = [write(), ...Array.from({ length: members.length / 100 }, comeAndGo)];
await once(process, "message");
ending = true;
await Promise.all(going);
await Promise.all(ways.map((way) => way.acknowledged()));
for (const began = performance.now(); missing() > 0 && performance.now() - began < REST_MS; )
  await pause(100);
stage = "done";
tell();
process.disconnect();
// Skips sending a thousand QUITs, which are not part of the measurement.
process.exit();

function introduce(number: number): void {
  const conversation = newConversationId();
  const first = new Member(`user${number}a`, invite, (message) => back.read(message));
  const second = new Member(`user${number}b`, invite, (message) => there.read(message));
  const there = new Way(first, conversation);
  const back = new Way(second, conversation);
  members.push(first, second);
  ways.push(there, back);
  meetings.push(() => first.talkTo(second, conversation));
}

async function enter(member: Member): Promise<void> {
  for (;;) {
    try {
      return await member.enter();
    } catch {
      await pause(1000);
    }
  }
}

async function write(): Promise<void> {
  while (!ending) {
    await pause(randomly(WRITES_EVERY_MS / ways.length));
    oneOf(ways).write();
  }
}

/** Signs a hundred members out and in again, one after the other; several of these run at once. */
async function comeAndGo(): Promise<void> {
  while (!ending) {
    await pause(randomly(LEAVES_EVERY_MS / 100));
    const member = oneOf(members);
    if (!member.online || ending) continue;
    await member.leave(Math.random() < 0.5);
    await pause(Math.random() * LONGEST_AWAY_MS);
    await enter(member);
    returns += 1;
  }
}

function missing(): number {
  return ways.reduce((sum, way) => sum + way.missing, 0);
}

function tell(): void {
  const sum = (of: "sent" | "received" | "again" | "outOfOrder") =>
    ways.reduce((all, way) => all + way[of], 0);
  const progress: Progress = {
    stage,
    online: members.filter((one) => one.online).length,
    returns,
    sent: sum("sent"),
    received: sum("received"),
    again: sum("again"),
    outOfOrder: sum("outOfOrder"),
    missing: missing(),
  };
  process.send?.(progress);
}

/** Returns random milliseconds between two independent events, `mean` on average. */
function randomly(mean: number): number {
  return -Math.log(1 - Math.random()) * mean;
}

function oneOf<Item>(items: readonly Item[]): Item {
  const item = items[Math.floor(Math.random() * items.length)];
  if (item === undefined) throw new RangeError("nothing to choose from");
  return item;
}

async function eachOf<Item>(items: readonly Item[], work: (item: Item) => Promise<void>): Promise<void> {
  const left = items.values();
  await Promise.all(
    Array.from({ length: ENTER_AT_ONCE }, async () => {
      for (const item of left) await work(item);
    }),
  );
}
