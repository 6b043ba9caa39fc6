import assert from "node:assert/strict";
import fc from "fast-check";
import { exposition } from "./exposition.ts";
import { Histogram } from "./histogram.ts";

describe("Prometheus text format", () => {
  it("has help, type and one line for each sample", () => {
    const text = exposition([
      { name: "plain_total", type: "counter", help: "How often", samples: [{ value: 3 }] },
      {
        name: "level",
        type: "gauge",
        help: "Two\nlines, a \\",
        samples: [{ labels: { a: "1", b: 'x"y\\z\n' }, value: Number.POSITIVE_INFINITY }],
      },
      { name: "nothing_yet", type: "gauge", help: "None", samples: [] },
    ]);
    assert.equal(
      text,
      `# HELP plain_total How often
# TYPE plain_total counter
plain_total 3
# HELP level Two\\nlines, a \\\\
# TYPE level gauge
level{a="1",b="x\\"y\\\\z\\n"} +Inf
# HELP nothing_yet None
# TYPE nothing_yet gauge
`,
    );
  });

  it("keeps every sample on one line, with any label value", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.double({ noNaN: true }), (label, value) => {
        const text = exposition([
          { name: "one", type: "gauge", help: "", samples: [{ labels: { label }, value }] },
        ]);
        const [, , sample = "", end, ...more] = text.split("\n");
        assert.match(
          sample,
          /^one\{label="(?:[^"\\]|\\[\\"n])*"\} (?:[-+]Inf|-?[0-9.]+(?:e[-+]?[0-9]+)?)$/su,
        );
        assert.deepEqual([end, more], ["", []]);
      }),
    );
  });
});

describe("histogram", () => {
  it("counts each value in every bucket with a bound of at least the value", () => {
    const histogram = new Histogram([1, 5]);
    for (const value of [0.5, 1, 3, 5, 8]) histogram.observe(value);
    assert.deepEqual(histogram.samples, [
      { suffix: "_bucket", labels: { le: "1" }, value: 2 },
      { suffix: "_bucket", labels: { le: "5" }, value: 4 },
      { suffix: "_bucket", labels: { le: "+Inf" }, value: 5 },
      { suffix: "_sum", value: 17.5 },
      { suffix: "_count", value: 5 },
    ]);
  });
});
