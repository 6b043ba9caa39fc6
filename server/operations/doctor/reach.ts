/** Checks whether people can reach the server: where it listens, and at the address in invites. */
import { once } from "node:events";
import { createServer } from "node:net";
import { ProtocolError, TrustError } from "../../../protocol/errors.ts";
import { TrustedProxies } from "../../gateway/proxy/trusted.ts";
import type { Reach } from "../../membership/invitation.ts";
import { words } from "../../words/words.ts";
import type { LastRun } from "../last-run.ts";
import { listenError } from "../listen-error.ts";
import type { Chain } from "./authority.ts";
import { type Finding, ok, problem, wordsOf } from "./finding.ts";
import { greet } from "./greet.ts";

const { reach: said, checks } = words.doctor;

/**
 * Examines whether the server can be reached.
 * @param reach the address in invites
 */
export async function examineReach(
  running: boolean,
  run: LastRun | undefined,
  reach: Reach | undefined,
  chain: Chain | undefined,
): Promise<Finding[]> {
  if (run === undefined || reach === undefined || chain === undefined)
    return [ok(checks.port, said.neverRan)];
  if (!running) return [await canListen(run)];
  // In parallel, so that an operator waits for one deadline instead of two if nothing answers.
  return Promise.all([answersHere(run, chain), answersThere(reach, chain)]);
}

async function canListen({ host, port }: LastRun): Promise<Finding> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return ok(checks.port, said.couldListen(host, port));
  } catch (error) {
    return problem(checks.port, said.couldNotListen, listenError(error, host, port).message);
  } finally {
    server.close();
  }
}

/**
 * Connects to the server's own address, to distinguish a fault of the server from one of network or firewall.
 */
async function answersHere({ host, port, proxyFrom }: LastRun, { caFingerprint }: Chain): Promise<Finding> {
  const own = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  try {
    // From its own address the server may take us for a load balancer.
    await greet(own, port, caFingerprint, new TrustedProxies(proxyFrom).has(own));
    return ok(checks.port, said.answers(said.address(own, port)));
  } catch (error) {
    const why = said.answersWrong(said.address(own, port), wordsOf(error));
    return problem(checks.port, why, adviceOn(error));
  }
}

async function answersThere({ host, port }: Reach, { caFingerprint }: Chain): Promise<Finding> {
  const address = said.address(host, port);
  try {
    await greet(host, port, caFingerprint);
    return ok(checks.addressInInvites, said.answers(address));
  } catch (error) {
    return problem(checks.addressInInvites, said.inviteFails(address, wordsOf(error)), adviceOn(error));
  }
}

function adviceOn(error: unknown): string {
  if (error instanceof TrustError) return said.anotherServer;
  if (error instanceof ProtocolError) return said.noParley;
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN") return said.noName;
  return code === "ECONNREFUSED" ? said.refused : said.unreachable;
}
