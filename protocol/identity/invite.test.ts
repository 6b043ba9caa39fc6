import assert from "node:assert/strict";
import { inspect } from "node:util";
import fc from "fast-check";
import { UsageError } from "../errors.ts";
import { type Username, username } from "../names.ts";
import { parseHost } from "./host.ts";
import { editorInviteLink, type Invite, inviteLink, parseInvite } from "./invite.ts";

const CA = Buffer.alloc(32, 0xca).toString("base64url");
const TOKEN = Buffer.alloc(20, 0x70).toString("base64url");
const NOW = new Date("2026-01-01T00:00:00Z");
const EXPIRES = 1_800_000_000;
const PASS = Buffer.alloc(32, 0x5e).toString("base64url");
const QUERY = `ca=${CA}&token=${TOKEN}&expires=${EXPIRES}`;

const invite: Invite = {
  host: "chat.example.org",
  port: 7531,
  caFingerprint: new Uint8Array(32).fill(0xca),
  token: new Uint8Array(20).fill(0x70),
  expiresAt: new Date(EXPIRES * 1000),
};

describe("invite links", () => {
  it("are written in the two documented forms", () => {
    assert.equal(inviteLink(invite), `parley://chat.example.org:7531/join?${QUERY}`);
    assert.equal(
      editorInviteLink({ ...invite, host: "::1", name: username("bob") }, "vscode", "parley-chat.parley"),
      `vscode://parley-chat.parley/join?server=%5B::1%5D:7531&${QUERY}&name=bob`,
    );
    const pass = { by: username("alice"), secret: new Uint8Array(32).fill(0x5e) };
    assert.equal(
      inviteLink({ ...invite, pass }),
      `parley://chat.example.org:7531/join?${QUERY}&by=alice&pass=${PASS}`,
    );
  });

  it("are read in both forms, with white space around them", () => {
    assert.deepEqual(parseInvite(` parley://chat.example.org:7531/join?${QUERY}\n`, NOW), invite);
    assert.deepEqual(
      parseInvite(`code-oss://parley-chat.parley/join?server=chat.example.org:7531&${QUERY}`, NOW),
      invite,
    );
  });

  it("name the same server in any spelling", () => {
    const host = (spelling: string) => parseInvite(`parley://${spelling}:7531/join?${QUERY}`, NOW).host;
    assert.equal(host("CHAT.Example.org."), "chat.example.org");
    assert.equal(host("Bücher.example"), "xn--bcher-kva.example");
    assert.equal(host("b%C3%BCcher.example"), "xn--bcher-kva.example");
    assert.equal(host("[0:0:0:0:0:0:0:1]"), "::1");
    assert.equal(host("127.0.0.1"), "127.0.0.1");
  });

  const host = fc.oneof(
    fc.domain(),
    fc.ipV4(),
    fc.ipV6(),
    fc.constantFrom("localhost", "bücher.example", "παράδειγμα.example", "例え.テスト", "my_server"),
  );
  const anyName = fc.stringMatching(/^[a-z0-9][a-z0-9._-]{0,31}$/).map((name) => name as Username);
  const anyInvite = fc
    .record(
      {
        host: host.map(parseHost).filter((known) => known !== undefined),
        port: fc.integer({ min: 1, max: 65535 }),
        caFingerprint: fc.uint8Array({ minLength: 32, maxLength: 32 }),
        token: fc.uint8Array({ minLength: 20, maxLength: 20 }),
        expiresAt: fc
          .integer({ min: NOW.getTime() / 1000 + 1, max: 9_999_999_999 })
          .map((at) => new Date(at * 1000)),
        name: anyName,
        pass: fc.record(
          { by: anyName, secret: fc.uint8Array({ minLength: 32, maxLength: 32 }) },
          { noNullPrototype: true },
        ),
      },
      { requiredKeys: ["host", "port", "caFingerprint", "token", "expiresAt"] },
    )
    .map((made): Invite => ({ ...made, host: made.host.text }));

  it("are read as they were written, with any content", () => {
    fc.assert(
      fc.property(anyInvite, (made) => {
        assert.deepEqual(parseInvite(inviteLink(made), NOW), made);
        assert.deepEqual(
          parseInvite(editorInviteLink(made, "vscode-insiders", "parley-chat.parley"), NOW),
          made,
        );
      }),
    );
  });

  it("throw only UsageError for garbage", () => {
    const part = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom(
        "parley://",
        "[",
        "::1",
        ":",
        "7531",
        "/join",
        "?",
        "&",
        "ca=",
        "%",
        "#",
        "..",
        QUERY,
        "\0",
      ),
    );
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        try {
          parseInvite(parts.join(""), NOW);
        } catch (error) {
          assert.ok(error instanceof UsageError, inspect(error));
        }
      }),
      { numRuns: 500 },
    );
  });

  it("that expired are refused with that reason alone", () => {
    assert.throws(() => parseInvite(inviteLink(invite), invite.expiresAt), { code: "invite-expired" });
    parseInvite(inviteLink(invite), new Date(invite.expiresAt.getTime() - 1));
  });

  const wrong: Record<string, string> = {
    "no link": "hello",
    "no port": `parley://chat.example.org/join?${QUERY}`,
    "port 0": `parley://chat.example.org:0/join?${QUERY}`,
    "port 65536": `parley://chat.example.org:65536/join?${QUERY}`,
    "port 65536 in the editor's form": `vscode://a.b/join?server=chat.example.org:65536&${QUERY}`,
    "a signed port": `vscode://a.b/join?server=chat.example.org:+80&${QUERY}`,
    "no server": `parley:///join?${QUERY}`,
    "a password": `parley://:secret@chat.example.org:7531/join?${QUERY}`,
    "a user": `parley://me@chat.example.org:7531/join?${QUERY}`,
    "another path": `parley://chat.example.org:7531/leave?${QUERY}`,
    "a path below": `parley://chat.example.org:7531/join/now?${QUERY}`,
    "a fragment": `parley://chat.example.org:7531/join?${QUERY}#here`,
    "an unknown parameter": `parley://chat.example.org:7531/join?${QUERY}&more=1`,
    "a parameter twice": `parley://chat.example.org:7531/join?${QUERY}&ca=${CA}`,
    "two servers": `parley://chat.example.org:7531/join?${QUERY}&server=evil.example:1`,
    "no token": `parley://chat.example.org:7531/join?ca=${CA}&expires=${EXPIRES}`,
    "a cut token": `parley://chat.example.org:7531/join?ca=${CA}&token=${TOKEN.slice(0, -1)}&expires=${EXPIRES}`,
    "a padded token": `parley://chat.example.org:7531/join?ca=${CA}&token=${TOKEN}=&expires=${EXPIRES}`,
    "a longer fingerprint": `parley://chat.example.org:7531/join?ca=${CA}AA&token=${TOKEN}&expires=${EXPIRES}`,
    "a date instead of seconds": `parley://chat.example.org:7531/join?ca=${CA}&token=${TOKEN}&expires=2026-01-01`,
    "a pass without an inviter": `parley://chat.example.org:7531/join?${QUERY}&pass=${PASS}`,
    "an inviter without a pass": `parley://chat.example.org:7531/join?${QUERY}&by=alice`,
    "a cut pass": `parley://chat.example.org:7531/join?${QUERY}&by=alice&pass=${PASS.slice(0, -1)}`,
    "an inviter in capitals": `parley://chat.example.org:7531/join?${QUERY}&by=Alice&pass=${PASS}`,
    "a name in capitals": `parley://chat.example.org:7531/join?${QUERY}&name=Alice`,
    "an address without brackets": `vscode://a.b/join?server=::1:7531&${QUERY}`,
    "brackets around a name": `vscode://a.b/join?server=[localhost]:7531&${QUERY}`,
    "an address as one number": `parley://0x7f000001:7531/join?${QUERY}`,
    "a web page": `https://a.b/join?server=chat.example.org:7531&${QUERY}`,
    "no extension": `vscode://parley/join?server=chat.example.org:7531&${QUERY}`,
    "a space within": `parley://chat.example.org:7531/join?${QUERY} &name=bob`,
    "a line break within": `parley://chat.example\n.org:7531/join?${QUERY}`,
    "excess length": `parley://chat.example.org:7531${"/.".repeat(512)}/join?${QUERY}`,
    "excess length of its name": `parley://chat.example.org:7531/join?${QUERY}&name=${"a".repeat(1024)}`,
  };
  for (const [what, link] of Object.entries(wrong)) {
    it(`are refused with ${what}, and the token stays out of the error`, () => {
      assert.throws(
        () => parseInvite(link, NOW),
        (error) => {
          assert.ok(error instanceof UsageError);
          assert.equal(error.code, "invite-malformed");
          assert.match(error.message, /^The invite link /);
          for (const secret of [TOKEN, PASS])
            assert.ok(!inspect(error, { depth: 9, showHidden: true }).includes(secret.slice(0, 8)));
          return true;
        },
      );
    });
  }

  it("are not made from parts that could not be read back", () => {
    const bad = { code: "bad-argument" };
    assert.throws(() => inviteLink({ ...invite, host: "no host" }), bad);
    assert.throws(() => inviteLink({ ...invite, port: 0 }), bad);
    assert.throws(() => inviteLink({ ...invite, token: new Uint8Array(5) }), bad);
    assert.throws(() => editorInviteLink(invite, "https", "a.b"), bad);
    assert.throws(() => editorInviteLink(invite, "vscode", "a b"), bad);
  });
});
