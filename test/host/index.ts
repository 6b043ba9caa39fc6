/** Called by the editor's extension host: runs the mocha tests of this folder inside it. */
import { format } from "node:util";
import * as exported from "mocha";
import { REPORT } from "./report.ts";

/**
 * Not the default export: in the oldest VS Code, on Node 22, require() of an ES module doesn't return its
 * default. @types/mocha lacks the named one.
 */
const { Mocha } = exported as unknown as { readonly Mocha: typeof import("mocha") };

export async function run(): Promise<void> {
  Mocha.reporters.Base.consoleLog = (...args: unknown[]) => console.log(`${REPORT}${format(...args)}`);
  const mocha = new Mocha({ ui: "bdd", timeout: 60_000, color: false });
  mocha.suite.emit("pre-require", globalThis, "test/host", mocha);
  // After pre-require, since the test files call describe() and it() as they load.
  await import("./extension.test.ts");
  await import("./other-extensions.test.ts");
  await import("./links.test.ts");
  await import("./tasks.test.ts");
  const failures = await new Promise<number>((done) => mocha.run(done));
  if (failures > 0) throw new Error(`${failures} extension-host tests failed`);
}
