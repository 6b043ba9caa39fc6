/**
 * MLS alone: ours beside ts-mls on our cryptography (the floor) and ts-mls on its own, in groups in which
 * every node has keys.
 */
import assert from "node:assert/strict";
import type { CiphersuiteImpl } from "ts-mls";
import { getCiphersuiteFromId } from "ts-mls/crypto/ciphersuite.js";
import { defaultCryptoProvider } from "ts-mls/crypto/implementation/default/provider.js";
import { seal } from "../../protocol/mls/application.ts";
import { ascii } from "../../protocol/mls/bytes.ts";
import { createCommit } from "../../protocol/mls/commit.ts";
import { joinExternally } from "../../protocol/mls/external-commit.ts";
import type { Group } from "../../protocol/mls/group.ts";
import { exportGroupInfo } from "../../protocol/mls/group-info.ts";
import { joinByWelcome } from "../../protocol/mls/join.ts";
import { add, client, packageOf } from "../../protocol/mls/members-fixture.ts";
import { receive } from "../../protocol/mls/receive.ts";
import { storedChanges } from "../../protocol/mls/store.ts";
import {
  type CipherSuite,
  cipherSuites,
  MLS_256_XWING_AES256GCM_SHA512_Ed25519,
} from "../../protocol/mls/suite.ts";
import { leafIndex } from "../../protocol/mls/tree-math.ts";
import { onOurs, theirState } from "../../protocol/mls/ts-mls-fixture.ts";
import { populated } from "../mls/populated.ts";
import { TheirMember, theirProposal } from "../mls/their-member.ts";
import type { Report } from "./figures.ts";

const LEAVES = [2, 10, 100, 256, 1000];
const MESSAGES = 300;
const DATA = new Uint8Array(200);
/** ts-mls's number for its X-Wing suite. */
const THEIR_NUMBER = 83;

export async function benchMls(report: Report, runs: number): Promise<void> {
  const suite = cipherSuites().get(MLS_256_XWING_AES256GCM_SHA512_Ed25519);
  assert(suite);
  const theirs = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromId(THEIR_NUMBER));
  for (const leaves of LEAVES) await benchSize(report, runs, suite, theirs, leaves);
}

/** Figures of one run by name: CPU milliseconds, bytes, or messages a second of CPU time. */
type Run = Map<string, number>;

async function benchSize(
  report: Report,
  runs: number,
  suite: CipherSuite,
  theirs: CiphersuiteImpl,
  leaves: number,
): Promise<void> {
  const view = populated(suite, leaves);
  const [ours, floor, own]: [Run[], Run[], Run[]] = [[], [], []];
  for (let run = 0; run < runs; run++) {
    ours.push(await measureOurs(suite, view, leaves));
    floor.push(await measureTheirs(suite, view, leaves, onOurs(suite)));
    own.push(await measureTheirs(suite, view, leaves, theirs));
  }
  const group = `MLS, ${leaves} leaves`;
  for (const name of ours[0]?.keys() ?? []) {
    const of = (which: readonly Run[]) => which.flatMap((run) => run.get(name) ?? []);
    const unit = name.startsWith("bytes") ? "bytes" : name.endsWith("a second") ? "/s" : "CPU ms";
    const target = targetOf(name, leaves);
    const better = unit === "/s" ? "higher" : "lower";
    report({
      group,
      name,
      unit,
      values: of(ours),
      better,
      ...(of(floor).length > 0 && { floor: of(floor) }),
      ...(target !== undefined && { target }),
    });
    if (of(own).length > 0)
      report({ group, name: `${name}: ts-mls on its own provider`, unit, values: of(own), better });
  }
}

function targetOf(name: string, leaves: number): number | undefined {
  if (name === "sealed a second") return 8000;
  if (name === "opened a second") return 6000;
  if (name === "bytes stored by a message") return 2048;
  if (leaves === 2 && name === "set up") return 20;
  if (leaves === 256 && name === "self-update") return 60;
  return leaves === 256 && name === "self-update, received" ? 25 : undefined;
}

async function cpu<T>(run: Run, name: string, work: () => T | Promise<T>): Promise<T> {
  const before = process.cpuUsage();
  const result = await work();
  const { user, system } = process.cpuUsage(before);
  run.set(name, (user + system) / 1000);
  return result;
}

/** Converts milliseconds for all messages into messages a second. */
function perSecond(run: Run, name: string): void {
  const ms = run.get(name);
  assert(ms !== undefined);
  run.set(name, (MESSAGES * 1000) / ms);
}

