import assert from "node:assert/strict";
import { untranslated } from "../../../../messenger/kinds/translate.ts";
import type { AttachedFile, ChatId, Parcel } from "../../../../messenger/model.ts";
import type { FilePlace } from "../../../../messenger/store/file-folder.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import { sendingOf, shareDone, shownDraft } from "./shown-files.ts";

const file = (name: string, changes: Partial<AttachedFile> = {}): AttachedFile => ({
  ...{ copy: "0".repeat(32) as FilePlace, name, type: "text/plain", bytes: 100, description: "" },
  ...{ metadata: "none", done: 0 },
  ...changes,
});
const parcel = (id: string, stage: Parcel["stage"], ...files: readonly AttachedFile[]): Parcel => ({
  ...{ id: id as MessageId, chat: "user:bob" as ChatId, caption: "", stage, files },
});

describe("the files of a chat for its page", () => {
  it("are a draft while they are put together, and else on their way", () => {
    const picture = { width: 1, height: 1, preview: "AA==" };
    const all = [
      parcel("1", "sending", file("a", { done: 0.5 }), file("b")),
      parcel("2", "open", file("c", { picture }), file("d")),
      { ...parcel("3", "failed", file("e")), failure: "files-full" },
      { ...parcel("4", "failed", file("f")), failure: "no-such-code" },
    ];
    assert.deepEqual(
      shownDraft(all)?.files.map(({ name, previewed }) => [name, previewed]),
      [
        ["c", true],
        ["d", false],
      ],
    );
    const sending = sendingOf(all, "bob", untranslated);
    assert.deepEqual(
      sending.map(({ id, names, done }) => [id, ...names, done]),
      [
        ["1", "a", "b", 0.25],
        ["3", "e", 0],
        ["4", "f", 0],
      ],
    );
    assert.equal(sending[0]?.failureText, undefined);
    assert.match(sending[1]?.failureText ?? "", /limit for your files/);
    assert.notEqual(sending[2]?.failureText, "");
  });

  it("are no draft without a file", () => assert.equal(shownDraft([parcel("1", "open")]), undefined));

  it("count by their bytes", () => {
    assert.equal(shareDone([file("a", { bytes: 300, done: 1 }), file("b")]), 0.75);
    assert.equal(shareDone([file("empty", { bytes: 0 })]), 0);
  });
});
