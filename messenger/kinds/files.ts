/** Files that a person sends, with a caption. */
import * as v from "valibot";
import type { Files, SentFile } from "../../protocol/e2ee/kinds/files.ts";
import type { BlobId } from "../../protocol/names.ts";
import { fileName } from "../text/file-name.ts";
import { sizeText } from "../text/sizes.ts";
import type { ShownKind } from "./kind.ts";

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const picture = v.pipe(v.object({ width: count, height: count, preview: v.string() }), v.readonly());
export const sentFileSchema = v.object({
  name: v.string(),
  type: v.string(),
  bytes: count,
  sha256: v.string(),
  blob: v.custom<BlobId>((value) => typeof value === "string" && /^[0-9a-f]{64}$/.test(value)),
  key: v.string(),
  until: count,
  description: v.string(),
  picture: v.exactOptional(picture),
});

const schema = v.object({
  kind: v.literal("files"),
  files: v.pipe(v.array(v.pipe(sentFileSchema, v.readonly())), v.readonly()),
  caption: v.string(),
});

/**
 * A file as a page sees it. Strict: whoever has a file's key and blob id can fetch and open it, so neither may get there. Of a picture, only its
 * sides, which reserve the space for it.
 */
const pageFileSchema = v.strictObject({
  name: v.string(),
  type: v.string(),
  bytes: count,
  until: count,
  description: v.string(),
  picture: v.exactOptional(v.pipe(v.strictObject({ width: count, height: count }), v.readonly())),
});
const pageSchema = v.strictObject({
  kind: v.literal("files"),
  files: v.pipe(v.array(v.pipe(pageFileSchema, v.readonly())), v.readonly()),
  caption: v.string(),
});
export type PageFile = Readonly<v.InferOutput<typeof pageFileSchema>>;
type PageFiles = Readonly<v.InferOutput<typeof pageSchema>>;

function pageFile({ name, type, bytes, until, description, picture }: SentFile): PageFile {
  return {
    ...{ name, type, bytes, until, description },
    ...(picture !== undefined && { picture: { width: picture.width, height: picture.height } }),
  };
}

/** @returns such as "plan.pdf, 1.2 MB: the first floor" */
function fileText({ name, bytes, description }: PageFile): string {
  const said = description === "" ? "" : `: ${description}`;
  return `${fileName(name)}, ${sizeText(bytes)}${said}`;
}

export const files = {
  schema,
  effect: {
    does: "append",
    author: "person",
    unread: true,
    notify: true,
    receipt: true,
    retry: true,
    changeable: true,
  },
  markdown: false,
  text: ({ files, caption }: PageFiles) =>
    [...(caption === "" ? [] : [caption]), ...files.map(fileText)].join("\n"),
  exported: ({ files, ...rest }) => ({
    ...rest,
    files: files.map(({ name, type, bytes, sha256, description }) => ({
      ...{ name, type, bytes, sha256, description },
    })),
  }),
  page: {
    schema: pageSchema,
    of: ({ kind, files, caption }: Files): PageFiles => ({ kind, files: files.map(pageFile), caption }),
  },
  files: ({ files }) => files,
} as const satisfies ShownKind<Files>;
