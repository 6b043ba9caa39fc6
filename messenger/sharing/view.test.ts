import assert from "node:assert/strict";
import fc from "fast-check";
import * as v from "valibot";
import { NetworkError } from "../../protocol/errors.ts";
import { type Username, username } from "../../protocol/names.ts";
import { directChat, partner } from "../chats/direct.ts";
import type {
  Account,
  Chat,
  ChatId,
  ChatMessage,
  MessengerState,
  Person,
  Shown as ShownValue,
} from "../model.ts";
import { byActivity, byPresence } from "../snapshots.ts";
import { chatSchema, messageSchema, personSchema } from "../values.ts";
import { RemoteView } from "./remote-view.ts";
import type { Snapshots } from "./snapshots.ts";
import { viewChangeSchema } from "./view-change.ts";
import { ViewPublisher } from "./view-publisher.ts";

const alice: Account = {
  ...{ name: username("alice"), host: "chat.example", port: 7750, fingerprint: "0011" },
  identityKey: new Uint8Array(32).fill(7),
  shown: "alice" as ShownValue<"account">,
};

/** A messenger's view of the given people and chats, in the messenger's order. */
class Shown implements Snapshots {
  readonly state: MessengerState;
  readonly account: Account | undefined;
  readonly #people: readonly Person[];
  readonly #chats: readonly Chat[];
  readonly #claimed: readonly Username[];
  constructor(
    state: MessengerState,
    account: Account | undefined,
    people: Person[],
    chats: Chat[],
    claimed: Username[] = [],
  ) {
    this.#claimed = claimed.sort();
    this.state = state;
    this.account = account;
    this.#people = people.sort(byPresence);
    this.#chats = chats.sort(byActivity);
  }
  people(): readonly Person[] {
    return this.#people;
  }
  chats(): readonly Chat[] {
    return this.#chats;
  }
  claimedBlocks(): readonly Username[] {
    return this.#claimed;
  }
  chat(id: ChatId): Chat {
    const chat = this.#chats.find((candidate) => candidate.id === id);
    assert.ok(chat);
    return chat;
  }
}

const name = fc.constantFrom("bob", "carol", "dave", "eve", "frank").map((text) => username(text));
const person = fc.record<Person>(
  {
    ...{ name, online: fc.boolean(), fingerprint: fc.constantFrom("", "00 11") },
    trust: fc.constantFrom("unknown", "pinned", "verified", "changed"),
  },
  { noNullPrototype: true },
);
const state = fc.constantFrom<MessengerState>(
  { type: "no-account" },
  { type: "online" },
  { type: "waiting", retryAt: 17, error: new NetworkError("unreachable", "no route") },
);

function chatOf({ name, online, trust }: Person, unread: number): Chat {
  const lastActivity = unread * 10;
  return {
    id: directChat(name),
    title: name,
    members: [{ name, online, trust, blocked: false }],
    phase: "open",
    muted: "no",
    unread,
    lastActivity,
    draft: "d",
    keep: "forever",
    timerSeconds: 0,
  };
}

const shown = fc
  .tuple(
    state,
    fc.option(fc.constant(alice), { nil: undefined }),
    fc.uniqueArray(person, { selector: (one) => one.name }),
    fc.array(fc.nat(3), { minLength: 5, maxLength: 5 }),
    fc.uniqueArray(name),
  )
  .map(
    ([where, account, people, unread, claimed]) =>
      new Shown(
        where,
        account,
        people,
        people.flatMap((one, index) => (unread[index] ? [chatOf(one, unread[index])] : [])),
        claimed,
      ),
  );

describe("a follower's view", () => {
  it("equals the leader's view after any changes", () => {
    fc.assert(
      fc.property(fc.array(shown, { minLength: 1, maxLength: 6 }), (moments) => {
        const publisher = new ViewPublisher();
        const view = new RemoteView();
        for (const moment of moments) {
          const change = publisher.change(moment);
          if (change !== undefined) view.apply(v.parse(viewChangeSchema, JSON.parse(JSON.stringify(change))));
          assert.deepEqual(view.state, moment.state);
          assert.deepEqual(view.account, moment.account);
          assert.deepEqual(view.people(), moment.people());
          assert.deepEqual(view.chats(), moment.chats());
          assert.deepEqual(view.claimedBlocks(), moment.claimedBlocks());
          for (const chat of moment.chats()) assert.deepEqual(view.chat(chat.id), chat);
        }
        assert.equal(publisher.change(moments.at(-1) ?? new Shown(view.state, undefined, [], [])), undefined);
      }),
    );
  });

  it("has the facts about a person without a chat", () => {
    const view = new RemoteView();
    const eve: Person = { name: username("eve"), online: true, trust: "pinned", fingerprint: "00" };
    const rest = { peopleGone: [], chats: [], chatsGone: [], blocksClaimed: [], blocksNotClaimed: [] };
    view.apply({ people: [eve], ...rest });
    assert.equal(partner(view.chat(directChat(eve.name))).online, true);
    assert.equal(partner(view.chat(directChat(eve.name))).trust, "pinned");
    assert.equal(view.chat(directChat(username("bob"))).phase, "none");
  });

  it("has schemas that accept all values of the model, and nothing else", () => {
    // These do not compile if a schema and its type differ, since `true` is not assignable to `false`.
    type Same<A, B> = [A, B] extends [B, A] ? true : false;
    const same: [
      Same<v.InferOutput<typeof personSchema>, Person>,
      Same<v.InferOutput<typeof chatSchema>, Chat>,
      Same<v.InferOutput<typeof messageSchema>, ChatMessage>,
    ] = [true, true, true];
    assert.ok(same);
    assert.equal(v.safeParse(personSchema, { name: "Bob", online: true, trust: "pinned" }).success, false);
    assert.equal(v.safeParse(chatSchema, { id: "user:bob", phase: "toString" }).success, false);
    assert.equal(v.safeParse(messageSchema, { id: "00" }).success, false);
  });
});
