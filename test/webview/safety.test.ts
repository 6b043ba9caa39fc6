/** The safety number over a chat: shown and spoken group by group, and confirmed only after it was compared. */
import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { AxeBuilder } from "@axe-core/playwright";
import type { Locator } from "playwright-core";
import type { HostMessage, PanelSafety } from "../../extension/contract/panel.ts";
import { type ChatPage, chatPages, header, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

const PICTURES = ".cache/screenshots";
const GROUPS = Array.from({ length: 12 }, (_, index) => String(10_000 + index * 7_219));
const SAFETY: PanelSafety = {
  number: GROUPS.join(" "),
  verified: false,
  mine: "aaaa bbbb cccc dddd",
  theirs: "1111 2222 3333 4444",
};
const shown = (changes: Partial<PanelSafety> = {}): HostMessage => ({
  type: "safety",
  safety: { ...SAFETY, ...changes },
});

describe("the safety number in a chat panel", function () {
  this.timeout(180_000);
  const openPage = chatPages();
  let chat: ChatPage;
  before(() => mkdirSync(PICTURES, { recursive: true }));

  const dialog = () => chat.page.getByRole("dialog");
  const button = (name: string) => dialog().getByRole("button", { name, exact: true });
  const tick = () => dialog().getByRole("checkbox");
  const groups = () => dialog().getByRole("listitem");
  const focusedText = () => chat.page.evaluate(() => document.activeElement?.textContent?.trim() ?? "");
  const answers = () => chat.posted("safety", "decide");
  async function open(
    size = { width: 760, height: 700 },
    theme: keyof typeof themes = "dark",
    safety = shown(),
  ): Promise<void> {
    chat = await openPage(themes[theme], size);
    await chat.give(header(), page([message(1, "hello")]), { type: "focusComposer" }, safety);
    await dialog().waitFor();
  }
  const enabled = (one: Locator) => one.and(chat.page.locator(":enabled")).waitFor();

  for (const theme of Object.keys(themes) as (keyof typeof themes)[])
    for (const [width, height] of [
      [300, 800],
      [600, 700],
      [1200, 800],
    ] as const)
      it(`is large, monospaced, complete and within the page, ${theme}, ${width} px`, async () => {
        await open({ width, height }, theme);
        assert.deepEqual(
          (await groups().allInnerTexts()).map((text) => text.trim()),
          GROUPS,
        );
        const looks = await groups().evaluateAll((all) =>
          all.map((one) => {
            const { fontSize, fontFamily } = getComputedStyle(one);
            const { left, right, width } = one.getBoundingClientRect();
            const card = one.parentElement?.getBoundingClientRect();
            const inside = card !== undefined && left >= card.left && right <= card.right;
            return { size: parseFloat(fontSize), fontFamily, width, inside };
          }),
        );
        const body = await chat.page.evaluate(() => parseFloat(getComputedStyle(document.body).fontSize));
        for (const { size, fontFamily, inside } of looks) {
          assert.ok(size >= 1.6 * body, `${size} px`);
          assert.match(fontFamily, /mono/i);
          assert.ok(inside);
        }
        assert.equal(
          new Set(looks.map((one) => Math.round(one.width))).size,
          1,
          "each as wide as the others",
        );
        const sideways = await dialog().evaluate((one) => one.scrollWidth > one.clientWidth);
        assert.ok(!sideways);
        const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => [id, nodes[0]?.html]),
          [],
        );
        await chat.page.screenshot({ path: `${PICTURES}/webview-safety-${theme}-${width}.png` });
      });

  it("is spoken group by group, digit by digit, and navigated by arrows", async () => {
    await open();
    const name = () => chat.page.evaluate(() => document.activeElement?.getAttribute("aria-label"));
    assert.equal(await name(), "Group 1 of 12: 1 0 0 0 0");
    await chat.page.keyboard.press("ArrowRight");
    assert.equal(await name(), "Group 2 of 12: 1 7 2 1 9");
    await chat.page.keyboard.press("ArrowDown");
    assert.match((await name()) ?? "", /^Group 6 of 12/);
    await chat.page.keyboard.press("End");
    await chat.page.keyboard.press("ArrowRight");
    assert.match((await name()) ?? "", /^Group 12 of 12/, "and stays at the end");
    await chat.page.keyboard.press("ArrowUp");
    await chat.page.keyboard.press("ArrowLeft");
    assert.match((await name()) ?? "", /^Group 7 of 12/);
    await chat.page.keyboard.press("Home");
    await chat.page.keyboard.press("ArrowUp");
    assert.match((await name()) ?? "", /^Group 1 of 12/);
    assert.match((await dialog().getAttribute("aria-labelledby")) ?? "", /safety-title/);
  });

  it("cannot be confirmed by Enter, Space or a letter before it was compared", async () => {
    await open();
    await enabled(tick());
    for (const key of ["Enter", "Space", "y", "Enter"]) await chat.page.keyboard.press(key);
    assert.ok(await button("They Match").isDisabled());
    assert.deepEqual(await answers(), []);
    assert.equal(await chat.page.locator("textarea").inputValue(), "", "nothing is written behind it");
    await button("They Match").click({ force: true });
    assert.deepEqual(await answers(), []);
  });

  it("is confirmed with four keys once it was compared, and reports which number", async () => {
    await open();
    await enabled(tick());
    await chat.page.keyboard.press("Tab");
    await chat.page.keyboard.press("Space");
    await chat.page.keyboard.press("Tab");
    assert.equal(await focusedText(), "They Match");
    await chat.page.keyboard.press("Enter");
    await dialog().waitFor({ state: "detached" });
    assert.deepEqual(await answers(), [{ type: "safety", answer: "match", number: SAFETY.number }]);
  });

  it("cannot be confirmed when it was only partly visible: the rest has to be scrolled to", async () => {
    await open({ width: 300, height: 230 });
    await dialog().getByText("Scroll through the whole number first.").waitFor();
    assert.ok(await tick().isDisabled());
    const seen = await groups().evaluateAll(
      (all) => all.filter((one) => one.getBoundingClientRect().bottom <= innerHeight).length,
    );
    assert.ok(seen < 12, `${seen} of 12 fit: the page is too high for this test`);
    await groups().nth(5).scrollIntoViewIfNeeded();
    assert.ok(await tick().isDisabled());
    for (let index = 0; index < 12; index++) {
      await groups().nth(index).scrollIntoViewIfNeeded();
      await chat.page.evaluate(() => new Promise(requestAnimationFrame));
    }
    await enabled(tick());
    await tick().check();
    await enabled(button("They Match"));
    await tick().uncheck();
    assert.ok(await button("They Match").isDisabled());
  });

  it("can be reported as different at once; Escape and Not Now close it and return the focus", async () => {
    await open();
    await chat.page.keyboard.press("Escape");
    await dialog().waitFor({ state: "detached" });
    await chat.page.keyboard.type("typed");
    assert.equal(await chat.page.locator("textarea").inputValue(), "typed");
    await chat.give(shown());
    await button("Not Now").click();
    await dialog().waitFor({ state: "detached" });
    assert.deepEqual(await answers(), []);
    await chat.give(shown());
    await button("They Don't Match").click();
    assert.deepEqual(await answers(), [{ type: "safety", answer: "differ", number: SAFETY.number }]);
  });

  const exits: Readonly<Record<string, (press: (name: string) => Promise<void>) => Promise<void>>> = {
    "They Match": (press) => press("They Match"),
    "They Don't Match": (press) => press("They Don't Match"),
    "Not Now": (press) => press("Not Now"),
    "Compare by Pasting…": (press) => press("Compare by Pasting…"),
    Escape: () => chat.page.keyboard.press("Escape"),
    Close: (press) => press("Close"),
    "Clear Verification": (press) => press("Clear Verification"),
    "another key": () => chat.give(header({ phase: "open", trust: "changed" }), header()),
  };
  const pressing = {
    mouse: (name: string) => button(name).click(),
    keyboard: async (name: string) => {
      await button(name).focus();
      await chat.page.keyboard.press("Enter");
    },
  };
  for (const [exit, leave] of Object.entries(exits))
    for (const [how, press] of Object.entries(pressing))
      it(`leaves the next keys to the composer after ${exit}, by ${how}`, async () => {
        const verified = exit === "Close" || exit === "Clear Verification";
        await open(undefined, "dark", shown({ verified }));
        if (verified) await groups().nth(3).click();
        else {
          await enabled(tick());
          // A click puts the caret into the dialog.
          if (how === "mouse") await dialog().getByText("I compared every group").click();
          else await tick().check();
        }
        await leave(press);
        await chat.page.keyboard.type("typed");
        assert.equal(await chat.page.locator("textarea").inputValue(), "typed");
        assert.equal(await dialog().count(), 0);
      });

  it("is copied in three lines, or compared by pasting", async () => {
    await open();
    await button("Copy Number").click();
    const [copy] = await chat.posted("copy");
    assert.equal(copy?.text, [0, 4, 8].map((at) => GROUPS.slice(at, at + 4).join("  ")).join("\n"));
    await button("Compare by Pasting…").click();
    assert.deepEqual(await answers(), [{ type: "safety", answer: "paste", number: SAFETY.number }]);
  });

  it("is shown as verified afterwards, and the verification can be cleared", async () => {
    await open(undefined, "light", shown({ verified: true }));
    await dialog().getByText("You verified bob").waitFor();
    assert.equal(await button("They Match").count(), 0);
    await button("Clear Verification").click();
    assert.deepEqual(await answers(), [{ type: "safety", answer: "clear", number: SAFETY.number }]);
  });

  it("closes when the key changes, and starts over when it is shown again", async () => {
    await open();
    await enabled(tick());
    await tick().check();
    await chat.give(shown({ number: [...GROUPS].reverse().join(" ") }));
    await enabled(tick());
    assert.ok(!(await tick().isChecked()));
    assert.ok(await button("They Match").isDisabled());
    await chat.give(header({ phase: "key-changed", trust: "changed" }));
    await dialog().waitFor({ state: "detached" });
    assert.deepEqual(await answers(), []);
  });

  it("announces that the person is verified", async () => {
    await open();
    await chat.give(header({ trust: "verified" }));
    await chat.live.getByText("bob is verified.").waitFor();
  });
});
