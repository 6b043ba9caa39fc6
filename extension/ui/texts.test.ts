import assert from "node:assert/strict";
import fc from "fast-check";
import { requireVersion } from "../api/version.ts";
import { inviteOrigin } from "./account/invite-text.ts";
import { provisioned } from "./account/provisioned.ts";
import { suggestedName } from "./account/suggested-name.ts";
import { editorAsks } from "./chats/external-link.ts";
import { numberLines, sameNumber } from "./people/safety-number-text.ts";
import { labelText, toastText } from "./plain-text.ts";
import { serverArguments, serverOptions } from "./server/server-options.ts";

describe("a peer's text in a notification", () => {
  it("cannot become a link, least of all one that runs a command", () => {
    // VS Code's expression for links in notifications.
    const link = /\[([^\]]+)\]\(((?:https?:\/\/|command:|file:)[^)\s]+)(?: (["'])(.+?)(\3))?\)/i;
    assert.match("[ok](command:workbench.action.quit)", link);
    assert.doesNotMatch(toastText("[ok](command:workbench.action.quit)"), link);
    assert.doesNotMatch(toastText("[ok]\u200b(command:workbench.action.quit)"), link);
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom("[", "]", "(", ")", "a", "command:x", "https://x", "\n", "\u202e", " ")),
        (parts) => {
          assert.doesNotMatch(toastText(parts.join("")), link);
        },
      ),
    );
  });
  it("reads as in the chat: characters that join letters and emoji stay, hiding ones are named", () => {
    for (const text of [
      "👨‍👩‍👧 family",
      "🏳️‍🌈 flag",
      "می‌خواهم",
      "क्‍ष",
      "🏴\u{E0067}\u{E0062}\u{E0065}\u{E006E}\u{E0067}\u{E007F} England",
      "👩🏽‍💻 at work",
      "C:\\Users\\me\\.ssh &lt;b&gt; a_b *",
      "pass\u00adword \u200fשלום",
    ]) {
      assert.equal(toastText(text), text);
      assert.equal(labelText(text), text);
    }
    assert.equal(toastText("\x1b[31mred\0"), "[U+001B][31mred[U+0000]");
    assert.equal(toastText("\u200b\u200b"), "[U+200B×2]");
    assert.equal(toastText("👨‍👩‍👧".repeat(200)), `${"👨‍👩‍👧".repeat(139)}…`);
    assert.equal(toastText(`${"a".repeat(139)}👩🏽‍💻👩🏽‍💻`), `${"a".repeat(139)}👩🏽‍💻…`);
    assert.ok(toastText(`a${"\u0301".repeat(5000)}`).length < 1200);
  });
  it("is one short line, whole characters only", () => {
    assert.equal(toastText("a\r\n\tb\u202ec"), "a b[U+202E]c");
    assert.equal([...toastText("😀".repeat(500))].length, 141);
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (text) =>
        assert.doesNotMatch(toastText(text), /[\n\r\u2028\u202e]/),
      ),
    );
  });
});

describe("links of a chat", () => {
  for (const [href, asks] of [
    ["https://example.org/", true],
    ["http://localhost.evil.example/", true],
    ["http://localhost:3000/delete", false],
    ["http://a.localhost/", false],
    ["http://localhost./", false],
    ["http://127.1/", false],
    ["http://2130706433/", false],
    ["http://[::1]/", false],
    ["mailto:bob@example.org", false],
  ] as const)
    it(`${href}: the editor ${asks ? "asks" : "does not ask, so we do"}`, () =>
      assert.equal(editorAsks(href), asks));
});

describe("a safety number", () => {
  const number = Array.from({ length: 12 }, (_, index) => String(10_000 + index)).join(" ");
  it("is shown as three lines of four groups", () => {
    assert.equal(numberLines(number).length, 3);
    assert.equal(numberLines(number)[0], "10000  10001  10002  10003");
  });
  it("is compared by all of its digits and nothing else", () => {
    assert.ok(sameNumber(numberLines(number).join("\r\n> "), number));
    assert.ok(!sameNumber(number.slice(0, -1), number));
    assert.ok(!sameNumber(number.replace("10011", "10012"), number));
    assert.ok(!sameNumber("", number));
    assert.ok(!sameNumber("", ""));
  });
});

describe("an invite before it is used", () => {
  it("shows the server and the whole fingerprint", () => {
    const { server, fingerprint } = inviteOrigin({
      host: "::1",
      port: 7750,
      caFingerprint: new Uint8Array(32).fill(0xab),
    });
    assert.equal(server, "[::1]:7750");
    assert.equal(fingerprint.replace(/\s/g, ""), "ab".repeat(32));
  });
});

describe("a suggested name", () => {
  for (const [login, name] of [
    ["Ann.Lee", "ann.lee"],
    ["CORP\\bob", "corp-bob"],
    ["Łukasz", "ukasz"],
    ["-_.", undefined],
    ["root", undefined],
    ["", undefined],
  ] as const)
    it(`for ${JSON.stringify(login)} is ${name}`, () => assert.equal(suggestedName(login), name));
  it("is always a name", () => {
    fc.assert(
      fc.property(fc.string(), (login) =>
        assert.match(suggestedName(login) ?? "a", /^[a-z0-9][a-z0-9._-]{0,31}$/),
      ),
    );
  });
});

describe("a parley task", () => {
  it("becomes the server's command line", () => {
    assert.deepEqual(serverArguments({}, "/own"), ["--data", "/own"]);
    assert.deepEqual(serverArguments({ port: 0, host: "::", data: "d", address: "chat.example" }, "/own"), [
      "--data",
      "d",
      "--port",
      "0",
      "--host",
      "::",
      "--address",
      "chat.example",
    ]);
  });
  it("is refused when tasks.json has something else", () => {
    for (const wrong of [
      { port: "7750" },
      { port: -1 },
      { port: 70_000 },
      { port: 1.5 },
      { host: 1 },
      { data: "" },
      { address: "--help" },
    ])
      assert.equal(serverOptions({ type: "parley", ...wrong }), undefined, JSON.stringify(wrong));
    assert.deepEqual(serverOptions({ type: "parley", port: 1, extra: true }), { port: 1 });
  });
});

describe("provisioning", () => {
  it("needs both an invite and a name", () => {
    assert.equal(provisioned({}), undefined);
    assert.equal(provisioned({ PARLEY_INVITE: "parley://x" }), undefined);
    assert.equal(provisioned({ PARLEY_INVITE: "parley://x", PARLEY_NAME: "" }), undefined);
    assert.deepEqual(provisioned({ PARLEY_INVITE: "parley://x", PARLEY_NAME: "bob" }), {
      link: "parley://x",
      name: "bob",
    });
  });
});

describe("the interface for other extensions", () => {
  it("refuses an unknown version, with a message for the other extension's author", () => {
    requireVersion(1);
    for (const version of [undefined, 0, 2, "1", null])
      assert.throws(() => requireVersion(version), /offers version 1 of its interface, not/);
  });
});
