import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { username } from "../../protocol/names.ts";
import { ErrorCode } from "../../protocol/wire/parley_pb.ts";
import { DEFAULT_LIMITS } from "../limits.ts";
import type { InviteTerms, Store } from "../store/store.ts";
import { TemporaryStore } from "../store/store-fixture.ts";
import { signIn } from "./sign-in.ts";

const NOW = 1_000_000;
const alice = username("alice");
const bob = username("bob");
const key = (fill: number) => new Uint8Array(32).fill(fill);

describe("sign-in", () => {
  let files: TemporaryStore;
  let store: Store;
  beforeEach(() => {
    files = new TemporaryStore();
    store = files.open();
    store.directory.enrol(alice, key(1), 1000);
  });
  afterEach(() => files.remove());

  function invite(terms: Partial<InviteTerms> = {}): Uint8Array {
    const token = randomBytes(20);
    store.invites.add(token, { uses: 1, expiresAt: NOW + 1000, ...terms });
    return token;
  }
  const refused = (code: ErrorCode) => ({ name: "Refusal", code });

  it("knows a member by the key", () => {
    assert.equal(signIn(store, { name: alice, identityKey: key(1) }, DEFAULT_LIMITS, NOW).how, "known");
  });

  it("answers a stranger and a wrong key alike", () => {
    const answers = [bob, alice].map((name) => {
      try {
        return signIn(store, { name, identityKey: key(2) }, DEFAULT_LIMITS, NOW);
      } catch (error) {
        return error;
      }
    });
    assert.ok(answers[0] instanceof Error);
    assert.deepEqual(answers[0], answers[1]);
    assert.throws(
      () => signIn(store, { name: bob, identityKey: key(2) }, DEFAULT_LIMITS, NOW),
      refused(ErrorCode.AUTH_REFUSED),
    );
  });

  it("refuses an all-zero key for an unknown name", () => {
    assert.throws(
      () => signIn(store, { name: bob, identityKey: key(0) }, DEFAULT_LIMITS, NOW),
      refused(ErrorCode.AUTH_REFUSED),
    );
  });

  it("enrols with an invite, once for each use", () => {
    const inviteToken = invite();
    assert.equal(
      signIn(store, { name: bob, identityKey: key(2), inviteToken }, DEFAULT_LIMITS, NOW).how,
      "enrolled",
    );
    // The line was cut before the welcome: the same person tries again.
    assert.equal(
      signIn(store, { name: bob, identityKey: key(2), inviteToken }, DEFAULT_LIMITS, NOW).how,
      "known",
    );
    assert.throws(
      () => signIn(store, { name: username("carol"), identityKey: key(3), inviteToken }, DEFAULT_LIMITS, NOW),
      refused(ErrorCode.INVITE_USED),
    );
  });

  it("spends no token on an existing member", () => {
    const inviteToken = invite();
    signIn(store, { name: alice, identityKey: key(1), inviteToken }, DEFAULT_LIMITS, NOW);
    assert.equal(store.invites.find(inviteToken)?.uses, 1);
  });

  it("refuses an invalid invite with its reason, and changes nothing", () => {
    const join =
      (inviteToken: Uint8Array, name = bob) =>
      () =>
        signIn(store, { name, identityKey: key(2), inviteToken }, DEFAULT_LIMITS, NOW);
    assert.throws(join(randomBytes(20)), refused(ErrorCode.INVITE_INVALID));
    assert.throws(join(invite({ expiresAt: NOW })), refused(ErrorCode.INVITE_EXPIRED));
    assert.throws(join(invite({ reservedFor: alice })), refused(ErrorCode.INVITE_INVALID));
    const open = invite();
    assert.throws(join(open, alice), refused(ErrorCode.NAME_TAKEN));
    assert.equal(store.invites.find(open)?.uses, 1);
    assert.deepEqual(store.directory.find(alice)?.identityKey, key(1));
    assert.equal(store.directory.find(bob), undefined);
  });

  it("gives a name a new key only with an invite for that name", () => {
    const inviteToken = invite({ reservedFor: alice });
    assert.equal(
      signIn(store, { name: alice, identityKey: key(7), inviteToken }, DEFAULT_LIMITS, NOW).how,
      "renewed",
    );
    assert.throws(
      () => signIn(store, { name: alice, identityKey: key(1) }, DEFAULT_LIMITS, NOW),
      refused(ErrorCode.AUTH_REFUSED),
    );
  });

  it("refuses a revoked user, whose name stays taken", () => {
    store.directory.revoke(alice, NOW);
    const again = { name: alice, identityKey: key(1) };
    assert.throws(() => signIn(store, again, DEFAULT_LIMITS, NOW), refused(ErrorCode.AUTH_REFUSED));
    assert.throws(
      () => signIn(store, { ...again, inviteToken: invite() }, DEFAULT_LIMITS, NOW),
      refused(ErrorCode.NAME_TAKEN),
    );
    assert.equal(
      signIn(store, { ...again, inviteToken: invite({ reservedFor: alice }) }, DEFAULT_LIMITS, NOW).how,
      "renewed",
    );
  });
});
