/** End to end: how long two people take to agree on keys, and what sealing and opening costs, in groups of every size. */
import {
  createApplicationMessage,
  createCommit,
  createGroup,
  emptyPskIndex,
  joinGroup,
  processPrivateMessage,
} from "ts-mls";
import type { CiphersuiteImpl } from "ts-mls/crypto/ciphersuite.js";
import { getCiphersuiteFromName } from "ts-mls/crypto/ciphersuite.js";
import { defaultCryptoProvider } from "ts-mls/crypto/implementation/default/provider.js";
import { Conversation, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { makeKeyPackage } from "../../protocol/e2ee/people-fixture.ts";
import { CIPHERSUITE, parleySuite } from "../../protocol/e2ee/suite.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { idBytes, newConversationId, newMessageId, username } from "../../protocol/names.ts";
import type { Report } from "./figures.ts";

const [alice, bob] = [username("alice"), username("bob")];
const ROUNDS = 300;
const BYTES = 256;
const MEMBERS = [2, 10, 100, 256];

export async function benchConversation(report: Report, runs: number): Promise<void> {
  await twoPeople(); // what is loaded lazily is not what is measured
  const agreements: number[] = [];
  const messages: number[] = [];
  for (let run = 0; run < runs; run++) {
    const started = performance.now();
    const pair = await twoPeople();
    agreements.push(performance.now() - started);
    messages.push(await talk(pair));
  }
  const group = "end to end";
  report({ group, name: "key agreement of two people", unit: "ms", values: agreements, better: "lower" });
  report({
    group,
    name: "sealed and opened, a Conversation",
    unit: "/s",
    values: messages,
    better: "higher",
  });
  const ours = await parleySuite();
  const library = await defaultCryptoProvider.getCiphersuiteImpl(getCiphersuiteFromName(CIPHERSUITE));
  for (const members of MEMBERS) {
    const floors: number[] = [];
    const values: number[] = [];
    for (let run = 0; run < runs; run++) {
      floors.push(await talkInGroup(members, library));
      values.push(await talkInGroup(members, ours));
    }
    const name = `sealed and opened in a group of ${members} (floor: the library's own provider)`;
    report({ group, name, unit: "/s", values, better: "higher", floor: floors });
  }
}

async function twoPeople(): Promise<{ from: Conversation; to: Conversation }> {
  const id = newConversationId();
  const check = () => true;
  const [hers, his] = [Identity.generate(), Identity.generate()];
  const joining = await prepareToJoin(bob, his);
  const requester = { id, name: alice, identity: hers, peer: bob, check };
  const made = await Conversation.create({ ...requester, keyPackage: joining.keyPackage });
  const accepter = { id, name: bob, identity: his, peer: alice, check };
  const to = await Conversation.join({ ...accepter, joining, welcome: made.welcome });
  return { from: made.conversation, to };
}

/** @returns messages a second */
async function talk(pair: { from: Conversation; to: Conversation }): Promise<number> {
  let { from, to } = pair;
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const id = newMessageId();
    const sealed = await from.seal(id, { kind: "text", sentAt: Date.now(), text: "x".repeat(BYTES) });
    from = sealed.next;
    to = (await to.open(id, sealed.bytes)).next;
  }
  return (ROUNDS * 1000) / (performance.now() - started);
}

/** As talk(), with MLS alone: one of the members seals, one opens. */
async function talkInGroup(size: number, suite: CiphersuiteImpl): Promise<number> {
  const members = await Promise.all(
    Array.from({ length: size }, (_, at) =>
      makeKeyPackage({ name: `member-${at}`, identity: Identity.generate() }, { suite }),
    ),
  );
  const [creator, reader] = members;
  if (creator === undefined || reader === undefined) throw new Error("a group has two members");
  const groupId = new Uint8Array(idBytes(newConversationId()));
  const alone = await createGroup(groupId, creator.publicPackage, creator.privatePackage, [], suite);
  const extraProposals = members
    .slice(1)
    .map(({ publicPackage }) => ({ proposalType: "add" as const, add: { keyPackage: publicPackage } }));
  const made = await createCommit(
    { state: alone, cipherSuite: suite },
    { extraProposals, ratchetTreeExtension: true },
  );
  if (made.welcome === undefined) throw new Error("a commit that adds has a Welcome");
  let from = made.newState;
  let to = await joinGroup(made.welcome, reader.publicPackage, reader.privatePackage, emptyPskIndex, suite);
  const text = new Uint8Array(BYTES);
  const started = performance.now();
  for (let round = 0; round < ROUNDS; round++) {
    const sealed = await createApplicationMessage(from, text, suite);
    from = sealed.newState;
    const opened = await processPrivateMessage(to, sealed.privateMessage, emptyPskIndex, suite);
    to = opened.newState;
  }
  return (ROUNDS * 1000) / (performance.now() - started);
}
