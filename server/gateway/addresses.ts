/** The addresses at which people reach the server: they go into invites and into the certificate. */
import { hostname, networkInterfaces } from "node:os";
import { parseHost } from "../../protocol/identity/host.ts";
import { OperatorError } from "../operations/operator-error.ts";
import { words } from "../words/words.ts";

export interface Addresses {
  /** The address in invites. */
  readonly host: string;
  /** The port in invites, if people connect to another one than the server listens on. */
  readonly port: number | undefined;
  /** All addresses, for the certificate. */
  readonly names: readonly string[];
}

const LOOPBACK = ["localhost", "127.0.0.1", "::1"];

/**
 * Determines the addresses.
 * @param host the address that the server listens on
 * @param told values of `--address`, each HOST, HOST:PORT or [IPV6]:PORT. The first goes into invites.
 * @throws OperatorError "bad-argument"
 */
export function addressesFor(host: string, told: readonly string[]): Addresses {
  const said = told.map(parseAddress);
  const [first] = said;
  const own = ownNames(host);
  // The machine's own names stay in the certificate, since an invite may be used on the server's own machine.
  const names = [...new Set([...said.map((one) => one.host), ...own, ...LOOPBACK])];
  return { host: first?.host ?? own[0] ?? "127.0.0.1", port: first?.port, names };
}

function parseAddress(text: string): { host: string; port: number | undefined } {
  const [, bracketed, plain, digits] = /^(?:\[([^\]]+)\]|([^:[\]]+))(?::([0-9]{1,5}))?$/.exec(text) ?? [];
  const host = parseHost(bracketed ?? plain ?? text)?.text;
  const port = digits === undefined ? undefined : Number(digits);
  if (host === undefined || (port !== undefined && !(port >= 1 && port <= 65535)))
    throw new OperatorError("bad-argument", words.commandLine.argument.notAddress(text));
  return { host, port };
}

/** Returns the names of the addresses listened on, the ones most likely to work for others first. */
function ownNames(host: string): string[] {
  if (host !== "0.0.0.0" && host !== "::") return [parseHost(host)?.text ?? host];
  const addresses = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter((one) => !one.internal && !one.address.startsWith("fe80"))
    .sort((one, other) => one.family.localeCompare(other.family))
    .map((one) => one.address);
  const name = parseHost(hostname())?.text;
  return name === undefined ? addresses : [...addresses, name];
}
