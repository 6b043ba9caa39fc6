/** Files and pictures of messages on the page: their states, their buttons, the viewer; and files that lie about themselves. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import type { HostMessage, PanelFileState, PanelMessage } from "../../extension/contract/panel.ts";
import { readPicture } from "../../messenger/pictures/picture.ts";
import { pictureFile } from "../../messenger/pictures/picture-fixture.ts";
import { type ChatPage, chatPages, header, idOf, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

type Files = Extract<PanelMessage["body"], { kind: "files" }>;
type PageFile = Files["files"][number];

const UNTIL = Date.UTC(2099, 0, 12) / 1000;
const plan: PageFile = {
  name: "plan.pdf",
  type: "application/pdf",
  bytes: 300_000,
  until: UNTIL,
  description: "",
};
const photo: PageFile = {
  ...{ name: "photo.jpg", type: "image/jpeg", bytes: 5000, until: UNTIL, description: "" },
  picture: { width: 400, height: 300 },
};
const PART_BYTES = 700;

function withFiles(
  position: number,
  files: readonly PageFile[],
  states: readonly PanelFileState[],
  { caption = "", ...changes }: Partial<PanelMessage> & { readonly caption?: string } = {},
): PanelMessage {
  return { ...message(position, "", changes), body: { kind: "files", files, caption }, files: [...states] };
}

/** Returns a picture as the extension posts it, in parts. */
function parts(position: number, item: number, bytes: Uint8Array, size = PART_BYTES): readonly HostMessage[] {
  const read = readPicture(bytes);
  assert.ok(read.kind === "picture");
  const { type: media, width, height, frames } = read;
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, n) => ({
    ...({ type: "picturePart", id: idOf(position), item, media, width, height, frames } as const),
    ...{ size: bytes.length, offset: n * size, data: bytes.slice(n * size, (n + 1) * size) },
  }));
}

