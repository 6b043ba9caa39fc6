/** UpdatePath (RFC 9420 §7.6) as it is sent. */
import { MAX_KEY_BYTES, MAX_LEAVES } from "./bounds.ts";
import { opaque, struct, type TypeOf, vector } from "./codec.ts";
import { leafNode } from "./leaf-node.ts";

export const hpkeCiphertext = struct({ kemOutput: opaque(MAX_KEY_BYTES), ciphertext: opaque() });

const MAX_PATH_NODES = Math.log2(MAX_LEAVES);

const updatePathNode = struct({
  encryptionKey: opaque(MAX_KEY_BYTES),
  encryptedPathSecret: vector(hpkeCiphertext, MAX_LEAVES),
});
export const updatePath = struct({ leafNode, nodes: vector(updatePathNode, MAX_PATH_NODES) });
export type UpdatePath = TypeOf<typeof updatePath>;
