/**
 * MLS: every input is refused with one of its errors, or is the message that was sent; the group stays
 * unchanged. Malicious members have a target of their own, in which edited bytes are signed and confirmed
 * afterwards.
 */
import assert from "node:assert/strict";
import { seal } from "../../../protocol/mls/application.ts";
import { ascii } from "../../../protocol/mls/bytes.ts";
import { type Codec, decode, encode } from "../../../protocol/mls/codec.ts";
import { createCommit } from "../../../protocol/mls/commit.ts";
import { MlsError } from "../../../protocol/mls/errors.ts";
import { joinExternally } from "../../../protocol/mls/external-commit.ts";
import { forgeCommit } from "../../../protocol/mls/forgery-fixture.ts";
import type { FramedContent } from "../../../protocol/mls/framing.ts";
import type { Group } from "../../../protocol/mls/group.ts";
import { exportGroupInfo } from "../../../protocol/mls/group-info.ts";
import { joinByWelcome } from "../../../protocol/mls/join.ts";
import { validateKeyPackage } from "../../../protocol/mls/leaf-validation.ts";
import {
  add,
  client,
  commitIn,
  groupAt,
  packageOf,
  requireFittingKeys,
  roomOf,
  suite1,
} from "../../../protocol/mls/members-fixture.ts";
import { decodeMessage, encodeMessage } from "../../../protocol/mls/message.ts";
import { commit } from "../../../protocol/mls/proposal.ts";
import { receive } from "../../../protocol/mls/receive.ts";
import { restoreGroup } from "../../../protocol/mls/restore.ts";
import { storedChanges } from "../../../protocol/mls/store.ts";
import { cipherSuites } from "../../../protocol/mls/suite.ts";
import { ratchetTree } from "../../../protocol/mls/tree-codec.ts";
import { leafIndex } from "../../../protocol/mls/tree-math.ts";
import { validateTree } from "../../../protocol/mls/tree-validation.ts";
import { EDITS, edited, forKind, type Target } from "../target.ts";

/**
 * Runs `run`.
 * @returns undefined when the input was refused.
 * @throws errors that are not MLS's, or whose text is unfit for a log
 */
function refusedOr<Result>(run: () => Result): Result | undefined {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof MlsError)) throw error;
    assert.match(error.message, /^[^\n]{1,300}$/, "the text of an error");
    return undefined;
  }
}

/** Asserts that a value is encoded as it was read. */
function sameAgain<T>(codec: Codec<T>, input: Uint8Array): T | undefined {
  const value = refusedOr(() => decode(codec, input));
  if (value !== undefined) assert.deepEqual(Buffer.from(encode(codec, value)), Buffer.from(input));
  return value;
}

const isOneOf = (samples: readonly Uint8Array[], input: Uint8Array): boolean =>
  samples.some((sample) => Buffer.from(sample).equals(input));

function room() {
  let members = roomOf(["a", "b", "c", "d", "e"]);
  for (const i of [0, 2, 4]) members = commitIn(members, i, {}).room;
  return members;
}

export function openKeyPackages(): Target {
  const { keyPackage } = packageOf(client("a"));
  const samples = [encodeMessage({ wireFormat: "mls_key_package", keyPackage })];
  return {
    samples,
    run(input) {
      const message = refusedOr(() => decodeMessage(input));
      if (message === undefined) return;
      assert.deepEqual(Buffer.from(encodeMessage(message)), Buffer.from(input));
      if (message.wireFormat !== "mls_key_package") return;
      const valid = refusedOr(() => validateKeyPackage(suite1, message.keyPackage, []) ?? true);
      assert(valid === undefined || isOneOf(samples, input), "a KeyPackage that nobody signed is valid");
    },
  };
}

export function openWelcomes(): Target {
  const own = packageOf(client("new"));
  const { welcome } = createCommit(groupAt(room(), 0), { proposals: [add(own)] }, {});
  const samples = welcome === undefined ? [] : [welcome];
  return {
    samples,
    maxBytes: 8192,
    run(input) {
      const joined = refusedOr(() => joinByWelcome(suite1, input, own, {}));
      assert(joined === undefined || isOneOf(samples, input), "another Welcome than the one that was made");
    },
  };
}

export function openGroupInfos(): Target {
  const samples = [exportGroupInfo(groupAt(room(), 0), { externalPub: true, tree: true })];
  const joiner = client("new");
  return {
    samples,
    maxBytes: 8192,
    run(groupInfo) {
      const joined = refusedOr(() => joinExternally(suite1, { ...joiner, groupInfo }, {}));
      assert(joined === undefined || isOneOf(samples, groupInfo), "a GroupInfo that nobody signed was taken");
    },
  };
}

export function openTrees(): Target {
  const { tree, context } = groupAt(room(), 0);
  const samples = [encode(ratchetTree, tree)];
  return {
    samples,
    maxBytes: 8192,
    run(input) {
      const read = sameAgain(ratchetTree, input);
      if (read === undefined) return;
      const valid = refusedOr(() => validateTree(suite1, read, context) ?? true);
      assert(valid === undefined || isOneOf(samples, input), "another tree with the same hash");
    },
  };
}

/** Commits, proposals and messages from outside, unencrypted and sealed. */
export function openMessages(): Target {
  const members = room();
  const [sender, receiver] = [groupAt(members, 0), groupAt(members, 1)];
  const proposals = [{ type: "remove", removed: leafIndex(3) }] as const;
  const samples = [
    createCommit(sender, { proposals }, {}).message,
    createCommit(sender, { proposals, format: "mls_public_message" }, {}).message,
    seal(sender, ascii("hello")).message,
  ];
  const before = stored(receiver);
  return {
    samples,
    maxBytes: 8192,
    run(input) {
      const received = refusedOr(() => receive(receiver, input, {}));
      assert(received === undefined || isOneOf(samples, input), "a message that nobody sent was taken");
      assert.deepEqual(stored(receiver), before);
    },
  };
}

/**
 * Commits of a malicious member: edited, then signed and confirmed.
 * @see Spoil
 */
export function openInsiderCommits(): Target {
  const members = room();
  const [insider, ...others] = members;
  assert(insider);
  const receivers = others.map((group) => ({ group, before: stored(group) }));
  return {
    samples: EDITS,
    run(edits) {
      const content = (honest: FramedContent): FramedContent => {
        assert(honest.content.type === "commit");
        const spoilt = decode(commit, edited(encode(commit, honest.content.commit), edits));
        return { ...honest, content: { type: "commit", commit: spoilt } };
      };
      const message = refusedOr(() => forgeCommit(insider, { content }));
      if (message === undefined) return;
      for (const { group, before } of receivers) {
        const received = refusedOr(() => receive(group, message, {}));
        if (received?.type === "commit") requireFittingKeys(received.next);
        assert.deepEqual(stored(group), before);
      }
    },
  };
}

/** Each stored part by itself. */
export function openStored(): Target {
  const [, group] = room();
  assert(group);
  const parts = storedChanges(undefined, group).put;
  const names = [...parts.keys()];
  return {
    samples: names.map((name, i) => forKind(i, parts.get(name) ?? ascii(""))),
    run(input) {
      const name = names[(input[0] ?? 0) % names.length];
      assert(name);
      refusedOr(() => restoreGroup(cipherSuites(), new Map(parts).set(name, input.slice(1))));
    },
  };
}

const stored = (group: Group): string =>
  [...storedChanges(undefined, group).put]
    .map(([name, bytes]) => `${name} ${Buffer.from(bytes).toString("base64")}`)
    .join("\n");
