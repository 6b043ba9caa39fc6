import assert from "node:assert/strict";
import { examineAccess } from "./access.ts";

const ENV = { USERPROFILE: "C:\\Users\\Jane Doe" };

describe("doctor, on access to the data folder", () => {
  it("states that nobody else can read it only when that was checked or is known", () => {
    for (const path of [
      "C:\\Users\\Jane Doe\\AppData\\Local\\parley-server",
      "c:\\users\\jane doe\\parley",
      "C:\\Users\\Jane Doe\\..data",
    ])
      assert.equal(examineAccess(path, "win32", ENV).level, "ok", path);
    assert.equal(examineAccess("/srv/parley", "linux", {}).level, "ok");
  });

  it("gives no such assurance elsewhere on Windows, and says how to check", () => {
    for (const path of [
      "C:\\w2",
      "D:\\Users\\Jane Doe\\data",
      "C:\\Users\\Jane Doe2\\data",
      "C:\\Users",
      "C:\\ProgramData\\parley",
    ]) {
      const { level, text, advice = "" } = examineAccess(path, "win32", ENV);
      assert.equal(level, "warning", path);
      assert.match(text, /other users of this machine may be able to read it/);
      assert.doesNotMatch(text, /alone/);
      assert.ok(advice.includes(`icacls "${path}"`), advice);
    }
    assert.equal(examineAccess("C:\\Users\\Jane Doe\\data", "win32", {}).level, "warning");
  });
});
