import assert from "node:assert/strict";
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import MarkdownIt from "markdown-it";
import { UsageError } from "../../protocol/errors.ts";
import { newMessageId, username } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { untranslated } from "../kinds/translate.ts";
import type { ChatMessage, Stretch } from "../model.ts";
import { type ExportJob, exportChat } from "./export.ts";
import { type ExportFormat, jsonFormat, markdownFormat } from "./export-format.ts";

const me = username("alice");
const peer = username("bob");
const about = {
  me,
  members: [peer],
  exportedAt: new Date(2026, 10, 23, 14).getTime(),
  t: untranslated,
};

function said(text: string, changes: Partial<ChatMessage> = {}): ChatMessage {
  const at = new Date(2026, 10, 20, 9, 30, 5).getTime();
  return {
    ...{ id: newMessageId(), chat: directChat(peer), author: peer, at, position: 1 },
    ...{ body: { kind: "text", text }, ...changes },
  };
}
function line(event: "opened" | "closed-by-me", at?: number): ChatMessage {
  const { author: _author, ...message } = said("", { body: { kind: "event", event } });
  return at === undefined ? message : { ...message, at };
}
const whole = (format: ExportFormat, messages: readonly ChatMessage[]) =>
  [format.begin(), ...messages.map((message) => format.message(message)), format.end()].join("");

describe("a chat as JSON", () => {
  it("is one value with all messages", () => {
    const messages = [
      said('hello \u2028 \u0000 "quoted"\n'),
      line("opened"),
      said("", { body: { kind: "unknown", type: "acme.poll", fallback: "A poll" } }),
      said("mine", { author: me, state: "failed", failure: "mailbox-full" }),
      said("", { body: { kind: "not-understood" } }),
    ];
    const json = JSON.parse(whole(jsonFormat(about), messages));
    assert.deepEqual([json.me, json.members, json.version, json.messages.length], ["alice", ["bob"], 2, 5]);
    assert.deepEqual(json.messages[0], {
      id: messages[0]?.id,
      from: "bob",
      at: new Date(2026, 10, 20, 9, 30, 5).toISOString(),
      kind: "text",
      text: 'hello \u2028 \u0000 "quoted"\n',
    });
    assert.equal(json.messages[1].from, undefined);
    assert.equal(json.messages[2].fallback, "A poll");
    assert.deepEqual(
      [json.messages[4].kind, json.messages[4].text],
      ["not-understood", "A message that this version of Parley doesn't understand. Update Parley."],
    );
    assert.deepEqual([json.messages[3].from, json.messages[3].state], ["alice", "failed"]);
    assert.deepEqual(JSON.parse(whole(jsonFormat(about), [])).messages, []);
  });

  it("has replies, edits and marks of a message, and says that one was deleted", () => {
    const changes = {
      replyTo: newMessageId(),
      edited: { times: 2, at: new Date(2026, 10, 20, 10).getTime() },
      marks: [{ by: me, name: "reaction", values: ["👍"] }],
    } as const;
    const json = JSON.parse(
      whole(jsonFormat(about), [said("newest", changes), said("", { body: { kind: "deleted" } })]),
    );
    assert.partialDeepStrictEqual(json.messages, [
      {
        text: "newest",
        ...{ replyTo: changes.replyTo, marks: changes.marks },
        edited: { times: 2, at: new Date(2026, 10, 20, 10).toISOString() },
      },
      { kind: "deleted", text: "This message was deleted." },
    ]);
  });
});

