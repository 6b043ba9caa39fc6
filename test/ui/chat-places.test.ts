/** One chat in the editor and the side bar: what somebody writes and where they read goes with it. */
import assert from "node:assert/strict";
import type { Locator } from "playwright-core";
import { directChat } from "../../messenger/chats/direct.ts";
import { username } from "../../protocol/names.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { ChatView } from "./chat-view.ts";
import type { EditorUser } from "./editor-user.ts";
import { withScene } from "./scene.ts";
import { until } from "./until.ts";

const alice = username("alice");
const DRAFT = "half of a sentence, and the other half";
/** Pixels by which a row may be elsewhere: zoom and fonts leave fractions. */
const SLACK_PX = 2;

/** Name in the list of themes, and its kind as webviews see it. */
const THEMES = [
  ["Dark Modern", "vscode-dark"],
  ["Light Modern", "vscode-light"],
  ["Dark High Contrast", "vscode-high-contrast"],
  ["Light High Contrast", "vscode-high-contrast-light"],
] as const;

describe("a chat in the editor and the side bar", function () {
  this.timeout(300_000);
  const scene = withScene();
  let user: EditorUser | undefined;
  let peer: Computer;

  before(async () => {
    user = await scene.member("alice", { settings: { "parley.openChatsIn": "sideBar" } });
    peer = await scene.computer("bob");
    const carol = await scene.computer("carol");
    const { window } = user;
    await window.showParley();
    for (const other of [carol, peer]) {
      await window.row(`${other.name}, online`).click();
      await window.addNote();
      await other.isIn({ name: alice }, "invited");
      await other.accepts({ name: alice });
      await window.chat.with(other.name);
      await window.chat.open();
    }
    for (let number = 1; number <= 60; number++) await says(`message ${number}`);
    await window.chat.message("message 60").waitFor();
  });

  const theWindow = () => (user ?? assert.fail()).window;
  const says = (text: string) => peer.messenger.send({ chat: directChat(alice), text });
  /** @returns how often bob has got that text */
  const received = async (text: string) =>
    (await peer.messages({ name: alice })).filter(({ body }) => body.kind === "text" && body.text === text)
      .length;
  const sideBar = () => theWindow().page.locator(".part.auxiliarybar");
  const chatInSideBar = () => sideBar().locator(".composite.title, .pane-header").filter({ hasText: /bob/i });
  const back = (chat: ChatView) => chat.frame.getByRole("button", { name: "Back to Chats" });
  const listRow = (spoken: string) => sideBar().locator(`.monaco-list-row[aria-label^="${spoken}"]`);

  /** Waits until the chat with bob is in the editor, and no longer in the side bar. */
  const isInEditor = async () => {
    const window = theWindow();
    await window.tab("bob").waitFor();
    await listRow("bob, online").waitFor();
    await window.chat.alone();
  };
  /** Waits until a chat is in the side bar, and the one with bob no longer in the editor. */
  const isInSideBar = async () => {
    const window = theWindow();
    await window.tab("bob").waitFor({ state: "detached" });
    await window.chat.alone();
    await back(window.chat).waitFor();
  };

  /** Presses Ctrl+K and the key in the chat, again if VS Code hasn't heard yet that its page has the focus, and says so. */
  const pressChordInChat = async (key: string, effect: Locator) => {
    const { chat, page } = theWindow();
    const refused = page.locator(".part.statusbar").getByText("is not a command");
    do {
      await refused.waitFor({ state: "detached" });
      await chat.composer.click();
      await page.keyboard.press("Control+k");
      await page.keyboard.press(key);
      await effect.or(refused).first().waitFor();
    } while (!(await effect.isVisible()));
  };

  /** @returns the message at the top of the list, and its distance from there */
  const top = (chat: ChatView) =>
    chat.frame.getByRole("log").evaluate((log) => {
      const { top: edge } = log.getBoundingClientRect();
      const rows = [...log.querySelectorAll<HTMLElement>("[data-key]")];
      const row = rows.find((one) => one.getBoundingClientRect().bottom > edge);
      return { id: row?.dataset["key"], offset: (row?.getBoundingClientRect().top ?? 0) - edge };
    });
  /** Waits until the reader is where they were. */
  const isAt = (chat: ChatView, place: Awaited<ReturnType<typeof top>>) =>
    until(async () => {
      const now = await top(chat);
      return now.id === place.id && Math.abs(now.offset - place.offset) <= SLACK_PX;
    });
  const scrollToMiddle = (chat: ChatView) =>
    chat.frame.getByRole("log").evaluate((log) => {
      log.scrollTop = log.scrollHeight / 2;
    });
  const cursor = (chat: ChatView) =>
    chat.composer.evaluate((input) => [
      (input as HTMLTextAreaElement).selectionStart,
      (input as HTMLTextAreaElement).selectionEnd,
    ]);

  let place: Awaited<ReturnType<typeof top>>;

  it("opens in the side bar where the user has set that", async () => {
    const window = theWindow();
    await back(window.chat).waitFor();
    await chatInSideBar().first().waitFor();
    assert.equal(await window.tab("bob").count(), 0);
    await window.chat.send("written in the side bar");
    await window.chat.state("written in the side bar", "delivered");
    assert.equal(await received("written in the side bar"), 1);
  });

  it("moves to the editor and back with draft, cursor, scroll position and focus", async () => {
    const window = theWindow();
    await window.chat.composer.fill(DRAFT);
    await window.chat.composer.evaluate((input) => (input as HTMLTextAreaElement).setSelectionRange(7, 10));
    await scrollToMiddle(window.chat);
    place = await top(window.chat);
    await window.screenshot("50-chat-in-side-bar");
    await window.command("Parley: Move Chat to Editor");
    await isInEditor();
    await window.chat.draft(DRAFT);
    await window.chat.focused();
    await isAt(window.chat, place);
    assert.deepEqual(await cursor(window.chat), [7, 10]);
    assert.equal(await back(window.chat).count(), 0);
    await window.screenshot("51-chat-in-editor");
    await window.command("Parley: Move Chat to Side Bar");
    await isInSideBar();
    await chatInSideBar().first().waitFor();
    await window.chat.draft(DRAFT);
    await window.chat.focused();
    await isAt(window.chat, place);
    assert.deepEqual(await cursor(window.chat), [7, 10]);
  });

  it("is shown where it is when it's opened again", async () => {
    const window = theWindow();
    await window.openFile("plan.md");
    await window.row("bob, online").click();
    await window.chat.focused();
    await window.heard();
    assert.equal(await window.tab("bob").count(), 0);
    await isAt(window.chat, place);
  });

  it("is searched there by Ctrl+F right after a click, as a file beside it is, and its message menu works", async () => {
    const window = theWindow();
    await window.openFile("plan.md");
    await window.chat.composer.click();
    await window.page.keyboard.press("Control+f");
    await window.quickInput().getByText("Search bob").waitFor();
    assert.equal(await window.page.locator(".part.editor .find-widget.visible").count(), 0);
    await window.page.keyboard.press("Escape");
    await window.quickInput().waitFor({ state: "hidden" });
    await window.chat.focused();
    await window.page.locator(".part.editor .view-line").first().click();
    await window.page.keyboard.press("Control+f");
    await window.page.locator(".part.editor .find-widget.visible").waitFor();
    await window.page.keyboard.press("Escape");
    await window.chat.frame.locator(`[data-key="${place.id}"] .body`).click({ button: "right" });
    await window.page.locator(".context-view .monaco-menu").getByText("Copy Text").click();
    await window.page.waitForFunction(async () =>
      (await navigator.clipboard.readText()).startsWith("message "),
    );
  });

  it("is read in the side bar while it's visible, and announced while it's hidden", async () => {
    const window = theWindow();
    await window.chat.frame.getByRole("log").evaluate((log) => {
      log.scrollTop = log.scrollHeight;
    });
    await says("seen in the side bar");
    await window.chat.message("seen in the side bar").waitFor();
    await window.heard();
    assert.equal(await window.notification("New message").count(), 0);
    await window.row("bob, online, 1 new").waitFor({ state: "detached" });
    await window.command("View: Toggle Secondary Side Bar Visibility");
    await sideBar().waitFor({ state: "hidden" });
    await says("not seen");
    await window.notification("New message from bob").waitFor();
    await window.row("bob, online, 1 new").waitFor();
    await window.pressInNotification("New message from bob", "Open Chat");
    await window.chat.message("not seen").waitFor();
    await window.chat.draft(DRAFT);
    await window.row("bob, online, 1 new").waitFor({ state: "hidden" });
    assert.equal(await window.tab("bob").count(), 0);
  });

  it("goes back to the list by keyboard, and opens again from there", async () => {
    const window = theWindow();
    await pressChordInChat("Control+b", listRow("bob, online"));
    await sideBar().locator(".monaco-list:focus").waitFor();
    await window.screenshot("52-list-in-side-bar");
    await window.page.keyboard.press("ArrowDown");
    await window.page.keyboard.press("Enter");
    await window.chat.draft(DRAFT);
    await window.chat.focused();
    await back(window.chat).click();
    await listRow("bob, online").click();
    await window.chat.draft(DRAFT);
    assert.equal(await window.tab("bob").count(), 0);
  });

  it("is in the side bar after a reload", async () => {
    const window = theWindow();
    await window.reload();
    await back(window.chat).waitFor();
    await window.chat.draft(DRAFT);
    await window.showParley();
    assert.equal(await window.tab("bob").count(), 0);
  });

  it("goes along into VS Code's own new window, and from there to the side bar", async () => {
    const window = theWindow();
    await window.command("Parley: Move Chat to Editor");
    await isInEditor();
    await scrollToMiddle(window.chat);
    place = await top(window.chat);
    const opened = window.page.context().waitForEvent("page");
    await window.command("View: Move Editor into New Window");
    const own = await opened;
    const chat = new ChatView(own);
    await chat.draft(DRAFT);
    await isAt(chat, place);
    const closed = own.waitForEvent("close");
    await chat.choose("Move Chat to Side Bar");
    await isInSideBar();
    await window.chat.draft(DRAFT);
    await closed;
  });

  it("is sent from the side bar, and every draft is gone then", async () => {
    const window = theWindow();
    await isInSideBar();
    await window.chat.draft(DRAFT);
    await window.chat.composer.press("Enter");
    await until(async () => (await received(DRAFT)) > 0);
    await window.chat.draft("");
    await window.command("Parley: Move Chat to Editor");
    await isInEditor();
    await window.chat.message(DRAFT).waitFor();
    await window.chat.draft("");
    assert.equal(await received(DRAFT), 1);
  });

  it("gives way to another chat, and keeps the words of each apart", async () => {
    const window = theWindow();
    await window.command("Parley: Move Chat to Side Bar");
    await isInSideBar();
    await window.chat.composer.click();
    await window.page.keyboard.type("for bob's eyes");
    await window.row("carol, online").click();
    await window.chat.with("carol");
    await window.chat.draft("");
    await window.row("bob, online").and(window.page.getByLabel("Draft: for bob's eyes")).waitFor();
    await window.row("carol, online").click();
    await window.chat.focused();
    await window.page.keyboard.type("for carol");
    await window.row("bob, online").click();
    await window.chat.with("bob");
    await window.chat.draft("for bob's eyes");
    await window.row("carol, online").and(window.page.getByLabel("Draft: for carol")).waitFor();
  });

  for (const [theme, kind] of THEMES)
    it(`has no fault that axe can find, in the side bar: ${theme}`, async () => {
      const window = theWindow();
      await window.command("Preferences: Color Theme");
      await window.answer(theme, theme);
      await window.chat.frame.locator(`body[data-vscode-theme-kind="${kind}"].in-side-bar`).waitFor();
      await window.screenshot(`54-side-bar-${kind}`);
      assert.deepEqual(await window.chat.accessibilityFaults(), []);
    });
});
