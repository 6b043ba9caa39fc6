import assert from "node:assert/strict";
import { errorCodes } from "../ui/error-text.ts";
import type { ContextKeys } from "./context-keys.ts";
import { welcomeViews } from "./welcome-views.ts";

type Where = Pick<ContextKeys, "parley.state" | "parley.reason" | "parley.side">;

function shownIn(where: Where): readonly string[] {
  return Object.entries(welcomeViews).flatMap(([name, { holds }]) =>
    holds(where as ContextKeys) ? [name] : [],
  );
}

/** Errors about the local store, with which a messenger never opens, so that it cannot stop either. */
const ofTheStore = (code: string) => /^(keys-|lock-removed)/.test(code);

describe("the welcome content", () => {
  for (const side of ["same", "local", "remote"] as const)
    it(`is one text in each state and for each error: ${side}`, () => {
      const at = { "parley.reason": "", "parley.side": side } as const;
      for (const state of ["no-account", "signed-out", "connecting", "online", "waiting"] as const)
        assert.equal(shownIn({ ...at, "parley.state": state }).length, 1, state);
      assert.deepEqual(shownIn({ ...at, "parley.state": "starting" }), []);
      for (const reason of errorCodes) {
        const failed = shownIn({ ...at, "parley.state": "failed", "parley.reason": reason });
        assert.equal(failed.length, 1, `failed, ${reason}: ${failed.join()}`);
        if (ofTheStore(reason)) continue;
        const stopped = shownIn({ ...at, "parley.state": "stopped", "parley.reason": reason });
        assert.equal(stopped.length, 1, `stopped, ${reason}: ${stopped.join()}`);
      }
    });
});
