/**
 * While a user looks at something, the server replaces it. The table lists every call by which a person
 * decides something: the compiler requires a row for each call that windows can make.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fromBinary } from "@bufbuild/protobuf";
import * as v from "valibot";
import { CALLS, type Call, type Calls, isCall, type Params } from "../../messenger/calls.ts";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import { prepareToJoin } from "../../protocol/e2ee/conversation.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { inviteLink } from "../../protocol/identity/invite.ts";
import { INVITE_TOKEN_BYTES } from "../../protocol/limits.ts";
import { newConversationId } from "../../protocol/names.ts";
import { AcceptSchema, Delivery, Opcode, RequestToTalkSchema } from "../../protocol/wire/parley_pb.ts";
import { BOB, Liar } from "../fixtures/liar.ts";
import { Computer, MemoryVault } from "../fixtures/messengers.ts";
import { ScriptedServer, temporaryAuthority } from "../fixtures/scripted-server.ts";

const PASSPHRASE = "tulip mason orbit velvet";
const peer = BOB;

/** Alice's computer, and its server. */
interface Stage {
  readonly alice: Computer;
  readonly liar: Liar;
  /** Replaces the account, so that the same name has another identity. */
  otherAccount(): Promise<void>;
}
interface Swap<C extends Call> {
  /** The state that was on screen when the user said yes, which has changed since. */
  readonly stale: Params<C>;
  /** The current state, for which the decision is accepted. Called only after the stale one was refused. */
  readonly fresh: () => Params<C> | Promise<Params<C>>;
}
interface Decision<C extends Call> {
  /** The parameter that names the state on screen. */
  readonly names: keyof Params<C> & string;
  readonly refused: string;
  readonly swap: (stage: Stage) => Promise<Swap<C>>;
}

/** Sends Bob's request, then replaces it by one with another key. */
async function otherRequest({ alice, liar }: Stage) {
  const seen = () => alice.messenger.chat(directChat(peer)).request?.shown ?? assert.fail();
  liar.requests(newConversationId());
  await alice.isIn({ name: peer }, "invited");
  const request = seen();
  new Liar(liar.line).requests(newConversationId());
  await alice.until("another request", () => seen() !== request);
  return {
    stale: { chat: directChat(peer), request },
    fresh: () => ({ chat: directChat(peer), request: seen() }),
  };
}

/** Shows another key in Bob's name, then replaces it by a third. */
async function otherKey({ alice, liar }: Stage) {
  const seen = () => partner(alice.messenger.chat(directChat(peer))).keyChange?.shown ?? assert.fail();
  await liar.opensChat(alice);
  new Liar(liar.line).requests(newConversationId());
  await alice.isIn({ name: peer }, "key-changed");
  const change = seen();
  new Liar(liar.line).requests(newConversationId());
  await alice.until("another key", () => seen() !== change);
  return { stale: { peer, change }, fresh: () => ({ peer, change: seen() }) };
}

async function otherAccount(stage: Stage) {
  const seen = () => stage.alice.messenger.account?.shown ?? assert.fail();
  const account = seen();
  await stage.otherAccount();
  return { stale: { account }, fresh: () => ({ account: seen() }) };
}

/** Alice sends a request, and Bob accepts while she looks at it. */
async function accepted({ alice, liar }: Stage) {
  const seen = () => alice.messenger.chat(directChat(peer)).standing ?? assert.fail();
  const asking = alice.messenger.request({ peer });
  const request = await liar.next(Opcode.RTT);
  liar.answer(request, Delivery.UNSPECIFIED);
  await asking;
  const standing = seen();
  const { conversation } = fromBinary(RequestToTalkSchema, request.body);
  const { keyPackage } = await prepareToJoin(peer, liar.bob);
  liar.line.send(Opcode.ACCEPT, 900, AcceptSchema, { conversation, peer, keyPackage });
  await alice.isIn({ name: peer }, "open");
  const chat = directChat(peer);
  return { stale: { chat, standing }, fresh: () => ({ chat, standing: seen() }) };
}

const READS = "tells something";
const OWN = "about nothing but what the user says with it";

