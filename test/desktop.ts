/** `npm run test:desktop`: test/host inside desktop VS Code, the oldest the manifest allows and the current one. Downloads them. */
import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { runTests } from "@vscode/test-electron";

const { engines } = JSON.parse(readFileSync("package.json", "utf8")) as { engines: { vscode: string } };

await import("../scripts/build.ts");
for (const version of [engines.vscode.replace("^", ""), "stable"]) {
  console.log(`\n== desktop VS Code ${version} ==`);
  await runTests({
    version,
    extensionDevelopmentPath: resolve("."),
    extensionTestsPath: resolve("dist/test/host.cjs"),
    launchArgs: [resolve("."), "--disable-extensions", "--disable-workspace-trust"],
  });
}
