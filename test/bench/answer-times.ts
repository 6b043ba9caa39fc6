/**
 * Measures whether a blocked person can detect the block by timing: how long the server takes to answer about
 * a person who blocks them, is offline, or does not exist. The answers themselves are the same bytes.
 */
import { setTimeout as pause } from "node:timers/promises";
import { newConversationId, username } from "../../protocol/names.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { until } from "../fixtures/waiting.ts";
import type { Report } from "./figures.ts";

const ROUNDS = 300;
/** One request after the other, below the server's limit for one user. */
const PACE_MS = 13;
const NAMES = ["blocker", "absent", "unknown"] as const;

export async function benchAnswerTimes(report: Report): Promise<void> {
  const server = await RealServer.start();
  try {
    await timeAnswers(server, report);
  } finally {
    await server.remove();
  }
}

async function timeAnswers(server: RealServer, report: Report): Promise<void> {
  const [asker, blocker, absent] = [
    new Person(await server.invite(), "asker"),
    new Person(await server.invite(), "blocker"),
    new Person(await server.invite(), "absent"),
  ];
  await Promise.all([asker, blocker, absent].map(({ client }) => client.connect()));
  await until(blocker.client, "online");
  await blocker.client.block(asker.name);
  await absent.client.close();

  const times = new Map<string, number[]>(NAMES.map((name) => [name, []]));
  for (let round = 0; round < ROUNDS; round++)
    // Each name is first, in the middle and last equally often.
    for (let place = 0; place < NAMES.length; place++) {
      const name = NAMES[(round + place) % NAMES.length] ?? "unknown";
      const started = performance.now();
      const answer = await asker.client.requestToTalk(username(name), newConversationId()).catch(codeOf);
      if (answer !== "user-not-found") throw new Error(`${name}: ${String(answer)}`);
      times.get(name)?.push(performance.now() - started);
      await pause(PACE_MS);
    }
  for (const [who, all] of times) {
    all.sort((one, other) => one - other);
    const at = (share: number) => all[Math.floor(share * (all.length - 1))] ?? Number.NaN;
    const name = `"not there" for who is ${who}`;
    const group = "answers";
    for (const share of [0.1, 0.5, 0.9, 0.99])
      report({ group, name: `${name}, ${share * 100} %`, unit: "ms", values: [at(share)], better: "lower" });
  }
  for (const { client } of [asker, blocker]) await client.close();
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && "code" in error ? error.code : error;
}
