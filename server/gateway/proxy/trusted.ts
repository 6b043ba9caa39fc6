/**
 * The load balancers that the operator named with `--proxy-from`: the server trusts their headers to name the
 * client.
 */
import { BlockList, isIP } from "node:net";

/** A range of addresses; a single address is a range as well. */
export interface AddressRange {
  readonly address: string;
  /** Leading bits that must be equal. */
  readonly bits: number;
}

/**
 * Parses a range.
 * @param text ADDRESS or ADDRESS/BITS (RFC 4632, RFC 4291 §2.3).
 * @returns undefined for anything else, and for the range of all addresses
 */
export function parseRange(text: string): AddressRange | undefined {
  const [, address = "", digits] = /^([0-9a-fA-F.:]{2,45})(?:\/([0-9]{1,3}))?$/.exec(text) ?? [];
  const most = { 0: 0, 4: 32, 6: 128 }[isIP(address)] ?? 0;
  const bits = digits === undefined ? most : Number(digits);
  return bits >= 1 && bits <= most ? { address, bits } : undefined;
}

/** Formats a range so that parseRange() reads it back. */
export function rangeText({ address, bits }: AddressRange): string {
  return `${address}/${bits}`;
}

export class TrustedProxies {
  readonly #list = new BlockList();

  constructor(ranges: readonly AddressRange[]) {
    for (const { address, bits } of ranges) this.#list.addSubnet(address, bits, family(address));
  }

  /**
   * Returns whether a range contains the address.
   * @param remote as a socket reports it: IPv4 also mapped into IPv6, IPv6 also with a zone
   */
  has(remote: string | undefined): boolean {
    const address = remote?.replace(/%.*$/, "") ?? "";
    return isIP(address) !== 0 && this.#list.check(address, family(address));
  }
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 4 ? "ipv4" : "ipv6";
}
