import assert from "node:assert/strict";
import fc from "fast-check";
import { MAX_DISPLAY_NAME_CHARACTERS } from "../../limits.ts";
import { isDisplayName } from "./display-name.ts";

describe("a display name", () => {
  it("is short visible text of any language, or empty", () => {
    for (const name of [
      "",
      "Alice",
      "Alice B. O'Neil-Çelik",
      "Анна",
      "Άννα",
      "李雷",
      "अनीता",
      "Bob 👩",
      "x".repeat(40),
    ])
      assert.ok(isDisplayName(name), name);
  });

  it("hides, reorders, stacks and mixes nothing, and is bounded", () => {
    for (const name of [
      ...[
        " ",
        " Alice",
        "Alice ",
        "a  b",
        "a\nb",
        "a\tb",
        "\u202eecilA",
        "Al\u200bice",
        "Al\u00adice",
        "\u3164",
      ],
      ...[
        "\u0301a",
        "a\u0301\u0302\u0303\u0304",
        "\ud83d",
        "B\u043eb",
        "\u0391lice",
        "x".repeat(41),
        "x".repeat(1e6),
      ],
      ...["👩\u200d💻", "a\u2028b"],
    ])
      assert.ok(!isDisplayName(name), JSON.stringify(name.slice(0, 50)));
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 50 }), (name) => {
        if (!isDisplayName(name)) return;
        assert.ok([...name].length <= MAX_DISPLAY_NAME_CHARACTERS);
        assert.doesNotMatch(name, /\p{C}|\p{Bidi_Control}|\p{Default_Ignorable_Code_Point}|[^\S ]/u);
      }),
      { numRuns: 1_000 },
    );
  });
});
