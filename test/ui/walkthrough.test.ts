/**
 * The walkthrough in a real VS Code: offered once, its steps ticked off as a person completes them, in every
 * kind of theme and in German.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { FrameLocator, Locator } from "playwright-core";
import { type Step, walkthroughSteps } from "../../extension/commands/walkthrough-steps.ts";
import { partner } from "../../messenger/chats/direct.ts";
import type { Computer } from "../fixtures/messengers.ts";
import type { EditorUser, EditorUserOptions } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import type { EditorWindow } from "./window.ts";

const STEPS = Object.keys(walkthroughSteps) as readonly Step[];
/** Wide enough for the editor to show a step's picture beside the steps. */
const VIEWPORT = { width: 1500, height: 860 };
const THEMES = ["Light Modern", "Dark High Contrast", "Light High Contrast", "Dark Modern"] as const;

describe("the walkthrough", function () {
  this.timeout(300_000);
  const scene = withScene();
  let bob: Computer;
  const users: EditorUser[] = [];

  before(async () => {
    bob = await scene.computer("bob");
  });

  const begin = async (name: string, more: Partial<EditorUserOptions> = {}) => {
    const user = await scene.user(name, {
      directory: join(scene.directory, name),
      viewport: VIEWPORT,
      ...more,
    });
    users.push(user);
    return user;
  };
  const alice = () => users[0]?.window ?? assert.fail("alice isn't there");
  /** Waits until bob has a request, and accepts it. */
  const bobAccepts = async (name: string) => {
    const asked = () =>
      bob.messenger.chats().find((chat) => chat.phase === "invited" && partner(chat).name === name);
    await bob.until("asked", () => asked() !== undefined);
    await bob.accepts(partner(asked() ?? assert.fail(`${name} didn't ask`)));
  };
  const done = async (window: EditorWindow, ...steps: readonly Step[]) => {
    await window.quickInput().waitFor({ state: "hidden" });
    await window.command("Parley: Open Walkthrough");
    for (const step of STEPS) await tick(window, step, steps.includes(step)).waitFor();
  };

  it("is offered once to a newcomer, and has the five steps, none of them done", async () => {
    const { window } = await begin("alice");
    await window.pressInNotification("Parley is ready", "Get Started");
    for (const step of STEPS) await tick(window, step, false).waitFor();
    await window.screenshot("90-walkthrough");
    await window.reload();
    await window.heard();
    assert.equal(await window.notification("Parley is ready").count(), 0);
  });

  it("ticks each step off once that was done", async () => {
    const window = alice();
    // In a window that hasn't shown the Welcome page yet, where the editor by itself would not notice it.
    await window.command("Parley: Join with Invite…");
    await window.answer(await (await scene.server()).invite(), undefined, "(1/2)");
    await window.answer("alice", undefined, "Choose the name others see");
    await window.status("alice").waitFor();
    await done(window, "join");

    await window.showParley();
    await window.row("bob, online").click();
    await window.addNote();
    await bobAccepts("alice");
    await window.chat.open();
    await done(window, "join", "chat");

    await window.tab("bob").click();
    await window.chat.press("Not verified");
    await window.confirmNumber();
    await done(window, "join", "chat", "verify");

    await window.tab("bob").click();
    await window.chat.send("hello");
    await window.chat.frame.locator(".message .state.delivered").waitFor();
    await done(window, "join", "chat", "verify", "write");

    await window.command("Parley: Invite Someone…");
    await window.pressInDialog("Only this computer can use this invite", "Copy Anyway");
    await window.answer("Copy an invite link", "Copy an invite link");
    await window.notification("The invite is on the clipboard").waitFor();
    await done(window, ...STEPS);
  });

  it("ticks off what was done before the window was opened", async () => {
    const window = alice();
    for (const step of STEPS) {
      await tick(window, step, true).click();
      await tick(window, step, false).waitFor();
    }
    await window.reload();
    await window.status("alice").waitFor();
    await done(window, ...STEPS);
    await window.screenshot("90-all-done");
  });

  it("has pictures in the colours of each kind of theme", async () => {
    const window = alice();
    await window.command("Notifications: Clear All Notifications");
    const colours = new Set<string>();
    for (const theme of THEMES) {
      await window.command("Preferences: Color Theme");
      await window.answer(theme, theme);
      await window.quickInput().waitFor({ state: "hidden" });
      for (const step of STEPS) {
        await show(window, step);
        await window.screenshot(`91-${theme.toLowerCase().replaceAll(" ", "-")}-${step}`);
      }
      const text = picture(window).locator("svg").first();
      colours.add(
        await text.evaluate((svg) => getComputedStyle(svg).getPropertyValue("--vscode-foreground")),
      );
    }
    assert.equal(colours.size, THEMES.length, [...colours].join(" "));
  });

  it("is in German where the editor is, with the view, its questions and the chat", async () => {
    const texts = JSON.parse(readFileSync("package.nls.de.json", "utf8")) as Readonly<Record<string, string>>;
    const { window } = await begin("berta", { language: "de" });
    await window.pressInNotification("Parley ist bereit", "Erste Schritte");
    for (const step of STEPS) {
      const text = texts[`walkthrough.${step}.title`] ?? assert.fail(step);
      await heading(window, step).getByText(text, { exact: true }).waitFor();
      await show(window, step);
      await window.screenshot(`92-german-${step}`);
    }
    await window.showParley();
    const joinWithInvite = texts["command.joinWithInvite"] ?? assert.fail("no title");
    await window.sidebar().getByRole("button", { name: joinWithInvite }).waitFor();
    await window.screenshot("93-german-welcome");
    await window.command(`Parley: ${joinWithInvite}`);
    await window.answer(await (await scene.server()).invite(), undefined, "(1/2)");
    await window.quickInput().getByText("(2/2)").waitFor();
    await window.screenshot("93-german-name");
    await window.answer("berta", undefined, "(2/2)");
    await window.status("berta").waitFor();
    await window.row("bob, ").click();
    await window.quickInput().waitFor();
    await window.screenshot("94-german-note");
    await window.page.keyboard.type("Hallo");
    await window.page.keyboard.press("Enter");
    await window.chat.frame.getByRole("button", { name: "Nicht verifiziert" }).waitFor();
    await window.screenshot("95-german-chat");
  });
});

function tick(window: EditorWindow, step: Step, done: boolean): Locator {
  return window.page.locator(
    `[data-done-step-id="parley-chat.parley#start#${step}"][aria-checked="${done}"]`,
  );
}

function heading(window: EditorWindow, step: Step): Locator {
  return window.page.locator(`[x-step-title-for="parley-chat.parley#start#${step}"]`);
}

function picture(window: EditorWindow): FrameLocator {
  return window.page.frameLocator("iframe.webview.ready:visible").frameLocator("iframe#active-frame");
}

/**
 * Opens a step, and waits for its picture, recognised by the number of its shapes: the previous one stays
 * until then.
 */
async function show(window: EditorWindow, step: Step): Promise<void> {
  const shapes = readFileSync(`media/walkthrough-${step}.svg`, "utf8").match(
    /<(?:rect|path|circle|text)/g,
  )?.length;
  await heading(window, step).click();
  await picture(window).locator(`svg > :nth-child(${shapes}):last-child`).waitFor({ state: "attached" });
}
