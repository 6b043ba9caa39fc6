/** The batch in a record: an accepted one is written back as the same bytes. */
import assert from "node:assert/strict";
import { decodeBatch, encodeBatch } from "../../../protocol/wire/batch.ts";
import { Opcode } from "../../../protocol/wire/parley_pb.ts";
import { parsed, type Target } from "../target.ts";

export function open(): Target {
  const ping = { opcode: Opcode.PING, id: 7, body: new Uint8Array() };
  const message = { opcode: Opcode.MESSAGE, id: 0xffff_ffff, body: Buffer.from("a body") };
  return {
    samples: [encodeBatch([ping]), encodeBatch([ping, message, ping])],
    maxMemoryBytes: 4 * 1024 * 1024,
    run(input) {
      const envelopes = parsed(["bad-message"], () => [...decodeBatch(input)]);
      if (envelopes !== undefined) assert.deepEqual(Buffer.from(encodeBatch(envelopes)), Buffer.from(input));
    },
  };
}
