/**
 * `npm run bench`: what Parley costs on this machine. Each figure is the median of RUNS runs, with the lowest and the
 * highest beside it. Needs a build (`npm run build`).
 */
import { statSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { ClientHandshake, ServerHandshake } from "../../protocol/channel/handshake.ts";
import type { Client } from "../../protocol/client/client.ts";
import { Conversation, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { type ConversationId, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import { openAuthority } from "../../server/authority/authority.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { next } from "../fixtures/waiting.ts";
import { benchAnswerTimes } from "./answer-times.ts";
import { benchHistory } from "./history.ts";

const RUNS = 5;
const LIMITS = { maxSealedBytes: 65_536, keepAliveMs: 30_000, mailboxDays: 30 };
const [alice, bob] = [username("alice"), username("bob")];

console.log(
  `${cpus().length} × ${cpus()[0]?.model ?? "unknown CPU"}, Node ${process.version}, ${process.platform}\n`,
);

const folder = await mkdtemp(join(tmpdir(), "parley-bench-"));
const server = await RealServer.start();
try {
  await benchHandshake();
  await benchConversation();
  await benchServer();
  await benchAnswerTimes(server, line);
  await benchHistory(measure);
  benchSizes();
} finally {
  await server.remove();
  await rm(folder, { recursive: true });
}
process.exit();

/** Messages 1.0 to 1.2, both ends in this process: certificates judged, signatures, X25519 and ML-KEM. */
async function benchHandshake(): Promise<void> {
  const { credentials, caFingerprint } = await openAuthority(folder, { names: ["localhost"] });
  const identity = Identity.generate();
  const once = () => {
    const client = new ClientHandshake({
      trust: { caFingerprint },
      host: "localhost",
      name: alice,
      identity,
    });
    const ours = new ServerHandshake({ credentials, limits: LIMITS, software: "bench" });
    ours.finish(client.answer(ours.answer(client.start())).message);
  };
  once();
  const rounds = 50;
  await measure("handshake 1.0-1.3, both ends", "ms", async () => {
    const started = performance.now();
    for (let round = 0; round < rounds; round++) once();
    return (performance.now() - started) / rounds;
  });
}

/** Key agreement of two people, then sealing and opening one message after the other. */
async function benchConversation(): Promise<void> {
  const pair = async () => {
    const id = newConversationId();
    const check = () => true;
    const [hers, his] = [Identity.generate(), Identity.generate()];
    const joining = await prepareToJoin(bob, his);
    const made = await Conversation.create({
      id,
      name: alice,
      identity: hers,
      peer: bob,
      keyPackage: joining.keyPackage,
      check,
    });
    const joined = await Conversation.join({
      id,
      name: bob,
      identity: his,
      peer: alice,
      joining,
      welcome: made.welcome,
      check,
    });
    return { from: made.conversation, to: joined };
  };
  await pair();
  await measure("key agreement of two people", "ms", async () => {
    const started = performance.now();
    await pair();
    return performance.now() - started;
  });
  let { from, to } = await pair();
  const rounds = 500;
  await measure("sealed and opened, one process", "messages/s", async () => {
    const started = performance.now();
    for (let round = 0; round < rounds; round++) {
      const id = newMessageId();
      const sealed = await from.seal(id, { kind: "text", sentAt: Date.now(), text: "x".repeat(256) });
      from = sealed.next;
      to = (await to.open(id, sealed.bytes)).next;
    }
    return (rounds * 1000) / (performance.now() - started);
  });
}

/** Through dist/server.js: signing in, and 256 sealed bytes at a time from one person to another, each acknowledged. */
async function benchServer(): Promise<void> {
  await measure("invite to online, over TCP", "ms", async () => {
    const person = new Person(await server.invite(), guest());
    const started = performance.now();
    await person.client.connect();
    const took = performance.now() - started;
    await person.client.close();
    return took;
  });
  // Few enough for each that the server's limit for one user does not come into it.
  const [pairs, messages, window] = [8, 1_000, 32];
  const senders = await Promise.all(Array.from({ length: pairs }, chattingPair));
  await measure(`through one server, ${pairs} pairs, window ${window}`, "messages/s", async () => {
    const started = performance.now();
    await Promise.all(
      senders.map(({ client, id }) => {
        let left = messages;
        const send = async () => {
          while (left-- > 0) await client.send(id, newMessageId(), new Uint8Array(256));
        };
        return Promise.all(Array.from({ length: window }, send));
      }),
    );
    return (pairs * messages * 1000) / (performance.now() - started);
  });
}

/** Two people online whose conversation the server knows; the second takes all that comes. */
async function chattingPair(): Promise<{ client: Client; id: ConversationId }> {
  const [from, to] = [new Person(await server.invite(), guest()), new Person(await server.invite(), guest())];
  await Promise.all([from.client.connect(), to.client.connect()]);
  const id = newConversationId();
  const bytes = new Uint8Array(64);
  const accepted = next(from.client, "accept");
  const requested = next(to.client, "request");
  await from.client.requestToTalk(to.name, id);
  (await requested).confirm();
  await to.client.accept(from.name, id, bytes);
  (await accepted).confirm();
  to.client.on("establishment", ({ confirm }) => confirm());
  to.client.on("message", ({ confirm }) => confirm());
  await from.client.establish(to.name, id, bytes);
  return { client: from.client, id };
}

function guest(): string {
  return `guest-${newMessageId().slice(0, 8)}`;
}

function benchSizes(): void {
  for (const file of ["dist/parley.vsix", "dist/extension.cjs", "dist/webview.js", "dist/server.js"])
    line(file, `${Math.ceil(statSync(file).size / 1024)} KiB`);
}

async function measure(what: string, unit: string, run: () => Promise<number> | number): Promise<void> {
  const figures: number[] = [];
  for (let turn = 0; turn < RUNS; turn++) figures.push(await run());
  figures.sort((a, b) => a - b);
  const show = (figure: number | undefined) => (figure ?? Number.NaN).toFixed(unit === "ms" ? 2 : 0);
  line(what, `${show(figures[RUNS >> 1])} ${unit}  (${show(figures[0])} to ${show(figures.at(-1))})`);
}

function line(what: string, figure: string): void {
  console.log(`${what.padEnd(46)} ${figure}`);
}
