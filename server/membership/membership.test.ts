import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import fc from "fast-check";
import { type Username, username } from "../../protocol/names.ts";
import { reasonOf } from "../gateway/answers.ts";
import { allAtOnce } from "../gateway/pieces.ts";
import { Refusal } from "../gateway/refusal.ts";
import { signIn } from "../gateway/sign-in.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import { DAY_MS, HOUR_MS } from "../operations/duration.ts";
import type { InviteTerms, Store } from "../store/store.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import { type MembershipLimits, requireMayInvite } from "./membership.ts";

const NOW = 1_700_000_000_000;
const alice = username("alice");
const bob = username("bob");
const carol = username("carol");

describe("membership", () => {
  let files: TemporaryStore;
  let store: Store;
  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
  });
  afterEach(() => files.remove());

  function token(terms: Partial<InviteTerms> = {}): Uint8Array {
    const bytes = randomBytes(20);
    store.invites.add(bytes, { uses: 1, expiresAt: NOW + 1000 * DAY_MS, ...terms });
    return bytes;
  }
  function join(name: Username, limits: MembershipLimits, now = NOW, terms: Partial<InviteTerms> = {}): void {
    signIn(store, { name, identityKey: randomBytes(32), inviteToken: token(terms) }, limits, now);
  }
  function fate(work: () => void): string {
    try {
      work();
      return "done";
    } catch (error) {
      if (error instanceof Refusal) return reasonOf(error.code);
      throw error;
    }
  }
  const invites = (name: Username, limits: MembershipLimits, now = NOW) =>
    fate(() => requireMayInvite(store, limits, name, now));

  it("lets people whom the operator invited invite at once, and their guests after a day or the configured time", () => {
    join(alice, DEFAULT_LIMITS);
    join(bob, DEFAULT_LIMITS, NOW, { createdBy: alice });
    assert.equal(invites(alice, DEFAULT_LIMITS), "done");
    assert.equal(invites(bob, DEFAULT_LIMITS, NOW + DAY_MS - 1), "newcomer");
    assert.equal(invites(bob, DEFAULT_LIMITS, NOW + DAY_MS), "done");
    assert.equal(invites(bob, { ...DEFAULT_LIMITS, inviteAfterHours: 0 }), "done");
    // The operator gives bob a new key.
    join(bob, DEFAULT_LIMITS, NOW, { reservedFor: bob });
    assert.equal(invites(bob, DEFAULT_LIMITS), "done");
  });

  it("locks nobody out who joined while the clock was ahead", () => {
    join(alice, DEFAULT_LIMITS);
    const limits = { ...DEFAULT_LIMITS, newcomersPerDay: 1 };
    join(bob, limits, NOW + 700 * DAY_MS, { createdBy: alice });
    assert.equal(invites(bob, limits), "done");
    assert.equal(
      fate(() => join(carol, limits, NOW, { createdBy: alice })),
      "done",
    );
  });

  it("bounds members, without counting revoked ones, and always allows a member's new key", () => {
    const limits = { ...DEFAULT_LIMITS, members: 2 };
    join(alice, limits);
    join(bob, limits);
    assert.equal(
      fate(() => join(carol, limits)),
      "members-full",
    );
    assert.equal(invites(alice, limits), "members-full");
    join(bob, limits, NOW, { reservedFor: bob });
    store.directory.revoke(bob, NOW);
    join(carol, limits);
    assert.equal(
      fate(() => join(bob, limits, NOW, { reservedFor: bob })),
      "members-full",
    );
  });

  it("does not spend an invite that it refuses", () => {
    const limits = { ...DEFAULT_LIMITS, newcomersPerDay: 1 };
    join(alice, limits);
    const inviteToken = token({ uses: 2, createdBy: alice });
    const come = (name: Username, now: number) =>
      fate(() => void signIn(store, { name, identityKey: randomBytes(32), inviteToken }, limits, now));
    assert.deepEqual([come(bob, NOW), come(carol, NOW)], ["done", "invite-later"]);
    assert.equal(come(carol, NOW + DAY_MS + 1), "done");
  });

  it("refuses the invites of a revoked member", () => {
    join(alice, DEFAULT_LIMITS);
    store.directory.revoke(alice, NOW);
    assert.equal(
      fate(() => join(bob, DEFAULT_LIMITS, NOW, { createdBy: alice })),
      "invite-invalid",
    );
  });

  it("holds every bound against days of greedy invites", () => {
    const limits: MembershipLimits = {
      ...{ members: 60, inviteAfterHours: 24, newcomersPerDay: 5 },
      ...{ memberInvites: 3, memberInviteRows: 5, invites: 12 },
    };
    const hours = fc.array(
      fc.record({
        pause: fc.integer({ min: 0, max: 30 }),
        uses: fc.constantFrom(1, 2, 10),
        life: fc.integer({ min: 1, max: 60 }),
      }),
      { minLength: 1, maxLength: 40 },
    );
    fc.assert(
      fc.property(hours, (steps) => {
        files.remove();
        files = new TemporaryStore();
        store = files.open();
        join(alice, limits);
        join(bob, limits);
        let now = NOW;
        let people = 0;
        const open: { token: Uint8Array; by: Username }[] = [];
        for (const { pause, uses, life } of steps) {
          now += pause * HOUR_MS;
          allAtOnce(store.invites.purge(now));
          for (const { name } of store.directory.list()) {
            const terms = { uses, expiresAt: now + life * HOUR_MS, createdBy: name };
            while (invites(name, limits, now) === "done") open.push({ token: token(terms), by: name });
            assert.ok(store.invites.count(name) <= limits.memberInviteRows);
          }
          for (const { token: inviteToken } of open.slice(-20))
            for (let again = 0; again < 3; again++) {
              const claim = { name: username(`p${people++}`), identityKey: randomBytes(32), inviteToken };
              fate(() => void signIn(store, claim, limits, now));
            }
          assert.ok(store.invites.count() <= limits.invites);
          assert.ok(store.directory.count() <= limits.members);
        }
        const members = store.directory.list();
        for (const root of [alice, bob]) {
          const tree = new Set(store.directory.invitedFrom(root));
          const came = members.filter(({ name }) => tree.has(name)).map(({ enrolledAt }) => enrolledAt);
          for (const at of came)
            assert.ok(
              came.filter((other) => at <= other && other <= at + DAY_MS).length <= limits.newcomersPerDay,
            );
        }
      }),
      { numRuns: 15 },
    );
  });
});
