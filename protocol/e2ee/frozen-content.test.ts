/**
 * Programs of different versions in one conversation: this one, and each that a release had, frozen in test/vectors by
 * test/content/freeze.ts. The compiler asks for examples of every kind.
 */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { create, toBinary } from "@bufbuild/protobuf";
import { MAX_EXPIRY_SECONDS, MAX_PLAINTEXT_BYTES, MAX_REVISIONS } from "../limits.ts";
import { newBlobId, newMessageId } from "../names.ts";
import { ContentSchema } from "../wire/content_pb.ts";
import { CONTENT_LEVEL, type Content, type ContentData, decodeContent, encodeContent } from "./content.ts";
import type { Codec } from "./kinds/codec.ts";
import { CODECS } from "./kinds/registry.ts";
import { established, sealRaw } from "./people-fixture.ts";

const VECTORS = new URL("../../test/vectors/", import.meta.url);
const FROZEN = readdirSync(VECTORS).filter((name) => /^content-level-\d+\.mjs$/.test(name));

interface Version {
  readonly CONTENT_LEVEL: number;
  encodeContent(content: Content): Uint8Array;
  decodeContent(bytes: Uint8Array): ReturnType<typeof decodeContent>;
}

const sentAt = 1_800_000_000_000;
const target = newMessageId();
const head = { sentAt, replyTo: target, thread: newMessageId(), via: "acme.poll", expirySeconds: 60 };
const file = {
  ...{ name: "plan.png", type: "image/png", bytes: 5, sha256: "0".repeat(64), blob: newBlobId() },
  ...{ key: "1".repeat(64), until: 9, description: "a plan" },
};
type Kind = Content["kind"];

const EXAMPLES: { readonly [K in Kind]: readonly Extract<Content, { kind: K }>[] } = {
  text: [
    { kind: "text", ...head, text: "**hello** 👋" },
    { kind: "text", sentAt, text: "" },
    { kind: "text", sentAt, text: "x".repeat(MAX_PLAINTEXT_BYTES), expirySeconds: MAX_EXPIRY_SECONDS },
  ],
  receipt: [{ kind: "receipt", sentAt, state: "read", ids: [target, newMessageId()] }],
  timer: [
    { kind: "timer", sentAt, seconds: 3600, version: 2 },
    { kind: "timer", sentAt, seconds: 0, version: 1 },
  ],
  edit: [{ kind: "edit", sentAt, target, revision: MAX_REVISIONS, text: "hello again", expirySeconds: 60 }],
  delete: [{ kind: "delete", sentAt, target }],
  mark: [
    { kind: "mark", sentAt, target, name: "reaction", version: 7, values: ["👍🏽", "❤️"] },
    { kind: "mark", sentAt, target, name: "reaction", version: 8, values: [] },
  ],
  profile: [{ kind: "profile", sentAt, name: "Bob B.", color: 3, version: sentAt }],
  files: [
    { kind: "files", ...head, files: [file], caption: "the plan" },
    {
      kind: "files",
      sentAt,
      files: [{ ...file, picture: { width: 2, height: 3, preview: "AAAA" } }],
      caption: "",
    },
  ],
  unknown: [{ kind: "unknown", ...head, type: "acme.vote", fallback: "Tea or coffee?" }],
};

/** Encodes a content of a kind that neither program knows: a body in a field that content.proto does not have. */
function later(type: string, fallback: string): Uint8Array {
  const known = { sentAt: BigInt(sentAt), type, fallback, level: CONTENT_LEVEL + 8 };
  const body = Uint8Array.of(0xfa, 0x3e, 0x03, 0x0a, 0x01, 0x78); // Field 1007.
  return Buffer.concat([toBinary(ContentSchema, create(ContentSchema, known)), body]);
}

/** Returns a content as a program that may not know its kind is to show it. */
function asShownBy(content: Content, decoded: ReturnType<typeof decodeContent>): object {
  const { kind } = content;
  if (decoded.kind !== "unknown" || kind === "unknown") return content;
  const codec: Codec<ContentData> = CODECS[kind];
  const { sentAt, replyTo, thread, via, expirySeconds } = content;
  const fallback = codec.fallback(content);
  assert.notEqual(fallback, "", `${kind} has no text for programs that do not know it`);
  return {
    ...{ kind: "unknown", type: kind, fallback, sentAt },
    ...(replyTo !== undefined && { replyTo }),
    ...(thread !== undefined && { thread }),
    ...(via !== undefined && { via }),
    ...(expirySeconds !== undefined && { expirySeconds }),
  };
}

describe("programs of different versions", () => {
  it("are this one and at least one of an earlier release", () => {
    assert.ok(FROZEN.length > 0);
  });

  for (const name of FROZEN)
    describe(`this one, and ${name}`, () => {
      let old: Version;
      before(async () => {
        old = (await import(new URL(name, VECTORS).href)) as Version;
      });

      for (const [kind, examples] of Object.entries(EXAMPLES))
        it(`show each other ${kind}: the content, or its text for programs that do not know it`, () => {
          for (const content of examples) {
            const decoded = old.decodeContent(encodeContent(content));
            assert.deepEqual(decoded, { ...asShownBy(content, decoded), level: CONTENT_LEVEL });
            if (decoded.kind === "unknown" && kind !== "unknown") continue;
            assert.deepEqual(decodeContent(old.encodeContent(content)), {
              ...content,
              level: old.CONTENT_LEVEL,
            });
          }
        });

      it("show a kind of a later version by its text, and no bytes as anything but a content", () => {
        for (const { decodeContent: decode } of [old, { decodeContent }]) {
          assert.deepEqual(decode(later("acme.vote", "Tea or coffee?")), {
            ...{ kind: "unknown", type: "acme.vote", fallback: "Tea or coffee?" },
            ...{ sentAt, level: CONTENT_LEVEL + 8 },
          });
          for (const bytes of [
            new Uint8Array(),
            Uint8Array.of(0xff),
            later("text", "a text without its body"),
          ])
            assert.deepEqual(decode(bytes), { kind: "not-understood" });
        }
      });

      it("go on with their conversation after a kind of a later version, and after bytes that are none", async () => {
        const { alices, bobs } = await established();
        const shown: unknown[] = [];
        let [from, to] = [alices, bobs];
        const [text] = EXAMPLES.text;
        assert.ok(text);
        for (const bytes of [
          later("acme.vote", "Tea?"),
          Uint8Array.of(0xff),
          old.encodeContent(text),
          encodeContent(text),
        ]) {
          const id = newMessageId();
          const sealed = await sealRaw(from, id, bytes);
          const opened = await to.open(id, sealed.bytes);
          [from, to] = [sealed.next, opened.next];
          shown.push(opened.content?.kind);
        }
        assert.deepEqual(shown, ["unknown", "not-understood", "text", "text"]);
      });
    });
});
