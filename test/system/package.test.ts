import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import JSZip from "jszip";
import MarkdownIt from "markdown-it";

const { repository } = JSON.parse(readFileSync("package.json", "utf8")) as { repository: string };
const markdown = new MarkdownIt({ html: true });

interface Target {
  readonly kind: "link" | "picture";
  readonly address: string;
}

/** Returns the target of every link and picture in a Markdown text. */
function targets(text: string): Target[] {
  return markdown
    .parse(text, {})
    .flatMap((token) => token.children ?? [])
    .flatMap((token): Target[] => {
      if (token.type === "link_open") return [{ kind: "link", address: String(token.attrGet("href")) }];
      if (token.type === "image") return [{ kind: "picture", address: String(token.attrGet("src")) }];
      return [];
    });
}

/** Returns the anchors that GitHub gives a document's headings. */
function anchors(text: string): string[] {
  const tokens = markdown.parse(text, {});
  return tokens.flatMap((token, at) =>
    token.type === "heading_open"
      ? [
          (tokens[at + 1]?.content ?? "")
            .toLowerCase()
            .replace(/[^\p{L}\p{N} _-]/gu, "")
            .replaceAll(" ", "-"),
        ]
      : [],
  );
}

/** Returns a sentence about a broken target, otherwise undefined. */
function fault({ kind, address }: Target, own: string): string | undefined {
  if (address.startsWith("#"))
    return anchors(own).includes(address.slice(1)) ? undefined : `no heading for ${address}`;
  if (!address.startsWith("https://")) return `${kind} ${address} leads nowhere outside the repository`;
  if (!address.startsWith(`${repository}/`)) return undefined;
  const [, view = "", path = "", anchor] =
    /^\/(blob|raw)\/HEAD\/([^#]+)(?:#(.+))?$/.exec(decodeURI(address.slice(repository.length))) ?? [];
  if (view !== (kind === "picture" ? "raw" : "blob")) return `${address} is no file of the repository`;
  if (!existsSync(path)) return `${path} does not exist`;
  if (anchor !== undefined && !anchors(readFileSync(path, "utf8")).includes(anchor))
    return `${path} has no heading ${anchor}`;
  return undefined;
}

describe("the VSIX", () => {
  let zip: JSZip;
  before(async () => {
    zip = await JSZip.loadAsync(readFileSync(join("dist", "parley.vsix")));
  });
  const read = async (name: string) => (await zip.file(name)?.async("string")) ?? assert.fail(`no ${name}`);

  for (const name of ["readme.md", "changelog.md"])
    it(`has a ${name} without broken links and pictures`, async () => {
      const text = await read(`extension/${name}`);
      const found = targets(text);
      if (name === "readme.md") assert.ok(found.some(({ kind }) => kind === "picture"));
      assert.ok(found.length > 0);
      assert.deepEqual(
        found.map((target) => fault(target, text)).filter((text) => text !== undefined),
        [],
      );
    });

  it("gives the marketplaces the repository, the issue page and the homepage", async () => {
    const manifest = await read("extension.vsixmanifest");
    const link = (name: string) =>
      new RegExp(`Services\\.Links\\.${name}" Value="([^"]*)"`).exec(manifest)?.[1];
    assert.deepEqual(["Source", "Support", "Learn"].map(link), [
      `${repository}.git`,
      `${repository}/issues`,
      `${repository}#readme`,
    ]);
  });
});
