/** Compares docs/PROTOCOL.md with the code: its hashes are those of the definitions, and its program runs. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { username } from "../../protocol/names.ts";
import { ErrorCode, Opcode } from "../../protocol/wire/parley_pb.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { next } from "../fixtures/waiting.ts";

const DOCUMENT = "docs/PROTOCOL.md";
const PROGRAM = ".cache/echo.mjs";
const MOST_LINES = 30;

describe("docs/PROTOCOL.md", () => {
  for (const name of ["parley.proto", "content.proto"]) {
    it(`was reviewed since ${name} last changed`, async () => {
      const hash = createHash("sha256")
        .update(await readFile(`protocol/wire/${name}`))
        .digest("hex");
      const written = new RegExp(`^${name} sha256: ([0-9a-f]+)$`, "m").exec(
        await readFile(DOCUMENT, "utf8"),
      )?.[1];
      assert.equal(
        written,
        hash,
        `read ${DOCUMENT} against protocol/wire/${name}, then put the new hash at its end`,
      );
    });
  }

  it("has every opcode and every error code, with its number or name", async () => {
    const text = await readFile(DOCUMENT, "utf8");
    for (const [name, number] of Object.entries(Opcode))
      assert.ok(text.includes(`\n| ${number} | ${name} |`), `${name} is not in the table of opcodes`);
    for (const name of Object.keys(ErrorCode).filter((one) => one !== "UNSPECIFIED"))
      assert.match(
        text,
        new RegExp(`^\\| .*\\b${name}\\b.* \\|`, "m"),
        `${name} is not in the table of errors`,
      );
  });

  describe("its program", () => {
    let program: string;
    let server: RealServer;
    before(async function () {
      this.timeout(180_000);
      const blocks = [...(await readFile(DOCUMENT, "utf8")).matchAll(/^```js\n(.*?)^```$/gms)];
      assert.equal(blocks.length, 1);
      program = blocks[0]?.[1] ?? "";
      // One level below the clone's root, as docs/ is, so that its import finds the library.
      await mkdir(".cache", { recursive: true });
      await writeFile(PROGRAM, program);
      server = await RealServer.start();
    });
    after(async () => {
      await server?.remove();
      await rm(PROGRAM, { force: true });
    });

    it(`has at most ${MOST_LINES} lines`, () => {
      assert.ok(program.trimEnd().split("\n").length <= MOST_LINES);
    });

    it("joins by an invite link, receives messages, and echoes them", async function () {
      this.timeout(180_000);
      const echo = spawn(process.execPath, [PROGRAM, await server.invite(), "echo"], {
        stdio: ["ignore", "inherit", "inherit"],
      });
      const alice = new Person(await server.invite(), "alice");
      try {
        await alice.client.connect();
        const name = username("echo");
        while (!alice.client.users.has(name)) await next(alice.client, "users");
        await alice.talkTo(name);
        for (const text of ["hello", "grüße \u{1f44b}", "x".repeat(60_000)]) {
          const heard = alice.hear();
          assert.equal(await alice.say(text), "received");
          assert.equal(await heard, `echo: ${text}`);
        }
      } finally {
        await alice.client.close();
        echo.kill();
        await once(echo, "exit");
      }
    });
  });
});
