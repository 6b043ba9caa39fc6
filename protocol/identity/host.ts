/**
 * Server names and addresses in one canonical spelling, so that those of an invite, a certificate and a
 * dialled server can be compared.
 */
import { BlockList, isIP, isIPv4, isIPv6 } from "node:net";
import { domainToASCII } from "node:url";

export type Host = { readonly type: "name" | "address"; readonly text: string };

const MAX_NAME_CHARACTERS = 253;
/** Letters, digits, hyphens; also underscores, which container networks use. */
const LABEL = /^[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?$/;

/**
 * Parses a host.
 * @param text a DNS name (internationalised or not), an IPv4 or an IPv6 address, without brackets
 * @returns lower-case ASCII without a final dot, or the address as RFC 5952 writes it; undefined where it is
 * none of these
 */
export function parseHost(text: string): Host | undefined {
  if (isIPv4(text)) return { type: "address", text };
  if (isIPv6(text)) return ipv6(text);
  if (text.length > MAX_NAME_CHARACTERS || /[%[\]/?#@:\\\s]/.test(text)) return undefined;
  const name = domainToASCII(text).replace(/\.$/, "");
  // domainToASCII turns odd spellings such as 127.1 or 0x7f000001 into addresses, which nobody intends.
  if (
    isIP(name) !== 0 ||
    name.length > MAX_NAME_CHARACTERS ||
    !name.split(".").every((label) => LABEL.test(label))
  )
    return undefined;
  return { type: "name", text: name };
}

const LOOPBACK = new BlockList();
LOOPBACK.addSubnet("127.0.0.0", 8);
LOOPBACK.addAddress("::1", "ipv6");

/**
 * Returns whether a host is always this machine: a loopback address (RFC 1122 §3.2.1.3, RFC 4291 §2.5.3), or
 * the one name that means it everywhere (RFC 6761 §6.3).
 * @param host in parseHost()'s spelling
 */
export function isLoopback(host: string): boolean {
  if (isIP(host) === 0) return host === "localhost";
  return LOOPBACK.check(host, isIPv4(host) ? "ipv4" : "ipv6");
}

/**
 * Returns the spelling of an address.
 * @param bytes 4 or 16, as in a certificate (RFC 5280 §4.2.1.6)
 */
export function addressFromBytes(bytes: Uint8Array): string | undefined {
  if (bytes.length === 4) return bytes.join(".");
  if (bytes.length !== 16) return undefined;
  const groups = Buffer.from(bytes).toString("hex").match(/.{4}/g) ?? [];
  return ipv6(groups.join(":"))?.text;
}

/**
 * Formats an IPv6 address. The URL standard's serializer compresses as RFC 5952 does; it does not support
 * zones (`fe80::1%eth0`), which certificates never have.
 */
function ipv6(text: string): Host | undefined {
  const url = `http://[${text}]/`;
  return URL.canParse(url) ? { type: "address", text: new URL(url).hostname.slice(1, -1) } : undefined;
}
