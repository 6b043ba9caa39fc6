/** Writes every bundle into dist/. `--watch` rebuilds on changes. */
import { build, context } from "esbuild";
import { BUNDLES } from "./bundles.ts";

if (process.argv.includes("--watch")) {
  await Promise.all(
    BUNDLES.map(async (options) => (await context({ ...options, sourcemap: "inline" })).watch()),
  );
} else {
  await Promise.all(BUNDLES.map((options) => build(options)));
}
