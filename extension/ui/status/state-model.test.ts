import assert from "node:assert/strict";
import { RefusedError, TrustError } from "../../../protocol/errors.ts";
import { Command } from "../../ids.ts";
import { aChat, anAccount, aPerson, offline } from "../test-people.ts";
import { untranslated as t } from "../translate.ts";
import { menuGroups } from "./menu-model.ts";
import { connectionText, contextKeys, type HostState, type Snapshot, statusModel } from "./state-model.ts";

const menuCommands = (...of: Parameters<typeof menuGroups>) =>
  menuGroups(...of).flatMap(({ commands }) => commands);
const at = (state: HostState, rest: Partial<Snapshot> = {}): Snapshot => ({
  hasLock: false,
  side: "same",
  claimedBlocks: [],
  state,
  account: state.type === "no-account" || state.type === "starting" ? undefined : anAccount,
  people: [],
  chats: [],
  ...rest,
});
const superseded = { type: "stopped", error: new RefusedError("superseded", "?") } as const;
const wrongServer = { type: "stopped", error: new TrustError("wrong-ca", "?") } as const;
const states: readonly HostState[] = [
  { type: "starting" },
  { type: "no-account" },
  { type: "signed-out" },
  { type: "connecting" },
  { type: "online" },
  offline,
  superseded,
  wrongServer,
  { type: "failed", error: new Error("disk") },
];

describe("the present state", () => {
  for (const state of states)
    it(`has a text, an icon and a next step: ${state.type}${"error" in state && state.error instanceof Error ? ` (${state.error.message})` : ""}`, () => {
      const { text, tooltip, spoken } = statusModel(at(state), t);
      assert.match(text, /^\$\([a-z~-]+\) \S/);
      assert.equal(text.match(/\$\(/g)?.length, 1);
      assert.match(spoken, /^Parley: ./);
      assert.ok(tooltip.length > 0);
      assert.equal(connectionText(at(state), t) === "", state.type === "online");
      assert.equal(menuCommands(at(state), t).at(-1), Command.showLog);
    });

  it("shows the own name and the number of pending things", () => {
    assert.equal(statusModel(at({ type: "online" }), t).text, "$(comment-discussion) Parley: alice");
    const busy = statusModel(at({ type: "online" }, { chats: [aChat("bob", { unread: 2 })] }), t);
    assert.equal(busy.text, "$(comment-unresolved) Parley: alice (2)");
    assert.equal(busy.spoken, "Parley: online as alice on chat.example, 2 unread messages");
  });
  it("shows Do Not Disturb and Appear Offline with one icon", () => {
    const alone = statusModel(at({ type: "online" }), t, { quiet: true, invisible: true });
    assert.equal(alone.text, "$(bell-slash) Parley: alice");
    assert.match(alone.spoken, /Do not disturb is on, You appear offline to others$/);
    assert.equal(
      statusModel(at({ type: "online" }), t, { quiet: false, invisible: true }).text,
      "$(eye-closed) Parley: alice",
    );
  });
  it("has the error colour only when the server cannot be trusted or data cannot be opened", () => {
    assert.equal(statusModel(at(offline), t).fault, false);
    assert.equal(statusModel(at(superseded), t).fault, false);
    assert.equal(statusModel(at(wrongServer), t).fault, true);
    assert.equal(statusModel(at({ type: "failed", error: new Error("disk") }), t).fault, true);
  });
  it("sets the manifest's context keys", () => {
    const people = [aPerson("bob"), aPerson("zoe", { online: false })];
    const chats = [
      aChat("bob"),
      aChat("carol", { phase: "invited" }),
      aChat("zoe", { phase: "key-changed" }),
    ];
    assert.deepEqual(contextKeys(at({ type: "online" }, { people, chats })), {
      "parley.state": "online",
      "parley.reason": "",
      "parley.side": "same",
      "parley.hasAccount": true,
      "parley.hasLock": false,
      "parley.othersOnline": 1,
      "parley.requests": 1,
      "parley.chats": 3,
      "parley.openChats": 1,
      "parley.establishedChats": 1,
      "parley.unreadChats": 0,
      "parley.changedKeys": 1,
      "parley.pinnedKeys": 3,
      "parley.verifiedKeys": 0,
      "parley.blockedPeople": 0,
      "parley.claimedBlocks": 0,
    });
    assert.equal(contextKeys(at(superseded))["parley.reason"], "superseded");
    assert.equal(contextKeys(at({ type: "failed", error: new Error("disk") }))["parley.reason"], "unknown");
  });
});

describe("the menu", () => {
  it("offers only commands that apply", () => {
    assert.deepEqual(menuCommands(at({ type: "no-account" }), t), [
      Command.joinWithInvite,
      Command.startServerHere,
      Command.restoreFromBackup,
      Command.openWalkthrough,
      Command.showLog,
    ]);
    assert.deepEqual(menuCommands(at(superseded), t)[0], Command.useHere);
    const online = menuCommands(
      at({ type: "online" }, { people: [aPerson("bob")], chats: [aChat("bob", { phase: "invited" })] }),
      t,
    );
    assert.equal(online[0], Command.answerRequest);
    assert.ok(!online.includes(Command.closeChat));
    assert.ok(online.includes(Command.signOut));
  });
  it("has no command twice", () => {
    for (const state of states) {
      const commands = menuCommands(at(state), t);
      assert.equal(new Set(commands).size, commands.length, state.type);
    }
  });
});
