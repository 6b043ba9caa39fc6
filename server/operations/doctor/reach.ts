/** Whether people can reach the server: where it listens, and where invites say that it is. */
import { once } from "node:events";
import { createServer } from "node:net";
import { ProtocolError, TrustError } from "../../../protocol/errors.ts";
import { TrustedProxies } from "../../gateway/proxy/trusted.ts";
import type { Reach } from "../../membership/invitation.ts";
import type { LastRun } from "../last-run.ts";
import { listenError } from "../listen-error.ts";
import type { Chain } from "./authority.ts";
import { type Finding, ok, problem, wordsOf } from "./finding.ts";
import { greet } from "./greet.ts";

/** @param reach the address in invites */
export async function examineReach(
  running: boolean,
  run: LastRun | undefined,
  reach: Reach | undefined,
  chain: Chain | undefined,
): Promise<Finding[]> {
  if (run === undefined || reach === undefined || chain === undefined)
    return [ok("port", "no server has run here yet, so there is none to look at")];
  if (!running) return [await canListen(run)];
  // Together: where nothing answers, an operator waits for one deadline and not for two.
  return Promise.all([answersHere(run, chain), answersThere(reach, chain)]);
}

async function canListen({ host, port }: LastRun): Promise<Finding> {
  const server = createServer();
  try {
    server.listen({ host, port });
    await once(server, "listening");
    return ok("port", `no server runs here now; one could listen on ${host}, port ${port}, as the last did`);
  } catch (error) {
    return problem(
      "port",
      "No server runs here, and none could start as the last did",
      listenError(error, host, port).message,
    );
  } finally {
    server.close();
  }
}

/** At its own address, so that a fault of network or firewall is told from one of the server. */
async function answersHere({ host, port, proxyFrom }: LastRun, { caFingerprint }: Chain): Promise<Finding> {
  const own = host === "0.0.0.0" ? "127.0.0.1" : host === "::" ? "::1" : host;
  try {
    // From its own address we may be in the place of a load balancer.
    await greet(own, port, caFingerprint, new TrustedProxies(proxyFrom).has(own));
    return ok("port", `the server answers on ${own}, port ${port}, and proves itself`);
  } catch (error) {
    return problem(
      "port",
      `A server runs here and does not answer as it should on ${own}, port ${port}: ${wordsOf(error)}`,
      adviceOn(error),
    );
  }
}

async function answersThere({ host, port }: Reach, { caFingerprint }: Chain): Promise<Finding> {
  const address = `${host}, port ${port}`;
  try {
    await greet(host, port, caFingerprint);
    return ok("address in invites", `the server answers on ${address}, and proves itself`);
  } catch (error) {
    return problem(
      "address in invites",
      `Invites say ${address}, and from here that does not work: ${wordsOf(error)}`,
      adviceOn(error),
    );
  }
}

function adviceOn(error: unknown): string {
  if (error instanceof TrustError)
    return "Another server answers there, or this one with old certificates: restart it, and see that the address leads to this machine.";
  if (error instanceof ProtocolError)
    return "Something that is no Parley server answers there, such as a proxy: Parley needs plain TCP passed through.";
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOTFOUND" || code === "EAI_AGAIN")
    return "The name does not resolve: see DNS, or restart the server with another --address.";
  if (code === "ECONNREFUSED")
    return "Nothing listens there: see --host (127.0.0.1 is for this machine alone), port forwarding and firewall.";
  return "See firewall, routing and port forwarding. Some networks do not lead back to themselves: try from a colleague's machine too.";
}
