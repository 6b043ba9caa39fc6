/** Sealed records: after one changed bit nothing opens any more; unchanged ones open unchanged. */
import assert from "node:assert/strict";
import { Channel } from "../../../protocol/channel/channel.ts";
import { CipherState } from "../../../protocol/channel/cipher.ts";
import { EDITS, edited, parsed, type Target } from "../target.ts";

const KEYS = [Buffer.alloc(32, 1), Buffer.alloc(32, 2)] as const;
const TEXT = Buffer.from("the second record, of three");
const PREFIX_BYTES = 4;

export function open(): Target {
  return {
    samples: EDITS,
    run(edits) {
      const [sender, receiver] = channels();
      const open = (bytes: Uint8Array) => parsed(["bad-record"], () => receiver.open(bytes));
      const next = () => Buffer.concat(sender.seal(TEXT)).subarray(PREFIX_BYTES);
      assert.deepEqual(open(next()), TEXT);
      const genuine = next();
      const received = edited(genuine, edits);
      const opened = open(received);
      if (Buffer.from(received).equals(genuine)) assert.deepEqual(opened, TEXT);
      else {
        assert.equal(opened, undefined, "a changed record opens");
        assert.throws(() => receiver.open(genuine), { code: "wrong-state" });
        assert.ok(receiver.seal(TEXT), "the other end can still be told why");
      }
    },
  };
}

/** Makes two ends of one line. */
export function channels(): readonly [Channel, Channel] {
  const [up, down] = KEYS;
  const cipher = (key: Uint8Array) => new CipherState(key);
  return [
    new Channel({ send: cipher(up), receive: cipher(down) }),
    new Channel({ send: cipher(down), receive: cipher(up) }),
  ];
}
