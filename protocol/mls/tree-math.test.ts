import assert from "node:assert/strict";
import {
  commonAncestor,
  directPath,
  isBelow,
  leafIndex,
  left,
  level,
  nodeIndex,
  nodeOf,
  nodeWidth,
  parent,
  right,
  root,
  sibling,
} from "./tree-math.ts";
import { vectors } from "./vectors-fixture.ts";

describe("MLS tree-math", () => {
  type Links = (number | null)[];
  for (const vector of vectors<{
    n_leaves: number;
    n_nodes: number;
    root: number;
    left: Links;
    right: Links;
    parent: Links;
    sibling: Links;
  }>("mls/tree-math.json"))
    it(`official vector of ${vector.n_leaves} leaves`, () => {
      const top = root(vector.n_leaves);
      assert.equal(nodeWidth(vector.n_leaves), vector.n_nodes);
      assert.equal(top, vector.root);
      for (let i = 0; i < vector.n_nodes; i++) {
        const x = nodeIndex(i);
        const isParent = level(x) > 0;
        assert.equal(isParent ? left(x) : null, vector.left[i]);
        assert.equal(isParent ? right(x) : null, vector.right[i]);
        assert.equal(x === top ? null : parent(x), vector.parent[i]);
        assert.equal(x === top ? null : sibling(x), vector.sibling[i]);
      }
    });

  it("direct path, descent and common ancestor agree", () => {
    const leaves = 16;
    for (let a = 0; a < leaves; a++)
      for (let b = 0; b < leaves; b++) {
        const above = [nodeOf(leafIndex(a)), ...directPath(nodeOf(leafIndex(a)), leaves)];
        const other = new Set([nodeOf(leafIndex(b)), ...directPath(nodeOf(leafIndex(b)), leaves)]);
        assert.equal(
          commonAncestor(leafIndex(a), leafIndex(b)),
          above.find((x) => other.has(x)),
        );
        for (let x = 0; x < nodeWidth(leaves); x++)
          assert.equal(isBelow(nodeOf(leafIndex(a)), nodeIndex(x)), above.includes(nodeIndex(x)));
      }
  });
});
