/**
 * The content of a sealed message: nothing throws, and an understood one is written and read back unchanged.
 */
import assert from "node:assert/strict";
import { create, toBinary } from "@bufbuild/protobuf";
import { CONTENT_LEVEL, type Content, decodeContent, encodeContent } from "../../../protocol/e2ee/content.ts";
import { newBlobId, newMessageId } from "../../../protocol/names.ts";
import { ContentSchema } from "../../../protocol/wire/content_pb.ts";
import type { Target } from "../target.ts";

const sentAt = 1_700_000_000_000;

const FILE = {
  ...{ name: "plan.png", type: "image/png", bytes: 5, sha256: "0".repeat(64), blob: newBlobId(), until: 9 },
  ...{ key: "1".repeat(64), description: "a plan", picture: { width: 2, height: 3, preview: "AAAA" } },
};

export function open(): Target {
  const contents: Content[] = [
    { kind: "text", sentAt, text: "hello\n`code`" },
    { kind: "text", sentAt, text: "in short", replyTo: newMessageId(), expirySeconds: 60 },
    { kind: "text", sentAt, text: "in a thread", thread: newMessageId(), via: "acme.poll" },
    { kind: "receipt", sentAt, state: "read", ids: [newMessageId(), newMessageId()] },
    { kind: "unknown", sentAt, type: "acme.poll", fallback: "A poll" },
    { kind: "timer", sentAt, seconds: 3600, version: 2 },
    { kind: "edit", sentAt, target: newMessageId(), revision: 3, text: "hello again" },
    { kind: "profile", sentAt, name: "Bob B.", color: 3, version: sentAt },
    { kind: "delete", sentAt, target: newMessageId() },
    { kind: "mark", sentAt, target: newMessageId(), name: "reaction", version: 7, values: ["👍🏽", "❤️"] },
    { kind: "files", sentAt, files: [FILE], caption: "the plan" },
  ];
  const odd = create(ContentSchema, { level: 9, type: "x", body: { case: "text", value: { text: "" } } });
  return {
    samples: [...contents.map(encodeContent), toBinary(ContentSchema, odd)],
    maxBytes: 70_000,
    run(input) {
      const content = decodeContent(input);
      if (content.kind !== "not-understood")
        assert.deepEqual(decodeContent(encodeContent(content)), { ...content, level: CONTENT_LEVEL });
    },
  };
}
