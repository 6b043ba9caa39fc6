/**
 * Links `vscode://parley-chat.parley/…`, which any web page may open: they have no effect before a question
 * that shows server and fingerprint.
 */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { parseLink } from "../../extension/contract/link.ts";
import { EXTENSION_ID } from "../../extension/ids.ts";
import { InviteUri } from "../../extension/ui/account/invite-uri.ts";
import { openLink } from "../../extension/ui/chats/open-link.ts";
import type { Parley } from "../../extension/ui/parley.ts";
import { ParleyError } from "../../protocol/errors.ts";

const CA = Buffer.alloc(32, 0xab).toString("base64url");
const TOKEN = Buffer.alloc(20, 1).toString("base64url");
const EXPIRES = Math.floor(Date.now() / 1000) + 3600;
const REST = `ca=${CA}&token=${TOKEN}&expires=${EXPIRES}`;
const link = (server: string, rest = REST) => `vscode://${EXTENSION_ID}/join?server=${server}&${rest}`;

interface Question {
  readonly text: string;
  readonly options: vscode.MessageOptions;
}

describe("a link from a web page", () => {
  const { showWarningMessage, createInputBox } = vscode.window;
  let questions: Question[];
  let effects: string[];
  let told: unknown[];
  let waiting: ((text: string | undefined) => void)[];
  let handler: InviteUri;

  beforeEach(() => {
    [questions, effects, told, waiting] = [[], [], [], []];
    replace("showWarningMessage", (text: string, options: vscode.MessageOptions) => {
      questions.push({ text, options });
      return new Promise((resolve) => waiting.push(resolve));
    });
    replace("createInputBox", () => {
      const box = createInputBox();
      const show = box.show.bind(box);
      box.show = () => {
        effects.push("asked for a name");
        show();
        box.hide();
      };
      return box;
    });
    const messenger = { account: undefined, calls: { join: async () => void effects.push("joined") } };
    const parley = {
      host: { open: async () => messenger },
      errors: { report: async (error: unknown) => void told.push(error) },
    };
    handler = new InviteUri(parley as unknown as Parley);
  });
  afterEach(() => {
    replace("showWarningMessage", showWarningMessage);
    replace("createInputBox", createInputBox);
  });

  function replace(name: "showWarningMessage" | "createInputBox", by: unknown): void {
    Object.defineProperty(vscode.window, name, { value: by, configurable: true, writable: true });
  }
  function answer(text: string | undefined): void {
    for (const resolve of waiting) resolve(text);
  }
  async function opens(text: string): Promise<void> {
    await handler.handleUri(vscode.Uri.parse(text));
  }
  async function asked(count: number): Promise<void> {
    while (questions.length < count) await new Promise((next) => setImmediate(next));
  }

  for (const [server, shown] of [
    ["chat.example.org:7750", "chat.example.org:7750"],
    ["127.0.0.1:7750", "127.0.0.1:7750"],
    ["%5B::1%5D:7750", "[::1]:7750"],
    ["localhost:1", "localhost:1"],
    ["%D0%B0pple.com:7750", "xn--pple-43d.com:7750"],
  ] as const)
    it(`to ${shown} has no effect before a question that shows server and fingerprint`, async () => {
      const opened = opens(link(server));
      await asked(1);
      assert.deepEqual(effects, []);
      const [question] = questions;
      assert.ok(question?.options.modal);
      assert.ok(question.text.includes(shown), question.text);
      assert.match(question.text, /^[ -~]+$/);
      assert.ok(question.options.detail?.replace(/\s/g, "").includes("ab".repeat(32)));
      answer(undefined);
      await opened;
      assert.deepEqual(effects, []);
    });

  it("takes effect after confirmation, and asks for a name first", async () => {
    const opened = opens(link("chat.example.org:7750"));
    await asked(1);
    answer("Join…");
    await opened;
    assert.deepEqual(effects, ["asked for a name"]);
  });

  it("opened a hundred times asks once", async () => {
    const opened = Array.from({ length: 100 }, () => opens(link("chat.example.org:7750")));
    await asked(1);
    answer(undefined);
    await Promise.all(opened);
    assert.equal(questions.length, 1);
  });

  for (const [what, text] of [
    ["a name before the server", link("bank.example%40evil.example:7750")],
    ["two servers", link("bank.example:7750&server=evil.example:7750")],
    ["an address in brackets with a zone", link("%5Bfe80::1%25eth0%5D:7750")],
    ["an invalid port", link("chat.example.org:99999")],
    ["no port", link("chat.example.org")],
    ["a path in the server", link("chat.example.org%2F..:7750")],
    ["a line break in the server", link("chat.example.org%0A:7750")],
    ["a bidirectional control in the server", link("%E2%80%AEgro.example:7750")],
    ["an invalid name", link("chat.example.org:7750", `${REST}&name=..%2F..%2Fx`)],
    ["a name of every object's property", link("chat.example.org:7750", `${REST}&__proto__=x`)],
    ["another path", link("chat.example.org:7750").replace("/join?", "/run?")],
    [
      "a command among its parameters",
      link("chat.example.org:7750", `${REST}&command=workbench.action.quit`),
    ],
    ['a path with ".."', `vscode://${EXTENSION_ID}/join/../run?server=x:1&${REST}`],
    ["a command", `command:workbench.action.quit?server=chat.example.org:7750&${REST}`],
    ["a page", `https://evil.example/join?server=chat.example.org:7750&${REST}`],
    [
      "a megabyte in its path",
      link("chat.example.org:7750").replace("/join?", `${"/.".repeat(1 << 19)}/join?`),
    ],
    ["a megabyte in its name", link("chat.example.org:7750", `${REST}&name=${"a".repeat(1 << 20)}`)],
  ] as const)
    it(`with ${what} is reported and dropped`, async () => {
      const opened = opens(text);
      while (told.length + questions.length === 0) await new Promise((next) => setImmediate(next));
      answer(undefined);
      await opened;
      assert.deepEqual(questions, []);
      assert.deepEqual(effects, []);
      assert.equal(told.length, 1);
      const [error] = told;
      assert.ok(error instanceof ParleyError && error.code === "invite-malformed", String(error));
    });
});

describe("a link of a chat", () => {
  const { openExternal } = vscode.env;
  afterEach(() => {
    Object.defineProperty(vscode.env, "openExternal", { value: openExternal, configurable: true });
  });

  for (const href of [
    "https://example.org/group%2Fproject?q=1%2B1&key=a%26b",
    "https://example.org/a%20b%2520c?x=%3D%23#%2F%25",
    "https://example.org/?a=b+c&d=%2B&e=[1]&f=%27x%27",
    "https://example.org/Gr%C3%B6%C3%9Fe/%e4%BD%a0",
    "https://example.org/a;b=c,d:e@f!$*(g)~h",
    "https://xn--pple-43d.com:8443//a//b",
  ])
    it(`opens unchanged: ${href}`, async () => {
      assert.equal(parseLink(href), href, "as the page gives it");
      const opened: unknown[] = [];
      Object.defineProperty(vscode.env, "openExternal", {
        value: async (address: unknown) => void opened.push(address),
        configurable: true,
      });
      await openLink(href);
      assert.deepEqual(opened, [href]);
    });
});
