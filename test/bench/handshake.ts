/**
 * Messages 1.0 to 1.2 in one process: their cost to each end, without the network. connections.ts has TLS 1.3
 * for comparison.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ClientHandshake, ServerHandshake } from "../../protocol/channel/handshake.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { username } from "../../protocol/names.ts";
import { openAuthority } from "../../server/authority/authority.ts";
import type { Report } from "./figures.ts";

const ROUNDS = 200;
const LIMITS = { maxSealedBytes: 65_536, keepAliveMs: 30_000, mailboxDays: 30, maxBlobBytes: 0 };

export async function benchHandshake(report: Report, runs: number): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "parley-bench-"));
  try {
    const { credentials, caFingerprint } = await openAuthority(folder, { names: ["localhost"] });
    const identity = Identity.generate();
    const options = { trust: { caFingerprint }, host: "localhost", name: username("alice"), identity };
    const once = () => {
      const client = new ClientHandshake(options);
      const server = new ServerHandshake({ credentials, limits: LIMITS, software: "bench" });
      const times = [performance.now()];
      const lap = <Result>(result: Result): Result => {
        times.push(performance.now());
        return result;
      };
      const first = lap(client.start());
      const second = lap(server.answer(first));
      const third = lap(client.answer(second).message);
      lap(server.finish(third));
      const [began = 0, made = 0, answered = 0, judged = 0, ended = 0] = times;
      return { server: answered - made + ended - judged, client: made - began + judged - answered };
    };
    for (let warm = 0; warm < ROUNDS; warm++) once();
    const servers: number[] = [];
    const clients: number[] = [];
    for (let run = 0; run < runs; run++) {
      const rounds = Array.from({ length: ROUNDS }, once);
      servers.push(rounds.reduce((sum, { server }) => sum + server, 0) / ROUNDS);
      clients.push(rounds.reduce((sum, { client }) => sum + client, 0) / ROUNDS);
    }
    const tell = (name: string, values: number[]) =>
      report({ group: "handshake", name, unit: "ms", values, better: "lower" });
    tell("1.0 to 1.2, the server's part", servers);
    tell("1.0 to 1.2, the client's part", clients);
  } finally {
    await rm(folder, { recursive: true });
  }
}