const TABLE: { readonly [C in Call]: Decision<C> | string } = {
  accept: { names: "request", refused: "request-changed", swap: otherRequest },
  refuse: { names: "request", refused: "request-changed", swap: otherRequest },
  block: {
    names: "request",
    refused: "request-changed",
    swap: async (stage) => {
      const { stale, fresh } = await otherRequest(stage);
      return {
        stale: { peer, request: stale.request },
        fresh: () => ({ peer, request: fresh().request }),
      };
    },
  },
  acceptNewKey: { names: "change", refused: "key-changed-again", swap: otherKey },
  keepOldKey: { names: "change", refused: "key-changed-again", swap: otherKey },
  setVerified: {
    names: "number",
    refused: "number-changed",
    swap: async ({ alice, liar }) => {
      const seen = async () => (await alice.messenger.safetyNumber({ peer })) ?? assert.fail();
      await liar.opensChat(alice);
      const number = await seen();
      new Liar(liar.line).requests(newConversationId());
      await alice.isIn({ name: peer }, "key-changed");
      await alice.trustsNewKey({ name: peer });
      return { stale: { peer, number }, fresh: async () => ({ peer, number: await seen() }) };
    },
  },
  closeChat: { names: "standing", refused: "chat-changed", swap: accepted },
  setTimer: {
    names: "shown",
    refused: "timer-changed",
    swap: async ({ alice, liar }) => {
      await liar.opensChat(alice);
      const stale = { chat: directChat(peer), seconds: 3600, shown: 0 };
      const { id, sealed } = await liar.seal({ kind: "timer", sentAt: 1, seconds: 60, version: 1 });
      liar.delivers(id, sealed);
      await alice.until("a timer", () => alice.messenger.chat(directChat(peer)).timerSeconds === 60);
      return { stale, fresh: () => ({ ...stale, shown: 60 }) };
    },
  },
  forget: { names: "account", refused: "account-changed", swap: otherAccount },
  connect: { names: "account", refused: "account-changed", swap: otherAccount },
  restore: {
    names: "replaced",
    refused: "account-changed",
    swap: async (stage) => {
      const archive = { path: join(stage.alice.folder, "backup"), passphrase: PASSPHRASE };
      await stage.alice.messenger.backUp({ path: archive.path, passphrase: archive.passphrase });
      const { stale, fresh } = await otherAccount(stage);
      return {
        stale: { ...archive, replaced: stale.account },
        fresh: () => ({ ...archive, replaced: fresh().account }),
      };
    },
  },
  deleteHistory: "deletes up to the message that was the newest on screen: below",
  join: "the link itself is passed on, and what it names is pinned: below",
  request: "asks whoever has that name: nothing of theirs is taken; UI shows a request of theirs first",
  unblock: "a name was blocked, and a name is let in",
  send: "a message to the pinned key: another one stops the chat",
  retry: "names the message",
  editMessage: "names the message, which is the user's own",
  deleteMessage: "names the message, which is the user's own",
  deleteHere: "names the message",
  react: "names the message, and the one emoji that is put on it or taken back",
  setProfile: OWN,
  profile: READS,
  attachFile: OWN,
  attachPiece: OWN,
  stopPieces: OWN,
  detachFile: OWN,
  describeFile: OWN,
  attachedPicture: READS,
  sendFiles:
    "files that its caller put together under an id of its own; to the pinned key: another one stops the chat",
  cancelFiles: "names the files, which are the user's own",
  fetchFile: "names the message, and the file in it: its hash was in the message",
  stopFile: "names the message, and the file in it",
  saveFile: "names the message, and the file in it: its hash was in the message",
  readFile: READS,
  setKeep: OWN,
  setMuted: OWN,
  setQuiet: OWN,
  typed: OWN,
  setInvisible: OWN,
  setDraft: OWN,
  createInvite: OWN,
  backUp: OWN,
  saveRecoveryFile: OWN,
  lock: OWN,
  signOut: OWN,
  reconnectNow: "goes on with what was begun",
  stopArchiving: "goes back to what there was",
  putAway: OWN,
  markRead: OWN,
  tellVault: "between windows: no person says it",
  messages: READS,
  parcels: READS,
  messagesById: READS,
  earlierVersions: READS,
  positionOf: READS,
  searchStep: READS,
  safetyNumber: READS,
  changedNumbers: READS,
  blocked: READS,
  quietUntil: READS,
  invisible: READS,
};

