/** One VS Code on a server, opened from two browsers, each with its own secrets. */
import assert from "node:assert/strict";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { withScene } from "./scene.ts";

describe("the same VS Code from another browser", function () {
  this.timeout(300_000);
  const scene = withScene();
  let other: Browser | undefined;
  after(() => other?.close());

  it("reports missing keys and changes nothing by any command; the first browser finds everything unchanged", async function () {
    if (process.platform !== "linux") this.skip(); // Looks for processes in /proc.
    other = await launchChromium();
    const user = await scene.user("alice");
    const { window } = user;
    const link = await (await scene.server()).invite();
    await window.command("Parley: Join with Invite…");
    await window.answer(link, undefined, "(1/2)");
    await window.answer("alice", undefined, "Choose the name others see");
    await window.status("alice").waitFor();
    const stored = () => readdirSync(join(user.storage, "messenger/store")).sort();
    await user.closeWindow();
    await user.accountLetGo();
    const before = stored();

    const elsewhere = await user.openElsewhere(other);
    await elsewhere.showParley();
    await elsewhere.page.getByText("can't get its keys from this computer's keyring").first().waitFor();
    await elsewhere.screenshot("60-keys-missing");
    for (const command of ["Parley: Join with Invite…", "Parley: Reconnect"]) {
      await elsewhere.command(command);
      // The view says the same, and the first command's notification must not count for the second.
      await elsewhere.notification("nothing was changed").waitFor();
      await elsewhere.command("Notifications: Clear All Notifications");
      await elsewhere.notification("nothing was changed").waitFor({ state: "hidden" });
    }
    assert.deepEqual(stored(), before);
    // The page goes while its window asks for the keys, which must not keep the account from the others.
    await elsewhere.command("Parley: Reconnect");
    await elsewhere.page.context().close();

    await user.openWindow();
    await user.window.status("alice").waitFor();
    assert.deepEqual(
      stored().filter((file) => !file.includes("-")),
      before.filter((file) => !file.includes("-")),
    );
  });
});
