/** A load balancer's header, split into any chunks, compared with a reader that has the whole stream. */
import assert from "node:assert/strict";
import { ProxyHeaderReader } from "../../../server/gateway/proxy/header.ts";
import { headerFor, headerOf } from "../../../server/gateway/proxy/header-fixture.ts";
import { parsed, type Target } from "../target.ts";

const MAX_BODY_BYTES = 4096;

export function open(): Target {
  const headers = [
    headerFor("192.0.2.1"),
    headerFor("2001:db8:1:2:3:4:5:6", Buffer.from("0400020102", "hex")),
    headerOf(0x20, 0, new Uint8Array()),
  ];
  return {
    samples: headers.flatMap((bytes) =>
      [0, 6, 40].map((cut) => Buffer.concat([Buffer.of(cut), bytes, Buffer.from("what follows")])),
    ),
    words: [Buffer.of(0x21, 0x11), Buffer.of(0x21, 0x21), Buffer.of(0x20), Buffer.of(0xff, 0xff)],
    maxMemoryBytes: 1024 * 1024,
    run(input) {
      const size = 1 + (input[0] ?? 0);
      const bytes = input.slice(1);
      const reader = new ProxyHeaderReader();
      let seen: unknown = "more";
      for (let at = 0; at < bytes.length && seen === "more"; at += size) {
        const found = parsed(["bad-proxy-header"], () => ({
          found: reader.push(bytes.subarray(at, at + size)),
        }));
        if (found === undefined) seen = "refused";
        else if (found.found !== undefined) {
          const { header, rest } = found.found;
          const after = Math.min(at + size, bytes.length) - rest.length;
          seen = { after, address: header.type === "local" ? "local" : header.address };
        }
      }
      assert.deepEqual(seen, headerIn(bytes));
    },
  };
}

function headerIn(bytes: Uint8Array): unknown {
  const view = Buffer.from(bytes);
  const prefix = Buffer.from("\r\n\r\n\0\r\nQUIT\n", "latin1");
  const starts = view.subarray(0, 12).equals(prefix.subarray(0, Math.min(12, view.length)));
  if (!starts) return "refused";
  const [command, family] = [view[12], view[13]];
  if (command === undefined) return "more";
  if (command !== 0x20 && command !== 0x21) return "refused";
  if (family === undefined) return "more";
  const addresses = command === 0x20 ? 0 : family === 0x11 ? 12 : family === 0x21 ? 36 : undefined;
  if (addresses === undefined) return "refused";
  if (view.length < 16) return "more";
  const length = view.readUInt16BE(14);
  if (length > MAX_BODY_BYTES || length < addresses) return "refused";
  if (view.length < 16 + length) return "more";
  return { after: 16 + length, address: addressAt(view, addresses) };
}

function addressAt(view: Buffer, addresses: number): string {
  if (addresses === 0) return "local";
  if (addresses === 12) return view.subarray(16, 20).join(".");
  if (/^0{20}ffff/.test(view.toString("hex", 16, 32))) return `::ffff:${view.subarray(28, 32).join(".")}`;
  return view
    .toString("hex", 16, 32)
    .replace(/(....)(?!$)/g, "$1:")
    .replace(/\b0{1,3}/g, "");
}
