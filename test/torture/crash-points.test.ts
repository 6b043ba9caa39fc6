/**
 * Every point between "user pressed Enter" and "peer's tick", and a kill at each of them. The killed process
 * is started again, and then the message is there once, with its tick; except if the process was killed
 * before anything was on disk.
 */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { RealServer } from "../fixtures/real-server.ts";
import type { Moment } from "./die-at.ts";
import { FlakyProxy, type Way } from "./flaky-proxy.ts";
import { Profile } from "./profile.ts";
import { judge } from "./verdict.ts";

type Who = "alice" | "bob";

/** Alice sends one message to bob. */
type CrashPoint = {
  readonly name: string;
  /** Whether bob is online; if not, the server stores the message. */
  readonly bobIs: "there" | "away";
  /** "nowhere": it was never stored, and alice's composer got no answer. */
  readonly thenItIs: "delivered" | "nowhere";
} & (
  | { readonly killed: Who; readonly at: Moment; readonly commits: number }
  | { readonly killed: "server"; readonly at: Moment }
  /**
   * Killed while a chunk in that direction on that line, after a number of others, is in flight; it is lost
   * with the line.
   */
  | { readonly killed: Who | "server"; readonly line: Who; readonly way: Way; readonly after: number }
);

/**
 * Alice's commits: the message; that it is sent; its tick. Bob's: the message; his receipt; that the receipt
 * is sent.
 */
const POINTS: readonly CrashPoint[] = [
  point("sealed, nothing on alice's disk", {
    killed: "alice",
    at: "before commit",
    commits: 1,
    thenItIs: "nowhere",
  }),
  point("on alice's disk, no byte has left", { killed: "alice", at: "after commit", commits: 1 }),
  point("on its way to the server", { killed: "alice", line: "alice", way: "to server", after: 0 }),
  point("on its way to the server, which dies", {
    killed: "server",
    line: "alice",
    way: "to server",
    after: 0,
  }),
  point("at the server, not in bob's mailbox", { bobIs: "away", killed: "server", at: "before commit" }),
  point("in bob's mailbox, not acknowledged", { bobIs: "away", killed: "server", at: "after commit" }),
  point("acknowledgement of the mailbox on its way", {
    bobIs: "away",
    killed: "alice",
    line: "alice",
    way: "to client",
    after: 0,
  }),
  point("passed on to bob, only in the server's memory", {
    killed: "server",
    line: "bob",
    way: "to client",
    after: 0,
  }),
  point("on its way to bob", { killed: "bob", line: "bob", way: "to client", after: 0 }),
  point("opened, nothing on bob's disk", { killed: "bob", at: "before commit", commits: 1 }),
  point("on bob's disk, not confirmed", { killed: "bob", at: "after commit", commits: 1 }),
  point("confirmation on its way", { killed: "bob", line: "bob", way: "to server", after: 0 }),
  point("confirmation on its way to a server that dies", {
    killed: "server",
    line: "bob",
    way: "to server",
    after: 0,
  }),
  point("confirmed, acknowledgement on its way to alice", {
    killed: "server",
    line: "alice",
    way: "to client",
    after: 0,
  }),
  point("acknowledgement lost", { killed: "alice", line: "alice", way: "to client", after: 0 }),
  point("acknowledged, 'sent' not on alice's disk", { killed: "alice", at: "before commit", commits: 2 }),
  point("'sent' on alice's disk, not shown", { killed: "alice", at: "after commit", commits: 2 }),
  point("receipt sealed, not on bob's disk", { killed: "bob", at: "before commit", commits: 2 }),
  point("receipt on bob's disk, no byte has left", { killed: "bob", at: "after commit", commits: 2 }),
  point("receipt on its way to the server", { killed: "bob", line: "bob", way: "to server", after: 1 }),
  point("receipt's acknowledgement not on bob's disk", { killed: "bob", at: "before commit", commits: 3 }),
  point("receipt on its way to alice", { killed: "alice", line: "alice", way: "to client", after: 1 }),
  point("receipt on its way to alice, the server dies", {
    killed: "server",
    line: "alice",
    way: "to client",
    after: 1,
  }),
  point("receipt opened, tick not on alice's disk", { killed: "alice", at: "before commit", commits: 3 }),
  point("tick on alice's disk, receipt not confirmed", { killed: "alice", at: "after commit", commits: 3 }),
];

const DEADLINE_MS = 12_000;

