/** PROXY protocol version 2 headers as balancers send them, for tests. */
import { isIPv4 } from "node:net";

const SIGNATURE = Buffer.from("0d0a0d0a000d0a515549540a", "hex");

/**
 * Builds a header.
 * @param command 0x20 LOCAL, 0x21 PROXY
 * @param family 0x11 TCP over IPv4, 0x21 over IPv6
 */
export function headerOf(command: number, family: number, body: Uint8Array): Buffer {
  const length = Buffer.alloc(2);
  length.writeUInt16BE(body.length);
  return Buffer.concat([SIGNATURE, Buffer.of(command, family), length, body]);
}

/**
 * Builds a PROXY header.
 * @param source IPv4, or IPv6 in eight groups.
 * @param extensions TLVs, as bytes
 */
export function headerFor(source: string, extensions: Uint8Array = new Uint8Array()): Buffer {
  const ipv4 = isIPv4(source);
  const address = ipv4
    ? Buffer.from(source.split(".").map(Number))
    : Buffer.from(
        source
          .split(":")
          .map((group) => group.padStart(4, "0"))
          .join(""),
        "hex",
      );
  const destination = Buffer.alloc(address.length, 9);
  const ports = Buffer.from("303901bb", "hex");
  return headerOf(0x21, ipv4 ? 0x11 : 0x21, Buffer.concat([address, destination, ports, extensions]));
}
