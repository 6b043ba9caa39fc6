import assert from "node:assert/strict";
import { loopbackNotice, moreInvites } from "./invite-words.ts";

const inEditor = { env: { PARLEY_IN_EDITOR: "1" } };
const inShell = { env: {} };

describe("the text beside an invite", () => {
  for (const [host, own] of [
    ["127.0.0.1", true],
    ["127.8.9.1", true],
    ["localhost", true],
    ["::1", true],
    ["192.0.2.1", false],
    ["chat.example.org", false],
    ["localhost.example.org", false],
  ] as const)
    it(`${own ? "says that an invite is for this computer only, and the remedy" : "is empty"} for ${host}`, () => {
      const words = loopbackNotice(host, inShell).join(" ");
      assert.equal(words.includes("Only this computer"), own);
      assert.equal(words.includes("--host 0.0.0.0 --address NAME"), own);
      assert.equal(loopbackNotice(host, inEditor).join(" ").includes("Open the Server to the Team"), own);
    });

  it("names the command as it was started, or the editor's own when the editor started it", () => {
    const started = {
      execPath: "/usr/bin/node",
      argv: ["/usr/bin/node", "/opt/parley/server.js"],
      ...inShell,
    };
    assert.equal(
      moreInvites(started, undefined),
      "To invite more people, run: /usr/bin/node /opt/parley/server.js invite",
    );
    assert.match(moreInvites(started, "/srv/my team's"), / invite --data '\/srv\/my team'\\''s'$/);
    const linked = { ...started, argv: ["/usr/bin/node", "/usr/local/bin/parley-server"] };
    assert.match(moreInvites(linked, undefined), /run: \/usr\/local\/bin\/parley-server invite$/);
    assert.match(moreInvites({ ...started, ...inEditor }, "/x"), /“Parley: Invite Someone…” in the editor/);
  });
});
