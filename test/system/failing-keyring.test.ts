/**
 * A keyring that fails at any one of its calls, in each way that keyrings fail: its earlier contents are
 * enough to recover everything.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { LockedVault } from "../../messenger/account/locked-vault.ts";
import { newCost } from "../../messenger/account/passphrase.ts";
import { storeIn } from "../../messenger/account/put-aside.ts";
import { StoreKeys } from "../../messenger/account/store-keys.ts";
import { TimelyVault } from "../../messenger/account/timely-vault.ts";
import { directChat } from "../../messenger/chats/direct.ts";
import { stageRestore } from "../../messenger/history/backup/restore.ts";
import { Messenger, type SecretVault } from "../../messenger/messenger.ts";
import { markIn } from "../../messenger/sharing/missing-keys.ts";
import { UsageError } from "../../protocol/errors.ts";
import { Computer, MemoryVault } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";

const SILENT = { info() {}, debug() {}, warn() {}, error() {} };
const TEXT = "from before";
const PASSPHRASE = "tulip mason orbit velvet";

/** How the failing keyring behaves instead of executing the call. */
interface Failure {
  readonly get: () => string | undefined | Promise<never>;
  /** Absent if it fails at reads only. */
  readonly change?: () => void;
}

/** Milliseconds after which a read counts as not answered. */
const READ_LIMIT_MS = 20;

/** Returns the failure of a call, by its number from 0. */
type Fails = (call: number) => Failure | undefined;

const refusal = () => {
  throw new Error("The keyring is locked");
};
const FAILURES: Readonly<Record<string, Failure>> = {
  "says nothing": { get: () => undefined, change: () => {} },
  refuses: { get: refusal, change: refusal },
  "gives another key": { get: () => Buffer.alloc(32, 7).toString("base64"), change: () => {} },
  "gives no key": { get: () => "?", change: () => {} },
  "doesn't answer": { get: () => new Promise(() => {}) },
};

class FailingVault implements SecretVault {
  readonly #vault: MemoryVault;
  readonly #fails: Fails;
  calls = 0;

  constructor(vault: MemoryVault, fails: Fails) {
    this.#vault = vault;
    this.#fails = fails;
  }

  async get(name: string): Promise<string | undefined> {
    const failure = this.#fails(this.calls++);
    return failure === undefined ? this.#vault.get(name) : failure.get();
  }
  async store(name: string, value: string): Promise<void> {
    const failure = this.#fails(this.calls++);
    return failure?.change === undefined ? this.#vault.store(name, value) : failure.change();
  }
  async delete(name: string): Promise<void> {
    const failure = this.#fails(this.calls++);
    return failure?.change === undefined ? this.#vault.delete(name) : failure.change();
  }
}

