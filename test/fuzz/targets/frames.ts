/** Frames split from a stream in any chunks, compared with a reader that has the whole stream. */
import assert from "node:assert/strict";
import { FrameReader, frame, PREFIX_BYTES } from "../../../protocol/wire/frame.ts";
import { parsed, type Target } from "../target.ts";

const MAX_FRAME_BYTES = 300;
const NOTHING = new Uint8Array(0);

export function open(): Target {
  const stream = Buffer.concat([frame(Buffer.from("one")), frame(NOTHING), frame(Buffer.alloc(200, 7))]);
  return {
    samples: [1, 3, 15].map((cut) => Buffer.concat([Buffer.of(cut), stream])),
    // With any announced length, no more than one frame is allocated.
    maxMemoryBytes: 1024 * 1024,
    run(input) {
      const size = 1 + (input[0] ?? 0);
      const bytes = input.slice(1);
      const reader = new FrameReader(MAX_FRAME_BYTES);
      const frames: string[] = [];
      const push = (chunk: Uint8Array) =>
        parsed(["frame-too-large"], () => {
          const cut = reader.push(chunk);
          for (const one of cut) frames.push(Buffer.from(one).toString("hex"));
          return cut.length;
        });
      for (let at = 0; at < bytes.length; at += size)
        if (push(bytes.subarray(at, at + size)) === undefined) break;
      let more = push(NOTHING);
      while (more !== undefined && more > 0) more = push(NOTHING);
      assert.deepEqual({ frames, refused: more === undefined }, framesIn(bytes));
    },
  };
}

function framesIn(bytes: Uint8Array): { frames: string[]; refused: boolean } {
  const frames: string[] = [];
  const view = Buffer.from(bytes);
  for (let at = 0; at + PREFIX_BYTES <= view.length; ) {
    const length = view.readUInt32BE(at);
    if (length > MAX_FRAME_BYTES) return { frames, refused: true };
    const end = at + PREFIX_BYTES + length;
    if (end > view.length) break;
    frames.push(view.subarray(at + PREFIX_BYTES, end).toString("hex"));
    at = end;
  }
  return { frames, refused: false };
}
