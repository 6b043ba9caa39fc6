/** Decides which addresses may become links. Page and extension both check, so that neither trusts the other. */

/** Longer addresses are shown as text. Browsers and proxies have limits near this one. */
const MAX_LINK_CHARACTERS = 2048;

const SCHEMES: ReadonlySet<string> = new Set(["http:", "https:", "mailto:"]);

/**
 * Parses an address that may become a link.
 * @param address any text, possibly from a peer
 * @returns the address in the URL Standard's canonical form (host in ASCII, so that look-alike letters show), or
 * undefined for anything that must not be a link: other schemes (`javascript:`, `command:`, `vscode:`, `file:`, ...), no host,
 * or a user name in front of the host, whose only use today is to disguise the host.
 */
export function parseLink(address: string): string | undefined {
  if (address.length > MAX_LINK_CHARACTERS || !URL.canParse(address)) return undefined;
  const url = new URL(address);
  if (!SCHEMES.has(url.protocol) || url.username !== "" || url.password !== "") return undefined;
  if (url.protocol !== "mailto:" && url.hostname === "") return undefined;
  return url.href.length > MAX_LINK_CHARACTERS ? undefined : url.href;
}
