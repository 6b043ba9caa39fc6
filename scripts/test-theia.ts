/**
 * `npm run test:theia`: runs Parley in Eclipse Theia, in a browser. Theia is built from npm when first
 * needed.
 */
import { findChromium } from "./editor/chromium.ts";
import { SuiteRun } from "./suite-run.ts";
import { installTheia } from "./theia/install.ts";

try {
  findChromium();
  await installTheia(console.log);
  await import("./package.ts");
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exit(1);
}
const run = new SuiteRun(["test/theia/**/*.test.ts"]);
void run.start();
const { passing, failing, pending, status } = await run.shown();
console.log(`\n${passing} passed, ${failing} failed${pending > 0 ? `, ${pending} skipped` : ""}`);
process.exit(status === 0 && passing > 0 ? 0 : 1);
