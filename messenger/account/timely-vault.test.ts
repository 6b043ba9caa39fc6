import assert from "node:assert/strict";
import { mock } from "node:test";
import { UsageError } from "../../protocol/errors.ts";
import type { SecretVault } from "../model.ts";
import { TimelyVault } from "./timely-vault.ts";

const LIMIT_MS = 20_000;
const silent = (error: unknown) => error instanceof UsageError && error.code === "keyring-silent";

/** A keyring that answers when the test says so. */
class SlowVault implements SecretVault {
  readonly answers: ((value: string) => void)[] = [];
  stored = 0;

  get(): Promise<string> {
    return new Promise((answer) => this.answers.push(answer));
  }
  async store(): Promise<void> {
    this.stored++;
  }
  delete(): Promise<void> {
    return new Promise(() => {});
  }
}

describe("TimelyVault", () => {
  let slow: SlowVault;
  let vault: TimelyVault;

  beforeEach(() => {
    mock.timers.enable({ apis: ["setTimeout"] });
    slow = new SlowVault();
    vault = new TimelyVault(slow, LIMIT_MS);
  });
  afterEach(() => mock.timers.reset());

  /** Begins a read. @returns a function that tells whether it has failed */
  function read(): () => Promise<boolean> {
    let failed = false;
    vault.get("key").catch((error: unknown) => {
      assert.ok(silent(error));
      failed = true;
    });
    return async () => {
      await new Promise(setImmediate);
      return failed;
    };
  }

  it("rejects a read that has no answer in time", async () => {
    const failed = read();
    mock.timers.tick(LIMIT_MS - 1);
    assert.equal(await failed(), false);
    mock.timers.tick(1);
    assert.equal(await failed(), true);
  });

  it("returns an answer, however late within the time, and passes errors on", async () => {
    const reading = vault.get("key");
    mock.timers.tick(LIMIT_MS - 1);
    slow.answers[0]?.("value");
    assert.equal(await reading, "value");

    const refusing = new TimelyVault(
      {
        get: async () => assert.fail("locked"),
        store: async () => assert.fail("locked"),
        delete: async () => {},
      },
      LIMIT_MS,
    );
    await assert.rejects(refusing.get("key"), /locked/);
    await assert.rejects(refusing.store("key", "value"), /locked/);
  });

  it("waits less for the next reads, until the keyring answers one", async () => {
    read();
    mock.timers.tick(LIMIT_MS);
    for (let n = 0; n < 3; n++) {
      const failed = read();
      mock.timers.tick(1_000);
      assert.equal(await failed(), true);
    }
    slow.answers[1]?.("late");
    await new Promise(setImmediate);
    const failed = read();
    mock.timers.tick(LIMIT_MS - 1);
    assert.equal(await failed(), false);
  });

  it("waits for a write as long as it takes", async () => {
    let ended = false;
    void vault.delete("key").finally(() => {
      ended = true;
    });
    mock.timers.tick(100 * LIMIT_MS);
    await vault.store("key", "value");
    assert.deepEqual([ended, slow.stored], [false, 1]);
  });
});
