/** The server's command line and environment, as an operator writes them. */
import assert from "node:assert/strict";
import { provisioned } from "../../../extension/ui/account/provisioned.ts";
import { parseHost } from "../../../protocol/identity/host.ts";
import { parseUsername } from "../../../protocol/names.ts";
import { addressesFor } from "../../../server/gateway/addresses.ts";
import { defaultDataFolder } from "../../../server/operations/data-folder.ts";
import { parseDuration } from "../../../server/operations/duration.ts";
import { withLimit } from "../../../server/operations/limit-setting.ts";
import { OperatorError } from "../../../server/operations/operator-error.ts";
import { type Target, textOf, utf8 } from "../target.ts";

const SAMPLES = [
  "90s",
  "30m",
  "12h",
  "7d",
  "chat.example.org:7750",
  "[::1]:7750",
  "10.0.0.1",
  "bücher.example",
  "alice",
  "connections=20000",
];

export function open(): Target {
  return {
    samples: SAMPLES.map(utf8),
    words: ["0x7f.1", "xn--", "[", "]:", "127.1", "%", "。", "1e3", "-"].map(utf8),
    run(input) {
      const text = textOf(input);
      const ms = parseDuration(text);
      if (ms !== undefined) assert.ok(Number.isSafeInteger(ms) && ms >= 1000);
      const limits = withLimit(text);
      assert.equal(typeof limits, /^[a-zA-Z]+=[0-9]+$/.test(text) ? typeof limits : "string");
      const host = parseHost(text);
      if (host !== undefined) {
        assert.deepEqual(parseHost(host.text), host, "a name has one spelling");
        assert.match(host.text, /^[a-z0-9:._-]+$/);
      }
      try {
        const { names, port } = addressesFor("127.0.0.1", [text]);
        for (const name of names) assert.ok(parseHost(name));
        assert.ok(port === undefined || (port >= 1 && port <= 65_535));
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
      }
      const name = parseUsername(text);
      if (name !== undefined) assert.match(name, /^[a-z0-9][a-z0-9._-]{0,31}$/);
      provisioned({ PARLEY_INVITE: text, PARLEY_NAME: text });
      for (const platform of ["linux", "darwin", "win32"] as const)
        assert.ok(defaultDataFolder({ XDG_DATA_HOME: text, LOCALAPPDATA: text }, platform));
    },
  };
}
