/** Files in the page before they are a message: pasted, dropped, shown, described, removed, sent, and on their way. */
import assert from "node:assert/strict";
import { AxeBuilder } from "@axe-core/playwright";
import { MAX_CAPTION_BYTES, PIECE_BYTES } from "../../extension/contract/attachments.ts";
import type { HostMessage } from "../../extension/contract/panel.ts";
import { MAX_TEXT_BYTES } from "../../extension/contract/text.ts";
import { pictureFile } from "../../messenger/pictures/picture-fixture.ts";
import { type ChatPage, chatPages, header, idOf, message, page } from "./chat-page.ts";
import { themes } from "./themes.ts";

type News = Extract<HostMessage, { type: "files" }>;
type Draft = NonNullable<News["draft"]>;

const PARCEL = idOf(700);
const attached = (number: number, name: string, changes: Partial<Draft["files"][number]> = {}) => ({
  ...{
    copy: idOf(number),
    name,
    bytes: 1_200_000,
    description: "",
    metadata: "none" as const,
    previewed: true,
  },
  ...changes,
});
const files = (all: readonly Draft["files"][number][], rest: Partial<News> = {}): HostMessage => ({
  type: "files",
  ...(all.length > 0 && { draft: { id: PARCEL, files: [...all] } }),
  adding: [],
  sending: [],
  ...rest,
});
const sending = (changes: Partial<News["sending"][number]> = {}) => ({
  ...{ id: PARCEL, names: ["app.log"], done: 0, ...changes },
});

