/**
 * Files: how fast they are transferred and what they cost the server; and how long a message waits on a slow
 * line while a file is transferred, in multiples of the time of one part.
 */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as pause } from "node:timers/promises";
import { directChat } from "../../messenger/chats/direct.ts";
import type { ChatId } from "../../messenger/model.ts";
import { type BlobSource, downloadBlob, uploadBlob } from "../../protocol/client/blobs.ts";
import { MAX_BLOB_PART_BYTES } from "../../protocol/limits.ts";
import { type MessageId, newBlobId, newMessageId } from "../../protocol/names.ts";
import { Computer } from "../fixtures/messengers.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { scrape } from "../fixtures/scrape.ts";
import { SlowLink } from "../fixtures/slow-link.ts";
import { until } from "../fixtures/waiting.ts";
import type { Report } from "./figures.ts";

const GROUP = "files";
const MEMORY_BYTES = 100e6;
const MIB = 1024 * 1024;
const FAST_BYTES = 64 * MIB;
/** As an office's upstream: a part takes 65 ms. */
const SLOW_BYTES_PER_SECOND = 1_000_000;
const SLOW_BYTES = 6 * MIB;
const PART_MS = (MAX_BLOB_PART_BYTES / SLOW_BYTES_PER_SECOND) * 1000;
/** Pause between messages, out of step with the parts. */
const MESSAGE_PACE_MS = 37;
const QUIET_MESSAGES = 60;

export async function benchFiles(report: Report, runs: number): Promise<void> {
  const server = await RealServer.start([], ["--metrics-port", "0", "--log", "error"]);
  const slow = await SlowLink.start(server.port, SLOW_BYTES_PER_SECOND);
  try {
    await benchSpeed(server, report, runs);
    await benchMessages(server, slow.port, report, runs);
    await benchMemory(server, report, runs);
  } finally {
    await slow.stop();
    await server.remove();
  }
}

async function benchSpeed(server: RealServer, report: Report, runs: number): Promise<void> {
  const person = new Person(await server.invite(), "fast");
  await person.client.connect();
  await until(person.client, "online");
  const [up, down, cpu]: [number[], number[], number[]] = [[], [], []];
  const content = sourceOf(FAST_BYTES);
  for (let run = 0; run < runs; run++) {
    const id = newBlobId();
    const before = await cpuSeconds(server);
    up.push(FAST_BYTES / 1e6 / (await seconds(() => uploadBlob(person.client, id, content))));
    down.push(FAST_BYTES / 1e6 / (await seconds(() => finish(downloadBlob(person.client, id, FAST_BYTES)))));
    cpu.push((1e3 * ((await cpuSeconds(server)) - before)) / ((2 * FAST_BYTES) / 1e6));
    await person.client.dropBlob(id);
  }
  report({ group: GROUP, name: "a file up", unit: "MB/s", values: up, better: "higher" });
  report({ group: GROUP, name: "a file down", unit: "MB/s", values: down, better: "higher" });
  report({ group: GROUP, name: "CPU of the server for each MB", unit: "ms", values: cpu, better: "lower" });
  await person.client.close();
}

async function benchMessages(server: RealServer, port: number, report: Report, runs: number): Promise<void> {
  const [alice, bob] = [
    new Person(await server.invite(), "alice", port),
    new Person(await server.invite(), "bob"),
  ];
  await Promise.all([alice, bob].map(({ client }) => client.connect()));
  await Promise.all([alice, bob].map(({ client }) => until(client, "online")));
  while (!alice.client.users.has(bob.name)) await pause(10);
  const answered = bob.answer();
  await alice.talkTo(bob.name);
  await answered;

  const content = sourceOf(SLOW_BYTES);
  const waits = new Map<string, number[]>();
  const quiet = await talk(alice, bob, async () => {}, QUIET_MESSAGES);
  for (let run = 0; run < runs; run++) {
    const id = newBlobId();
    const going = new Map<string, number[]>([
      ["goes up", await talk(alice, bob, () => uploadBlob(alice.client, id, content))],
      ["comes down", await talk(alice, bob, () => finish(downloadBlob(alice.client, id, SLOW_BYTES)))],
    ]);
    for (const [way, times] of going)
      for (const share of [0.5, 0.95]) {
        const name = `a message's wait while a file ${way}, ${share === 0.5 ? "median" : "95 %"}`;
        const parts = (at(times, share) - at(quiet, 0.5)) / PART_MS;
        waits.set(name, [...(waits.get(name) ?? []), parts]);
      }
    await alice.client.dropBlob(id);
  }
  for (const [name, values] of waits) {
    const target = name.endsWith("median") ? { target: 1 } : {};
    report({ group: GROUP, name, unit: "parts", values, better: "lower", ...target });
  }
  for (const { client } of [alice, bob]) await client.close();
}

