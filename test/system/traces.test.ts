/**
 * Searches every file that messengers and server write for plaintext, while they run, after a kill and after
 * the end.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockedVault } from "../../messenger/account/locked-vault.ts";
import { newCost } from "../../messenger/account/passphrase.ts";
import { storeIn } from "../../messenger/account/put-aside.ts";
import { directChat, partner } from "../../messenger/chats/direct.ts";
import { markIn } from "../../messenger/sharing/missing-keys.ts";
import { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import { Store } from "../../messenger/store/store.ts";
import { parseInvite } from "../../protocol/identity/invite.ts";
import { username } from "../../protocol/names.ts";
import { Computer, secretIn } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { filesBelow, type Secrets, tracesBelow, tracesIn } from "../fixtures/traces.ts";

const [QUILLON, XANTHE, WYSTAN] = [username("quillon"), username("xanthe"), username("wystan")];
const PASSPHRASE = "tulip mason orbit velvet";
const SAID = {
  online: "nightingale over the estuary",
  back: "pomegranate in the granary",
  mailed: "cinnabar beneath the glacier",
  draft: "obsidian that nobody sends",
  searched: "estuary of cormorants",
} as const;
const NAMES: Secrets = { "a name": QUILLON, "another name": XANTHE, "a third name": WYSTAN };

describe("plaintext on disk", function () {
  this.timeout(180_000);
  let server: RealServer;
  let root: string;
  let xanthe: Computer;
  const windows: SharedMessenger[] = [];
  const keyring = new Map<string, string>();
  const vault = new LockedVault(
    {
      get: async (key) => keyring.get(key),
      store: async (key, value) => void keyring.set(key, value),
      delete: async (key) => void keyring.delete(key),
    },
    () => markIn(folder()),
  );
  let log = "";

  before(async () => {
    server = await RealServer.start();
    root = mkdtempSync(join(tmpdir(), "parley-traces-"));
    xanthe = await Computer.start(XANTHE);
  });
  after(async () => {
    await Promise.all(windows.map((window) => window.dispose()));
    await xanthe.remove();
    await server.remove();
    rmSync(root, { recursive: true });
  });

  const folder = () => join(root, "messenger");
  async function open(): Promise<SharedMessenger> {
    const note = (text: string) => {
      log += `${text}\n`;
    };
    const window = await SharedMessenger.open({
      directory: folder(),
      secrets: vault,
      log: { info: note, debug: note, warn: note, error: note },
      sendReadReceipts: () => true,
      goOnline: () => true,
      tellNotice: note,
    });
    windows.push(window);
    return window;
  }
  async function until(what: string, window: SharedMessenger, condition: () => boolean): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`waited in vain: ${what}`)), 20_000);
      const look = () => {
        if (!condition()) return;
        clearTimeout(deadline);
        for (const event of ["changed", "updated", "message"] as const) window.off(event, look);
        resolve();
      };
      for (const event of ["changed", "updated", "message"] as const) window.on(event, look);
      look();
    });
  }

  it("is found in any encoding (control)", () => {
    const key = randomBytes(32);
    for (const [form, spoil] of [
      ["bytes", (bytes: Buffer) => bytes],
      ["hex", (bytes: Buffer) => Buffer.from(bytes.toString("hex"))],
      ["base64", (bytes: Buffer) => Buffer.from(bytes.toString("base64"))],
      ["base64url", (bytes: Buffer) => Buffer.from(bytes.toString("base64url"))],
    ] as const)
      for (let before = 0; before < 4; before++)
        for (let behind = 0; behind < 4; behind++) {
          const file = spoil(Buffer.concat([randomBytes(before), key, randomBytes(behind)]));
          assert.notDeepEqual(tracesIn({ key }, "file", file), [], `${form} ${before} ${behind}`);
        }
    assert.notDeepEqual(tracesIn(NAMES, "file", Buffer.from(`"${XANTHE}"`, "utf16le")), []);
    assert.deepEqual(tracesIn({ key }, "file", randomBytes(4096)), []);
  });

  it("includes no text, name or key on the users' disks, and no text or key on the server's", async () => {
    const invites = [await server.invite(1, QUILLON), await server.invite(1, XANTHE)] as const;
    const owner = await open();
    const follower = await open();
    await Promise.all([owner.calls.join({ link: invites[0], name: QUILLON }), xanthe.joins(invites[1])]);
    const secrets: Record<string, string | Uint8Array> = { ...SAID, passphrase: PASSPHRASE };
    for (const [index, link] of invites.entries()) secrets[`invite ${index}`] = parseInvite(link).token;
    // Which store has the account's keys is not secret.
    for (const [whose, values] of [
      [QUILLON, keyring],
      [XANTHE, xanthe.vault.values],
    ] as const)
      for (const [key, value] of values)
        if (!key.startsWith("parley.account.")) secrets[`${key} of ${whose}`] = Buffer.from(value, "base64");
    assert.equal(Object.keys(secrets).length, 12, "all were there to be looked for");

    /** Reads everything that is on a disk at this moment. */
    const look = (when: string) => {
      const atUsers = { ...secrets, ...NAMES };
      const traces = [
        ...tracesBelow(atUsers, folder()),
        ...tracesBelow(atUsers, xanthe.folder),
        ...tracesBelow(secrets, server.folder),
        ...tracesIn({ ...secrets, ...NAMES }, "the server's log", Buffer.from(server.log.text)),
        ...tracesIn(secrets, "a window's log", Buffer.from(log + xanthe.complaints.join())),
      ];
      assert.deepEqual(traces, [], when);
    };

    await xanthe.until("seen", () => partner(xanthe.messenger.chat(directChat(QUILLON))).online);
    await xanthe.messenger.request({ peer: QUILLON });
    await until("asked", owner, () => owner.chat(directChat(XANTHE)).phase === "invited");
    await until("asked there", follower, () => follower.chat(directChat(XANTHE)).request !== undefined);
    await follower.calls.accept({
      chat: directChat(XANTHE),
      request: follower.chat(directChat(XANTHE)).request?.shown ?? assert.fail(),
    });
    await xanthe.until("open", () => xanthe.messenger.chat(directChat(QUILLON)).phase === "open");
    await until("open", follower, () => follower.chat(directChat(XANTHE)).phase === "open");
    await follower.calls.send({ chat: directChat(XANTHE), text: SAID.online });
    await xanthe.until("heard", () => xanthe.messenger.chat(directChat(QUILLON)).unread === 1);
    await xanthe.messenger.send({ chat: directChat(QUILLON), text: SAID.back });
    await until("heard", owner, () => owner.chat(directChat(XANTHE)).unread === 1);
    await follower.calls.setDraft({ chat: directChat(XANTHE), text: SAID.draft });
    await follower.calls.searchStep({ text: SAID.searched });
    look("while they talk");

    const files = filesBelow(folder()).map((path) => path.slice(folder().length + 1));
    assert.ok(
      files.includes("endpoint.json") && files.some((name) => /-wal$|-journal$/.test(name)),
      `${files}`,
    );
    const key = secretIn(keyring, "database-key");
    await xanthe.messenger.signOut();
    await until("away", owner, () => !partner(owner.chat(directChat(XANTHE))).online);
    const mailed = await owner.calls.send({ chat: directChat(XANTHE), text: SAID.mailed });
    let kept = false;
    owner.on("updated", ({ id, state }) => {
      if (id === mailed.id && state === "sent") kept = true;
    });
    await until("kept by the server", owner, () => kept);
    await owner.calls.request({ peer: WYSTAN, wait: true });
    look("with mail and a request that wait");
    const knows = tracesIn(
      NAMES,
      "all",
      Buffer.concat(filesBelow(server.folder).map((path) => readFileSync(path))),
    );
    assert.ok(
      knows.some((trace) => trace.startsWith("a name in")),
      "the server may know names: were none found, the search would be blind",
    );

    await server.kill();
    look("after the server was killed");
    await server.restart();
    await owner.calls.reconnectNow();
    await xanthe.goesOnline();
    await xanthe.until("heard", () => xanthe.messenger.chat(directChat(QUILLON)).unread === 2);
    look("after the mail was fetched");

    const backup = join(root, "parley.backup");
    await owner.calls.backUp({ path: backup, passphrase: PASSPHRASE });
    const inBackup = tracesIn({ ...secrets, ...NAMES }, "the backup", readFileSync(backup));
    assert.deepEqual(inBackup, []);

    await vault.setPassphrase(PASSPHRASE, newCost(2));
    vault.lock();
    await Promise.all(windows.map((window) => window.dispose()));
    await xanthe.close();
    await server.stop();
    look("after the end");
    const locked = Buffer.from(JSON.stringify([...keyring]));
    assert.deepEqual(tracesIn(secrets, "the locked keyring", locked), []);

    // It was all there, and opens with the key.
    const { store } = Store.open(storeIn(folder()), key);
    const current = store.chats.get(directChat(XANTHE))?.group.current;
    const state = current && store.conversations.get(current);
    store.close();
    assert.ok(state);
    const pieces = Array.from({ length: Math.floor(state.length / 32) }, (_, index) => ({
      name: `byte ${32 * index} of the conversation's keys`,
      bytes: state.subarray(32 * index, 32 * index + 32),
    })).filter(({ bytes }) => new Set(bytes).size > 16); // Other values may be anywhere.
    assert.ok(pieces.length > 20);
    assert.deepEqual(
      tracesBelow(Object.fromEntries(pieces.map(({ name, bytes }) => [name, bytes])), folder()),
      [],
    );
  });
});
