import assert from "node:assert/strict";
import { accountPlaceText, otherDiskText, remoteText, serverObstacle, sideOf } from "./side.ts";
import { untranslated as t } from "./translate.ts";

/** All the ways in which an editor can run an extension. */
const EDITORS = [
  { remoteName: undefined, isBrowser: false, runsLocally: true, is: "same" },
  { remoteName: undefined, isBrowser: true, runsLocally: false, is: "same" },
  { remoteName: "ssh-remote", isBrowser: false, runsLocally: true, is: "local" },
  { remoteName: "wsl", isBrowser: false, runsLocally: true, is: "local" },
  { remoteName: "dev-container", isBrowser: false, runsLocally: false, is: "remote" },
  { remoteName: "ssh-remote", isBrowser: false, runsLocally: false, is: "remote" },
  { remoteName: "codespaces", isBrowser: true, runsLocally: false, is: "same" },
] as const;

describe("the side of a remote window that Parley runs on", () => {
  it("is known for every way an editor can run it", () => {
    for (const { is, ...editor } of EDITORS) assert.equal(sideOf(editor).type, is, JSON.stringify(editor));
  });

  it("says where the account is only when people may expect it elsewhere", () => {
    for (const { is, ...editor } of EDITORS)
      assert.equal(
        accountPlaceText(sideOf(editor), t) !== undefined,
        is === "remote",
        JSON.stringify(editor),
      );
    assert.match(
      accountPlaceText({ type: "remote", remote: "dev-container" }, t) ?? "",
      /installed on a container/,
    );
  });

  it("starts a server where the window's files are, in a trusted workspace", () => {
    for (const { is, ...editor } of EDITORS) {
      const side = sideOf(editor);
      assert.equal(serverObstacle(side, true, t) === undefined, is !== "local", JSON.stringify(editor));
      assert.notEqual(serverObstacle(side, false, t), undefined);
    }
    assert.match(serverObstacle({ type: "local", remote: "wsl" }, true, t) ?? "", /this window on WSL/);
    assert.match(serverObstacle({ type: "same" }, false, t) ?? "", /Restricted Mode/);
  });

  it("names the computer that a file has to be on", () => {
    assert.match(
      otherDiskText({ type: "local", remote: "ssh-remote" }, t),
      /on an SSH host\. Choose Show Local/,
    );
    assert.match(otherDiskText({ type: "remote", remote: "ssh-remote" }, t), /^Parley runs on an SSH host/);
  });

  it("has a name for unknown remotes", () => {
    assert.equal(remoteText("k8s", t), "a remote (k8s)");
  });
});