/**
 * Measures the memory of this process, in which both messengers run, while a file goes from one disk to the other: read from the disk, or
 * handed over in pieces as by a page.
 */
async function benchMemory(server: RealServer, report: Report, runs: number): Promise<void> {
  const [alice, bob] = [await Computer.start("memory-a"), await Computer.start("memory-b")];
  try {
    for (const computer of [alice, bob]) await computer.joins(await server.invite());
    await alice.opensChatWith(bob);
    const chat = directChat(bob.name);
    const path = join(alice.folder, "file");
    await writeFile(path, piecesOf(MEMORY_BYTES));
    const ways = new Map<string, (id: MessageId) => Promise<unknown>>([
      ["", (id) => alice.messenger.attachFile({ chat, id, path })],
      [", in pieces as from a page", (id) => attachPieces(alice, { chat, id }, path)],
    ]);
    for (const [how, attach] of ways) {
      const values: number[] = [];
      for (let run = 0; run < runs; run++) {
        const id = newMessageId();
        values.push(
          await mostMemory(async () => {
            await attach(id);
            await alice.messenger.sendFiles({ chat, id });
            const arrived = async () => (await bob.messages(alice)).some((one) => one.id === id);
            await bob.until("the file", arrived, 600_000);
            await bob.messenger.fetchFile({ chat: directChat(alice.name), id, item: 0 });
          }),
        );
        await alice.messenger.deleteMessage({ chat, target: id });
      }
      const name = `memory of two messengers that move a file of ${MEMORY_BYTES / 1e6} MB${how}`;
      report({ group: GROUP, name, unit: "MB", values, better: "lower", target: 50 });
    }
  } finally {
    await alice.remove();
    await bob.remove();
  }
}

/** @returns by how many MB the process grew at most meanwhile */
async function mostMemory(work: () => Promise<void>): Promise<number> {
  const before = process.memoryUsage.rss();
  let most = before;
  const look = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, 20);
  try {
    await work();
  } finally {
    clearInterval(look);
  }
  return (most - before) / 1e6;
}

async function attachPieces(
  { messenger }: Computer,
  parcel: { readonly chat: ChatId; readonly id: MessageId },
  path: string,
): Promise<void> {
  const facts = { ...parcel, file: parcel.id, name: "file", bytes: MEMORY_BYTES };
  let offset = 0;
  for await (const piece of createReadStream(path, { highWaterMark: MIB })) {
    await messenger.attachPiece({ ...facts, offset, data: piece.toString("base64") });
    offset += piece.length;
  }
}

function* piecesOf(bytes: number): Generator<Uint8Array> {
  const piece = randomBytes(1e6);
  for (let done = 0; done < bytes; done += piece.length) yield piece;
}

/**
 * Sends messages while `work` runs.
 * @returns how long each took until its sender got the answer, milliseconds, ascending
 */
async function talk(alice: Person, bob: Person, work: () => Promise<unknown>, least = 0): Promise<number[]> {
  let over = false;
  const working = work().finally(() => {
    over = true;
  });
  const times: number[] = [];
  while (!over || times.length < least) {
    const heard = bob.hear();
    const began = performance.now();
    await alice.say("meanwhile");
    times.push(performance.now() - began);
    await heard;
    await pause(MESSAGE_PACE_MS);
  }
  await working;
  return times.toSorted((one, other) => one - other);
}

function at(sorted: readonly number[], share: number): number {
  return sorted[Math.floor(share * (sorted.length - 1))] ?? Number.NaN;
}

function sourceOf(bytes: number): BlobSource {
  const part = randomBytes(MAX_BLOB_PART_BYTES);
  return { bytes, read: async (_offset, length) => part.subarray(0, length) };
}

async function finish(parts: AsyncIterable<Uint8Array>): Promise<void> {
  for await (const _ of parts);
}

async function seconds(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now();
  await work();
  return (performance.now() - began) / 1000;
}

async function cpuSeconds(server: RealServer): Promise<number> {
  return (await scrape(server.metricsPort ?? 0)).of("process_cpu_seconds_total");
}