describe("files in the page of a chat", function () {
  this.timeout(180_000);
  const openPage = chatPages();
  let chat: ChatPage;
  const open = async (theme: keyof typeof themes = "light", width = 760) => {
    chat = await openPage(themes[theme], { width, height: 700 });
    await chat.give(header(), page([message(1, "hello")]));
  };
  beforeEach(() => open());

  const rows = () => chat.page.locator(".attachment");
  const send = () => chat.page.getByRole("button", { name: "Send" });
  const notices = () => chat.page.locator(".file-notice");
  const isIn = (text: string) =>
    chat.page.waitForFunction((wanted) => document.body.innerText.includes(wanted), text);
  const live = (text: string) =>
    chat.page.waitForFunction(
      (wanted) => document.querySelector("[aria-live=polite]")?.textContent?.includes(wanted),
      text,
    );

  /** Fires an event that brings files, as the browser does. @returns whether the page let its default happen */
  const bring = (
    how: "paste" | "drop" | "dragover" | "dragenter",
    all: readonly { readonly name: string; readonly text?: string; readonly bytes?: number }[],
    data: Readonly<Record<string, string>> = {},
  ) =>
    chat.page.evaluate(
      ({ how, all, data }) => {
        const transfer = new DataTransfer();
        for (const { name, text = "", bytes } of all)
          transfer.items.add(new File([bytes === undefined ? text : new Uint8Array(bytes)], name));
        for (const [type, value] of Object.entries(data)) transfer.setData(type, value);
        const how2 = { bubbles: true, cancelable: true };
        const target = document.querySelector("textarea") ?? document.body;
        let reached = false;
        const outside = () => {
          reached = true;
        };
        window.addEventListener(how, outside);
        const went = target.dispatchEvent(
          how === "paste"
            ? new ClipboardEvent("paste", { ...how2, clipboardData: transfer })
            : new DragEvent(how, { ...how2, dataTransfer: transfer }),
        );
        window.removeEventListener(how, outside);
        return { prevented: !went, reached };
      },
      { how, all, data },
    );

  /** Answers the pieces of one file as the extension does. @returns the bytes */
  const takeAll = async (name: string): Promise<Buffer> => {
    const taken: Buffer[] = [];
    for (let at = 0; ; at++) {
      await chat.waitForPost("attachPiece", at + 1);
      const piece = (await chat.posted("attachPiece"))[at] ?? assert.fail();
      assert.equal(piece.name, name);
      assert.equal(piece.offset, Buffer.concat(taken).length);
      assert.ok(piece.data.length <= PIECE_BYTES);
      assert.equal((await chat.posted("attachPiece")).length, at + 1, "one piece at a time");
      taken.push(Buffer.from(piece.data));
      await chat.give({ type: "pieceTaken", file: piece.file });
      if (Buffer.concat(taken).length === piece.bytes) return Buffer.concat(taken);
    }
  };

  for (const how of ["paste", "drop"] as const)
    it(`hands a file over by ${how}, in pieces that each wait for the one before`, async () => {
      const bytes = 2 * PIECE_BYTES + 5;
      assert.equal((await bring(how, [{ name: "app.log", bytes }])).prevented, true);
      await rows().getByText("Adding").waitFor();
      assert.ok(await send().isDisabled());
      assert.equal((await takeAll("app.log")).length, bytes);
      await chat.give(files([attached(1, "app.log", { bytes })]));
      assert.equal(await rows().count(), 1);
      assert.ok(await send().isEnabled());
    });

  it("hands several files over one after the other, an empty one too", async () => {
    await bring("paste", [{ name: "one", text: "1" }, { name: "empty" }]);
    for (const [at, name] of ["one", "empty"].entries()) {
      await chat.waitForPost("attachPiece", at + 1);
      const piece = (await chat.posted("attachPiece"))[at] ?? assert.fail();
      assert.deepEqual([piece.name, piece.bytes, piece.data.length], [name, 1 - at, 1 - at]);
      await chat.give({ type: "pieceTaken", file: piece.file });
    }
    await rows().waitFor({ state: "detached" });
  });

  it("keeps drags of files from VS Code, which would open them", async () => {
    for (const how of ["dragenter", "dragover"] as const) {
      assert.deepEqual(await bring(how, [{ name: "a" }]), { prevented: true, reached: false });
      assert.deepEqual(await bring(how, [], { "text/plain": "words" }), { prevented: false, reached: true });
    }
    assert.equal(await chat.page.locator("[data-drop]").count(), 1);
    await bring("drop", [{ name: "a", text: "x" }]);
    assert.equal(await chat.page.locator("[data-drop]").count(), 0);
  });

  it("leaves text to the message box: pasted, with a picture of it from an office program, and a web link", async () => {
    const picture = [{ name: "image.png", text: "x" }];
    assert.equal((await bring("paste", [], { "text/plain": "words" })).prevented, false);
    assert.equal((await bring("paste", picture, { "text/rtf": "{\\rtf1}" })).prevented, false);
    assert.equal((await bring("drop", [], { "text/uri-list": "https://example.org/" })).prevented, false);
    assert.deepEqual(await chat.posted("attachPiece", "attachDropped"), []);
  });

  it("passes on all files that are dropped from the editor, by their URIs", async () => {
    const uris = ["file:///work/a.ts", "file:///work/b.ts"];
    await bring("drop", [], {
      "text/uri-list": uris[0] ?? "",
      "application/vnd.code.uri-list": uris.join("\r\n"),
    });
    assert.deepEqual(await chat.posted("attachDropped"), [{ type: "attachDropped", uris }]);
  });

  it("asks for a dialog by the button beside the message box", async () => {
    await chat.page.getByRole("button", { name: "Attach Files…" }).click();
    await chat.waitForPost("pickFiles");
    await chat.give(header({ phase: "closed-by-peer" }));
    assert.ok(await chat.page.getByRole("button", { name: "Attach Files…" }).isDisabled());
  });

  it("says why a file wasn't attached: refused, too many, in a closed chat", async () => {
    await bring("paste", [{ name: "big.bin", text: "x" }]);
    await chat.waitForPost("attachPiece");
    const [piece = assert.fail()] = await chat.posted("attachPiece");
    await chat.give({
      type: "notAttached",
      file: piece.file,
      text: "big.bin wasn't attached. It is too large.",
    });
    await notices().getByText("It is too large.").waitFor();
    await live("It is too large.");
    assert.equal(await rows().count(), 0);
    assert.ok(await send().isDisabled());
    await notices().getByRole("button", { name: "Dismiss" }).click();
    assert.equal(await notices().count(), 0);

    await chat.give(files(Array.from({ length: 9 }, (_, number) => attached(number, `${number}.txt`))));
    await bring("paste", [{ name: "tenth", text: "x" }, { name: "eleventh" }, { name: "twelfth" }]);
    await notices().getByText("A message has at most 10 files. 2 weren't attached.").waitFor();
    assert.deepEqual(
      await rows()
        .locator(".attachment-name")
        .last()
        .innerText()
        .then((text) => text.replace(/[\u2068\u2069]/g, "")),
      "Adding tenth, 0%",
    );

    await chat.give(header({ phase: "closed-by-peer" }));
    await bring("drop", [{ name: "late", text: "x" }]);
    await notices().getByText("The chat is closed").waitFor();
  });

  it("gives up a file that is being read, and goes on with the next", async () => {
    await bring("paste", [
      { name: "first", bytes: 3 * PIECE_BYTES },
      { name: "second", text: "2" },
    ]);
    await chat.waitForPost("attachPiece");
    await rows().first().getByRole("button", { name: "Cancel" }).click();
    await chat.waitForPost("stopPieces");
    await chat.waitForPost("attachPiece", 2);
    const names = (await chat.posted("attachPiece")).map(({ name }) => name);
    assert.deepEqual(names, ["first", "second"]);
  });

  it("shows name, size, what was removed and a description, and takes one file out by its own name", async () => {
    await chat.give(
      files([
        attached(1, "photo\u202egpj.exe", { metadata: "cut" }),
        attached(2, "notes.txt", { bytes: 0, description: "my notes" }),
      ]),
    );
    const first = await rows().first().innerText();
    assert.ok(!first.includes("\u202e"));
    assert.match(first, /1\.1 MB · Metadata removed/);
    const field = chat.page.getByLabel("Description of \u2068notes.txt\u2069");
    assert.equal(await field.inputValue(), "my notes");
    await field.fill("ä".repeat(400));
    await field.press("Tab");
    const [described = assert.fail()] = await chat.posted("describeFile");
    assert.deepEqual(described, { type: "describeFile", copy: idOf(2), description: "ä".repeat(250) });
    await rows().first().getByRole("button", { name: "Remove" }).click();
    assert.deepEqual(await chat.posted("detachFile"), [{ type: "detachFile", copy: idOf(1) }]);
    await chat.give(files([attached(2, "notes.txt")]));
    await rows().getByRole("button", { name: "Remove" }).click();
    await chat.page.locator("textarea:focus").waitFor();
  });

  it("keeps what is being typed into a description when the list is drawn again", async () => {
    await chat.give(files([attached(1, "a.txt")]));
    await rows().getByRole("textbox").fill("half a sen");
    await chat.give(files([attached(1, "a.txt"), attached(2, "b.txt")]));
    assert.equal(await rows().first().getByRole("textbox").inputValue(), "half a sen");
  });

  it("shows a picture, and gives its message a small preview", async () => {
    await chat.give(files([attached(1, "photo.jpg", { previewed: false })]), {
      type: "attachedPicture",
      copy: idOf(1),
      mediaType: "image/jpeg",
      data: Uint8Array.from(pictureFile("turned.jpg")),
    });
    await chat.page.waitForFunction(
      () => (document.querySelector<HTMLImageElement>(".thumbnail img")?.naturalWidth ?? 0) > 0,
    );
    await chat.waitForPost("describeFile");
    const [{ preview } = assert.fail()] = await chat.posted("describeFile");
    assert.equal(
      Buffer.from(preview ?? [])
        .subarray(8, 12)
        .toString(),
      "WEBP",
    );
    const url = await chat.page.locator(".thumbnail img").getAttribute("src");
    await chat.give(files([]));
    const stillThere = await chat.page.evaluate(
      (url) =>
        new Promise((resolve) => {
          const image = new Image();
          image.onload = () => resolve(true);
          image.onerror = () => resolve(false);
          image.src = url ?? "";
        }),
      url,
    );
    assert.equal(stillThere, false, "the bytes are released with the row");
    chat.errors.length = 0; // the failed load
  });

  it("sends files with the text, and once, however often Enter is pressed", async () => {
    await chat.give(files([attached(1, "a.txt")]));
    await chat.composer.last().fill("look at this");
    await chat.composer.last().press("Enter");
    await chat.composer.last().press("Enter");
    const [sent, ...more] = await chat.posted("sendFiles");
    assert.deepEqual(more, []);
    assert.deepEqual(
      { ...sent, id: "" },
      { type: "sendFiles", id: "", parcel: PARCEL, text: "look at this" },
    );
    assert.deepEqual(await chat.posted("send"), []);
    assert.equal(await rows().count(), 0);
  });

  it("sends files without a text, and a text alone as before", async () => {
    await chat.composer.fill("words");
    await chat.composer.press("Enter");
    assert.equal((await chat.posted("send")).length, 1);
    await chat.give(files([attached(1, "a.txt")]));
    await send().click();
    assert.equal((await chat.posted("sendFiles"))[0]?.text, "");
  });

  it("shows files and text again that were refused", async () => {
    await chat.give(files([attached(1, "a.txt")]));
    await chat.composer.last().fill("look");
    await chat.composer.last().press("Enter");
    const [{ id } = assert.fail()] = await chat.posted("sendFiles");
    await chat.give({ type: "refused", ids: [id], text: "look" }, files([attached(1, "a.txt")]));
    assert.equal(await rows().count(), 1);
    assert.equal(await chat.page.locator("textarea").inputValue(), "look");
    assert.ok(await send().isEnabled());
  });

  it("allows a shorter text with files", async () => {
    await chat.give(files([attached(1, "a.txt")]));
    await chat.page.locator("textarea").fill("x".repeat(MAX_CAPTION_BYTES + 1));
    await isIn("With files, a message has at most 8 KB.");
    assert.ok(await send().isDisabled());
  });

  it("offers a text that is too long as a file, and keeps it until the extension has it", async () => {
    const text = `# Log\n${"x".repeat(MAX_TEXT_BYTES)}`;
    const box = chat.page.locator("textarea");
    await box.fill(text);
    await chat.page.getByRole("button", { name: "Attach as File" }).click();
    await chat.waitForPost("attachPiece");
    const [piece = assert.fail()] = await chat.posted("attachPiece");
    await chat.give({ type: "notAttached", file: piece.file, text: "The disk is full." });
    assert.equal(await box.inputValue(), text);
    await chat.page.getByRole("button", { name: "Attach as File" }).click();
    await chat.waitForPost("attachPiece", 2);
    const again = (await chat.posted("attachPiece"))[1] ?? assert.fail();
    assert.equal(again.name, "message.md");
    assert.equal(Buffer.from(again.data).toString(), text);
    await chat.give({ type: "pieceTaken", file: again.file });
    await chat.page.waitForFunction(() => document.querySelector("textarea")?.value === "");
    await live("message.md");
  });

  it("shows files on their way, and says start and end but not each percent", async () => {
    await chat.give(files([]));
    await chat.give(files([], { sending: [sending()] }));
    await live("Sending \u2068app.log\u2069");
    await chat.give({ type: "filesProgress", id: PARCEL, done: 0.404 });
    await isIn("40%");
    assert.ok(!(await chat.live.textContent())?.includes("40"));
    await chat.give({
      type: "added",
      message: { ...message(2, "", { mine: true, state: "sent" }), id: PARCEL },
    });
    await live("Sent \u2068app.log\u2069.");
    await chat.give(files([]));
    assert.equal(await chat.page.locator(".sending-files").count(), 0);
  });

  it("takes files back that are on their way, and retries or removes those that failed", async () => {
    await chat.give(files([], { sending: [sending({ names: ["app.log", "b", "c"] })] }));
    await isIn("and 2 more");
    await chat.page.getByRole("button", { name: "Cancel" }).click();
    assert.deepEqual(await chat.posted("cancelFiles"), [{ type: "cancelFiles", parcel: PARCEL }]);
    await chat.give(files([], { sending: [sending({ failureText: "The server is full." })] }));
    await live("The server is full.");
    await chat.page.getByRole("button", { name: "Retry" }).click();
    assert.deepEqual(await chat.posted("resendFiles"), [{ type: "resendFiles", parcel: PARCEL }]);
    await chat.page.locator(".sending-files").getByRole("button", { name: "Remove" }).click();
    assert.equal((await chat.posted("cancelFiles")).length, 2);
  });

  it("says that files wait for the connection", async () => {
    await chat.give(header({ connected: false }), files([], { sending: [sending()] }));
    await isIn("sent once you're connected");
  });

  it("finds room for long names at 300 px, and axe finds no fault, in every theme", async () => {
    for (const theme of Object.keys(themes) as (keyof typeof themes)[]) {
      await open(theme, 300);
      await chat.give(
        files([attached(1, `${"very-".repeat(40)}long.txt`, { metadata: "cut" }), attached(2, "b.txt")], {
          sending: [
            sending({ done: 0.4 }),
            sending({ id: idOf(9), failureText: "The server is full. ".repeat(4) }),
          ],
          adding: ["c.bin"],
        }),
        { type: "notAttached", text: "d.bin wasn't attached. The file is too large for this server." },
      );
      const wide = await chat.page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(wide <= 300, `${theme}: ${wide}`);
      const { violations } = await new AxeBuilder({ page: chat.page }).analyze();
      assert.deepEqual(
        violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`),
        [],
        theme,
      );
    }
  });
});