const bytesOf = (before: Group | undefined, after: Group): number =>
  [...storedChanges(before, after).put.values()].reduce((sum, { length }) => sum + length, 0);

async function measureOurs(suite: CipherSuite, view: (leaf: number) => Group, leaves: number): Promise<Run> {
  const run: Run = new Map();
  const [a, b] = [view(0), view(leaves - 1)];
  const newcomer = packageOf(client("newcomer", suite));
  if (leaves === 2) await cpu(run, "set up", () => populated(suite, 2));
  const update = await cpu(run, "self-update", () => createCommit(a, {}, {}));
  const followed = await cpu(run, "self-update, received", () => receive(b, update.message, {}));
  assert(followed.type === "commit");
  run.set("bytes of a self-update", update.message.length);
  run.set("bytes stored by a commit", bytesOf(b, followed.next));
  const added = await cpu(run, "one more added", () =>
    createCommit(a, { proposals: [add(newcomer)], path: false }, {}),
  );
  run.set("bytes of its Welcome, with the tree", added.welcome?.length ?? 0);
  await cpu(run, "joined by Welcome", () => joinByWelcome(suite, added.welcome ?? ascii(""), newcomer, {}));
  if (leaves > 2)
    await cpu(run, "one removed", () =>
      createCommit(a, { proposals: [{ type: "remove", removed: leafIndex(1) }] }, {}),
    );
  const groupInfo = exportGroupInfo(a, { externalPub: true, tree: true });
  const joiner = client("outsider", suite);
  const joined = await cpu(run, "joined from outside", () =>
    joinExternally(suite, { ...joiner, groupInfo }, {}),
  );
  await cpu(run, "external join, received", () => receive(b, joined.message, {}));
  await measureTalk(run, a, b);
  return run;
}

async function measureTalk(run: Run, a: Group, b: Group): Promise<void> {
  let [from, to] = [a, b];
  const messages: Uint8Array[] = [];
  await cpu(run, "sealed a second", () => {
    for (let i = 0; i < MESSAGES; i++) {
      const sealed = seal(from, DATA);
      from = sealed.next;
      messages.push(sealed.message);
    }
  });
  await cpu(run, "opened a second", () => {
    for (const message of messages) {
      const received = receive(to, message, {});
      assert(received.type === "application");
      to = received.next;
    }
  });
  const last = receive(to, seal(from, DATA).message, {});
  assert(last.type === "application");
  run.set("bytes stored by a message", bytesOf(to, last.next));
  perSecond(run, "sealed a second");
  perSecond(run, "opened a second");
}

async function measureTheirs(
  suite: CipherSuite,
  view: (leaf: number) => Group,
  leaves: number,
  impl: CiphersuiteImpl,
): Promise<Run> {
  const run: Run = new Map();
  const [a, b] = [await theirView(view(0), impl), await theirView(view(leaves - 1), impl)];
  const newcomer = packageOf(client("newcomer", suite));
  const update = await cpu(run, "self-update", () => a.commit([], false));
  await cpu(run, "self-update, received", () => b.receive(update.message));
  run.set("bytes of a self-update", update.message.length);
  const added = await cpu(run, "one more added", () =>
    a.commit([theirProposal({ type: "add", own: newcomer })], false),
  );
  run.set("bytes of its Welcome, with the tree", added.welcome?.length ?? 0);
  await cpu(run, "joined by Welcome", () => TheirMember.join(impl, added.welcome ?? ascii(""), newcomer));
  if (leaves > 2)
    await cpu(run, "one removed", () => a.commit([theirProposal({ type: "remove", removed: 1 })], false));
  const info = await a.groupInfo();
  const outsider = packageOf(client("outsider", suite));
  const joined = await cpu(run, "joined from outside", () =>
    TheirMember.joinExternally(impl, info, outsider, false),
  );
  await cpu(run, "external join, received", () => b.receive(joined.message));
  let [from, to] = [a, b];
  const messages: Uint8Array[] = [];
  await cpu(run, "sealed a second", async () => {
    for (let i = 0; i < MESSAGES; i++) {
      const sealed = await from.seal(DATA);
      from = sealed.next;
      messages.push(sealed.message);
    }
  });
  await cpu(run, "opened a second", async () => {
    for (const message of messages) to = (await to.receive(message)).next;
  });
  perSecond(run, "sealed a second");
  perSecond(run, "opened a second");
  return run;
}

const theirView = async (group: Group, impl: CiphersuiteImpl): Promise<TheirMember> =>
  TheirMember.of(await theirState(group, impl), impl);
