/** The author, the state and the actions of a message at a glance, in every theme. */
import assert from "node:assert/strict";
import { chatPhases } from "../../messenger/model.ts";
import { type ChatPage, chatPages, header, idOf, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

const WIDE = { width: 1200, height: 800 };
const LONG = Array.from({ length: 120 }, (_, line) => `line ${line}`).join("\n");

describe("the look of a chat panel", function () {
  this.timeout(180_000);
  const openPage = chatPages();
  let chat: ChatPage;
  const open = async (theme: keyof typeof themes = "dark", size?: { width: number; height: number }) => {
    chat = await openPage(themes[theme], size);
  };

  for (const theme of Object.keys(themes) as (keyof typeof themes)[])
    it(`gives each person a colour that can be read, ${theme}`, async () => {
      await open(theme);
      const seen = new Map<string, number>();
      for (const peer of "abcdefghijkl") {
        await chat.give(header({ peer }), page([message(1, "hello", { author: peer })]));
        const [colour, contrast] = await chat.page.locator(".sender").evaluate((name) => {
          const channels = (css: string) => {
            const context = document.createElement("canvas").getContext("2d");
            if (context === null) throw new Error("no canvas");
            context.fillStyle = css;
            context.fillRect(0, 0, 1, 1);
            return [...context.getImageData(0, 0, 1, 1).data].slice(0, 3);
          };
          const luminance = (css: string) => {
            const [r = 0, g = 0, b = 0] = channels(css).map((value) => {
              const part = value / 255;
              return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
            });
            return 0.2126 * r + 0.7152 * g + 0.0722 * b;
          };
          const { color } = getComputedStyle(name);
          const [one, two] = [luminance(color), luminance(getComputedStyle(document.body).backgroundColor)];
          return [channels(color).join(), (Math.max(one, two) + 0.05) / (Math.min(one, two) + 0.05)] as const;
        });
        seen.set(colour, contrast);
      }
      assert.ok(seen.size >= 5, `${seen.size} colours`);
      for (const [colour, contrast] of seen) assert.ok(contrast >= 4.5, `${colour}: ${contrast}`);
    });

  it("shows one's own messages as bubbles on the other side, with their marks beside the text", async () => {
    await open("dark", WIDE);
    await chat.give(
      header(),
      page([
        message(1, "theirs"),
        message(2, "mine", { mine: true, state: "read" }),
        message(3, "word ".repeat(400)),
      ]),
    );
    const box = async (selector: string) => {
      const found = await chat.page.locator(selector).first().boundingBox();
      assert.ok(found !== null);
      return found;
    };
    const [theirs, mine, mark] = [
      await box(".theirs .bubble"),
      await box(".mine .bubble"),
      await box(".state.read"),
    ];
    const words = await box(".mine .body p");
    assert.ok(mine.x > theirs.x + 400);
    assert.ok(mark.x - (words.x + words.width) < 80, "close to the words");
    assert.ok(Math.abs(mark.y - words.y) < 12, "on their line");
    const longest = await chat.page
      .locator(".body p")
      .last()
      .evaluate((text) => {
        const ruler = document.createElement("span");
        ruler.textContent = "0".repeat(80);
        text.append(ruler);
        const { width } = ruler.getBoundingClientRect();
        ruler.remove();
        return text.getBoundingClientRect().width / width;
      });
    assert.ok(longest <= 1.01 && longest > 0.9, `lines of ${80 * longest} characters`);
  });

  it("distinguishes every state of a message by shape or colour in every theme", async () => {
    const states = ["waiting", "sending", "sent", "delivered", "read", "failed"] as const;
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await open(theme);
      await chat.give(
        header(),
        page(states.map((state, index) => message(index, state, { mine: true, state }))),
      );
      const looks = await chat.page.locator(".state").evaluateAll((all) =>
        all.map((one) => {
          const icon = one.querySelector("svg");
          return `${icon?.innerHTML.replace(/<!--.*?-->/g, "")} ${getComputedStyle(one).color} ${icon && getComputedStyle(icon).strokeWidth}`;
        }),
      );
      assert.equal(new Set(looks).size, states.length, theme);
    }
  });

  it("draws tasks as boxes whose text is still copied", async () => {
    await open();
    await chat.give(
      header(),
      page([
        message(
          1,
          "- [x] done\n- [ ] open\n- [X] **bold**\n- \\[x] no\n- [x](https://example.org/)\n- [y] no\n\n1. [ ] first",
        ),
      ]),
    );
    assert.deepEqual(
      await chat.page.locator(".task").evaluateAll((all) => all.map((box) => box.getAttribute("aria-label"))),
      ["Done", "Not done", "Done", "Not done"],
    );
    assert.deepEqual((await chat.page.locator(".body li").allTextContents()).slice(0, 4), [
      "[x] done",
      "[ ] open",
      "[X] bold",
      "[x] no",
    ]);
  });

  it("aligns the columns of a table as in its Markdown", async () => {
    await open();
    await chat.give(header(), page([message(1, "|a|b|c|d|\n|:-|:-:|-:|-|\n|1|2|3|4|")]));
    const alignments = await chat.page
      .locator("td")
      .evaluateAll((cells) => cells.map((cell) => getComputedStyle(cell).textAlign));
    assert.deepEqual(alignments, ["left", "center", "right", "start"]);
  });

  it("shows one to three emoji alone large, and nothing else", async () => {
    await open();
    const large = ["👍", "🎉 🎉 🎉", "👩‍💻", "🇩🇪\n", "👋🏽❤️", "1️⃣"];
    const usual = ["👍👍👍👍", "👍 ok", "1", "#", "©", "👍\u202e", "`👍`"];
    await chat.give(header(), page([...large, ...usual].map((text, index) => message(index, text))));
    const sizes = await chat.page
      .locator(".body p")
      .evaluateAll((all) => all.map((one) => Number.parseFloat(getComputedStyle(one).fontSize)));
    assert.deepEqual(
      sizes.map((size) => size > 26),
      [...large.map(() => true), ...usual.map(() => false)],
    );
    assert.deepEqual((await chat.page.locator(".body").allTextContents()).slice(0, 5), [
      ...large.slice(0, 5),
    ]);
  });

  it("folds a long message until it is unfolded, and keeps its position", async () => {
    await open();
    await chat.give(header(), page([message(1, LONG), message(2, "after"), message(3, "x".repeat(10_000))]));
    const row = chat.messages.first();
    const height = async () => (await row.boundingBox())?.height ?? 0;
    const folded = await height();
    assert.ok(folded < 500, `${folded} px`);
    await row.scrollIntoViewIfNeeded();
    const more = row.getByRole("button", { name: "Show more" });
    assert.match((await more.textContent()) ?? "", /about 120 lines/);
    await row.evaluate((element) => element.scrollIntoView({ block: "start" }));
    const top = (await row.boundingBox())?.y;
    await more.click();
    assert.ok((await height()) > 3 * folded);
    assert.equal((await row.boundingBox())?.y, top);
    assert.equal(
      await chat.page.getByRole("button", { name: "Show more" }).count(),
      1,
      "the other stays folded",
    );
    await row.getByRole("button", { name: "Show less" }).click();
    assert.equal(await height(), folded);
  });

  it("unfolds a message that is jumped to, and one with a search hit", async () => {
    await open();
    const around = page([message(1, LONG), message(2, LONG)]);
    assert.ok(around.type === "page");
    await chat.give(header(), { ...around, goTo: idOf(1) } as typeof around);
    const folded = (index: number) => chat.messages.nth(index).locator(".folded").count();
    assert.deepEqual([await folded(0), await folded(1)], [0, 1]);
    await chat.messages
      .nth(1)
      .locator(".folded")
      .evaluate((body) => {
        body.scrollTop = body.scrollHeight;
      });
    await chat.page.waitForFunction(() => document.querySelector(".folded") === null);
  });

  it("has a header of one line, down to 300 pixels, with the rest in a menu", async () => {
    await open("dark", { width: 300, height: 500 });
    await chat.give(header({ timerSeconds: 300 }));
    assert.ok(((await chat.page.locator("header").boundingBox())?.height ?? 99) < 40);
    const { overflow, wrapped } = await chat.page.evaluate(() => ({
      overflow: document.documentElement.scrollWidth - document.documentElement.clientWidth,
      wrapped: (document.querySelector("textarea")?.clientHeight ?? 0) > 36,
    }));
    assert.deepEqual({ overflow, wrapped }, { overflow: 0, wrapped: false });
    const more = chat.page.getByRole("button", { name: "More Actions" });
    for (const [key, action] of [
      ["Home", "searchChat"],
      ["g", "goToDate"],
      ["m", "mute"],
      ["e", "exportChat"],
      ["v", "verifySafetyNumber"],
    ] as const) {
      await more.focus();
      await chat.page.keyboard.press("Enter");
      assert.equal(await more.getAttribute("aria-expanded"), "true");
      await chat.page.keyboard.press(key);
      await chat.page.keyboard.press("Enter");
      assert.equal((await chat.posted("action")).at(-1)?.action, action);
      assert.equal(await more.evaluate((button) => button === document.activeElement), true);
      assert.equal(await more.getAttribute("aria-expanded"), "false");
    }
  });

  it("has a primary button only for the most common action", async () => {
    await open();
    for (const [changes, name] of [
      [{ phase: "requested" }, undefined],
      [{ blocked: true }, undefined],
      [{ phase: "invited" }, "Accept"],
      [{ phase: "none" }, "Request to Talk"],
      [{ connected: false }, "Reconnect"],
    ] as const) {
      await chat.give(header(changes));
      assert.deepEqual(
        await chat.page.locator(".banner .primary").allInnerTexts(),
        name === undefined ? [] : [name],
      );
    }
  });

  for (const width of [300, 760])
    it(`shows a message's actions above it, covering neither its words nor its time, ${width} px`, async () => {
      await open("dark", { width, height: 500 });
      const own = Array.from({ length: 20 }, (_, index) =>
        message(index, index % 3 === 0 ? "ok" : "word ".repeat(40), { mine: index % 2 === 0, state: "read" }),
      );
      await chat.give(header(), page(own));
      for (const index of [5, 6, 9, 12]) {
        const row = chat.messages.nth(index);
        await row.focus();
        await row.hover();
        const covered = await row.evaluate((one) => {
          const bar = one.querySelector(".row-actions")?.getBoundingClientRect();
          const log = one.closest(".log")?.getBoundingClientRect();
          if (bar === undefined || log === undefined) return ["no bar"];
          if (bar.top < log.top) return ["cut off"];
          return [".body", ".meta:not(:empty)", ".byline"].filter((part) => {
            const rect = one.querySelector(part)?.getBoundingClientRect();
            return (
              rect !== undefined && rect.height > 0 && rect.top < bar.bottom - 2 && rect.right > bar.left
            );
          });
        });
        assert.deepEqual(covered, [], `message ${index}`);
      }
    });

  it("keeps the name on one line and the menu in sight, in a panel of 124 pixels", async () => {
    await open("dark", { width: 124, height: 500 });
    await chat.give(header());
    assert.ok(((await chat.page.locator("h1").boundingBox())?.height ?? 99) < 30);
    const more = await chat.page.getByRole("button", { name: "More Actions" }).boundingBox();
    assert.ok(more !== null && more.x + more.width <= 124);
  });

  it("puts the time of a message that ends with code or a table below it, not beside it", async () => {
    await open("dark", WIDE);
    const code = `\`\`\`ts\n${"const answer = 6 * 7; ".repeat(3)}\n\`\`\``;
    const table = "|a|b|\n|-|-|\n|1|2|";
    await chat.give(
      header(),
      page([code, table].map((text, index) => message(index, text, { mine: true, state: "read" }))),
    );
    for (const [index, part] of [".code", ".table"].entries()) {
      const row = chat.messages.nth(index);
      const [block, meta] = [await row.locator(part).boundingBox(), await row.locator(".meta").boundingBox()];
      assert.ok(block !== null && meta !== null && meta.y >= block.y + block.height, part);
    }
  });

  it("gives each key in a notice a line of its own", async () => {
    await open("dark", WIDE);
    const [offered, pinned] = ["aaaa 1111", "bbbb 2222"];
    await chat.give(header({ trust: "changed", keyChange: { offered, pinned, shown: "" } }));
    const lines = await chat.page.locator(".explanation").allInnerTexts();
    assert.deepEqual(lines.slice(1), [`New key: ${offered}.`, `Old key: ${pinned}.`]);
  });

  it("shortens the hint in the message box where it doesn't fit", async () => {
    await open("dark", WIDE);
    await chat.give(header());
    for (const width of [1200, 600, 300]) {
      await chat.page.setViewportSize({ width, height: 500 });
      await chat.page.waitForFunction(() => {
        const area = document.querySelector("textarea");
        const context = document.createElement("canvas").getContext("2d");
        if (area === null || context === null) return false;
        context.font = getComputedStyle(area).font;
        return context.measureText(area.placeholder).width < area.clientWidth - 12;
      });
      assert.equal((await chat.composer.getAttribute("placeholder"))?.includes("Enter to send"), width > 480);
    }
  });

  it("keeps everything within 300 pixels: names, words, scripts and tables of any length", async () => {
    await open("dark", { width: 300, height: 600 });
    const peer = "w".repeat(32);
    const word = "Donaudampfschifffahrtsgesellschaftskapitän".repeat(8);
    const texts = [
      word,
      `**${word}** *${word}* \`${word}\``,
      `https://example.org/${"path/".repeat(60)}`,
      `[${word}](https://${"a".repeat(60)}.${"b".repeat(60)}.example.org/)`,
      `# ${word}\n> ${word}\n- [x] ${word}\n123456789. ${word}`,
      `|${word}|b|\n|-|-|\n|1|${word}|`,
      `\`\`\`\n${word}\n\`\`\``,
      "اللغة".repeat(80),
      `שלום ${"א".repeat(200)} 123`,
      "日本語".repeat(80),
      "a\u0301\u0302\u0303".repeat(80),
      "👩🏽‍💻".repeat(60),
      "\u202e\u2066".repeat(40),
      "﷽".repeat(30),
    ];
    const states = ["failed", "read", "waiting"] as const;
    const messages = texts.flatMap((text, index) => [
      message(2 * index, text),
      message(2 * index + 1, text, {
        ...{ mine: true, state: states[index % 3] ?? "read", failureText: word },
        expiry: { seconds: 2_419_200 },
      }),
    ]);
    const request = { known: word, shown: "", key: `Key: ${"abcd ".repeat(16)}`, note: `“${word}”` };
    for (const phase of chatPhases)
      for (const online of [true, false]) {
        await chat.give(
          header({
            ...{
              peer,
              phase,
              online,
              timerSeconds: 2_419_200,
              trust: phase === "key-changed" ? "changed" : "pinned",
            },
            ...(phase === "invited" && { request }),
          }),
          page(messages),
        );
        const outside = await chat.page.evaluate(() =>
          [...document.querySelectorAll("#parley *")]
            .filter((one) => one.closest("pre, .table, .spoken, svg, .body.folded, .row-actions") === null)
            .filter((one) => {
              const { left, right, width } = one.getBoundingClientRect();
              return width > 0 && (left < -1 || right > window.innerWidth + 1);
            })
            .map((one) => `${one.tagName} ${one.className} ${one.textContent?.slice(0, 40)}`),
        );
        assert.deepEqual(outside, [], phase);
      }
  });
});
