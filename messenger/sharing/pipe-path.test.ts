import assert from "node:assert/strict";
import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, statSync, symlinkSync } from "node:fs";
import { tmpdir } from "node:os";
import { isAbsolute, join } from "node:path";
import { pipePaths, preparePipe } from "./pipe-path.ts";
import { restrictToOwner } from "./private-directory.ts";

describe("the path of the windows' pipe", () => {
  let root: string;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "parley-pipe-"));
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  if (process.platform === "win32")
    it("is a random name", () => {
      const [one] = pipePaths(root);
      const [other] = pipePaths(root);
      assert.match(one ?? "", /^\\\\\.\\pipe\\parley-[0-9a-f]{32}$/);
      assert.notEqual(one, other);
    });

  describe("as a socket", () => {
    before(function () {
      if (process.platform === "win32") this.skip();
    });

    it("is in the messenger's own folder when the path is short enough", () => {
      assert.equal(pipePaths(root)[0], join(root, "parley.sock"));
    });

    const deep = (name: string) => join(root, "x".repeat(100), name);

    it("is in a short folder of the user's own when it is not, a separate one for each messenger's folder", () => {
      const [one] = pipePaths(deep("a"), "/home/alice");
      const [other] = pipePaths(deep("b"), "/home/alice");
      assert.match(one ?? "", /^\/home\/alice\/\.parley\/[0-9a-f]{16}\.sock$/);
      assert.notEqual(one, other);
    });

    it("is in the shared temporary folder only as the last resort", () => {
      const paths = pipePaths(deep("a"), join("/home", "x".repeat(300)));
      const shared = paths.filter((path) => path.includes(`/parley-${process.getuid?.()}-`));
      assert.ok(shared[0]?.startsWith(tmpdir()));
      assert.deepEqual(paths.slice(-shared.length), shared);
      for (const home of ["/home/alice", join("/home", "x".repeat(300)), join("/home", "ü".repeat(40))])
        for (const path of pipePaths(deep("a"), home)) assert.ok(Buffer.byteLength(path) <= 100, path);
    });

    it("exists even if the environment names long folders for everything", () => {
      const before = process.env["TMPDIR"];
      process.env["TMPDIR"] = join(root, "t".repeat(100));
      try {
        const [only, ...others] = pipePaths(deep("a"), join("/home", "x".repeat(300)));
        assert.match(only ?? "", /^\/tmp\/parley-\d+-[0-9a-f]{16}\/parley\.sock$/);
        assert.deepEqual(others, []);
      } finally {
        if (before === undefined) delete process.env["TMPDIR"];
        else process.env["TMPDIR"] = before;
      }
    });

    it("never depends on the folder that a window was started in", () => {
      for (const home of ["", ".", "home"])
        for (const path of pipePaths(deep("a"), home)) assert.ok(isAbsolute(path), path);
    });

    it("is in a folder that only the user can access", () => {
      const path = join(root, "new", "parley.sock");
      preparePipe(path);
      assert.equal(statSync(join(root, "new")).mode & 0o777, 0o700);
      preparePipe(path);
    });

    it("is not in a folder that others can read, nor behind a link", () => {
      const open = join(root, "open");
      mkdirSync(open);
      chmodSync(open, 0o755);
      assert.throws(() => preparePipe(join(open, "parley.sock")), /not a folder of this user alone/);
      mkdirSync(join(root, "real"), { mode: 0o700 });
      symlinkSync(join(root, "real"), join(root, "link"));
      assert.throws(() => preparePipe(join(root, "link", "parley.sock")), /not a folder of this user alone/);
    });

    if (process.getuid?.() === 0)
      it("is not in another user's folder", () => {
        const theirs = join(root, "theirs");
        mkdirSync(theirs, { mode: 0o700 });
        chownSync(theirs, 12_345, 12_345);
        assert.throws(() => preparePipe(join(theirs, "parley.sock")), /not a folder of this user alone/);
      });

    it("makes the user's own folder inaccessible to others", () => {
      chmodSync(root, 0o755);
      restrictToOwner(root);
      assert.equal(statSync(root).mode & 0o777, 0o700);
    });
  });
});
