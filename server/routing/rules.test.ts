import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConversationId, type MessageId, newMessageId, type Username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import {
  type Conversation,
  type Decision,
  decideCommit,
  decideMessage,
  decideRequest,
  decideStep,
  isParticipant,
  MAX_EPOCH_JUMP,
  otherSide,
  type Stage,
  type Step,
} from "./rules.ts";

const alice = "alice" as Username;
const bob = "bob" as Username;
const carol = "carol" as Username;
const id = (digit: string) => digit.repeat(32) as ConversationId;

function conversation(stage: Stage, digest = "d0", number = "1"): Conversation {
  return { id: id(number), requester: alice, addressee: bob, stage, digest, epoch: 1 };
}
function ask(
  by: Username,
  to: Username,
  between: readonly Conversation[],
  same?: Conversation,
  number = "2",
): Decision {
  return decideRequest({ id: same?.id ?? id(number), by, to, digest: "d9" }, same, between);
}
function step(verb: Step["verb"], by: Username, on: Conversation | undefined, digest = "d9"): Decision {
  return decideStep({ verb, by, digest }, on, on === undefined ? [] : [on]);
}
function refusal(decision: Decision): ErrorCode | undefined {
  return decision.type === "refuse" ? decision.code : undefined;
}

describe("rules of a conversation", () => {
  it("lead from a request through acceptance to a session", () => {
    const requested = ask(alice, bob, []);
    assert.ok(requested.type === "advance" && requested.conversation.stage === "requested");
    const accepted = step("accept", bob, requested.conversation);
    assert.ok(accepted.type === "advance" && accepted.conversation.stage === "accepted");
    const established = step("establish", alice, accepted.conversation);
    assert.ok(established.type === "advance" && established.conversation.stage === "established");
    assert.equal(decideMessage(alice, established.conversation), bob);
    assert.equal(decideMessage(bob, established.conversation), alice);
    assert.equal(step("notify", bob, established.conversation).type, "end");
  });

  it("answer every request in a wrong state", () => {
    assert.equal(refusal(ask(alice, alice, [])), ErrorCode.SELF);
    const waiting = conversation("requested");
    assert.deepEqual(ask(alice, bob, [waiting]), {
      type: "refuse",
      code: ErrorCode.ALREADY_ASKED,
      conversation: waiting.id,
    });
    assert.deepEqual(ask(bob, alice, [waiting]), {
      type: "refuse",
      code: ErrorCode.REQUEST_CROSSED,
      conversation: waiting.id,
    });
    assert.equal(refusal(ask(carol, bob, [], waiting)), ErrorCode.NOT_ALLOWED);
    assert.equal(refusal(ask(alice, bob, [waiting], waiting)), ErrorCode.NOT_ALLOWED);
  });

  it("answer a repetition identically and change nothing", () => {
    const same = conversation("requested", "d9");
    assert.equal(ask(alice, bob, [same], same).type, "repeat");
    assert.equal(step("accept", bob, conversation("accepted", "d9")).type, "repeat");
    assert.equal(step("establish", alice, conversation("established", "d9")).type, "repeat");
    assert.equal(refusal(step("accept", bob, conversation("accepted", "other"))), ErrorCode.NO_CONVERSATION);
    assert.equal(
      refusal(step("establish", alice, conversation("established", "other"))),
      ErrorCode.NO_CONVERSATION,
    );
  });

  it("let a new request replace an unfinished acceptance, and a new session an older one", () => {
    const accepted = conversation("accepted");
    const old = conversation("established", "d0", "3");
    for (const [by, to] of [
      [alice, bob],
      [bob, alice],
    ] as const) {
      const decision = ask(by, to, [accepted, old]);
      assert.ok(decision.type === "advance");
      assert.deepEqual(decision.replaces, [accepted]);
    }
    const established = decideStep({ verb: "establish", by: alice, digest: "d9" }, accepted, [accepted, old]);
    assert.ok(established.type === "advance");
    assert.deepEqual(established.replaces, [old]);
  });

  it("accept one commit for each epoch, and answer its repetition alike", () => {
    const first = newMessageId();
    const established = conversation("established");
    const decide = (message: MessageId, epoch: number, on: Conversation | undefined, by = alice) =>
      decideCommit({ id: message, by, epoch }, on);
    const taken = decide(first, 1, established);
    assert.ok(taken.type === "advance");
    assert.deepEqual(taken.conversation, { ...established, epoch: 2, lastCommit: first });
    assert.equal(decide(first, 1, taken.conversation).type, "repeat");
    assert.equal(refusal(decide(newMessageId(), 1, taken.conversation, bob)), ErrorCode.EPOCH_STALE);
    const next = decide(newMessageId(), 2, taken.conversation, bob);
    assert.ok(next.type === "advance" && next.conversation.epoch === 3);
    assert.equal(refusal(decide(first, 1, next.conversation)), ErrorCode.EPOCH_STALE);
    // After the server was restored from a backup.
    const ahead = decide(newMessageId(), 9, next.conversation);
    assert.ok(ahead.type === "advance" && ahead.conversation.epoch === 10);
    for (const on of [undefined, conversation("requested"), conversation("accepted")])
      assert.equal(refusal(decide(first, 1, on)), ErrorCode.NO_CONVERSATION);
    assert.equal(refusal(decide(first, 1, established, carol)), ErrorCode.NO_CONVERSATION);
  });

  it("refuse commits that run ahead by more epochs than a restored server can have lost", () => {
    const jumps = fc.array(
      fc.record({
        by: fc.constantFrom(alice, bob),
        ahead: fc.oneof(
          fc.integer({ min: -3, max: 3 }),
          fc.integer({ min: MAX_EPOCH_JUMP - 2, max: MAX_EPOCH_JUMP + 2 }),
          fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER - 10_000_000 }),
        ),
      }),
      { maxLength: 20 },
    );
    fc.assert(
      fc.property(jumps, (list) => {
        let on = conversation("established");
        for (const { by, ahead } of list) {
          const decision = decideCommit({ id: newMessageId(), by, epoch: on.epoch + ahead }, on);
          if (ahead < 0) assert.equal(refusal(decision), ErrorCode.EPOCH_STALE);
          else if (ahead > MAX_EPOCH_JUMP) assert.equal(refusal(decision), ErrorCode.NO_CONVERSATION);
          else assert.ok(decision.type === "advance" && decision.conversation.epoch === on.epoch + ahead + 1);
          if (decision.type === "advance") on = decision.conversation;
        }
        assert.ok(on.epoch <= 1 + list.length * (MAX_EPOCH_JUMP + 1));
      }),
    );
  });

  const stages = fc.constantFrom<Stage | undefined>("requested", "accepted", "established", undefined);
  const people = fc.constantFrom(alice, bob, carol);
  const verbs = fc.constantFrom<Step["verb"]>("accept", "refuse", "establish", "notify");

  it("answer strangers and missing conversations alike", () => {
    fc.assert(
      fc.property(stages, people, verbs, (stage, by, verb) => {
        const on = stage === undefined ? undefined : conversation(stage);
        fc.pre(on === undefined || !isParticipant(on, by));
        assert.deepEqual(step(verb, by, on), { type: "refuse", code: ErrorCode.NO_CONVERSATION });
        assert.equal(decideMessage(by, on), undefined);
      }),
    );
  });

  it("keep one request and one session for each pair, in any order of verbs", () => {
    const moves = fc.array(
      fc.record({
        verb: fc.constantFrom<Step["verb"] | "request">("request", "accept", "refuse", "establish", "notify"),
        by: people,
        to: people,
        number: fc.constantFrom("1", "2", "3", "4", "5"),
        digest: fc.constantFrom("d0", "d1"),
      }),
      { maxLength: 60 },
    );
    fc.assert(
      fc.property(moves, (list) => {
        const world = new Map<ConversationId, Conversation>();
        const between = (one: Username, other: Username) =>
          [...world.values()].filter((it) => isParticipant(it, one) && isParticipant(it, other));
        for (const { verb, by, to, number, digest } of list) {
          const found = world.get(id(number));
          const decision =
            verb === "request"
              ? decideRequest({ id: id(number), by, to, digest }, found, between(by, to))
              : decideStep(
                  { verb, by, digest },
                  found,
                  found ? between(found.requester, found.addressee) : [],
                );
          if (decision.type === "advance") {
            for (const replaced of decision.replaces) world.delete(replaced.id);
            world.set(decision.conversation.id, decision.conversation);
          } else if (decision.type === "end") {
            world.delete(decision.conversation.id);
          }
          // Only its two people advance a conversation, and no step replaces either of them.
          if (decision.type !== "refuse") assert.ok(isParticipant(decision.conversation, by));
          if (found !== undefined && decision.type === "advance")
            assert.deepEqual(
              [decision.conversation.requester, decision.conversation.addressee],
              [found.requester, found.addressee],
            );
          for (const one of world.values()) {
            const pair = between(one.requester, one.addressee);
            assert.ok(pair.filter((it) => it.stage === "established").length <= 1);
            assert.ok(pair.filter((it) => it.stage !== "established").length <= 1);
            assert.notEqual(otherSide(one, one.requester), one.requester);
          }
        }
      }),
    );
  });
});
