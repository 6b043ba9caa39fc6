/** What vsce runs before it packs: builds dist/, and names what somebody who publishes still has to fill in. */
import { readFileSync } from "node:fs";
import { stillToFillIn } from "./repository.ts";

await import("./build.ts");
const { repository } = JSON.parse(readFileSync("package.json", "utf8")) as { repository: string };
const notice = stillToFillIn(repository);
if (notice !== undefined) console.warn(notice);
