/** Invite links in both forms: an accepted one makes an equal link, in the canonical spelling. */
import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { editorInviteLink, type Invite, inviteLink, parseInvite } from "../../../protocol/identity/invite.ts";
import { username } from "../../../protocol/names.ts";
import { parsed, type Target, textOf, utf8 } from "../target.ts";

const WORDS = [
  "parley://",
  "vscode://a.b/join",
  "?",
  "&",
  "=",
  "server=",
  "name=",
  "by=",
  "pass=",
  "ca=",
  ":1",
  "[::1]",
  "%5B",
  "xn--",
  "０",
  "1e3",
  "0x7f.1",
];

export function open(): Target {
  const invites: Invite[] = ["chat.example.org", "10.0.0.1", "::1"].map((host) => ({
    host,
    port: 7750,
    caFingerprint: randomBytes(32),
    token: randomBytes(20),
    expiresAt: new Date("2099-01-01T00:00:00Z"),
    name: username("bob"),
    pass: { by: username("alice"), secret: randomBytes(32) },
  }));
  return {
    samples: invites.flatMap((invite) => [
      utf8(inviteLink(invite)),
      utf8(editorInviteLink(invite, "vscode", "parley-chat.parley")),
    ]),
    words: WORDS.map(utf8),
    run(input) {
      const text = textOf(input);
      const invite = parsed(["invite-malformed", "invite-expired"], () => parseInvite(text));
      if (invite === undefined) return;
      assert.deepEqual(parseInvite(inviteLink(invite)), invite);
      assert.deepEqual(parseInvite(editorInviteLink(invite, "code-oss", "a.b")), invite);
    },
  };
}
