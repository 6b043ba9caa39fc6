/**
 * A random history of one group in which each member is randomly ours or ts-mls': adds, removes, both at
 * once, new keys, changes of the context, separate proposals, joins and external joins, concurrent commits.
 * After each commit all members must agree.
 */
import assert from "node:assert/strict";
import { createGroup } from "../../protocol/mls/group.ts";
import type { OwnKeyPackage } from "../../protocol/mls/key-package.ts";
import { type Client, client, packageOf } from "../../protocol/mls/members-fixture.ts";
import { Random } from "../torture/random.ts";
import { type Change, type Made, type Member, OtherMember, OurMember, text } from "./member.ts";
import {
  type Counts,
  type HistoryOptions,
  leavesLeftHalfBlank,
  type Newcomer,
  NOTHING,
  type Person,
  someOf,
} from "./people.ts";
import { TheirMember } from "./their-member.ts";

export async function runHistory(options: HistoryOptions): Promise<Counts> {
  const history = new History(options);
  while (history.counts.commits < options.commits) await history.step();
  await history.everybodySpeaks();
  return history.counts;
}

class History {
  readonly counts: Counts = { ...NOTHING };
  readonly #random: Random;
  readonly #options: HistoryOptions;
  #people: readonly Person[];
  #names = 0;

  constructor(options: HistoryOptions) {
    this.#options = options;
    this.#random = new Random(options.seed);
    const first = this.#newClient();
    const group = createGroup(options.suite, text(`history ${options.seed}`), packageOf(first));
    this.#people = [{ client: first, member: new OurMember(group) }];
  }

  async step(): Promise<void> {
    const size = this.#people.length;
    const chance = this.#random.next();
    if (size > 2 && chance < 0.12) await this.#join(this.#random.next() < 0.5);
    else if (size > 1 && chance < 0.2) await this.#byProposals();
    else await this.#commits();
    await this.#agree();
    await this.#someSpeak();
    this.#storeSome();
  }

