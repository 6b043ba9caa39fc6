/** The passphrase lock: whole windows of one profile, each with its own view of the one vault. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockedVault } from "../../extension/messenger/locked-vault.ts";
import type { SecretVault } from "../../extension/messenger/model.ts";
import { newCost } from "../../extension/messenger/passphrase.ts";
import { SharedMessenger } from "../../extension/windows/shared-messenger.ts";
import { ParleyError } from "../../protocol/errors.ts";
import { username } from "../../protocol/names.ts";
import { RealServer } from "../fixtures/real-server.ts";

const PASSPHRASE = "tulip mason orbit velvet";

function code(expected: string) {
  return (error: unknown) => error instanceof ParleyError && error.code === expected;
}

describe("the passphrase lock", function () {
  this.timeout(60_000);
  const values = new Map<string, string>();
  const keyring: SecretVault = {
    get: async (key) => values.get(key),
    store: async (key, value) => void values.set(key, value),
    delete: async (key) => void values.delete(key),
  };
  let server: RealServer;
  let root: string;
  let windows: Window[];

  class Window {
    readonly vault = new LockedVault(keyring);
    messenger: SharedMessenger | undefined;

    async open(): Promise<SharedMessenger> {
      const messenger = await SharedMessenger.open({
        directory: join(root, "messenger"),
        secrets: this.vault,
        log: { info() {}, debug() {}, warn() {}, error() {} },
        sendReadReceipts: () => false,
        goOnline: () => true,
        tellNotice: assert.fail,
      });
      this.messenger = messenger;
      messenger.on("locked", () => {
        this.vault.lock();
        void messenger.dispose();
      });
      return messenger;
    }
  }
  const window = () => {
    const made = new Window();
    windows.push(made);
    return made;
  };

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
    await (await first.open()).join(await server.invite(), "alice");
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

  it("is unlocked for all windows, of which one takes over; and locked for all at once, and none does", async () => {
    const first = window();
    const owner = await first.open();
    await owner.join(await server.invite(), "bob");
    await first.vault.setPassphrase(PASSPHRASE, newCost(2));
    const [second, third] = [window(), window()];
    const follower = await second.open();
    await third.open();
    assert.equal(follower.isOwner, false);
    assert.equal(follower.account?.name, "bob");

    await owner.dispose();
    const takesOver = () => follower.isOwner || third.messenger?.isOwner === true;
    while (!takesOver())
      await Promise.race([once(follower, "changed"), once(third.messenger ?? follower, "changed")]);
    assert.equal(follower.account?.name, "bob");

    // Through the new owner: both have found it.
    await Promise.all([
      follower.safetyNumber(username("bob")),
      third.messenger?.safetyNumber(username("bob")),
    ]);

    const bothTold = Promise.all([once(follower, "locked"), once(third.messenger ?? follower, "locked")]);
    await follower.lock().catch(() => undefined);
    await bothTold;
    await Promise.all([follower.dispose(), third.messenger?.dispose()]);
    await assert.rejects(window().open(), code("locked"));
    for (const key of ["parley.identity-seed", "parley.database-key"])
      assert.match(values.get(key) ?? "", /^sealed:/);
  });
});