describe("crash points", function () {
  this.timeout(180_000);
  let server: RealServer;
  let evidence: string;
  let alice: Profile;
  let bob: Profile;

  before(async () => {
    evidence = mkdtempSync(join(tmpdir(), "parley-crash-"));
    server = await RealServer.start(["--import", `${import.meta.dirname}/die-at.ts`]);
    alice = new Profile("alice", await FlakyProxy.start(server.port), evidence);
    bob = new Profile("bob", await FlakyProxy.start(server.port), evidence);
    const invite = await server.invite(2);
    for (const profile of [alice, bob]) {
      const link = invite.replace(`:${server.port}`, `:${profile.proxy.port}`);
      await profile.ask({ do: "join", link, name: profile.name });
    }
    await until(
      "bob to be seen",
      async () => (await alice.ask({ do: "talk", peer: "bob" }).then(yes, no)) === true,
    );
    await until("a chat", async () => (await alice.look()).phases["bob"] === "open");
    await until("a chat", async () => (await bob.look()).phases["alice"] === "open");
  });
  after(async () => {
    await Promise.all([alice.remove(), bob.remove()]);
    await server.remove();
    rmSync(evidence, { recursive: true });
  });

  for (const [index, crash] of POINTS.entries())
    it(`${crash.name}: ${crash.killed} is killed`, async () => {
      const text = `alice>bob #${index + 1}`;
      await bothAtRest();
      if (crash.bobIs === "away") await bob.window(0)?.close();
      await sendAndKill(crash, text);
      for (const { proxy } of [alice, bob]) {
        proxy.cut();
        proxy.release();
      }
      await bothAtRest();
      const left = await Promise.all([alice.evidence(), bob.evidence()]);
      assert.deepEqual(judge(left).violations, []);
      const states = (left[0].lives.at(-1)?.histories.get("bob") ?? []).filter(
        (shown) => shown.text === text,
      );
      const copies = (left[1].lives.at(-1)?.histories.get("alice") ?? []).filter(
        (shown) => shown.text === text,
      );
      const expected = crash.thenItIs === "delivered" ? ["delivered"] : [];
      assert.deepEqual([states.map(({ state }) => state), copies.length], [expected, expected.length]);
    });

  async function sendAndKill(crash: CrashPoint, text: string): Promise<void> {
    const sender = alice.open();
    /** Resolves once it is stored, or its sender has died. */
    const send = () => sender.ask({ do: "say", peer: "bob", text }).catch(no);
    if ("line" in crash) {
      const { proxy } = crash.line === "alice" ? alice : bob;
      proxy.hold(crash.way, crash.after);
      const kept = send();
      await proxy.holds(crash.way);
      // The held chunk may be an earlier one, such as the list of people online.
      await kept;
      if (crash.killed === "server") await server.kill();
      else await windowOf(crash.killed).kill();
    } else if (crash.killed === "server") {
      server.signal(crash.at === "before commit" ? "SIGUSR2" : "SIGWINCH");
      void send();
      await within("the server's end", server.ended());
    } else {
      const victim = windowOf(crash.killed);
      await victim.ask({ do: "dieAt", moment: crash.at, commits: crash.commits });
      void send();
      await within(`${crash.killed}'s end`, victim.died());
    }
    if (crash.killed === "server") await server.restart();
  }

  function windowOf(who: Who) {
    return (who === "alice" ? alice : bob).open();
  }

  /** Waits until both run, are online, and have nothing more to send each other. */
  async function bothAtRest(): Promise<void> {
    for (const profile of [alice, bob]) profile.open();
    for (const profile of [alice, bob]) {
      await until(`${profile.name} to come to rest`, async () => {
        const { state, unsettled } = await profile.look();
        return state === "online" && unsettled === 0;
      });
    }
  }
});

function point(
  name: string,
  rest: CrashPoint extends infer Point ? Optional<Point, "bobIs" | "thenItIs" | "name"> : never,
): CrashPoint {
  return { bobIs: "there", thenItIs: "delivered", ...rest, name } as CrashPoint;
}
type Optional<Whole, Keys> = Whole extends unknown
  ? Omit<Whole, Keys & keyof Whole> & Partial<Pick<Whole, Keys & keyof Whole>>
  : never;

async function until(what: string, condition: () => Promise<boolean>): Promise<void> {
  const began = performance.now();
  while (!(await condition())) {
    if (performance.now() - began > DEADLINE_MS) throw new Error(`waited in vain for ${what}`);
    await pause(50); // In another process: there is no event to wait for.
  }
}

async function within(what: string, promise: Promise<void>): Promise<void> {
  const deadline = new AbortController();
  const late = pause(DEADLINE_MS, true, { signal: deadline.signal }).catch(() => false);
  const lateFirst = await Promise.race([late, promise.then(() => false)]);
  deadline.abort();
  if (lateFirst) throw new Error(`waited in vain for ${what}`);
}

const yes = () => true;
const no = () => false;
