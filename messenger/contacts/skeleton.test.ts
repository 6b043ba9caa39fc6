import assert from "node:assert/strict";
import { skeleton } from "./look-alike.ts";

describe("names", () => {
  it("that look alike are recognized, in three scripts", () => {
    for (const [one, other] of [
      ["bob", "b0b"],
      ["marvin", "rnarvin"],
      ["alice", "Alice!"],
      ["alice", "аlісе"],
      ["boss", "bosѕ"],
      ["hector", "Нестог".replace("г", "r")],
      ["ana", "ANA"],
      ["jose", "José"],
      ["pope", "ρορε"],
    ] as const)
      assert.equal(skeleton(one), skeleton(other), `${one} ${other}`);
  });

  it("that do not look alike are told apart", () => {
    for (const [one, other] of [
      ["bob", "rob"],
      ["alice", "alicia"],
      ["李雷", "李蕾"],
    ] as const)
      assert.notEqual(skeleton(one), skeleton(other));
  });
});
