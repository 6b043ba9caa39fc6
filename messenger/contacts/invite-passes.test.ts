import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mock } from "node:test";
import { Identity } from "../../protocol/identity/identity.ts";
import { provePass } from "../../protocol/identity/invite-pass.ts";
import { username } from "../../protocol/names.ts";
import type { Context } from "../context.ts";
import type { Store } from "../store/store.ts";
import { StoreFolder } from "../store/store-fixture.ts";
import { InvitePasses } from "./invite-passes.ts";

const WEEK_MS = 7 * 24 * 60 * 60 * 1000;
const START = 1_900_000_000_000;
const [ALICE, CAROL] = [username("alice"), username("carol")];

describe("invite passes", () => {
  let folder: StoreFolder;
  let store: Store;
  let passes: InvitePasses;
  const identity = Identity.generate();
  const server = new Uint8Array(randomBytes(32));
  const context = () =>
    ({ store, me: () => ({ name: ALICE, identity, server }) }) as Partial<Context> as Context;
  beforeEach(() => {
    mock.timers.enable({ apis: ["Date"], now: START });
    folder = new StoreFolder();
    ({ store } = folder.open());
    passes = new InvitePasses(context());
  });
  afterEach(() => {
    mock.timers.reset();
    folder.remove();
  });

  const newcomer = new Uint8Array(randomBytes(32));
  const inAWeek = () => new Date(Date.now() + WEEK_MS);
  const proof = (secret: Uint8Array) => provePass(secret, { server, newcomer, inviter: identity.publicKey });

  it("of the user's own invites are accepted once each, also after a restart", () => {
    const [first, second] = [passes.issue(inAWeek()), passes.issue(inAWeek())];
    assert.equal(first.by, ALICE);
    passes = new InvitePasses(context());
    assert.ok(passes.redeem(proof(first.secret), newcomer));
    assert.ok(!passes.redeem(proof(first.secret), newcomer));
    assert.ok(passes.redeem(proof(second.secret), newcomer));
    assert.ok(!passes.redeem(proof(second.secret), newcomer));
  });

  it("are accepted until their invite expires, and deleted from the store with the next one", () => {
    const { secret } = passes.issue(inAWeek());
    mock.timers.setTime(START + WEEK_MS - 1);
    const other = passes.issue(inAWeek());
    mock.timers.setTime(START + WEEK_MS);
    assert.ok(!passes.redeem(proof(secret), newcomer));
    assert.ok(passes.redeem(proof(other.secret), newcomer));
    assert.equal(store.settings.get("invite-passes"), "[]");
  });

  it("are bounded: only the newest are kept", () => {
    const secrets = Array.from({ length: 101 }, () => passes.issue(inAWeek()).secret);
    const [oldest, next] = secrets;
    assert.ok(oldest && next);
    assert.ok(!passes.redeem(proof(oldest), newcomer));
    assert.ok(passes.redeem(proof(next), newcomer));
  });

  it("of the invite that the user joined with are proved only to its maker, until it expires", () => {
    const [secret, carolsKey] = [new Uint8Array(randomBytes(32)), new Uint8Array(randomBytes(32))];
    assert.ok(!passes.isFrom(CAROL));
    passes.joinedWith({ by: CAROL, secret }, inAWeek());
    assert.ok(passes.isFrom(CAROL) && !passes.isFrom(username("bob")));
    const claim = { server, newcomer: identity.publicKey, inviter: carolsKey };
    assert.deepEqual(passes.proofFor(CAROL, carolsKey), provePass(secret, claim));
    assert.equal(passes.proofFor(username("bob"), carolsKey), undefined);
    mock.timers.setTime(START + WEEK_MS);
    assert.ok(!passes.isFrom(CAROL));
    assert.equal(passes.proofFor(CAROL, carolsKey), undefined);
  });

  it("that cannot be read are lost, and nothing else is", () => {
    store.settings.set("invite-passes", "no JSON");
    store.settings.set("came-by", '{"by":"Not A Name"}');
    assert.ok(!passes.redeem(proof(new Uint8Array(32)), newcomer));
    assert.ok(!passes.isFrom(CAROL));
    assert.ok(passes.redeem(proof(passes.issue(inAWeek()).secret), newcomer));
  });
});