describe("a chat as Markdown", () => {
  const renderer = new MarkdownIt({ html: true, linkify: true });
  const render = (...messages: readonly ChatMessage[]) =>
    renderer.render(whole(markdownFormat(about), messages));

  it("shows that a message was not understood", () => {
    assert.ok(render(said("", { body: { kind: "not-understood" } })).includes("Update Parley."));
  });

  it("names author, time and text, under its day", () => {
    const later = new Date(2026, 10, 21, 10).getTime();
    const text = whole(markdownFormat(about), [
      said("**bold**\n\n```ts\nconst a = 1;\n```"),
      said("mine", { author: me, state: "waiting", at: later }),
      line("closed-by-me", later),
    ]);
    assert.equal(
      text,
      `# Chat of alice with bob

Exported by Parley on 2026-11-23 at 14:00:00, in the time zone of this computer. This file isn't encrypted.

## 2026-11-20

**bob**, 09:30:05

> **bold**
>
> \`\`\`ts
> const a = 1;
> \`\`\`

## 2026-11-21

**alice**, 10:00:00, not sent

> mine

*10:00:00: You closed the chat.*

`,
    );
  });

  it("shows edits and reactions outside the text, and the quote above a reply", () => {
    const first = said("as it is\nand more", {
      edited: { times: 1, at: 0 },
      marks: [
        { by: me, name: "reaction", values: ["👍", "🎉"] },
        { by: peer, name: "reaction", values: ["👍"] },
      ],
    });
    const reply = said("so be it", { author: me, replyTo: first.id });
    const format = markdownFormat(about);
    assert.equal(
      format.message(first) + format.message(reply, first),
      `## 2026-11-20

**bob**, 09:30:05 (edited)

> as it is
> and more

Reactions: 👍 alice, bob; 🎉 alice

**alice**, 09:30:05, in reply to **bob**:

> > as it is
> > and more

> so be it

`,
    );
  });

  it("keeps each message within its quote, so that nobody can speak for another", () => {
    const fake = "x\n\n**alice**, 09:30:06\n\n> I agree";
    for (const text of [
      fake,
      fake.replaceAll("\n", "\r"),
      fake.replaceAll("\n", "\u2028"),
      `\`\`\`\n${fake}`,
      `<!--\n${fake}`,
    ]) {
      const format = markdownFormat(about);
      const quoting = format.message(said("a reply", { replyTo: newMessageId() }), said(text));
      assert.ok(renderer.render(quoting).endsWith("<blockquote>\n<p>a reply</p>\n</blockquote>\n"), quoting);
      const html = render(said(text), said("next"));
      const outside = html.replace(/<blockquote>.*?<\/blockquote>\n(?=<p>|$)/gs, "");
      assert.ok(!outside.includes("alice</strong>"), text);
      assert.ok(html.includes("<p>next</p>"), text);
    }
  });

  it("is rendered by other programs as it was written", () => {
    for (const text of [
      "C:\\Users\\me\\.ssh and \\\\server\\_share",
      "write &lt;b&gt; &#8203; &copy; here",
      "a   b\n    at f (x.js:1)\n\tindented",
      "```rm -rf build && make all\nmake\n```",
      "```ts\nx\n```\n\\.\n```\ny\n```",
      "007. a",
      "trailing  ",
    ]) {
      const html = render(said(text), said("next"));
      const [, shown = ""] = /<pre><code class="language-text">(.*?)\n?<\/code><\/pre>/s.exec(html) ?? [];
      const read = shown
        .replaceAll("&lt;", "<")
        .replaceAll("&gt;", ">")
        .replaceAll("&quot;", '"')
        .replaceAll("&amp;", "&");
      assert.equal(read, text);
    }
    assert.match(
      render(said("**bold**\n\n```ts\n  x\n```")),
      /<strong>bold<.*<code class="language-ts"> {2}x/s,
    );
  });

  it("includes nothing that loads, runs or affects text outside its message", () => {
    for (const text of [
      "![x](https://evil.example/track.png)",
      "![x][y]\n\n[y]: https://evil.example/track.png",
      "<img src=https://evil.example/track.png>",
      "a <script>alert(1)</script>",
      "</blockquote><b>",
      "```\n````\n<iframe src=x>",
      "```\n<iframe src=x>",
    ]) {
      const html = render(said(text));
      assert.doesNotMatch(html, /<(img|script|iframe|b)\b|<\/blockquote><b/, html);
    }
    for (const before of ["", "- ", "1. ", "> ", "* - > ", "x\n\n", "\\\n"])
      for (const name of ["alice", "al\\]ice", "al\nice"]) {
        const reference = render(said(`${before}[${name}]: https://evil.example`), said(`[${name}] said so`));
        assert.doesNotMatch(reference, /<a /, `${before}${name}`);
      }
    fc.assert(
      fc.property(
        fc.array(
          fc.constantFrom(
            "<",
            "img ",
            "!",
            "[",
            "]",
            "(x)",
            ":",
            "`",
            "```",
            "\n",
            "\r",
            ">",
            " ",
            "a",
            "&lt;",
            "- ",
            "\\",
            "[a]: b",
          ),
        ),
        (parts) => {
          const found: { references?: Record<string, never> } = {};
          const format = markdownFormat(about);
          const text = said(parts.join(""));
          const quoting = format.message(said("a reply", { replyTo: text.id }), text);
          const html = renderer.render(whole(format, [text]) + quoting, found);
          assert.match(html, /<blockquote>\n<p>a reply<\/p>\n<\/blockquote>\n$/);
          assert.doesNotMatch(html, /<img|<script/);
          assert.equal(found.references, undefined);
        },
      ),
    );
  });

  it("takes time in proportion to a message of any content", () => {
    const cpu = (text: string) => {
      const before = process.cpuUsage();
      whole(markdownFormat(about), [said(text), said("a reply", { replyTo: newMessageId() })]);
      const { user, system } = process.cpuUsage(before);
      return user + system;
    };
    const least = (text: string) => Math.min(cpu(text), cpu(text), cpu(text));
    for (const unit of ["\n", "[\n", "[", "`", "<", "\t[a]", " \n"]) {
      const text = unit.repeat(16_384 / unit.length);
      // Four times the text: 16 times the time if it were quadratic.
      assert.ok(least(text.repeat(4)) < 10 * Math.max(least(text), 2000), JSON.stringify(unit));
    }
  });

  it("quotes the beginning of a message as it was written", () => {
    const quote = (text: string) => {
      const written = markdownFormat(about).message(said("so", { replyTo: newMessageId() }), said(text));
      return written.split("\n").filter((line) => line.startsWith("> > ") || line === "> >");
    };
    assert.deepEqual(quote("one"), ["> > one"]);
    assert.deepEqual(quote("\n \n\r\n\u2028one\ntwo"), ["> > one", "> > two"]);
    assert.deepEqual(quote("```ts\na * b\n```\nso"), ["> > ```ts", "> > a * b", "> > ```…"]);
    assert.deepEqual(quote("1\n2\n3\n4"), ["> > 1", "> > 2", "> > 3…"]);
    assert.deepEqual(quote("x".repeat(121)), [`> > ${"x".repeat(120)}…`]);
    assert.deepEqual(quote("👩‍👩‍👧‍👦".repeat(20)), [`> > ${"👩‍👩‍👧‍👦".repeat(10)}…`]);
  });
});