describe("a decision", function () {
  this.timeout(180_000);
  let authority: Awaited<ReturnType<typeof temporaryAuthority>>;
  let server: ScriptedServer;
  let alice: Computer;
  let liar: Liar;
  let stage: Stage;

  before(async () => {
    authority = await temporaryAuthority();
  });
  after(() => authority.remove());
  beforeEach(async () => {
    server = await ScriptedServer.start(authority.authority);
    alice = await Computer.start("alice");
    liar = await joins();
    stage = {
      alice,
      liar,
      otherAccount: async () => {
        await alice.forgets();
        await joins();
      },
    };
  });
  afterEach(async () => {
    await alice.remove();
    await server.stop();
  });

  const link = () =>
    inviteLink({
      ...{ host: "127.0.0.1", port: server.port, token: randomBytes(INVITE_TOKEN_BYTES) },
      caFingerprint: authority.authority.caFingerprint,
      expiresAt: new Date(Date.now() + 60_000),
    });

  async function joins(): Promise<Liar> {
    const joined = alice.joins(link());
    const line = (await server.accept()).letIn();
    await joined;
    return new Liar(line);
  }

  /** From now on the server accepts everything that Alice sends. */
  async function agree(): Promise<void> {
    for (;;) {
      const envelope = await liar.line.next();
      const told: readonly Opcode[] = [
        Opcode.ACCEPT,
        Opcode.REFUSE,
        Opcode.NOTIFY,
        Opcode.BLOCK,
        Opcode.MESSAGE,
      ];
      if (told.includes(envelope.opcode)) liar.answer(envelope);
    }
  }

  /** Returns the whole state that a decision could change. */
  const state = async () => {
    const { messenger } = alice;
    return structuredClone([
      messenger.account,
      messenger.chats(),
      messenger.people(),
      await messenger.blocked(),
    ]);
  };

  async function decide<C extends Call>(call: C, row: Decision<C>): Promise<void> {
    const { stale, fresh } = await row.swap(stage);
    const { [row.names]: _, ...nameless } = stale;
    assert.ok(v.is(CALLS[call].params, stale));
    assert.ok(!v.is(CALLS[call].params, nameless), `${call} can be said without saying what was on screen`);
    const before = await state();
    const calls: Calls = alice.messenger;
    await assert.rejects(calls[call](stale), code(row.refused));
    assert.deepEqual(await state(), before, "something was done all the same");
    void agree();
    await calls[call](await fresh());
    if (call !== "connect") assert.notDeepEqual(await state(), before, "nothing was done");
  }

  for (const call of Object.keys(CALLS).filter(isCall)) {
    const row = TABLE[call];
    if (typeof row === "string") continue;
    it(`to ${call} is refused when its ${row.names} has changed meanwhile`, () =>
      decide(call, row as Decision<typeof call>));
  }

  it("names the state on screen, in every call that takes one", () => {
    const named = Object.entries(CALLS).filter(([, { params }]) =>
      Object.keys("entries" in params ? params.entries : {}).some((name) =>
        ["request", "change", "number", "standing", "account", "replaced", "shown"].includes(name),
      ),
    );
    const decisions = Object.entries(TABLE).filter(([, row]) => typeof row !== "string");
    assert.deepEqual(named.map(([call]) => call).sort(), decisions.map(([call]) => call).sort());
  });

  it("pins the key that was shown, and no other", async () => {
    const { stale, fresh } = await otherRequest(stage);
    await assert.rejects(alice.messenger.accept(stale), code("request-changed"));
    assert.equal(await alice.messenger.safetyNumber({ peer }), undefined);
    const { fingerprint } = alice.messenger.chat(directChat(peer)).request ?? assert.fail();
    void agree();
    await alice.messenger.accept(fresh());
    assert.equal(alice.messenger.people().find(({ name }) => name === peer)?.fingerprint, fingerprint);
  });

  it("made in another window names the state that was shown there", async () => {
    const directory = mkdtempSync(join(tmpdir(), "parley-windows-"));
    const nothing = () => {};
    const options = {
      ...{ directory, secrets: new MemoryVault(), sendReadReceipts: () => false, goOnline: () => true },
      ...{ log: { info: nothing, warn: nothing, error: nothing, debug: nothing }, tellNotice: nothing },
    };
    const leader = await SharedMessenger.open(options);
    const joining = leader.calls.join({ link: link(), name: "alice" });
    const { line } = new Liar((await server.accept()).letIn());
    await joining;
    const window = await SharedMessenger.open(options);
    assert.equal(window.isLeader, false);
    const seen = () => window.chat(directChat(peer)).request?.shown;
    const becomes = async (condition: () => boolean) => {
      while (!condition()) await once(window, "changed");
    };
    new Liar(line).requests(newConversationId());
    await becomes(() => seen() !== undefined);
    const request = seen() ?? assert.fail();
    new Liar(line).requests(newConversationId());
    await becomes(() => seen() !== request);
    await assert.rejects(window.calls.accept({ chat: directChat(peer), request }), code("request-changed"));
    await assert.rejects(window.calls.refuse({ chat: directChat(peer), request }), code("request-changed"));
    await assert.rejects(window.calls.block({ peer, request }), code("request-changed"));
    assert.equal(window.chat(directChat(peer)).phase, "invited");
    await window.calls.refuse({ chat: directChat(peer), request: seen() ?? assert.fail() });
    await becomes(() => window.chat(directChat(peer)).phase === "none");
    await window.dispose();
    await leader.dispose();
    rmSync(directory, { recursive: true });
  });

  it("that the numbers match is refused once the key has changed, and stays refused", async () => {
    await liar.opensChat(alice);
    const number = (await alice.messenger.safetyNumber({ peer })) ?? assert.fail();
    new Liar(liar.line).requests(newConversationId());
    await alice.isIn({ name: peer }, "key-changed");
    await assert.rejects(alice.messenger.setVerified({ peer, number }), code("number-changed"));
    await alice.keepsOldKey({ name: peer });
    assert.equal(partner(alice.messenger.chat(directChat(peer))).trust, "pinned");
  });

  it("about a changed key shows both keys with their safety numbers", async () => {
    await liar.opensChat(alice);
    const pinned = await alice.messenger.safetyNumber({ peer });
    new Liar(liar.line).requests(newConversationId());
    await alice.isIn({ name: peer }, "key-changed");
    const both = (await alice.messenger.changedNumbers({ peer })) ?? assert.fail();
    assert.equal(both.pinnedNumber, pinned);
    await alice.trustsNewKey({ name: peer });
    assert.equal(await alice.messenger.safetyNumber({ peer }), both.offeredNumber);
    assert.equal(alice.messenger.people().find(({ name }) => name === peer)?.fingerprint, both.offered);
  });

  it("to delete a history keeps messages that arrived meanwhile", async () => {
    await liar.opensChat(alice);
    await liar.says("seen");
    await alice.until("seen", () => alice.messenger.chat(directChat(peer)).unread === 1);
    const upTo = (await alice.messages({ name: peer })).at(-1)?.position ?? assert.fail();
    await liar.says("not seen");
    await alice.until("not seen", () => alice.messenger.chat(directChat(peer)).unread === 2);
    await alice.messenger.deleteHistory({ chat: directChat(peer), upTo });
    assert.deepEqual(await alice.transcript({ name: peer }), ["< not seen"]);
    assert.equal(alice.messenger.chat(directChat(peer)).unread, 1);
  });

  it("to close stays valid when the two clients renew the conversation's keys", async () => {
    await liar.opensChat(alice);
    const { standing } = alice.messenger.chat(directChat(peer));
    const anew = newConversationId();
    liar.establishes(anew, await liar.welcomeAnew(alice, anew));
    await alice.until("renewed", async () => (await alice.transcript({ name: peer })).includes("* renewed"));
    assert.equal(alice.messenger.chat(directChat(peer)).standing, standing);
  });

  it("to join pins the server, the authority and the name in the link", async () => {
    await alice.forgets();
    const invite = { ...{ host: "127.0.0.1", port: server.port }, token: randomBytes(INVITE_TOKEN_BYTES) };
    const expiresAt = new Date(Date.now() + 60_000);
    const wrong = inviteLink({ ...invite, caFingerprint: randomBytes(32), expiresAt });
    await assert.rejects(alice.messenger.join({ link: wrong, name: "alice" }), code("wrong-ca"));
    assert.equal(alice.messenger.account, undefined);
    const { caFingerprint } = authority.authority;
    const reserved = inviteLink({ ...invite, caFingerprint, expiresAt, name: BOB });
    await assert.rejects(alice.messenger.join({ link: reserved, name: "alice" }), code("name-invalid"));
    assert.equal(alice.messenger.account, undefined);
  });
});
