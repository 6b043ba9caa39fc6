/**
 * End to end: how long two people take to agree on keys, and the cost of sealing and opening. Groups of other
 * sizes are in mls.ts.
 */
import { Conversation, prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { newConversationId, newMessageId, username } from "../../protocol/names.ts";
import type { Report } from "./figures.ts";

const [alice, bob] = [username("alice"), username("bob")];
const ROUNDS = 300;
const BYTES = 256;

export async function benchConversation(report: Report, runs: number): Promise<void> {
  await twoPeople(); // so that lazy loading is not measured
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

/**
 * Sends messages.
 * @returns messages a second
 */
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
