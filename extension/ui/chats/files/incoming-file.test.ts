import assert from "node:assert/strict";
import type { ChatId, Parcel } from "../../../../messenger/model.ts";
import { UsageError } from "../../../../protocol/errors.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import { IncomingFile } from "./incoming-file.ts";

const PAGE_ID = "a".repeat(32);
const OTHER = "b".repeat(32);

describe("a file that a page hands over", () => {
  /** The pieces that the messenger was given, and its answers to come. */
  let given: { file: string; name: string; bytes: number; offset: number; data: string }[];
  let stopped: string[];
  let answers: { resolve: (whole?: Parcel) => void; reject: (error: Error) => void }[];
  let said: string[];
  let incoming: IncomingFile;
  beforeEach(() => {
    [given, stopped, answers, said] = [[], [], [], []];
    let keys = 0;
    incoming = new IncomingFile({
      calls: {
        attachPiece: ({ file, name, bytes, offset, data }) => {
          given.push({ file, name, bytes, offset, data });
          return new Promise((resolve, reject) => answers.push({ resolve, reject }));
        },
        stopPieces: async ({ file }) => void stopped.push(file),
      },
      parcel: () => ({ chat: "user:bob" as ChatId, id: "0" as MessageId }),
      newKey: () => `key ${++keys}`,
      complete: async () => void said.push("complete"),
      taken: (file) => said.push(`taken ${file[0]}`),
      refused: (file, name) => said.push(`refused ${file[0]} ${name}`),
      log: assert.ifError,
    });
  });
  const piece = (
    offset: number,
    text: string,
    changes: { file?: string; name?: string; bytes?: number } = {},
  ) =>
    incoming.piece({
      type: "attachPiece",
      ...{ file: PAGE_ID, name: "a.txt", bytes: 6, offset, data: new TextEncoder().encode(text) },
      ...changes,
    });
  const whole = {} as Parcel;

  it("goes to the messenger under a key of the extension's, and is answered once it is in the draft", async () => {
    const first = piece(0, "abc");
    answers[0]?.resolve();
    await first;
    const second = piece(3, "def", { name: "../b", bytes: 9 });
    answers[1]?.resolve(whole);
    await second;
    assert.deepEqual(given, [
      { file: "key 1", name: "a.txt", bytes: 6, offset: 0, data: "YWJj" },
      { file: "key 1", name: "a.txt", bytes: 6, offset: 3, data: "ZGVm" },
    ]);
    assert.deepEqual(said, ["taken a", "complete", "taken a"]);
    assert.equal(incoming.end(), undefined, "nothing is left to give up");
  });

  it("is given up when the page doesn't wait for its answer", async () => {
    const first = piece(0, "abc");
    await piece(3, "def");
    assert.deepEqual(stopped, ["key 1"]);
    answers[0]?.reject(new UsageError("cancelled", "stopped"));
    await first;
    await piece(3, "def");
    assert.equal(given.length, 1, "no more of it reaches the messenger");
    assert.deepEqual(said, []);
  });

  it("is the only one: a second file is not begun beside it", async () => {
    const first = piece(0, "abc");
    for (let count = 0; count < 100; count++) await piece(0, "abc", { file: OTHER });
    assert.equal(given.length, 1);
    answers[0]?.resolve();
    await first;
    await piece(0, "abc", { file: OTHER });
    assert.equal(given.length, 1);
  });

  it("begins with its first byte", async () => {
    await piece(3, "def");
    assert.deepEqual(given, []);
  });

  it("is refused with the messenger's reason, and leaves nothing there", async () => {
    const first = piece(0, "abc");
    answers[0]?.reject(new UsageError("file-too-large", "large"));
    await first;
    assert.deepEqual([said, stopped], [["refused a a.txt"], ["key 1"]]);
  });

  it("is given up by its page or with it, by nobody else", async () => {
    const first = piece(0, "abc");
    incoming.stop(OTHER);
    assert.deepEqual(stopped, []);
    assert.equal(incoming.end(), "a.txt");
    assert.deepEqual(stopped, ["key 1"]);
    answers[0]?.reject(new UsageError("cancelled", "stopped"));
    await first;
    assert.deepEqual(said, [], "a page that is gone is told nothing");
  });
});
