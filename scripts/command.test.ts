import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { command } from "./command.ts";

describe("a command", () => {
  it("keeps an argument with spaces or signs one argument, in cmd.exe too", () => {
    const { args, windowsVerbatimArguments } = command(
      "code",
      ["--user-data-dir", "C:\\Users\\Jane & John\\(data)", "--new-window", "C:\\Users\\Jane Doe\\"],
      "win32",
    );
    assert.ok(windowsVerbatimArguments);
    assert.deepEqual(args.slice(0, 3), ["/d", "/s", "/c"]);
    assert.equal(
      args[3],
      '""code" "--user-data-dir" "C:\\Users\\Jane & John\\(data)" "--new-window" "C:\\Users\\Jane Doe\\\\""',
    );
  });

  it("is refused when cmd.exe would change its meaning", () => {
    for (const argument of ['a"b', "100%", "a\nb", "a\rb"])
      assert.throws(() => command("code", [argument], "win32"), /cmd\.exe cannot be given/, argument);
  });

  it("is started unchanged on other systems", () => {
    const args = ["a b", '"%PATH%"'];
    assert.deepEqual(command("code", args, "linux"), { file: "code", args, windowsVerbatimArguments: false });
  });

  it("is the only way that scripts use a shell", () => {
    for (const path of globSync("{scripts,test,bench}/**/*.ts"))
      if (!path.endsWith("command.test.ts"))
        assert.doesNotMatch(readFileSync(path, "utf8"), /^[^*]*\bshell(:|,| })/m, path);
  });
});
