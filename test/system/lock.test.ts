/** The passphrase lock: complete windows of one profile, each with its own view of the one vault. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { LockedVault } from "../../messenger/account/locked-vault.ts";
import { newCost } from "../../messenger/account/passphrase.ts";
import type { SecretVault } from "../../messenger/model.ts";
import { markIn } from "../../messenger/sharing/missing-keys.ts";
import { SharedMessenger, type SharedMessengerOptions } from "../../messenger/sharing/shared-messenger.ts";
import { code } from "../../protocol/error-code-fixture.ts";
import { username } from "../../protocol/names.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PASSPHRASE = "tulip mason orbit velvet";

describe("the passphrase lock", function () {
  this.timeout(180_000);
  const values = new Map<string, string>();
  const keyring: SecretVault = {
    get: async (key) => values.get(key),
    store: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
  let server: RealServer;
  let root: string;
  /** Returns the names of the identity's and the database key's secrets. */
  const secrets = () => [...values.keys()].filter((name) => /\.(identity-seed|database-key)$/.test(name));
  const identityName = () => secrets().find((name) => name.endsWith("seed")) ?? "";
  let windows: Window[];

  class Window {
    readonly vault: LockedVault;
    messenger: SharedMessenger | undefined;
    /** Set when the user was asked and agreed. */
    acceptsNoLock = false;

    constructor(secrets: SecretVault) {
      this.vault = new LockedVault(secrets, () => markIn(join(root, "messenger")));
    }

    async open(): Promise<SharedMessenger> {
      return this.#use(await SharedMessenger.open(this.#options));
    }

    /**
     * Follows a leader, as a locked window does.
     * @returns undefined when no window is open
     */
    async follow(): Promise<SharedMessenger | undefined> {
      const messenger = await SharedMessenger.follow(this.#options);
      return messenger && this.#use(messenger);
    }

    /** Sends the vault's contents, as a window does in which the lock was set or removed. */
    async tellVault(): Promise<void> {
      await this.messenger?.calls.tellVault({ contents: await this.vault.contents() });
    }

    get #options(): SharedMessengerOptions {
      return {
        directory: join(root, "messenger"),
        secrets: this.vault,
        log: { info() {}, debug() {}, warn() {}, error() {} },
        acceptsNoLock: () => this.acceptsNoLock,
        sendReadReceipts: () => false,
        goOnline: () => true,
        tellNotice: assert.fail,
      };
    }

    #use(messenger: SharedMessenger): SharedMessenger {
      this.messenger = messenger;
      messenger.on("vault", ({ contents }) => void this.vault.adopt(contents));
      messenger.on("locked", () => {
        this.vault.lock();
        void messenger.dispose();
      });
      return messenger;
    }
  }
  const window = (secrets = keyring) => {
    const made = new Window(secrets);
    windows.push(made);
    return made;
  };
  /**
   * Secrets as an editor in the browser keeps them: the values it read when it was loaded, and those it has
   * stored since.
   */
  class LoadedSecrets implements SecretVault {
    readonly seen = new Map(values);
    async get(key: string): Promise<string | undefined> {
      return this.seen.get(key);
    }
    async store(key: string, value: string): Promise<void> {
      this.seen.set(key, value);
      values.set(key, value);
    }
    async delete(key: string): Promise<void> {
      this.seen.delete(key);
      values.delete(key);
    }
  }

  before(async () => {
    server = await RealServer.start();
  });
  after(() => server.remove());
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "parley-lock-"));
    values.clear();
    windows = [];
  });
  afterEach(async () => {
    for (const { messenger } of windows) await messenger?.dispose();
    rmSync(root, { recursive: true });
  });

  it("keeps the account shut until the passphrase is given", async () => {
    const first = window();
    await (await first.open()).calls.join({ link: await server.invite(), name: "alice" });
    await first.vault.setPassphrase(PASSPHRASE, newCost(2));
    assert.equal(first.messenger?.state.type, "online");
    await first.messenger?.dispose();

    const second = window();
    await assert.rejects(second.open(), code("locked"));
    await assert.rejects(second.vault.unlock("not the passphrase"), code("wrong-passphrase"));
    await assert.rejects(second.open(), code("locked"));
    await second.vault.unlock(PASSPHRASE);
    assert.equal((await second.open()).account?.name, "alice");
  });

  it("unlocks all windows, of which one leads, and locks all at once, with no leader", async () => {
    const first = window();
    const leader = await first.open();
    await leader.calls.join({ link: await server.invite(), name: "bob" });
    await first.vault.setPassphrase(PASSPHRASE, newCost(2));
    const [second, third] = [window(), window()];
    const follower = await second.open();
    await third.open();
    assert.equal(follower.isLeader, false);
    assert.equal(follower.account?.name, "bob");

    await leader.dispose();
    const takesOver = () => follower.isLeader || third.messenger?.isLeader === true;
    while (!takesOver())
      await Promise.race([once(follower, "changed"), once(third.messenger ?? follower, "changed")]);
    assert.equal(follower.account?.name, "bob");

    // Through the new leader: both have found it.
    await Promise.all([
      follower.calls.safetyNumber({ peer: username("bob") }),
      third.messenger?.calls.safetyNumber({ peer: username("bob") }),
    ]);

    const bothTold = Promise.all([once(follower, "locked"), once(third.messenger ?? follower, "locked")]);
    await follower.calls.lock().catch(() => undefined);
    await bothTold;
    await Promise.all([follower.dispose(), third.messenger?.dispose()]);
    await assert.rejects(window().open(), code("locked"));
    for (const key of secrets()) assert.match(values.get(key) ?? "", /^sealed:/);
  });

  for (const puts of ["the leader", "another"] as const)
    it(`leaves no secret unencrypted in any window when ${puts} sets it`, async () => {
      const first = window();
      await (await first.open()).calls.join({
        link: await server.invite(),
        name: `carol-${puts === "another" ? 1 : 2}`,
      });
      const loaded = new LoadedSecrets();
      const second = window(loaded);
      const follower = await second.open();
      assert.doesNotMatch(loaded.seen.get(identityName()) ?? "sealed:", /^sealed:/);
      const locker = puts === "another" ? second : first;
      await locker.vault.setPassphrase(PASSPHRASE, newCost(2));
      const told = once(follower, "vault");
      await locker.tellVault();
      await told;
      for (const seen of [values, loaded.seen])
        for (const key of secrets()) while (!/^sealed:/.test(seen.get(key) ?? "")) await setTimeout(5);
      assert.equal(await second.vault.hasLock(), true);
      assert.equal(follower.state.type, "online");

      const locked = once(follower, "locked");
      await first.messenger?.calls.lock().catch(() => undefined);
      await locked;
      await Promise.all([first.messenger?.dispose(), follower.dispose()]);
      for (const one of [first, second, window(loaded)]) await assert.rejects(one.open(), code("locked"));

      // And removed again: the passphrase of either opens it.
      await second.vault.unlock(PASSPHRASE);
      await second.open();
      await first.follow();
      await second.vault.removeLock(PASSPHRASE);
      await second.tellVault();
      while (await first.vault.hasLock()) await setTimeout(5);
      assert.doesNotMatch(loaded.seen.get(identityName()) ?? "sealed:", /^sealed:/);
    });

  it("is reported when it was removed outside Parley, and the account does not open unasked", async () => {
    const first = window();
    await (await first.open()).calls.join({ link: await server.invite(), name: "erin" });
    const before = new Map(values);
    await first.vault.setPassphrase(PASSPHRASE, newCost(2));
    await first.tellVault();
    await first.messenger?.dispose();

    // An attacker who can write the keyring has kept its former secrets, and has another identity ready.
    values.clear();
    for (const [name, value] of before) values.set(name, value);
    values.set(identityName(), Buffer.alloc(32, 7).toString("base64"));
    await assert.rejects(window().open(), code("lock-removed"));
    await assert.rejects(window().open(), code("lock-removed"), "each time");
    for (const [name, value] of before) values.set(name, value);
    const asked = window();
    asked.acceptsNoLock = true;
    assert.equal((await asked.open()).account?.name, "erin");
    await asked.messenger?.dispose();
    assert.equal((await window().open()).account?.name, "erin", "once is enough");
  });

  it("is not reported when the user removed it", async () => {
    const first = window();
    await (await first.open()).calls.join({ link: await server.invite(), name: "frank" });
    await first.vault.setPassphrase(PASSPHRASE, newCost(2));
    await first.messenger?.dispose();
    const second = window();
    await second.vault.unlock(PASSPHRASE);
    await second.open();
    await second.vault.removeLock(PASSPHRASE);
    await second.tellVault();
    await second.messenger?.dispose();
    assert.equal((await window().open()).account?.name, "frank");
  });

  it("unlocks in one window for all locked ones, and not through a window that is about to lock", async () => {
    const first = window();
    await (await first.open()).calls.join({ link: await server.invite(), name: "dave" });
    await first.vault.setPassphrase(PASSPHRASE, newCost(2));
    const second = window();
    await second.open();
    // A leader that is slow to close could still accept them.
    const leader = first.messenger;
    leader?.removeAllListeners("locked");
    await leader?.calls.lock();
    await second.messenger?.dispose();
    assert.equal(await window().follow(), undefined);
    await leader?.dispose();
    first.vault.lock();
    assert.equal(await second.follow(), undefined, "nobody has given the passphrase");

    await first.vault.unlock(PASSPHRASE);
    await first.open();
    const again = await second.follow();
    assert.equal(again?.account?.name, "dave");
    assert.equal(again?.isLeader, false);
  });
});
