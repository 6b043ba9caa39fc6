/**
 * The shipped terminal client, in real pseudo-terminals, on a real server. One story: each step continues
 * where the last one ended.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { RealServer } from "../fixtures/real-server.ts";
import { TerminalProgram } from "../fixtures/terminal-program.ts";
import { TerminalUser } from "../fixtures/terminal-user.ts";

const PASSPHRASE = "four unrelated words here";
const HOSTILE_NOTE = "\x1b[2J\x1b]0;mine\x07note\nYou've talked with alice before (verified).";

describe("two people at pseudo-terminals", function () {
  this.timeout(180_000);
  // The steps after a failed one have nothing to start from.
  this.bail(true);
  let folder = "";
  let server: RealServer;
  let alice: TerminalUser;
  let bob: TerminalUser;

  before(async function () {
    if (process.platform !== "linux") this.skip(); // script(1) has other options elsewhere.
    folder = mkdtempSync(join(tmpdir(), "parley-terminal-"));
    server = await RealServer.start();
  });
  after(async () => {
    await Promise.all([alice?.close(), bob?.close()]);
    await server?.remove();
    rmSync(folder, { recursive: true, force: true });
  });

  it("choose a passphrase without an echo, and join by invite", async () => {
    alice = new TerminalUser(join(folder, "alice"));
    bob = new TerminalUser(join(folder, "bob"), { columns: 50 });
    await alice.shows("New passphrase:");
    alice.enter("short");
    await alice.shows("too easy to guess");
    alice.enter(PASSPHRASE);
    await alice.shows("The same once more:");
    alice.enter("something else");
    await alice.shows("The two differ");
    for (const user of [alice, bob]) {
      await user.shows("New passphrase:");
      // The second is typed before its question.
      user.type(`${PASSPHRASE}\r${PASSPHRASE}\r`);
      await user.shows("You don't have an account");
    }
    alice.enter(`/join ${await server.invite()} alice`);
    await alice.shows("You're online as alice");
    bob.enter(`/join ${await server.invite(1, "bob")}`);
    await bob.shows("You're online as bob");
    for (const user of [alice, bob]) assert.ok(!user.output.includes("unrelated words h"));
  });

  it("keep no secret unencrypted on the disk", () => {
    const { key } = findSecrets(join(folder, "alice"));
    assert.match(key, /^sealed:/);
  });

  it("ask to talk with a note, accept, and chat", async () => {
    // The server broadcasts presence in rounds, once a second.
    const answers = () => alice.rows.filter((row) => /No one else|bob +online/.test(row));
    for (let count = 1; !answers().some((row) => row.includes("bob")); count++) {
      alice.enter("/list");
      await alice.until("an answer", () => answers().length >= count);
    }
    alice.enter("/request bob is it lunch?");
    await bob.shows("alice wants to talk to you.");
    await bob.shows("Note from alice: is it lunch?");
    bob.enter("/accept");
    await Promise.all([alice.shows("Chat opened"), bob.shows("Chat opened")]);
    await alice.until("the prompt", () => alice.typed === "bob>");
    alice.enter("hello bob");
    await bob.shows("alice: hello bob");
    bob.enter("hello alice");
    await alice.shows("bob: hello alice");
  });

  it("keep the line that they type whole while messages arrive, over several rows", async () => {
    const [start, end] = ["I am writing a long sentence that needs more than one row here, ", "and its end."];
    bob.type(start);
    await bob.until("it is typed", () => bob.rows.join("").includes("one row here,"));
    // With the cursor in the last row of the line, and in its first.
    for (const [move, texts] of [
      ["", ["one", "two", "three"]],
      ["\x1b[H", ["four", "five", "six"]],
    ] as const) {
      bob.type(move);
      for (const text of texts) alice.enter(text);
      await bob.until("the messages above the whole line", () => {
        const rows = bob.rows.filter((row) => row !== "").slice(-5);
        const areAbove = texts.every((text, at) => rows[at]?.endsWith(`M alice: ${text}`));
        return areAbove && rows.slice(3).join("") === `alice> ${start.trimEnd()}`;
      });
    }
    const [last] = bob.rows.filter((row) => row !== "").slice(-6);
    assert.match(last ?? "", /M alice: three$/, "no row between them");
    bob.type("\x1b[F");
    bob.enter(end);
    await alice.shows(end);
    assert.ok(alice.rows.join("\n").replaceAll(/\s+/g, " ").includes(`bob: ${start}${end}`));
  });

  it("complete commands and names by Tab", async () => {
    bob.type("/veri\t");
    await bob.until("the command", () => bob.typed === "alice> /verify");
    bob.type("al\t");
    await bob.until("the name", () => bob.typed === "alice> /verify alice");
    bob.enter("");
    await bob.shows("The safety number with alice (not verified):");
    alice.enter("/verify");
    await alice.shows("The safety number with bob");
    const number = (user: TerminalUser) =>
      user.rows.filter((row) => /^ {4}(\d{5} ?){4}$/.test(row)).slice(-3);
    assert.equal(number(alice).length, 3);
    assert.deepEqual(number(alice), number(bob));
    bob.enter("/verify yes");
    await bob.shows("You've verified alice.");
  });

  it("paste several lines as one message, and run no command by it", async () => {
    alice.type("\x1b[200~/block bob\nsecond line\x1b[201~");
    await alice.until("the paste", () => alice.typed === "bob> /block bob⏎second line");
    alice.type("\x1b[H/\x1b[F\r");
    await bob.shows("alice: /block bob");
    await bob.until("the second line", () => bob.rows.includes("    second line"));
  });

  it("are told what is wrong with a mistyped command", async () => {
    alice.enter("/requst bob");
    await alice.shows("Did you mean /request?");
    alice.enter("/accept");
    await alice.shows("No one has asked to talk.");
    alice.enter("/chat Bob!");
    await alice.shows('"Bob!" isn\'t a name');
    alice.enter("/help");
    await alice.shows(/^ +\/search WORDS +Search all messages\.$/);
  });

  it("search the history", async () => {
    alice.enter("/search hello");
    await alice.shows("2 messages found.");
    alice.enter("/history 3");
    await alice.shows("--- Today ---");
  });

  it("have their history after a kill, once the passphrase is right", async () => {
    await bob.kill();
    alice.enter("while bob is away");
    bob = new TerminalUser(join(folder, "bob"), { arguments: ["alice"] });
    await bob.shows("Passphrase:");
    bob.enter("not the right words");
    await bob.shows("Wrong passphrase.");
    bob.enter(PASSPHRASE);
    await bob.shows("You're online as bob");
    await bob.shows("alice: hello bob");
    await bob.shows("alice: while bob is away");
    await bob.shows("you: hello alice");
    await bob.until("the prompt", () => bob.typed === "alice>");
  });

  it("share one account in two terminals of one profile", async () => {
    const second = new TerminalUser(join(folder, "bob"), { arguments: ["alice"] });
    try {
      await second.shows("Passphrase:");
      second.enter(PASSPHRASE);
      await second.until("the prompt", () => second.typed === "alice>");
      second.enter("from the second terminal");
      await bob.shows("you: from the second terminal");
      await alice.shows("bob: from the second terminal");
      await bob.close();
      second.enter("and alone");
      await alice.shows("bob: and alone");
    } finally {
      await second.close();
    }
  });

  it("close a chat, and quit", async () => {
    alice.enter("/close");
    await alice.shows("You closed the chat.");
    alice.enter("/quit");
    assert.equal(await alice.end(), 0);
  });

  it("are refused after three wrong passphrases", async () => {
    const user = new TerminalUser(join(folder, "alice"));
    for (const count of [1, 2, 3]) {
      await user.until(
        "the question",
        () => user.rows.filter((row) => row.startsWith("Passphrase:")).length >= count,
      );
      user.enter(`wrong words number ${count}`);
    }
    assert.equal(await user.end(), 3);
    assert.match(user.output, /parley: error: Wrong passphrase\. Nothing was changed\./);
  });

  it("see hostile text as text, which moves no cursor, asks the terminal nothing, and forges no line", async () => {
    const file = join(folder, "passphrase");
    writeFileSync(file, `${PASSPHRASE}\n`);
    const mallory = new TerminalProgram([
      ...["--profile", join(folder, "alice"), "--json", "--passphrase-file", file],
    ]);
    bob = new TerminalUser(join(folder, "bob"));
    const acts: string[] = [];
    bob.emulator.onTitleChange((title) => acts.push(title));
    bob.emulator.onData((data) => acts.push(data));
    bob.emulator.onBell(() => acts.push("bell"));
    await bob.shows("Passphrase:");
    bob.enter(PASSPHRASE);
    await bob.shows("You're online as bob");
    await mallory.event(
      "online",
      (event) => (event["state"] as { type?: string } | undefined)?.type === "online",
    );
    assert.equal(await mallory.call("request", { peer: "bob", note: HOSTILE_NOTE }), null);
    await bob.shows("Note from alice: [U+001B][2J[U+001B]]0;mine[U+0007]note");
    await bob.until("the forged line", () =>
      bob.rows.includes("    You've talked with alice before (verified)."),
    );
    await bob.shows(/^Answer with \/accept alice/);
    bob.enter("/accept");
    await mallory.chat("bob", ({ phase }) => phase === "open");
    const texts = [
      "\x1b[2J\x1b[H\x1b[31mgone",
      "\x1b]0;title\x07\x1b]52;c;aGk=\x07",
      "\x1b[6n\x1bc\u009b2J\u009d0;t\u009c",
      "real\r12:00 PM alice: forged",
      "line\n12:00 PM carol: forged",
      `pushed${" ".repeat(62)}12:00 PM carol: forged`,
      "abc\u202Edef\u200b\u2066",
      "the end",
    ];
    for (const text of texts) await mallory.call("send", { chat: "user:bob", text });
    bob.type("half a line");
    await bob.shows(": the end");
    await bob.until("the line is whole", () => bob.typed === "alice> half a line");
    assert.deepEqual(acts, []);
    assert.ok(bob.rows.some((row) => row.includes("alice: [U+001B][2J[U+001B][H[U+001B][31mgone")));
    assert.equal(bob.rows.filter((row) => row.includes("forged")).length, 3);
    assert.deepEqual(
      bob.rows.filter((row) => /^12:00 PM (alice|carol)/.test(row)),
      [],
    );
    assert.ok(bob.rows.some((row) => row.includes("abc[U+202E]def[U+200B][U+2066]")));
    assert.ok(
      bob.rows.some((row) => row.includes("alice wants to talk")),
      "and nothing above is gone",
    );
    mallory.endInput();
    assert.equal(await mallory.end(), 0);
    assert.ok(
      mallory.lines.every((line) => /^[ -~]*$/.test(line)),
      "JSON is ASCII",
    );
  });
});

/**
 * Finds the file with the keys.
 * @returns its path, and one of its values that is a key
 */
function findSecrets(profile: string): { readonly key: string } {
  const values = Object.entries(
    JSON.parse(readFileSync(join(profile, "secrets.json"), "utf8")) as Record<string, string>,
  );
  assert.equal(readdirSync(profile).filter((name) => name.startsWith("secrets.json")).length, 1);
  const [, key = ""] = values.find(([name]) => name.endsWith("identity-seed")) ?? [];
  return { key };
}