  /** Makes one commit, or several of which one is accepted. */
  async #commits(): Promise<void> {
    const rivals = this.#random.next() < 0.15 ? Math.min(3, this.#people.length) : 1;
    const committers = this.#some(this.#people, rivals);
    const made: { by: Person; made: Made; newcomers: readonly Newcomer[]; removed: readonly number[] }[] = [];
    for (const by of committers) {
      const { change, newcomers } = this.#change(by);
      made.push({ by, made: await by.member.commit(change), newcomers, removed: change.removed });
    }
    const [counts, ...lost] = made;
    assert(counts);
    this.#replace(new Map(lost.map(({ by, made: one }) => [by, one.current])));
    // Members whose commit was refused have another value now, so the committer is found by client.
    const by = this.#people.find(({ client: one }) => one === counts.by.client);
    assert(by);
    if (!by.member.ours) this.counts.byTsMls++;
    await this.#follow(by, counts.made, counts.removed, counts.newcomers);
  }

  #change(by: Person): { change: Change; newcomers: readonly Newcomer[] } {
    const others = this.#people.filter((one) => one !== by);
    const room = this.#options.most - this.#people.length;
    const chance = this.#random.next();
    const adds =
      room > 0 && (chance < 0.4 || others.length < 2) ? this.#random.between(1, Math.min(3, room)) : 0;
    const removes =
      others.length > 1 && (chance > 0.75 || (chance > 0.3 && chance < 0.4)) ? this.#random.between(1, 2) : 0;
    const newcomers = Array.from({ length: adds }, () => this.#newcomer());
    const chosen = this.#some(others, Math.min(removes, others.length - 1)).map(({ member }) => member.leaf);
    const removed = this.#leavesLeftHalfBlank(chosen) ? [] : chosen;
    const withState = by.member.ours && this.#random.next() < 0.1;
    const change: Change = {
      added: newcomers.map(({ own }) => own),
      removed,
      inClear: this.#random.next() < 0.3,
      path: this.#random.next() < 0.7,
      ...(withState ? { state: text(`state ${this.counts.commits}`) } : {}),
    };
    return { change, newcomers };
  }

  /** Several members make separate proposals; then a commit refers to them. */
  async #byProposals(): Promise<void> {
    const [by, proposer, other] = this.#some(this.#people, 3);
    assert(by && proposer);
    const newcomer = this.#newcomer();
    const proposals: { from: Person; what: Parameters<Member["proposeChange"]>[0] }[] = [
      { from: proposer, what: { add: newcomer.own } },
    ];
    if (other?.member.ours) proposals.push({ from: other, what: "update" });
    const removed: number[] = [];
    const victim = this.#people.find((one) => one !== by && one !== proposer && one !== other);
    if (victim && this.#random.next() < 0.5 && !this.#leavesLeftHalfBlank([victim.member.leaf])) {
      removed.push(victim.member.leaf);
      proposals.push({ from: proposer, what: { remove: victim.member.leaf } });
    }
    for (const { from, what } of proposals) {
      const sender = this.#people.find(({ client: one }) => one === from.client);
      assert(sender);
      const { next, message } = await sender.member.proposeChange(what, this.#random.next() < 0.5);
      await this.#everybody(async (one) =>
        one === sender ? next : (await one.member.receive(message)).next,
      );
    }
    const committer = this.#people.find(({ client: one }) => one === by.client);
    assert(committer);
    const change = { added: [], removed: [], inClear: false, path: true };
    const made = await committer.member.commit(change);
    if (!committer.member.ours) this.counts.byTsMls++;
    await this.#follow(committer, made, removed, [newcomer]);
  }

  /** Makes an external join: a new member, or one in place of its old leaf. */
  async #join(resync: boolean): Promise<void> {
    const door = this.#random.pick(this.#people);
    const groupInfo = await door.member.groupInfo();
    const back = resync ? this.#random.pick(this.#people.filter((one) => one !== door)) : undefined;
    if (back === undefined && this.#people.length >= this.#options.most) return;
    const who = back?.client ?? this.#newClient();
    const own = packageOf(who);
    // ts-mls writes external_pub without its length (§12.4.3.2), so each implementation joins by its own
    // GroupInfo.
    const joined = door.member.ours
      ? OurMember.joinExternally(groupInfo, who, back?.member.leaf)
      : await this.#joinAsTheirs(groupInfo, who, own, back !== undefined);
    if (joined === undefined) return;
    this.#people = this.#people.filter((one) => one !== back);
    await this.#everybody(async (one) => (await one.member.receive(joined.message)).next);
    this.#people = [...this.#people, { client: who, member: joined.next }];
    this.counts.external++;
    this.counts.commits++;
  }

  async #joinAsTheirs(groupInfo: Uint8Array, who: Client, own: OwnKeyPackage, resync: boolean) {
    try {
      const made = await TheirMember.joinExternally(this.#options.impl, groupInfo, own, resync);
      return { next: new OtherMember(made.next, who), message: made.message };
    } catch (error) {
      this.#requireKnownRefusal(error);
      return undefined;
    }
  }

  async #follow(
    by: Person,
    made: Made,
    removed: readonly number[],
    newcomers: readonly Newcomer[],
  ): Promise<void> {
    this.#people = this.#people.filter(({ member }) => !removed.includes(member.leaf));
    await this.#everybody(async (one) =>
      one.client === by.client ? made.next : (await one.member.receive(made.message)).next,
    );
    for (const newcomer of newcomers) {
      assert(made.welcome);
      const member = await this.#welcomed(made.welcome, newcomer);
      this.#people = [...this.#people, { client: newcomer.client, member }];
      this.counts.joins++;
    }
    this.counts.commits++;
  }

  async #welcomed(welcome: Uint8Array, { client: who, own, ours }: Newcomer): Promise<Member> {
    if (ours) return OurMember.join(welcome, own, who);
    try {
      const their = await TheirMember.join(this.#options.impl, welcome, own);
      this.counts.tsMlsMembers++;
      return new OtherMember(their, who);
    } catch (error) {
      this.#requireKnownRefusal(error);
      return OurMember.join(welcome, own, who);
    }
  }

  /** Only L1 may keep ts-mls from joining, and not us: our member joins by the same Welcome. */
  #requireKnownRefusal(error: unknown): void {
    if (!(error instanceof Error) || !/unmerged/i.test(error.message)) throw error;
    this.counts.refusedByTsMls++;
  }

  async #agree(): Promise<void> {
    const [first, ...others] = await Promise.all(this.#people.map(({ member }) => member.facts()));
    for (const facts of others) assert.deepEqual(facts, first, "members see different groups");
    for (const { member } of this.#people) member.requireSound();
  }

  async #someSpeak(): Promise<void> {
    for (const person of this.#some(this.#people, 2)) await this.#speak(person.client);
  }

  async everybodySpeaks(): Promise<void> {
    for (const { client: who } of this.#people) await this.#speak(who);
  }

  async #speak(who: Client): Promise<void> {
    const speaker = this.#people.find(({ client: one }) => one === who);
    assert(speaker);
    const data = text(`${who.name} says ${this.counts.messages}`);
    const { next, message } = await speaker.member.seal(data);
    await this.#everybody(async (one) => {
      if (one === speaker) return next;
      const opened = await one.member.receive(message);
      assert.deepEqual(opened.data && Buffer.from(opened.data), Buffer.from(data));
      return opened.next;
    });
    this.counts.messages++;
  }

  #storeSome(): void {
    const next = this.#people.map(({ client: who, member }) => ({
      client: who,
      member: member instanceof OurMember && this.#random.next() < 0.2 ? member.restored() : member,
    }));
    this.#people = next;
  }

  async #everybody(next: (one: Person) => Promise<Member>): Promise<void> {
    const people: Person[] = [];
    for (const one of this.#people) people.push({ client: one.client, member: await next(one) });
    this.#people = people;
  }

  #replace(members: ReadonlyMap<Person, Member>): void {
    this.#people = this.#people.map((one) => ({ ...one, member: members.get(one) ?? one.member }));
  }

  #some<T>(items: readonly T[], count: number): T[] {
    return someOf(this.#random, items, count);
  }

  #leavesLeftHalfBlank(removed: readonly number[]): boolean {
    return leavesLeftHalfBlank(
      this.#people.map(({ member }) => member.leaf),
      removed,
    );
  }

  #newClient(): Client {
    return client(`m${this.#names++}`, this.#options.suite);
  }

  #newcomer(): Newcomer {
    const who = this.#newClient();
    return { client: who, own: packageOf(who), ours: this.#random.next() < 0.5 };
  }
}
