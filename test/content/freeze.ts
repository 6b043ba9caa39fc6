/**
 * Writes test/vectors/content-level-N.mjs: encoder and decoder of the contents of messages, as they are now. Run it once for each
 * release that adds a kind, before the next one changes anything: `node test/content/freeze.ts`. Until then it may be written again;
 * a file that a release had is never changed, since it is the program that people still use.
 */
import { build } from "esbuild";
import { CONTENT_LEVEL } from "../../protocol/e2ee/content.ts";

await build({
  stdin: {
    contents: `export { CONTENT_LEVEL, decodeContent, encodeContent } from "./protocol/e2ee/content.ts";`,
    resolveDir: process.cwd(),
  },
  outfile: `test/vectors/content-level-${CONTENT_LEVEL}.mjs`,
  bundle: true,
  format: "esm",
  platform: "node",
  target: "node22",
  minify: true,
  legalComments: "none",
  banner: { js: "// Frozen by test/content/freeze.ts. Not to be edited." },
});
