import assert from "node:assert/strict";
import { ParleyError } from "../../protocol/errors.ts";
import { assertStrong, COST_LOG2, isPayable, newCost, passphraseQuality, stretch } from "./passphrase.ts";

describe("passphrase", () => {
  it("derives the same key for the same passphrase in any Unicode form, and another for any other", async () => {
    const cost = { costLog2: 4, salt: new Uint8Array(32) };
    const key = await stretch("Passwort mit Umlaut ä", cost, 32);
    assert.deepEqual(await stretch("Passwort mit Umlaut a\u0308", cost, 32), key);
    assert.notDeepEqual(await stretch("passwort mit umlaut ä", cost, 32), key);
    assert.notDeepEqual(await stretch("Passwort mit Umlaut ä", { ...cost, costLog2: 5 }, 32), key);
    assert.notDeepEqual(
      await stretch("Passwort mit Umlaut ä", { ...cost, salt: Buffer.alloc(32, 1) }, 32),
      key,
    );
  });

  it("costs 128 MiB, and refuses an excessive cost from a file before using it", async () => {
    assert.equal(2 ** COST_LOG2 * 8 * 128, 128 * 1024 * 1024);
    const { salt } = newCost();
    for (const costLog2 of [0, 20, 63, 255, 1.5, Number.NaN]) {
      assert.equal(isPayable({ costLog2, salt }), false);
      await assert.rejects(stretch("x", { costLog2, salt }, 32), ParleyError);
    }
    assert.equal(isPayable({ costLog2: 17, salt: salt.subarray(1) }), false);
    assert.notDeepEqual(newCost().salt, salt);
  });

  it("is rated, and refused when it is weak", () => {
    assert.equal(passphraseQuality(""), "short");
    assert.equal(passphraseQuality("hunter2!"), "short");
    assert.equal(passphraseQuality("aaaaaaaaaaaaaaaa"), "repetitive");
    assert.equal(passphraseQuality("ababababababab"), "repetitive");
    assert.equal(passphraseQuality("tulip mason 9"), "fair");
    assert.equal(passphraseQuality("tulip mason orbit velvet"), "good");
    assert.equal(passphraseQuality("👍🏽👍🏽👍🏽"), "short");
    assert.doesNotThrow(() => assertStrong("tulip mason 9"));
    assert.throws(() => assertStrong("short"), ParleyError);
  });
});