describe("an export", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "parley-export-"));
    path = join(folder, "chat.json");
  });
  afterEach(() => rmSync(folder, { recursive: true }));

  const chat = (count: number) =>
    Array.from({ length: count }, (_, n) => said(`number ${n}`, { position: 3 * n + 1 }));
  const reading =
    (all: readonly ChatMessage[]) =>
    async ({ limit, before = Number.MAX_SAFE_INTEGER, after }: Stretch) =>
      after === undefined
        ? all.filter(({ position }) => position < before).slice(-limit)
        : all.filter(({ position }) => position > after).slice(0, limit);
  const job = (all: readonly ChatMessage[], changes: Partial<ExportJob> = {}): ExportJob => ({
    path,
    format: jsonFormat(about),
    read: reading(all),
    find: (ids) => all.filter(({ id }) => ids.includes(id)),
    onProgress: () => {},
    signal: new AbortController().signal,
    ...changes,
  });

  it("writes everything once, in order, readable by its owner only, and reports progress", async () => {
    const all = chat(1234);
    const progress: number[] = [];
    const read: ExportJob["read"] = (stretch) => {
      if (stretch.after === 1798) all.push(said("too late", { position: 99_999 }));
      return reading(all)(stretch);
    };
    assert.equal(await exportChat(job(all, { read, onProgress: (done) => progress.push(done) })), 1234);
    const { messages } = JSON.parse(readFileSync(path, "utf8"));
    assert.deepEqual(
      messages.map(({ text }: { text: string }) => text),
      Array.from({ length: 1234 }, (_, n) => `number ${n}`),
    );
    assert.deepEqual(
      progress,
      [...progress].sort((a, b) => a - b),
    );
    assert.equal(progress.at(-1), 1);
    assert.deepEqual(readdirSync(folder), ["chat.json"]);
    if (process.platform !== "win32") assert.equal(statSync(path).mode & 0o777, 0o600);
  });

  it("quotes the message that a reply answers, but none that is to disappear", async () => {
    const kept = said("kept", { position: 1 });
    const gone = said("gone", { position: 2, expiry: { seconds: 60 } });
    const replies = [kept, gone, said("")].map(({ id }, n) =>
      said(`reply ${n}`, { position: n + 3, replyTo: id }),
    );
    assert.equal(await exportChat(job([kept, gone, ...replies], { format: markdownFormat(about) })), 4);
    const text = readFileSync(path, "utf8");
    assert.ok(text.includes("in reply to **bob**:\n\n> > kept\n\n> reply 0\n"), text);
    for (const n of [1, 2])
      assert.ok(text.includes(`in reply to a message that isn't here any more\n\n> reply ${n}\n`), text);
    assert.ok(!text.includes("gone"));
  });

  it("leaves out messages that are to disappear", async () => {
    const all = chat(10).map((message, n) =>
      n % 2 === 0 ? message : { ...message, expiry: { seconds: 60 } },
    );
    assert.equal(await exportChat(job(all)), 5);
    const { messages } = JSON.parse(readFileSync(path, "utf8"));
    assert.deepEqual(
      messages.map(({ text }: { text: string }) => text),
      [0, 2, 4, 6, 8].map((n) => `number ${n}`),
    );
  });

  it("writes a chat with one message, and one with none", async () => {
    assert.equal(await exportChat(job(chat(1))), 1);
    assert.equal(await exportChat(job([])), 0);
    assert.deepEqual(JSON.parse(readFileSync(path, "utf8")).messages, []);
  });

  it("leaves nothing behind when it is cancelled, and an existing file unchanged", async () => {
    writeFileSync(path, "the export of last week");
    const cancelled = new AbortController();
    const onProgress = (done: number) => {
      if (done < 0.5) return;
      assert.equal(readdirSync(folder).length, 2, "half of it does not fit into the buffers: it is on disk");
      cancelled.abort();
    };
    await assert.rejects(
      exportChat(job(chat(5000), { onProgress, signal: cancelled.signal })),
      (error) => error instanceof UsageError && error.code === "cancelled",
    );
    assert.deepEqual(readdirSync(folder), ["chat.json"]);
    assert.equal(readFileSync(path, "utf8"), "the export of last week");
  });

  it("replaces a symbolic link, and does not write to its target", async function () {
    if (process.platform === "win32") this.skip();
    const elsewhere = join(folder, "elsewhere");
    writeFileSync(elsewhere, "as it was");
    symlinkSync(elsewhere, path);
    await exportChat(job(chat(1)));
    assert.equal(readFileSync(elsewhere, "utf8"), "as it was");
    assert.ok(lstatSync(path).isFile());
  });

  it("stays beside its target, complete, when only the last step fails", async () => {
    mkdirSync(path); // a folder that appeared meanwhile cannot be replaced by a file
    await assert.rejects(exportChat(job(chat(3))), (error: Error) => error.message.includes(path));
    const [kept = "", ...more] = readdirSync(folder).filter((name) => name.endsWith(".part"));
    assert.deepEqual(more, []);
    assert.equal(JSON.parse(readFileSync(join(folder, kept), "utf8")).messages.length, 3);
  });

  it("leaves nothing behind when reading or writing fails, and reports why", async () => {
    const broken = async (stretch: Stretch) => {
      if ((stretch.after ?? 0) > 500) throw new Error("the window went");
      return reading(chat(1000))(stretch);
    };
    await assert.rejects(exportChat(job([], { read: broken })), /the window went/);
    assert.deepEqual(readdirSync(folder), []);
    await assert.rejects(exportChat(job(chat(3), { path: join(folder, "none", "x.json") })), /ENOENT/);
    assert.ok(!existsSync(join(folder, "none")));
  });
});