describe("a keyring that fails in the middle", function () {
  this.timeout(300_000);
  let server: RealServer;
  let alice: Computer;
  let bob: Computer;
  let scratch: string;

  before(async () => {
    server = await RealServer.start();
    scratch = mkdtempSync(join(tmpdir(), "parley-keyring-"));
    [alice, bob] = [await Computer.start("alice"), await Computer.start("bob")];
    const link = await server.invite(2);
    await alice.joins(link);
    await bob.joins(link);
    await alice.opensChatWith(bob);
    await alice.messenger.send({ chat: directChat(bob.name), text: TEXT });
    await alice.has(bob, "delivered", TEXT);
  });
  after(async () => {
    await Promise.all([alice.remove(), bob.remove(), server.remove()]);
    rmSync(scratch, { recursive: true });
  });

  const openWith = (folder: string, secrets: SecretVault) =>
    Messenger.open({
      directory: folder,
      secrets,
      log: SILENT,
      sendReadReceipts: () => false,
      acceptsNoLock: () => true,
    });

  /** Starts and ends the program. */
  async function start(folder: string, vault: SecretVault): Promise<void> {
    const messenger = await openWith(folder, new TimelyVault(vault, READ_LIMIT_MS));
    await messenger.dispose();
  }

  /** Starts for the first time, and joins. */
  async function joinAs(folder: string, vault: SecretVault, name: string, link: string): Promise<void> {
    const messenger = await openWith(folder, new TimelyVault(vault, READ_LIMIT_MS));
    try {
      await messenger.join({ link, name });
    } finally {
      await messenger.dispose();
    }
  }

  /** Generates each failure at each of the calls, at that one only and from there on; with a description. */
  function* failures(calls: number): Generator<readonly [fails: Fails, how: string]> {
    assert.ok(calls > 1);
    for (const [name, failure] of Object.entries(FAILURES))
      for (let at = 0; at < calls; at++)
        for (const lasting of [false, true])
          yield [
            (call) => (call === at || (lasting && call > at) ? failure : undefined),
            `${name} at call ${at}${lasting ? " and all later ones" : ""}`,
          ];
  }

  async function eachFailingStart(
    image: () => Computer,
    test: (computer: Computer, vault: FailingVault, how: string) => Promise<void>,
  ): Promise<void> {
    const whole = image();
    const counting = new FailingVault(whole.vault, () => undefined);
    await start(whole.folder, counting);
    await whole.remove();
    for (const [fails, how] of failures(counting.calls)) {
      const computer = image();
      await test(computer, new FailingVault(computer.vault, fails), how);
      await computer.remove();
    }
  }

  async function isThere(computer: Computer, how: string): Promise<void> {
    await computer.open();
    assert.equal(computer.messenger.account?.fingerprint, alice.messenger.account?.fingerprint, how);
    assert.ok((await computer.transcript(bob)).includes(`> ${TEXT}`), how);
  }
  const foldersOf = (computer: Computer) =>
    readdirSync(computer.folder).filter((name) => !name.includes("."));

  it("loses nothing at a start", async () => {
    await eachFailingStart(
      () => alice.crashImage(),
      async (computer, vault, how) => {
        const before = new Map(computer.vault.values);
        const folders = foldersOf(computer);
        await start(computer.folder, vault).catch(() => undefined);
        assert.deepEqual(computer.vault.values, before, how);
        assert.deepEqual(foldersOf(computer), folders, how);
        await isThere(computer, how);
      },
    );
  });

  it("loses nothing when a restore was interrupted", async () => {
    const path = join(scratch, "backup");
    await alice.messenger.backUp({ path, passphrase: PASSPHRASE });
    const other = await Computer.start(alice.name);
    await other.close();
    const keys = StoreKeys.in(storeIn(other.folder), other.vault);
    const order = { path, passphrase: PASSPHRASE, signal: new AbortController().signal, onProgress() {} };
    await keys.decideRestore(await stageRestore(keys, order));
    await eachFailingStart(
      () => other.crashImage(),
      async (computer, vault, how) => {
        await start(computer.folder, vault).catch(() => undefined);
        await isThere(computer, how);
      },
    );
    await other.remove();
  });

  const lockOf = (folder: string, vault: SecretVault) =>
    new LockedVault(vault, () => markIn(folder), READ_LIMIT_MS);
  const lock = (locked: LockedVault) => locked.setPassphrase(PASSPHRASE, newCost(2));
  for (const [what, prepare, act] of [
    ["put on", undefined, lock],
    ["given another passphrase", lock, lock],
    ["taken off", lock, (locked: LockedVault) => locked.removeLock(PASSPHRASE)],
    [
      "told to another window, which keeps it",
      lock,
      async (locked: LockedVault) => locked.adopt(await locked.contents()),
    ],
  ] as const)
    it(`loses nothing while a lock is ${what}`, async () => {
      const changeLock = async ({ folder }: Computer, vault: SecretVault) => {
        const locked = lockOf(folder, vault);
        if (await locked.hasLock()) await locked.unlock(PASSPHRASE);
        await act(locked);
      };
      const image = async () => {
        const computer = alice.crashImage();
        await prepare?.(lockOf(computer.folder, computer.vault));
        return computer;
      };
      const whole = await image();
      const counting = new FailingVault(whole.vault, () => undefined);
      await changeLock(whole, counting);
      await whole.remove();
      for (const [fails, how] of failures(counting.calls)) {
        const computer = await image();
        await changeLock(computer, new FailingVault(computer.vault, fails)).catch(() => undefined);
        try {
          await isThereBehindLock(computer, how);
        } catch (error) {
          assert.fail(`${how}: ${error}`);
        }
        await computer.remove();
      }
    });

  async function isThereBehindLock({ folder, vault }: Computer, how: string): Promise<void> {
    const locked = lockOf(folder, vault);
    // The user may accept a secret that is still unencrypted.
    if (await locked.hasLock()) await locked.unlock(PASSPHRASE, "take");
    const messenger = await openWith(folder, locked);
    assert.equal(messenger.account?.fingerprint, alice.messenger.account?.fingerprint, how);
    await messenger.dispose();
  }

  it("is reported at the next start, or has left nothing, when it failed while a user joined", async () => {
    let count = 0;
    const folder = () => mkdtempSync(join(scratch, "joining-"));
    const link = await server.invite(1_000);
    const newcomer = () => `newcomer-${count++}`;
    const counting = new FailingVault(new MemoryVault(), () => undefined);
    await joinAs(folder(), counting, newcomer(), link);
    for (const [fails, how] of failures(counting.calls)) {
      const [place, vault, name] = [folder(), new MemoryVault(), newcomer()];
      const joined = await joinAs(place, new FailingVault(vault, fails), name, link).then(
        () => true,
        () => false,
      );
      const next = await openWith(place, vault).catch((error: unknown) => error);
      if (!(next instanceof Messenger)) {
        assert.ok(next instanceof UsageError && /^keys-/.test(next.code), `${how}: ${next}`);
        continue;
      }
      try {
        if (joined) assert.equal(next.account?.name, name, how);
        else await next.join({ link, name });
      } catch (error) {
        assert.fail(`${how}: ${error}`);
      } finally {
        await next.dispose();
      }
    }
  });
});
