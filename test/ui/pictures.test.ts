/**
 * Takes the picture at the top of README.md from the product, with PARLEY_README_PICTURES=1. Not part of a
 * usual run, since every machine draws its fonts a little differently.
 */
import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Browser } from "playwright-core";
import { launchChromium } from "../../scripts/editor/chromium.ts";
import { installEditor } from "../../scripts/editor/install.ts";
import { Person } from "../fixtures/person.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { EditorUser } from "./editor-user.ts";

const PICTURES = "docs/images";
const VIEWPORT = { width: 800, height: 700 };
const GAP = 16;
/** alice begins; then they take turns. */
const CONVERSATION = [
  "Morning! The nightly build fails on **macOS** since `a3f9c21`. Any idea?",
  'Yes, my fault: the path of the socket gets too long there. This does it:\n\n```ts\nconst path = join(tmpdir(), name);\nif (Buffer.byteLength(path) > MAX_SOCKET_PATH) {\n  throw new RangeError("the socket path is too long");\n}\n```',
  "Works here, thank you! Before we merge:\n\n1. a test with a long path\n2. a line in the changelog",
  "Both pushed. Shall I squash?",
  "Please. And then: *release day*.",
] as const;

if (process.env["PARLEY_README_PICTURES"] === "1") describe("pictures for the README", pictures);

function pictures(this: Mocha.Suite): void {
  this.timeout(300_000);
  let directory = "";
  let server: RealServer | undefined;
  let browser: Browser | undefined;
  const users: EditorUser[] = [];
  const others: Person[] = [];

  after(async () => {
    await Promise.all(others.map(({ client }) => client.close()));
    await Promise.all(users.map((user) => user.end()));
    await browser?.close();
    await server?.remove();
    if (directory !== "") rmSync(directory, { recursive: true, force: true });
  });

  it("show two windows chatting", async () => {
    directory = mkdtempSync(join(tmpdir(), "parley-pictures-"));
    server = await RealServer.start();
    browser = await launchChromium();
    const main = await installEditor(console.log);
    for (const name of ["alice", "bob"]) {
      const env = { PARLEY_INVITE: await server.invite(), PARLEY_NAME: name };
      const place = { main, browser, directory: join(directory, name), viewport: VIEWPORT };
      users.push(await EditorUser.begin({ name, vsix: "dist/parley.vsix", env, ...place }));
    }
    const carol = new Person(await server.invite(), "carol");
    others.push(carol);
    await carol.client.connect();

    const [alice, bob] = users.map((user) => user.window);
    if (alice === undefined || bob === undefined) throw new Error("nobody is there");
    for (const window of [alice, bob]) {
      await window.showParley();
      await window.row("carol, online").waitFor();
    }
    await alice.row("bob, online").click();
    await alice.addNote();
    await bob.pressInNotification("alice wants to talk to you.", "Accept");
    for (const window of [alice, bob]) {
      await window.chat.open();
      await window.chat.press("Not verified");
      await window.confirmNumber();
      await window.chat.frame.getByRole("button", { name: "Verified", exact: true }).waitFor();
    }
    for (const [index, text] of CONVERSATION.entries()) {
      const [writer, reader] = index % 2 === 0 ? [alice, bob] : [bob, alice];
      await writer.chat.send(text);
      await reader.chat.frame.locator(".message").nth(index).waitFor();
      await writer.chat.frame.locator(".message").nth(index).locator(".state.delivered").waitFor();
    }
    await bob.chat.composer.fill("Squashed, ");
    await alice.chat.composer.focus();
    for (const window of [alice, bob]) {
      await window.page.mouse.move(0, 0);
      await window.settled();
    }
    await besideEachOther(browser, [await alice.picture(), await bob.picture()], "two-windows.png");
  });
}

/** Puts pictures of VIEWPORT's size next to each other. */
async function besideEachOther(browser: Browser, pictures: readonly Buffer[], name: string): Promise<void> {
  const size = { width: 2 * VIEWPORT.width + 3 * GAP, height: VIEWPORT.height + 2 * GAP };
  const page = await browser.newPage({ viewport: size, deviceScaleFactor: 1 });
  const images = pictures.map(
    (picture) => `<img src="data:image/png;base64,${picture.toString("base64")}" alt="">`,
  );
  await page.setContent(`<!DOCTYPE html><style>
    body { margin: 0; padding: ${GAP}px; display: flex; gap: ${GAP}px; background: #30343f }
    img { border-radius: 8px }
  </style>${images.join("")}`);
  mkdirSync(PICTURES, { recursive: true });
  await page.screenshot({ path: join(PICTURES, name) });
  await page.close();
}
