/**
 * Two people who send and renew their keys at random, through a server that orders commits, with crashes and
 * lost answers.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { PAST_EPOCHS, SELF_UPDATE_AFTER_MS } from "../limits.ts";
import { type MessageId, newMessageId } from "../names.ts";
import { Conversation } from "./conversation.ts";
import { check, established, text } from "./people-fixture.ts";

interface Item {
  readonly id: MessageId;
  readonly bytes: Uint8Array;
  /** The epoch in which it was sealed; a commit follows that epoch. */
  readonly epoch: bigint;
  readonly commit: boolean;
}

/** The state on one person's disk. */
class Person {
  state: Conversation;
  outbox: readonly Item[] = [];
  readonly said: string[] = [];
  readonly heard: string[] = [];
  readonly received = new Set<MessageId>();

  constructor(state: Conversation) {
    this.state = state;
  }

  /** Returns to the state on disk. */
  restart(): void {
    this.state = Conversation.deserialize(this.state.serialize(), check);
  }

  async say(words: string): Promise<void> {
    const { epoch } = this.state;
    const id = newMessageId();
    const { next, bytes } = await this.state.seal(id, text(words));
    this.state = next;
    this.outbox = [...this.outbox, { id, bytes, epoch, commit: false }];
    this.said.push(words);
  }

  async renew(): Promise<void> {
    if (!this.state.updateDue(Date.now() + 2 * SELF_UPDATE_AFTER_MS)) return;
    const { next, id, bytes, epoch } = await this.state.commit(Date.now());
    this.state = next;
    this.outbox = [...this.outbox, { id, bytes, epoch, commit: true }];
  }

  /** @param stored false: a crash between opening and writing */
  async hear({ id, bytes }: Item, stored = true): Promise<boolean> {
    if (this.received.has(id)) return true;
    const { next, content } = await this.state.open(id, bytes);
    if (!stored) return false;
    this.state = next;
    this.received.add(id);
    if (content?.kind === "text") this.heard.push(content.text);
    return true;
  }
}

/** Orders commits by compare-and-set on the epoch, and keeps unconfirmed items. */
class Server {
  epoch = 1n;
  lastCommit: MessageId | undefined;

  /**
   * Takes an item.
   * @returns whether its sender may forget it because it was accepted
   */
  take(item: Item, mailbox: Item[]): "taken" | "stale" {
    if (item.commit) {
      if (item.id === this.lastCommit) return "taken";
      if (item.epoch < this.epoch) return "stale";
      this.epoch = item.epoch + 1n;
      this.lastCommit = item.id;
    }
    mailbox.push(item);
    return "taken";
  }
}

const who = fc.constantFrom<0 | 1>(0, 1);
const steps = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ do: fc.constant("say" as const), who }) },
    { weight: 2, arbitrary: fc.record({ do: fc.constant("renew" as const), who }) },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("send" as const),
        who,
        count: fc.nat({ max: 4 }),
        answered: fc.boolean(),
      }),
    },
    {
      weight: 5,
      arbitrary: fc.record({
        do: fc.constant("deliver" as const),
        who,
        at: fc.nat({ max: 3 }),
        stored: fc.boolean(),
      }),
    },
    { weight: 1, arbitrary: fc.record({ do: fc.constant("restart" as const), who }) },
  ),
  { maxLength: 60 },
);

/** A message arrives late and is opened, a crash comes before it is stored, and it is delivered again. */
const lateAndThenACrash = [
  { do: "say", who: 1 },
  { do: "say", who: 1 },
  { do: "send", who: 1, count: 2, answered: true },
  { do: "deliver", who: 0, at: 1, stored: true },
  { do: "deliver", who: 0, at: 0, stored: false },
] satisfies typeof steps extends fc.Arbitrary<infer Steps> ? Steps : never;

describe("epochs of a conversation", () => {
  it("keep both people in sync and lose no message, through crashes, crossing commits and late messages", async function () {
    this.timeout(180_000);
    await fc.assert(
      fc.asyncProperty(steps, async (list) => {
        const { alices, bobs } = await established();
        const people = [new Person(alices), new Person(bobs)] as const;
        /** Undelivered mail for each person. */
        const mailboxes: readonly [Item[], Item[]] = [[], []];
        const server = new Server();

        const send = (from: 0 | 1, count: number, answered: boolean) => {
          const person = people[from];
          for (const item of person.outbox.slice(0, count)) {
            const answer = server.take(item, mailboxes[from === 0 ? 1 : 0]);
            if (!answered) continue; // The line was cut: send the same bytes again.
            person.outbox = person.outbox.filter((one) => one !== item);
            if (item.commit && answer === "taken") person.state = person.state.mergeCommit(item.id);
          }
        };
        /** A message may come late, but not more epochs late than are kept. A commit may not. */
        const deliver = async (to: 0 | 1, at: number, stored: boolean) => {
          const mailbox = mailboxes[to];
          const commit = mailbox.findIndex((item) => item.commit);
          const [oldest] = mailbox;
          if (oldest === undefined) return;
          const old = people[to].state.epoch - oldest.epoch >= BigInt(PAST_EPOCHS) - 2n;
          const place = old ? 0 : Math.min(at, commit < 0 ? mailbox.length - 1 : commit);
          const item = mailbox[place];
          if (item !== undefined && (await people[to].hear(item, stored))) mailbox.splice(place, 1);
        };

        let words = 0;
        for (const step of list) {
          const person = people[step.who];
          if (step.do === "say") await person.say(`message ${words++}`);
          else if (step.do === "renew") await person.renew();
          else if (step.do === "restart") person.restart();
          else if (step.do === "send") send(step.who, step.count, step.answered);
          else await deliver(step.who, step.at, step.stored);
          const apart = people[0].state.epoch - people[1].state.epoch;
          assert.ok(apart >= -2n && apart <= 2n, `${apart} epochs apart`);
        }
        // Everything in flight arrives.
        for (const from of [0, 1] as const) send(from, Number.POSITIVE_INFINITY, true);
        for (const to of [0, 1] as const) while (mailboxes[to].length > 0) await deliver(to, 0, true);

        for (const [one, other] of [
          [people[0], people[1]],
          [people[1], people[0]],
        ] as const) {
          assert.deepEqual([...one.heard].sort(), [...other.said].sort());
          assert.equal(one.state.epoch, server.epoch);
        }
        await people[0].say("goodbye");
        send(0, 1, true);
        await deliver(1, 0, true);
        assert.equal(people[1].heard.at(-1), "goodbye");
      }),
      { numRuns: 60, examples: [[lateAndThenACrash]] },
    );
  });
});
