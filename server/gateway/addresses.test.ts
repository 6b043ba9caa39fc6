import assert from "node:assert/strict";
import { defaultDataFolder } from "../operations/data-folder.ts";
import { parseDuration } from "../operations/duration.ts";
import { addressesFor } from "./addresses.ts";

describe("addresses", () => {
  it("of a server on loopback are this machine's loopback names", () => {
    const { host, port, names } = addressesFor("127.0.0.1", []);
    assert.equal(host, "127.0.0.1");
    assert.equal(port, undefined);
    assert.deepEqual(names.toSorted(), ["127.0.0.1", "::1", "localhost"]);
  });

  it("of a server on all networks hold no placeholder", () => {
    for (const wildcard of ["0.0.0.0", "::"]) {
      const { host, names } = addressesFor(wildcard, []);
      assert.ok(names.includes(host));
      assert.ok(!names.includes(wildcard));
    }
  });

  it("that were given come first, with or without a port", () => {
    const { host, port, names } = addressesFor("0.0.0.0", [
      "Chat.Example.org:443",
      "[2001:DB8::1]:7750",
      "192.0.2.1",
    ]);
    assert.equal(host, "chat.example.org");
    assert.equal(port, 443);
    assert.deepEqual(names.slice(0, 3), ["chat.example.org", "2001:db8::1", "192.0.2.1"]);
    assert.equal(addressesFor("0.0.0.0", ["2001:db8::1"]).host, "2001:db8::1");
  });

  it("that are malformed are refused", () => {
    for (const text of ["", "a b", "host:0", "host:70000", "host:port", "[::1", "a:b:c"])
      assert.throws(() => addressesFor("127.0.0.1", [text]), { code: "bad-argument" }, text);
  });
});

describe("command line values", () => {
  it("read durations as people write them", () => {
    assert.equal(parseDuration("90s"), 90_000);
    assert.equal(parseDuration("7d"), 7 * 86_400_000);
    for (const text of ["", "7", "d", "0s", "1.5h", "-1d", "1w", "999999d", "7d "])
      assert.equal(parseDuration(text), undefined, text);
  });

  it("keep data in each system's usual place", () => {
    assert.equal(defaultDataFolder({ XDG_DATA_HOME: "/x" }, "linux"), "/x/parley-server");
    assert.match(defaultDataFolder({}, "linux"), /\/\.local\/share\/parley-server$/);
    assert.match(defaultDataFolder({}, "darwin"), /\/Library\/Application Support\/parley-server$/);
    assert.match(defaultDataFolder({}, "win32"), /\\AppData\\Local\\parley-server$/);
    assert.equal(defaultDataFolder({ LOCALAPPDATA: "D:\\Local" }, "win32"), "D:\\Local\\parley-server");
  });
});