describe("files on the page", function () {
  this.timeout(180_000);
  const openPage = chatPages();
  let chat: ChatPage;
  const open = async (theme: keyof typeof themes = "light", width = 760) => {
    chat = await openPage(themes[theme], { width, height: 700 });
  };
  beforeEach(() => open());

  const file = (item = 0) => chat.page.locator(".file").nth(item);
  const note = (item = 0) => file(item).locator(".file-note").innerText();
  const buttons = async (item = 0) =>
    (await file(item).locator(".file-actions button").allInnerTexts()).map((text) => text.trim());
  const gives = (state: PanelFileState, one = plan, changes: Partial<PanelMessage> = {}) =>
    chat.give(header(), page([withFiles(1, [one], [state], changes)]));
  const asked = async () => (await chat.posted("file")).map(({ id, item, does }) => ({ id, item, does }));
  const urls = () => chat.page.evaluate(() => (window as unknown as { urls: Set<string> }).urls.size);
  /** Records which blob: URLs are alive. */
  const countUrls = () =>
    chat.page.evaluate(() => {
      const urls = new Set<string>();
      Object.assign(window, { urls });
      const [create, revoke] = [URL.createObjectURL.bind(URL), URL.revokeObjectURL.bind(URL)];
      URL.createObjectURL = (blob: Blob) => {
        const url = create(blob);
        urls.add(url);
        return url;
      };
      URL.revokeObjectURL = (url: string) => {
        urls.delete(url);
        revoke(url);
      };
    });

  describe("a file", () => {
    for (const [name, state, says, offers] of [
      ["on the server", { type: "there" }, /300000|293 KB · on the server until/, ["Download", "Save As…"]],
      ["waiting", { type: "fetching", done: 0 }, /waiting…/, ["Cancel"]],
      ["on its way", { type: "fetching", done: 0.404 }, /40 %/, ["Cancel"]],
      ["that is here", { type: "here" }, /checked/, ["Save As…"]],
      [
        "that was saved",
        { type: "here", savedAt: Date.UTC(2026, 2, 1) },
        /saved on 1 Mar 2026/,
        ["Save As…"],
      ],
      [
        "gone from the server",
        { type: "gone", since: Date.UTC(2026, 2, 1) },
        /since 1 Mar 2026/,
        ["Look Again"],
      ],
      ["of another checksum", { type: "damaged" }, /doesn't match its checksum/, ["Retry"]],
      ["of another computer", { type: "elsewhere" }, /the backup comes from/, ["Download", "Save As…"]],
    ] as const)
      it(`${name} says so, and offers what is possible`, async () => {
        await gives(state);
        assert.match(await note(), says);
        assert.deepEqual(await buttons(), offers);
        assert.equal(await file().locator("progress").count(), state.type === "fetching" ? 1 : 0);
      });

    it("says that it waits for a connection", async () => {
      await chat.give(header({ connected: false, connectionText: "Not connected." }));
      await chat.give(page([withFiles(1, [plan], [{ type: "fetching", done: 0.2 }])]));
      assert.match(await note(), /waiting for a connection/);
      await chat.give(header());
      assert.match(await note(), /20 %/);
    });

    it("of the user's own says until when the server keeps it", async () => {
      await gives({ type: "here" }, plan, { mine: true, state: "read" });
      assert.match(await note(), /on the server until 12 Jan 2099/);
      await gives({ type: "here" }, { ...plan, until: 1000 }, { mine: true, state: "read" });
      assert.match(await note(), /the server kept it until 1 Jan 1970/);
    });

    it("posts its buttons' actions, by pointer and by keyboard", async () => {
      await gives({ type: "there" });
      await file().getByRole("button", { name: "Download" }).click();
      await chat.messages.first().focus();
      await chat.page.keyboard.press("Tab");
      assert.match(
        (await chat.page.evaluate(() => document.activeElement?.ariaLabel)) ?? "",
        /^Download: .?plan\.pdf/,
      );
      await chat.page.keyboard.press("Tab");
      await chat.page.keyboard.press("Enter");
      assert.deepEqual(await asked(), [
        { id: idOf(1), item: 0, does: "download" },
        { id: idOf(1), item: 0, does: "save" },
      ]);
    });

    it("shows its progress, its failure with Retry, and says its end once the user has asked", async () => {
      const at = { id: idOf(1), item: 0 };
      await gives({ type: "there" });
      await file().getByRole("button", { name: "Download" }).click();
      await chat.give({ type: "updated", message: withFiles(1, [plan], [{ type: "fetching", done: 0 }]) });
      await chat.give({ type: "fetched", ...at, done: 0.73 });
      await chat.page.locator(".file-note", { hasText: "73 %" }).waitFor();
      assert.equal(
        await file()
          .locator("progress")
          .evaluate((bar) => (bar as HTMLProgressElement).value),
        0.73,
      );
      await chat.give({ type: "updated", message: withFiles(1, [plan], [{ type: "there" }]) });
      await chat.give({ type: "fileFailed", ...at, text: "The disk is full." });
      await chat.page.locator(".file-failure", { hasText: "The disk is full." }).waitFor();
      assert.deepEqual(await buttons(), ["Retry", "Save As…"]);
      await file().getByRole("button", { name: "Retry" }).click();
      await chat.page.locator(".file-failure").waitFor({ state: "detached" });
      await chat.give({ type: "updated", message: withFiles(1, [plan], [{ type: "here" }]) });
      await chat.page
        .locator("[aria-live=polite]", { hasText: "on this computer, and checked" })
        .first()
        .waitFor();
    });

    it("of text can be opened, up to 5 MiB; nothing else can", async () => {
      const named = (name: string, bytes = 10, type = "") => ({ ...plan, name, bytes, type });
      const all = [
        named("build.log"),
        named("notes", 0),
        named("a.bin", 10, "text/plain"),
        named("big.log", 5 * 1024 * 1024 + 1),
        named("run.exe"),
        named("page.pdf", 10, "application/pdf"),
        named("a.zip"),
      ];
      await chat.give(
        header(),
        page([
          withFiles(
            1,
            all,
            all.map(() => ({ type: "here" })),
          ),
        ]),
      );
      const offers = await Promise.all(all.map(async (_, item) => (await buttons(item)).includes("Open")));
      assert.deepEqual(offers, [true, true, true, false, false, false, false]);
    });

    it("of up to ten has a caption below, as Markdown without pictures", async () => {
      const ten = Array.from({ length: 10 }, (_, n) => ({ ...plan, name: `part ${n}.pdf` }));
      const caption = "**all** of it ![x](https://evil.example/x.png)";
      await chat.give(
        header(),
        page([
          withFiles(
            1,
            ten,
            ten.map(() => ({ type: "there" })),
            { caption },
          ),
        ]),
      );
      assert.equal(await chat.page.locator(".file").count(), 10);
      assert.equal(await chat.page.locator(".caption strong").innerText(), "all");
      assert.equal(await chat.page.locator(".caption img").count(), 0);
    });

    it("shows hostile names as one harmless line, and offers no more than their bytes allow", async () => {
      const long = (text: string) => text.repeat(Math.floor(255 / Buffer.byteLength(text)));
      const names = [
        "../../../etc/passwd",
        "invoice\u202Efdp.exe",
        '<img src=x onerror="attack(1)">.txt',
        "a\nb\tc.txt",
        `${" ".repeat(80)}.exe`,
        long("a"),
        long("я"),
        long("漢"),
        long("👩‍👩‍👧"),
      ];
      const all = names.map((name) => ({ ...plan, name, type: "text/html" }));
      await chat.give(
        header(),
        page([
          withFiles(
            1,
            all,
            all.map(() => ({ type: "here" })),
          ),
        ]),
      );
      for (const [item, name] of names.entries()) {
        const shown = await file(item).locator(".file-name").innerText();
        assert.doesNotMatch(shown, /[/\\\n\u202e]/, name);
        assert.ok([...new Intl.Segmenter().segment(shown)].length <= 48, shown);
        const box = await file(item).boundingBox();
        assert.ok(box !== null && box.width <= 560 && box.height < 120, `${shown}: ${box?.height}`);
      }
      assert.deepEqual(await chat.page.evaluate(() => window.attacked), []);
      assert.deepEqual(chat.requests, []);
    });
  });

  describe("a picture", () => {
    const bytes = pictureFile("progressive.jpg");
    const gif = pictureFile("animated.gif");
    const image = () => chat.page.locator("parley-picture img");
    const shows = async (one = photo, data = bytes) => {
      await gives({ type: "here" }, one);
      await chat.waitForPost("picture");
      await chat.give(...parts(1, 0, data));
      await image().waitFor();
      await chat.page.waitForFunction(
        () => document.querySelector<HTMLImageElement>("parley-picture img")?.complete,
      );
    };
    /** Scrolls up until the page has asked for that many pictures: it draws earlier rows step by step. */
    const toTop = (asked: number) =>
      chat.page.waitForFunction((least) => {
        const log = document.querySelector(".log");
        if (log !== null) log.scrollTop = 0;
        return window.posts.filter((post) => (post as { type: string }).type === "picture").length >= least;
      }, asked);
    const viewer = () => chat.page.locator("dialog.viewer");
    const zoom = () => viewer().locator("output").innerText();
    const width = () =>
      viewer()
        .locator("img")
        .evaluate((one) => one.getBoundingClientRect().width);

    it("is asked for once it is here, put together from its parts, and moves nothing when it comes", async () => {
      await gives({ type: "there" }, photo);
      const before = await chat.page.locator(".file").boundingBox();
      await chat.give({ type: "updated", message: withFiles(1, [photo], [{ type: "fetching", done: 0 }]) });
      assert.deepEqual(await chat.posted("picture"), [], "its bytes are not here yet");
      await shows();
      const natural = await image().evaluate((one) => (one as HTMLImageElement).naturalWidth);
      assert.equal(natural, (readPicture(bytes) as { width: number }).width);
      assert.equal((await chat.posted("picture")).length, 1);
      const after = await chat.page.locator("parley-picture").boundingBox();
      assert.equal(before?.y, (await chat.page.locator(".file").boundingBox())?.y);
      assert.ok(after !== null && after.width === 320 && after.height === 240, JSON.stringify(after));
    });

    it("has its description, else its name, for a screen reader", async () => {
      await shows();
      assert.match((await image().getAttribute("alt")) ?? "", /photo\.jpg/);
      await open();
      await shows({ ...photo, description: "a red house" });
      assert.equal(await image().getAttribute("alt"), "a red house");
      await chat.page.getByRole("button", { name: "View the picture: a red house" }).waitFor();
    });

    it("is let go when its row leaves or is scrolled away, and asked for again when it comes back", async () => {
      await countUrls();
      const texts = Array.from({ length: 90 }, (_, n) => message(n + 2, `line ${n}`));
      await chat.give(header(), page([withFiles(1, [photo], [{ type: "here" }]), ...texts]));
      await toTop(1);
      await chat.give(...parts(1, 0, bytes));
      await image().waitFor();
      assert.equal(await urls(), 1);
      await chat.log.evaluate((log) => (log.scrollTop = log.scrollHeight));
      await chat.waitForPost("pictureGone");
      assert.equal(await urls(), 0);
      await toTop(2);
      await chat.give(...parts(1, 0, bytes));
      await image().waitFor();
      await chat.give({ type: "removed", ids: [idOf(1)] });
      await chat.waitForPost("pictureGone", 2);
      assert.equal(await urls(), 0);
    });

    it("ignores parts that are missing, repeated, or of a picture that nobody asked for", async () => {
      await countUrls();
      await gives({ type: "here" }, photo);
      await chat.waitForPost("picture");
      const [first, second, ...rest] = parts(1, 0, bytes);
      assert.ok(first && second);
      await chat.give(second, first, first, ...parts(2, 0, bytes), ...parts(1, 1, bytes));
      assert.equal(await urls(), 0);
      await chat.give(second, ...rest);
      await image().waitFor();
      assert.equal(await urls(), 1);
    });

    for (const [why, says] of [
      ["too-large", "Too large to show"],
      ["no-picture", "Not a picture that Parley shows"],
      ["damaged", "The picture is damaged"],
      ["full", "Too many pictures at once"],
      ["failed", "The picture can't be shown"],
    ] as const)
      it(`that is ${why} stays a file with the reason`, async () => {
        await gives({ type: "here" }, photo);
        await chat.waitForPost("picture");
        await chat.give({ type: "noPicture", id: idOf(1), item: 0, why });
        await chat.page.locator(".picture-none", { hasText: says }).waitFor();
        assert.ok((await buttons()).includes("Save As…"));
      });

    it("that the browser can't decode is damaged, and its bytes are let go", async () => {
      await countUrls();
      await gives({ type: "here" }, photo);
      await chat.waitForPost("picture");
      const data = new Uint8Array(64).fill(7);
      const claim = {
        media: "image/png",
        width: 40,
        height: 30,
        frames: 1,
        size: 64,
        offset: 0,
        data,
      } as const;
      await chat.give({ type: "picturePart", id: idOf(1), item: 0, ...claim });
      await chat.page.locator(".picture-none", { hasText: "The picture is damaged" }).waitFor();
      assert.equal(await urls(), 0);
    });

    it("of extreme sides takes no more room than others", async () => {
      const all = [
        [10_000, 1],
        [1, 10_000],
        [10_000, 10_000],
        [1, 1],
      ].map(([width = 1, height = 1]) => ({ ...photo, picture: { width, height } }));
      await chat.give(
        header(),
        page([
          withFiles(
            1,
            all,
            all.map(() => ({ type: "there" })),
          ),
        ]),
      );
      for (const box of await chat.page.locator("parley-picture").all()) {
        const size = await box.boundingBox();
        assert.ok(size && size.width >= 32 && size.width <= 320 && size.height >= 32 && size.height <= 240);
      }
    });

    it("opens in a viewer with the focus, zooms by keys and buttons, and returns the focus", async () => {
      await shows();
      await chat.messages.first().focus();
      await chat.page.keyboard.press("Tab");
      await chat.page.keyboard.press("Enter");
      await viewer().waitFor();
      assert.equal(
        await viewer().getAttribute("aria-label"),
        `Picture: ${await image().first().getAttribute("alt")}`,
      );
      const fit = await width();
      for (const [key, grows] of [
        ["+", true],
        ["+", true],
        ["-", false],
      ] as const) {
        const before = await width();
        await chat.page.keyboard.press(key);
        assert.equal((await width()) > before, grows, key);
      }
      await chat.page.keyboard.press("1");
      assert.equal(await zoom(), "100 %");
      assert.equal(await width(), (readPicture(bytes) as { width: number }).width);
      await chat.page.keyboard.press("0");
      assert.equal(await width(), fit);
      await viewer().getByRole("button", { name: "Zoom In (+)" }).click();
      assert.ok((await width()) > fit);
      await viewer().getByRole("button", { name: "Fit" }).click();
      for (let n = 0; n < 12; n++) {
        await chat.page.keyboard.press("Tab");
        assert.ok(
          await chat.page.evaluate(
            () =>
              document.activeElement === document.body || document.activeElement?.closest("dialog") !== null,
          ),
        );
      }
      await chat.page.keyboard.press("Escape");
      await viewer().waitFor({ state: "detached" });
      assert.match((await chat.page.evaluate(() => document.activeElement?.className)) ?? "", /picture-open/);
    });

    it("is saved from the viewer, whose letters don't reach the composer", async () => {
      await shows();
      await chat.page.locator(".picture-open").click();
      await chat.page.keyboard.type("abc+");
      await viewer().getByRole("button", { name: "Save As…" }).click();
      assert.deepEqual(await asked(), [{ id: idOf(1), item: 0, does: "save" }]);
      assert.equal(await chat.composer.inputValue(), "");
    });

    it("closes in the viewer when its message is deleted, and leaves no URL", async () => {
      await countUrls();
      await shows();
      await chat.page.locator(".picture-open").click();
      await viewer().waitFor();
      assert.equal(await urls(), 2);
      await chat.give({ type: "removed", ids: [idOf(1)] });
      await viewer().waitFor({ state: "detached" });
      await chat.page.waitForFunction(() => (window as unknown as { urls: Set<string> }).urls.size === 0);
    });

    for (const how of ["the system's setting", "VS Code's setting"] as const)
      it(`that is animated stands still by ${how} until it is played`, async () => {
        if (how === "the system's setting") await chat.page.emulateMedia({ reducedMotion: "reduce" });
        else await chat.page.evaluate(() => document.body.classList.add("vscode-reduce-motion"));
        await gives({ type: "here" }, { ...photo, name: "cat.gif" });
        await chat.waitForPost("picture");
        await chat.give(...parts(1, 0, gif));
        const still = chat.page.locator("parley-picture canvas");
        await still.waitFor();
        assert.equal(await image().count(), 0);
        await chat.page.waitForFunction(() => {
          const canvas = document.querySelector("canvas");
          const data = canvas?.getContext("2d")?.getImageData(0, 0, canvas.width, canvas.height).data ?? [];
          return data.some((value) => value !== 0);
        });
        await chat.page.getByRole("button", { name: "Play" }).click();
        await image().waitFor();
        await chat.page.getByRole("button", { name: "Pause" }).click();
        await still.waitFor();
      });

    it("that is animated moves for everybody else", async () => {
      await shows({ ...photo, name: "cat.gif" }, gif);
      assert.equal(await chat.page.getByRole("button", { name: "Play" }).count(), 0);
    });
  });

  for (const theme of ["light", "dark", "hcDark", "hcLight"] as const)
    it(`has no accessibility fault in ${theme}, and fits 300 px`, async () => {
      await open(theme, 300);
      const bytes = pictureFile("turned.jpg");
      const all = [
        withFiles(
          1,
          [plan, { ...plan, name: "build.log", type: "text/plain" }],
          [{ type: "there" }, { type: "here" }],
        ),
        withFiles(2, [plan], [{ type: "fetching", done: 0.4 }]),
        withFiles(3, [plan, plan], [{ type: "gone", since: Date.UTC(2026, 2, 1) }, { type: "damaged" }]),
        withFiles(4, [{ ...photo, description: "the office" }], [{ type: "here" }], {
          caption: "our new **office**",
        }),
        withFiles(5, [photo], [{ type: "here" }], { mine: true, state: "read" }),
      ];
      await chat.give(header(), page(all));
      await chat.give({
        type: "fileFailed",
        id: idOf(1),
        item: 0,
        text: "The server doesn't answer. Try again later.",
      });
      await chat.waitForPost("picture", 2);
      await chat.give(...parts(4, 0, bytes), ...parts(5, 0, bytes));
      await chat.page.locator("parley-picture img").nth(1).waitFor();
      const wide = await chat.log.evaluate((log) => log.scrollWidth > log.clientWidth);
      assert.equal(wide, false);
      for (const view of ["chat", "viewer"]) {
        if (view === "viewer") await chat.page.locator(".picture-open").last().click();
        const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
        assert.deepEqual(
          violations.map(({ id, nodes }) => `${view} ${id}: ${nodes.map(({ html }) => html).join()}`),
          [],
        );
      }
    });
});
