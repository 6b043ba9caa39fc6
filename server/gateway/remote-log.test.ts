import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { username } from "../../protocol/names.ts";
import { createLog } from "../operations/log.ts";
import { words } from "../words/words.ts";
import { type Remark, type RemoteLine, RemoteLog, type Source } from "./remote-log.ts";

/** Bytes a second that one source may write, and all sources together. */
const OF_ONE = 1000;
const OF_ALL = 10 * 1000;
const STRANGER: Source = { address: "192.0.2.1" };
/** The longest possible remark. */
const REMARK: Remark = { connection: 123_456, reason: "bad-message", detail: "x".repeat(200) };

const LINES = Object.keys(words.log.remote) as RemoteLine[];

/** Log calls that nothing on the network can cause, by file, with the reason. */
const LOCAL: Readonly<Record<string, number>> = {
  "server/cli/serve.ts": 1,
  // The machine's clock, and a bound on the server's own timer: twice a second at most.
  "server/operations/upkeep.ts": 2,
};

describe("log lines that can be caused from the network", () => {
  let text: string;
  let remote: RemoteLog;
  beforeEach(() => {
    text = "";
    remote = new RemoteLog(
      createLog({ level: "debug", json: true, sink: { write: (line) => (text += line) } }),
      0,
    );
  });
  const entries = () =>
    text
      .split("\n")
      .filter(Boolean)
      .map(
        (line) =>
          JSON.parse(line) as {
            msg: string;
            reason?: string;
            more?: number;
            reasons?: Record<string, number>;
          },
      );
  /**
   * Calls `flood` for this many seconds, a hundred times a second.
   * @returns bytes written
   */
  function during(seconds: number, flood: (now: number) => void): number {
    for (let now = 0; now < seconds * 1000; now += 10) {
      flood(now);
      if (now % 500 === 0) remote.tick(now);
    }
    return Buffer.byteLength(text);
  }

  it("are all throttled: the server has no other log calls", () => {
    const calls = globSync("server/**/*.ts")
      .filter((file) => !/\.test\.ts$|-fixture\.ts$/.test(file))
      .flatMap((file) => {
        const found = readFileSync(file, "utf8").match(
          /\blog(?:\(\))?\s*\??\.\s*(?:trace|debug|info|warn|error|fatal|child)\b|\blog\s*\[|console\s*\./gi,
        );
        return found === null ? [] : [[file.replaceAll("\\", "/"), found.length] as const];
      });
    assert.deepEqual(Object.fromEntries(calls), { ...LOCAL, "server/gateway/remote-log.ts": 2 });
  });

  for (const line of LINES)
    for (const [what, source] of [
      ["one address", STRANGER],
      ["one member", { member: username("mallory") }],
    ] as const)
      it(`stay below 1 KB a second from ${what}: ${line}`, () => {
        for (const seconds of [2, 10, 60]) {
          text = "";
          remote = new RemoteLog(
            createLog({ level: "debug", json: true, sink: { write: (one) => (text += one) } }),
            0,
          );
          const bytes = during(seconds, (now) => {
            for (let count = 0; count < 5; count++) remote.note(source, line, REMARK, now);
          });
          assert.ok(bytes <= OF_ONE * seconds, `${bytes} bytes in ${seconds} s`);
        }
      });

  it("stay below 1 KB a second from one source that causes all of them, with every reason", () => {
    const bytes = during(60, (now) => {
      if (now % 200 !== 0) return;
      for (const line of LINES)
        for (let code = 0; code < 30; code++)
          remote.note(STRANGER, line, { ...REMARK, reason: `code-${code}` }, now);
    });
    assert.ok(bytes <= 60 * OF_ONE, `${bytes} bytes`);
  });

  it("are bounded in total, with any number of addresses and members", () => {
    let number = 0;
    const bytes = during(120, (now) => {
      for (let count = 0; count < 10; count++)
        remote.note({ address: `10.${number++}` }, "handshakeFailed", REMARK, now);
    });
    assert.ok(bytes <= 120 * OF_ALL, `${bytes} bytes`);
  });

  it("of a flooding source do not hide those of others", () => {
    during(10, (now) => {
      for (let count = 0; count < 100; count++) remote.note(STRANGER, "handshakeFailed", REMARK, now);
      if (now === 5000)
        remote.note({ address: "198.51.100.7" }, "signInRefused", { reason: "auth-refused" }, now);
    });
    assert.equal(
      entries().filter(({ msg, more }) => msg === "sign-in refused" && more === undefined).length,
      1,
    );
  });

  it("are summarised when they are not written one by one, without losing a count", () => {
    during(30, (now) => {
      remote.note(STRANGER, "handshakeFailed", { reason: now % 20 === 0 ? "evicted" : "cut" }, now);
      remote.note(STRANGER, "signInRefused", { reason: "auth-refused" }, now);
    });
    remote.tick(100_000);
    const counts: Record<string, number> = {};
    for (const { msg, reason, reasons } of entries())
      for (const [code, more] of Object.entries(reasons ?? { [reason ?? ""]: 1 }))
        counts[`${msg}: ${code}`] = (counts[`${msg}: ${code}`] ?? 0) + more;
    assert.deepEqual(counts, {
      "handshake failed: evicted": 1500,
      "handshake failed: cut": 1500,
      "sign-in refused: auth-refused": 3000,
    });
    assert.ok(entries().some(({ more = 0 }) => more > 100));
  });

  it("are written one by one again once the flood is over", () => {
    during(10, (now) => remote.note(STRANGER, "handshakeFailed", REMARK, now));
    remote.tick(20_000);
    text = "";
    for (let count = 0; count < 3; count++)
      remote.note(STRANGER, "connectionEnded", { reason: "cut" }, 30_000);
    assert.equal(entries().length, 3);
  });

  it("cost nothing below the configured log level", () => {
    remote = new RemoteLog(
      createLog({ level: "error", json: true, sink: { write: (line) => (text += line) } }),
      0,
    );
    for (let count = 0; count < 1000; count++) remote.note(STRANGER, "handshakeFailed", REMARK, 0);
    remote.note(STRANGER, "requestFailed", { reason: "Error" }, 0);
    remote.tick(10_000);
    assert.deepEqual(
      entries().map(({ msg }) => msg),
      ["request failed"],
    );
  });
});
