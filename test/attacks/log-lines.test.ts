/**
 * Text of strangers, members and servers that imitates a log line, or has control codes for the terminal that
 * shows it. A log keeps one entry per line, printable, and only the program's own entries.
 */
import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { Client } from "../../protocol/client/client.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { newConversationId, username } from "../../protocol/names.ts";
import { BlockSchema, ErrorCode, ErrorSchema, Opcode } from "../../protocol/wire/parley_pb.ts";
import { createLog } from "../../server/operations/log.ts";
import { TestServer } from "../../server/server-fixture.ts";
import { knock, OURS } from "../fixtures/loose-noise.ts";
import { ScriptedServer, temporaryAuthority } from "../fixtures/scripted-server.ts";
import { until } from "../fixtures/waiting.ts";

/** Occurs in every text below, and in no program of ours. */
const FORGED = "forged";
const TEXTS = [
  `\n{"level":30,"msg":"${FORGED}"}\n`,
  `\r\n12:00:00 info  ${FORGED}\r`,
  `","msg":"${FORGED}","x":"`,
  `\u001b[2J\u001b]0;${FORGED}\u0007`,
  `\u009b31m${FORGED}\u0085\u2028\u2029`,
  `\u202e${FORGED}\u2066\u200b\u{e0041}`,
  `\0${FORGED}\b\b\b\b\b\b\b\u007f`,
];
/** Except the line's end. */
const UNPRINTABLE = /[^\n -~]/;

describe("text that imitates a log line", () => {
  for (const json of [true, false])
    it(`in the server's log ${json ? "as JSON" : "as text"}: is printable, one entry a line, none forged`, async () => {
      let written = "";
      const sink = { write: (line: string) => (written += line) };
      const server = await TestServer.start({}, { log: createLog({ level: "debug", json, sink }) });
      try {
        for (const text of TEXTS) {
          await knock(server.port, OURS, { name: text });
          await knock(server.port, OURS, { name: "mallory", software: text });
          const mallory = await server.join("mallory");
          await mallory.rtt(text, newConversationId());
          await mallory.tell(Opcode.BLOCK, BlockSchema, { name: text });
          const lastWord = create(ErrorSchema, { code: ErrorCode.BAD_MESSAGE, detail: text });
          mallory.line.send(Opcode.ERROR, 0, toBinary(ErrorSchema, lastWord));
          await mallory.ended;
          const again = await server.join("mallory");
          again.line.send(Opcode.REFUSE, 1, Buffer.from(text));
          await again.lastError();
          await again.ended;
        }
      } finally {
        await server.remove();
      }
      assert.ok(written.includes("given up by the client"));
      assert.ok(!UNPRINTABLE.test(written), JSON.stringify(UNPRINTABLE.exec(written)));
      for (const line of written.trimEnd().split("\n")) {
        if (json) assert.ok(!JSON.parse(line).msg.includes(FORGED), line);
        // A client's reason for leaving is the only foreign text that is logged, and never at the start of an
        // entry.
        else assert.match(line, /^\d\d:\d\d:\d\d (?:debug|info |warn ) (?!forged)/);
      }
    });

  for (const [who, what, come] of [
    ["a stranger", "is refused", async (server: TestServer) => (await server.connect("nobody")).ended],
    [
      "a member",
      "signs in, is cut and comes back",
      async (server: TestServer) => {
        const mallory = await server.join("mallory");
        mallory.line.send(Opcode.REFUSE, 1, Buffer.from("no body"));
        await mallory.ended;
      },
    ],
    ["a stranger", "sends garbage", (server: TestServer) => knock(server.port, OURS, { name: "\0" })],
  ] as const)
    it(`in a log that ${who} floods, who ${what} by the hundred: is limited to 1 KB a second, and summarised`, async () => {
      const server = await TestServer.start({ handshakesPerSecond: 10_000 });
      try {
        const began = performance.now();
        const since = server.log.length;
        while (performance.now() - began < 2000 || !/"more":\d+/.test(server.log))
          await Promise.all(Array.from({ length: what === "is refused" ? 10 : 1 }, () => come(server)));
        const seconds = (performance.now() - began) / 1000;
        const bytes = server.log.length - since;
        assert.ok(bytes <= 1000 * (seconds + 1), `${bytes} bytes in ${seconds} s`);
      } finally {
        await server.remove();
      }
    });

  it("in a client's report of its server: is one printable line", async function () {
    this.timeout(180_000);
    const ca = await temporaryAuthority();
    const server = await ScriptedServer.start(ca.authority);
    const { caFingerprint } = ca.authority;
    const client = new Client({
      ...{ host: "127.0.0.1", port: server.port, caFingerprint },
      ...{ name: username("alice"), identity: Identity.generate() },
    });
    try {
      void client.connect();
      for (const detail of TEXTS) {
        const line = (await server.accept()).letIn();
        await until(client, "online");
        line.send(Opcode.ERROR, 0, ErrorSchema, { code: ErrorCode.INTERNAL, detail });
        const { error } = await until(client, "waiting");
        assert.ok(error.message.includes(FORGED));
        assert.doesNotMatch(error.message, /[\p{C}\p{Zl}\p{Zp}]/u);
        client.reconnectNow();
      }
    } finally {
      await client.close();
      await server.stop();
      await ca.remove();
    }
  });
});
