import assert from "node:assert/strict";
import { mkdtempSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { mock } from "node:test";
import { ServerOfWindow } from "./server-of-window.ts";

/** Storage like VS Code's workspaceState, which survives reloads. */
class Memory {
  readonly #values = new Map<string, unknown>();
  keys(): readonly string[] {
    return [...this.#values.keys()];
  }
  get<Value>(key: string, otherwise?: Value): Value {
    return (this.#values.get(key) ?? otherwise) as Value;
  }
  async update(key: string, value: unknown): Promise<void> {
    if (value === undefined) this.#values.delete(key);
    else this.#values.set(key, value);
  }
}

describe("the server of a window that is reloaded", () => {
  let data = "";
  let memory: Memory;
  let server: { definition: { type: string; port: number }; data: string };
  const running = new Promise<void>(() => {});
  beforeEach(() => {
    data = mkdtempSync(join(tmpdir(), "parley-window-"));
    memory = new Memory();
    server = { definition: { type: "parley", port: 7750 }, data };
    writeFileSync(join(data, "parley.sqlite"), "");
  });
  afterEach(() => rmSync(data, { recursive: true, force: true }));

  const wrote = (agoMs: number) => {
    const at = (Date.now() - agoMs) / 1000;
    utimesSync(join(data, "parley.sqlite"), at, at);
  };

  it("is started again, once", () => {
    new ServerOfWindow(memory).remember(server, running);
    const next = new ServerOfWindow(memory);
    assert.deepEqual(next.interrupted(), server);
    assert.equal(next.interrupted(), undefined);
  });

  it("stays stopped when the window opens later, or its folder is missing", () => {
    for (const ends of [() => wrote(3_600_000), () => rmSync(data, { recursive: true })]) {
      new ServerOfWindow(memory).remember(server, running);
      ends();
      assert.equal(new ServerOfWindow(memory).interrupted(), undefined);
    }
  });

  it("stays stopped when it ended in a running window, but not when the exiting window closed its terminals", async () => {
    mock.timers.enable({ apis: ["setTimeout"] });
    try {
      new ServerOfWindow(memory).remember(server, Promise.resolve());
      await Promise.resolve();
      assert.equal(memory.keys().length, 1);
      mock.timers.tick(60_000);
      assert.deepEqual(memory.keys(), []);
    } finally {
      mock.timers.reset();
    }
  });
});
