import assert from "node:assert/strict";
import { UsageError } from "../errors.ts";
import { PATTERN_NAMES, patternOf } from "./patterns.ts";

describe("patternOf", () => {
  it("knows the one-way and the fundamental patterns", () => {
    assert.deepEqual([...PATTERN_NAMES].sort(), "IK IN IX K KK KN KX N NK NN NX X XK XN XX".split(" "));
  });

  it("puts e1 and ekem1 where the hfs modifier requires them", () => {
    const messages = (name: string) =>
      patternOf(`Noise_${name}hfs_25519+MLKEM768_AESGCM_SHA256`).messages.map((tokens) => tokens.join(" "));
    assert.deepEqual(messages("XX"), ["e e1", "e ee ekem1 s es", "s se"]);
    assert.deepEqual(messages("NK"), ["e es e1", "e ee ekem1"]);
    assert.deepEqual(messages("IK"), ["e es e1 s ss", "e ee ekem1 se"]);
    assert.deepEqual(messages("KX"), ["e e1", "e ee ekem1 se s es"]);
  });

  it("refuses patterns and modifiers that it does not support", () => {
    for (const name of [
      "",
      "Noise_XX_25519_ChaChaPoly_SHA256",
      "Noise_XX_448_AESGCM_SHA256",
      "Noise_XX_25519_AESGCM_SHA512",
      "Noise_XXpsk3_25519_AESGCM_SHA256",
      "Noise_X1X_25519_AESGCM_SHA256",
      "Noise_ZZ_25519_AESGCM_SHA256",
      "Noise_XXhfs_25519_AESGCM_SHA256",
      "Noise_XX_25519+MLKEM768_AESGCM_SHA256",
      "Noise_Nhfs_25519+MLKEM768_AESGCM_SHA256",
      "Noise_XX_25519_AESGCM_SHA256\n",
    ])
      assert.throws(() => patternOf(name), badArgument, name);
  });
});

function badArgument(error: unknown): boolean {
  return error instanceof UsageError && error.code === "bad-argument";
}
