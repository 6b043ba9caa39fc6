import assert from "node:assert/strict";
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import { newBlobId, newMessageId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { jsonFormat, markdownFormat } from "../history/export-format.ts";
import { useLanguage } from "../text/times.ts";
import { bodyText, filesOf } from "./body.ts";
import { untranslated } from "./translate.ts";

const file = (name: string, more: Partial<SentFile> = {}): SentFile => ({
  ...{
    name,
    type: "",
    bytes: 1536,
    sha256: "0".repeat(64),
    blob: newBlobId(),
    key: "5ec7e7".padEnd(64, "0"),
  },
  ...{ until: 1, description: "", ...more },
});
const textOf = (caption: string, ...files: SentFile[]) =>
  bodyText({ kind: "files", files, caption }, { t: untranslated, name: (person) => person });

describe("files as a kind", () => {
  before(() => useLanguage("en"));

  it("have the caption, the cleaned names, sizes and descriptions as their text", () => {
    const text = textOf("Look", file("a\u202egpj.exe"), file("../../plan.pdf", { description: "the plan" }));
    assert.equal(text, "Look\nagpj.exe, 1.5 KB\n.._.._plan.pdf, 1.5 KB: the plan");
    assert.equal(textOf("", file("x")), "x, 1.5 KB");
  });

  it("have no key in their text", () => {
    assert.doesNotMatch(textOf("", file("x")), /5ec7e7/);
  });

  it("are exported with names, sizes and hashes, and with nothing that opens them", () => {
    const at = { me: username("alice"), members: [], exportedAt: 0, t: untranslated };
    const sent = file("plan.pdf", { description: "the plan" });
    const message = {
      ...{ id: newMessageId(), chat: directChat(username("bob")), author: at.me, at: 0, position: 1 },
      body: { kind: "files" as const, files: [sent], caption: "Look" },
    };
    const json = JSON.parse(jsonFormat(at).message(message));
    assert.deepEqual(json.files, [
      { name: "plan.pdf", type: "", bytes: 1536, sha256: sent.sha256, description: "the plan" },
    ]);
    const markdown = markdownFormat(at).message(message);
    assert.match(
      markdown,
      new RegExp(`> Look\n> plan.pdf, 1.5 KB: the plan\n> SHA-256 ${sent.sha256} plan.pdf`),
    );
    for (const text of [JSON.stringify(json), markdown])
      for (const secret of [sent.key, sent.blob]) assert.ok(!text.includes(secret));
  });

  it("are the only kind with files", () => {
    const files = [file("x")];
    assert.deepEqual(filesOf({ kind: "files", files, caption: "" }), files);
    assert.deepEqual(filesOf({ kind: "text", text: "x" }), []);
  });
});
