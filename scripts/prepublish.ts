/** Runs before vsce packs: builds dist/, and names the fields that must be filled in before publishing. */
import { readFileSync } from "node:fs";
import { stillToFillIn } from "./repository.ts";

await import("./build.ts");
const { repository } = JSON.parse(readFileSync("package.json", "utf8")) as { repository: string };
const notice = stillToFillIn(repository);
if (notice !== undefined) console.warn(notice);
