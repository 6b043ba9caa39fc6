/** Files from one person's disk to another's: complete messengers on the real server, over restarts, lost lines and lies. */
import assert from "node:assert/strict";
import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { storeIn } from "../../messenger/account/put-aside.ts";
import { directChat } from "../../messenger/chats/direct.ts";
import { filesOf } from "../../messenger/kinds/body.ts";
import type { ChatMessage, FileState, Parcel, Transfer } from "../../messenger/model.ts";
import { withoutMetadata } from "../../messenger/pictures/picture.ts";
import { ihdr, pictureFile, pngChunk, pngOf } from "../../messenger/pictures/picture-fixture.ts";
import { type MessageId, newMessageId } from "../../protocol/names.ts";
import { errorCode } from "../../terminal/words/errors.ts";
import { Computer } from "../fixtures/messengers.ts";
import { RealServer } from "../fixtures/real-server.ts";
import { realTeam } from "../fixtures/team.ts";

const PASSPHRASE = "tulip mason orbit velvet";

describe("files in a chat", function () {
  this.timeout(120_000);
  const team = realTeam();
  let [alice, bob] = [] as unknown as [Computer, Computer];
  beforeEach(async () => {
    [alice, bob] = [await team.member("alice"), await team.member("bob")];
    await alice.opensChatWith(bob);
  });
  const withBob = () => directChat(bob.name);
  const withAlice = () => directChat(alice.name);

  /** @returns the path of a new file on alice's disk */
  function written(name: string, bytes: Uint8Array): string {
    const folder = join(alice.folder, "work");
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  }
  async function attached(...paths: readonly string[]): Promise<MessageId> {
    const id = newMessageId();
    for (const path of paths) await alice.messenger.attachFile({ chat: withBob(), id, path });
    return id;
  }
  async function sent(...paths: readonly string[]): Promise<MessageId> {
    const id = await attached(...paths);
    await alice.messenger.sendFiles({ chat: withBob(), id, caption: "Look" });
    await bob.until("files", async () => (await bob.messages(alice)).some((one) => one.id === id));
    return id;
  }
  async function messageOf(who: Computer, peer: Computer, id: MessageId): Promise<ChatMessage> {
    const message = (await who.messages(peer)).find((one) => one.id === id);
    assert.ok(message, who.story());
    return message;
  }
  const stateAt = async (who: Computer, peer: Computer, id: MessageId, item = 0) =>
    (await messageOf(who, peer, id)).files?.[item];
  const stateIs = (who: Computer, peer: Computer, id: MessageId, type: FileState["type"]) =>
    who.until(type, async () => (await stateAt(who, peer, id))?.type === type);
  /** @returns the names of sealed copies on a disk */
  function copies(who: Computer): readonly string[] {
    try {
      return readdirSync(join(storeIn(who.folder), "files"));
    } catch {
      return [];
    }
  }
  const blobs = () => readdirSync(join(team.server.folder, "blobs"));
  /** Resolves at the first transfer of that way that has come so far. */
  function reached(who: Computer, way: Transfer["way"], done: number): Promise<void> {
    return new Promise((resolve) => {
      who.messenger.on("transfer", (transfer) => {
        if (transfer.way === way && transfer.done >= done) resolve();
      });
    });
  }
  async function parcelIs(check: (parcels: readonly Parcel[]) => boolean): Promise<void> {
    const { messenger } = alice;
    while (!check(await messenger.parcels({ chat: withBob() })))
      await new Promise<void>((resolve) => messenger.once("parcels", () => resolve()));
  }

  it("arrive whole, and are saved under their names, never over another file", async () => {
    const plan = randomBytes(300_000);
    const id = await sent(written("plan.pdf", plan), written("empty", Buffer.alloc(0)));
    const message = await messageOf(bob, alice, id);
    assert.deepEqual(
      filesOf(message.body).map(({ name, bytes, sha256 }) => ({ name, bytes, sha256 })),
      [
        { name: "plan.pdf", bytes: plan.length, sha256: createHash("sha256").update(plan).digest("hex") },
        { name: "empty", bytes: 0, sha256: createHash("sha256").digest("hex") },
      ],
    );
    assert.deepEqual(message.files, [{ type: "there" }, { type: "there" }], "nothing comes by itself");
    assert.deepEqual(copies(bob), []);
    assert.deepEqual((await messageOf(alice, bob, id)).files, [{ type: "here" }, { type: "here" }]);
    assert.deepEqual(await alice.messenger.parcels({ chat: withBob() }), []);

    const file = { chat: withAlice(), id, item: 0 };
    const save = (path: string, as: "in" | "new" | "replacing") =>
      bob.messenger.saveFile({ ...file, path, as });
    const [first, second] = [await save(bob.folder, "in"), await save(bob.folder, "in")];
    assert.deepEqual([first, second], [join(bob.folder, "plan.pdf"), join(bob.folder, "plan (2).pdf")]);
    for (const path of [first, second]) assert.ok(readFileSync(path).equals(plan));
    writeFileSync(first, "mine");
    await assert.rejects(save(first, "new"), { code: "file-exists" });
    assert.equal(readFileSync(first, "utf8"), "mine");
    await save(first, "replacing");
    assert.ok(readFileSync(first).equals(plan));
    symlinkSync(first, join(bob.folder, "link"));
    await assert.rejects(save(join(bob.folder, "link"), "new"), { code: "file-exists" });
    await assert.rejects(save(join(bob.folder, "no", "where"), "new"), { code: "file-unreadable" });
    await assert.rejects(save("plan.pdf", "new"), { code: "bad-argument" });
    assert.equal((await stateAt(bob, alice, id))?.type, "here");
    await bob.messenger.saveFile({ ...file, item: 1, path: bob.folder, as: "in" });
    assert.equal(readFileSync(join(bob.folder, "empty")).length, 0);
    assert.ok(!bob.bytes().subarray(0).includes(Buffer.from("mine")));
    assert.deepEqual([...alice.complaints, ...bob.complaints], []);
  });

  it("lie sealed on both disks and at the server", async () => {
    const words = "a secret sentence that is easy to find";
    const path = written("notes.txt", Buffer.from(words));
    const id = await sent(path);
    rmSync(path);
    await bob.messenger.fetchFile({ chat: withAlice(), id, item: 0 });
    assert.equal(copies(alice).length, 1);
    assert.equal(copies(bob).length, 1);
    const there = blobs().map((name) => readFileSync(join(team.server.folder, "blobs", name)));
    for (const bytes of [alice.bytes(), bob.bytes(), ...there])
      for (const text of [words, "notes.txt"]) assert.ok(!bytes.includes(text));
  });

  it("lose the metadata of pictures, and keep their pixels", async () => {
    const picture = pictureFile("turned.jpg");
    const bare = withoutMetadata(picture);
    assert.ok(bare.kind === "picture" && bare.bytes.length < picture.length);
    const id = await sent(written("photo.jpg", picture));
    const [file] = filesOf((await messageOf(bob, alice, id)).body);
    assert.equal(file?.type, "image/jpeg");
    assert.ok(file?.picture !== undefined && file.picture.width > 0);
    const path = await bob.messenger.saveFile({ chat: withAlice(), id, item: 0, path: bob.folder, as: "in" });
    assert.deepEqual(readFileSync(path), Buffer.from(bare.bytes));
  });

  it("with metadata that can't be cut are not added unless that is asked for", async () => {
    const cut = Buffer.concat([pictureFile("turned.jpg").subarray(0, 200), Buffer.from("GPS")]);
    const path = written("cut.jpg", cut);
    const at = { chat: withBob(), id: newMessageId(), path };
    await assert.rejects(alice.messenger.attachFile(at), { code: "metadata-kept" });
    assert.deepEqual(copies(alice), []);
    const { files } = await alice.messenger.attachFile({ ...at, asIs: true });
    assert.equal(files[0]?.metadata, "kept");
  });

  it("go on where they stopped after a restart of either program, and after a lost line", async () => {
    const large = randomBytes(12_000_000);
    const id = await attached(written("large", large));
    const half = reached(alice, "up", 0.3);
    await alice.messenger.sendFiles({ chat: withBob(), id });
    await half;
    await alice.close();
    await alice.open();
    const began = new Promise<number>((resolve) =>
      alice.messenger.once("transfer", ({ done }) => resolve(done)),
    );
    await alice.goesOnline();
    assert.ok((await began) > 0.1, "it doesn't begin anew");
    await bob.until("files", async () => (await bob.messages(alice)).some((one) => one.id === id));

    const file = { chat: withAlice(), id, item: 0 };
    const some = reached(bob, "down", 0.3);
    const fetching = bob.messenger.fetchFile(file);
    fetching.catch(() => {});
    await some;
    await bob.close();
    await assert.rejects(fetching, { code: "closed" });
    await bob.open();
    assert.equal((await stateAt(bob, alice, id))?.type, "fetching");
    const next = new Promise<number>((resolve) =>
      bob.messenger.once("transfer", ({ done }) => resolve(done)),
    );
    await bob.goesOnline();
    assert.ok((await next) > 0.1);
    await stateIs(bob, alice, id, "here");
    const path = await bob.messenger.saveFile({ ...file, path: bob.folder, as: "in" });
    assert.ok(readFileSync(path).equals(large));
  });

  it("become one message, whenever their sender's program is killed", async () => {
    const id = await attached(written("a", randomBytes(3_000_000)), written("b", randomBytes(100)));
    const images: Computer[] = [];
    alice.messenger.on("transfer", ({ done }) => {
      if (images.length < 4 && done > images.length / 4) images.push(alice.crashImage());
    });
    const sentAt = new Promise<void>((resolve) => alice.messenger.once("message", () => resolve()));
    await alice.messenger.sendFiles({ chat: withBob(), id });
    await sentAt;
    images.push(alice.crashImage());
    await alice.close();
    assert.ok(images.length >= 3);
    for (const image of images) {
      team.keep(image);
      await image.open();
      await image.goesOnline();
      await image.until("sent", async () => {
        const message = (await image.messages(bob)).find((one) => one.id === id);
        return message?.state !== undefined && message.state !== "waiting" && message.state !== "sending";
      });
      assert.deepEqual(await image.messenger.parcels({ chat: withBob() }), []);
      await image.close();
    }
    const came = (await bob.messages(alice)).filter(({ body }) => body.kind === "files");
    assert.deepEqual(
      came.map((one) => one.id),
      [id],
    );
  });

  it("that are cancelled leave nothing here or at the server, also when they are taken back without a line", async () => {
    const before = blobs().length;
    const id = await attached(written("large", randomBytes(8_000_000)));
    const some = reached(alice, "up", 0.2);
    await alice.messenger.sendFiles({ chat: withBob(), id });
    await some;
    await alice.messenger.cancelFiles({ chat: withBob(), id });
    assert.deepEqual(await alice.messenger.parcels({ chat: withBob() }), []);
    assert.deepEqual(copies(alice), []);
    while (blobs().length > before) await new Promise(setImmediate);

    const other = await attached(written("large", randomBytes(8_000_000)));
    const again = reached(alice, "up", 0.2);
    await alice.messenger.sendFiles({ chat: withBob(), id: other });
    await again;
    await alice.messenger.signOut();
    await alice.messenger.cancelFiles({ chat: withBob(), id: other });
    assert.ok(blobs().length > before);
    await alice.goesOnline();
    while (blobs().length > before) await new Promise(setImmediate);
    const bodies = (await bob.messages(alice)).map(({ body }) => body.kind);
    assert.ok(!bodies.includes("files"));
  });

  it("go with their message: by deletion for both, of the history, or when it disappears", async () => {
    const before = blobs().length;
    const gone = async () => {
      await Promise.all([
        alice.until("no messages", async () => (await alice.messages(bob)).every(({ files }) => !files)),
        bob.until("no messages", async () => (await bob.messages(alice)).every(({ files }) => !files)),
      ]);
      assert.deepEqual([copies(alice), copies(bob)], [[], []]);
    };
    const path = written("plan", randomBytes(10_000));
    const fetched = async () => {
      const id = await sent(path);
      await bob.messenger.fetchFile({ chat: withAlice(), id, item: 0 });
      assert.deepEqual([copies(alice).length, copies(bob).length], [1, 1]);
      // Until then it waits to be sent, and the deletion of a history leaves it.
      await alice.until("delivered", async () =>
        (await alice.messages(bob)).every((one) => one.id !== id || one.state === "delivered"),
      );
      return id;
    };
    const id = await fetched();
    await alice.messenger.deleteMessage({ chat: withBob(), target: id });
    await gone();
    while (blobs().length > before) await new Promise(setImmediate); // the sender's program has dropped it

    await fetched();
    await Promise.all([alice.deletesHistory(bob), bob.deletesHistory(alice)]);
    await gone();

    await alice.setsTimer(bob, 1);
    await fetched();
    await gone();
  });

  it("without a row are removed at the next start", async () => {
    const id = await sent(written("plan", randomBytes(10_000)));
    await bob.messenger.fetchFile({ chat: withAlice(), id, item: 0 });
    await bob.close();
    const kept = copies(bob);
    writeFileSync(join(storeIn(bob.folder), "files", "0".repeat(32)), "a copy whose row was never written");
    await bob.open();
    assert.deepEqual(copies(bob), kept);
    const path = { path: bob.folder, as: "in" } as const;
    await bob.messenger.saveFile({ chat: withAlice(), id, item: 0, ...path });
  });

  it("that were changed at the server are damaged, and nothing of them is offered", async () => {
    const before = new Set(blobs());
    const id = await sent(written("plan", randomBytes(200_000)));
    const [name] = blobs().filter((one) => !before.has(one));
    assert.ok(name !== undefined);
    const blob = join(team.server.folder, "blobs", name);
    const bytes = readFileSync(blob);
    bytes[150_000] = (bytes[150_000] ?? 0) ^ 1;
    writeFileSync(blob, bytes);
    const file = { chat: withAlice(), id, item: 0 };
    await assert.rejects(bob.messenger.saveFile({ ...file, path: bob.folder, as: "in" }), {
      code: "file-damaged",
    });
    assert.equal((await stateAt(bob, alice, id))?.type, "damaged");
    assert.deepEqual(copies(bob), []);
    assert.ok(!readdirSync(bob.folder).includes("plan"));
    bytes[150_000] = (bytes[150_000] ?? 0) ^ 1;
    writeFileSync(blob, bytes);
    await bob.messenger.fetchFile(file); // it may be tried again
    assert.equal((await stateAt(bob, alice, id))?.type, "here");
  });

  describe("on the screen", () => {
    type As = "picture" | "text";
    const MIB = 1024 * 1024;

    /** Sends files and fetches them. */
    async function fetched(...files: readonly (readonly [name: string, bytes: Uint8Array])[]) {
      const id = newMessageId();
      for (const [name, bytes] of files)
        await alice.messenger.attachFile({ chat: withBob(), id, path: written(name, bytes), asIs: true });
      await alice.messenger.sendFiles({ chat: withBob(), id, caption: "" });
      await bob.until("files", async () => (await bob.messages(alice)).some((one) => one.id === id));
      for (const item of files.keys()) await bob.messenger.fetchFile({ chat: withAlice(), id, item });
      return id;
    }
    const read = (id: MessageId, item: number, as: As, offset = 0) =>
      bob.messenger.readFile({ chat: withAlice(), id, item, as, offset });

    it("are read in parts of 1 MiB, as pictures with the size in their bytes", async () => {
      const photo = withoutMetadata(pictureFile("turned.png"));
      assert.ok(photo.kind === "picture");
      const text = Buffer.from("é".repeat(MIB));
      const id = await fetched(["a.txt", pictureFile("turned.png")], ["text.png", text]);
      const first = await read(id, 0, "picture");
      assert.ok(first.kind === "picture");
      const { type, width, height, frames } = first.picture;
      assert.deepEqual([type, frames], ["image/png", 1]);
      assert.ok(width > 0 && height > 0);
      assert.deepEqual(Buffer.from(first.data, "base64"), Buffer.from(photo.bytes));

      const parts: Buffer[] = [];
      for (let offset = 0; offset < text.length; ) {
        const part = await read(id, 1, "text", offset);
        assert.ok(part.kind === "text" && part.bytes === text.length);
        parts.push(Buffer.from(part.data, "base64"));
        offset += parts.at(-1)?.length ?? assert.fail();
      }
      assert.deepEqual(
        parts.map(({ length }) => length),
        [MIB, MIB],
      );
      assert.ok(Buffer.concat(parts).equals(text));
      assert.deepEqual(copies(bob).length, 2, "nothing in the clear beside the sealed copies");
    });

    it("are no pictures or texts because they are named so", async () => {
      const png = pngOf(ihdr(10_000, 10_000), pngChunk("IDAT"), pngChunk("IEND"));
      const svg = Buffer.from('<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>');
      const id = await fetched(
        ["empty.png", Buffer.alloc(0)],
        ["vector.png", svg],
        ["bomb.png", png],
        ["cut.jpg", pictureFile("progressive.jpg").subarray(0, 100)],
        ["huge.png", pngOf(ihdr(9, 9), pngChunk("IDAT", Buffer.alloc(16 * MIB)), pngChunk("IEND"))],
        ["nul.txt", Buffer.from("a\0b")],
        ["latin.txt", Buffer.of(0xe4, 0xf6)],
        ["long.txt", Buffer.alloc(5 * MIB + 1, 97)],
      );
      for (const [item, as, why] of [
        [0, "picture", "no-picture"],
        [1, "picture", "no-picture"],
        [2, "picture", "too-large"],
        [3, "picture", "damaged"],
        [4, "picture", "too-large"],
        [5, "text", "no-text"],
        [6, "text", "no-text"],
        [7, "text", "too-large"],
      ] as const)
        assert.deepEqual(await read(id, item, as), { kind: "not-shown", why }, `file ${item}`);
      assert.deepEqual(await read(id, 0, "text"), { kind: "text", bytes: 0, data: "" });
    });

    it("are only those that are here, whole and of their own chat", async () => {
      const carol = await team.member("carol");
      await carol.opensChatWith(bob);
      const id = await sent(written("a.txt", Buffer.from("words")), written("b.txt", Buffer.from("more")));
      await bob.messenger.fetchFile({ chat: withAlice(), id, item: 0 });
      const refused = (params: object, code: string) =>
        assert.rejects(
          bob.messenger.readFile({ chat: withAlice(), id, item: 0, as: "text", offset: 0, ...params }),
          { code },
        );
      await refused({ item: 1 }, "wrong-state"); // not fetched
      await refused({ item: 2 }, "wrong-state");
      await refused({ id: newMessageId() }, "wrong-state");
      await refused({ chat: directChat(carol.name) }, "wrong-state");
      await refused({ offset: 6 }, "bad-argument");
      assert.equal((await read(id, 0, "text")).kind, "text");

      const [copy] = copies(bob);
      assert.ok(copy !== undefined);
      const path = join(storeIn(bob.folder), "files", copy);
      const bytes = readFileSync(path);
      bytes[10] = (bytes[10] ?? 0) ^ 1;
      writeFileSync(path, bytes);
      await refused({}, "file-damaged");
      assert.equal((await stateAt(bob, alice, id))?.type, "damaged");
      assert.deepEqual(copies(bob), []);
    });
  });

  it("that the server keeps no longer are gone since then", async () => {
    const before = blobs().length;
    const id = await sent(written("plan", randomBytes(1000)));
    const [file] = filesOf((await messageOf(alice, bob, id)).body);
    assert.ok(file !== undefined);
    await alice.close();
    const store = alice.openStore();
    store.transaction(() => store.unwantedBlobs.add([file.blob]));
    store.close();
    await alice.open();
    await alice.goesOnline();
    while (blobs().length > before) await new Promise(setImmediate);
    const asked = Date.now();
    const fetching = bob.messenger.fetchFile({ chat: withAlice(), id, item: 0 });
    await assert.rejects(fetching, { code: "blob-gone" });
    const state = await stateAt(bob, alice, id);
    assert.ok(state?.type === "gone" && state.since >= asked);
    assert.deepEqual(copies(bob), []);
    assert.equal((await stateAt(alice, bob, id))?.type, "here");
  });

  it("come by themselves where they are small pictures of somebody known, and the user wants that", async () => {
    const small = pictureFile("turned.jpg");
    const large = pngOf(ihdr(9, 9), pngChunk("IDAT", randomBytes(1024 * 1024)), pngChunk("IEND"));
    const paths = [
      written("photo.jpg", small),
      written("note.txt", Buffer.from("x")),
      written("big.png", large),
    ];
    bob.downloadByItself = "never";
    const first = await sent(...paths);
    bob.downloadByItself = "pictures";
    const second = await sent(...paths);
    await stateIs(bob, alice, second, "here");
    const states = async (id: MessageId) => (await messageOf(bob, alice, id)).files?.map(({ type }) => type);
    assert.deepEqual(await states(second), ["here", "there", "there"]);
    assert.deepEqual(await states(first), ["there", "there", "there"]);
    await alice.messenger.deleteMessage({ chat: withBob(), target: second });
    while (copies(bob).length > 0) await new Promise(setImmediate);
  });

  it("come with a backup as being elsewhere, and from the server as long as it has them", async () => {
    const id = await sent(written("plan", randomBytes(5000)));
    const file = { chat: withAlice(), id, item: 0 };
    await bob.messenger.fetchFile(file);
    const path = join(bob.folder, "..", `parley-files-${process.pid}.backup`);
    await bob.messenger.backUp({ path, passphrase: PASSPHRASE });
    const laptop = await Computer.start(bob.name);
    team.keep(laptop);
    await laptop.restores(path, PASSPHRASE);
    rmSync(path);
    assert.equal((await stateAt(laptop, alice, id))?.type, "elsewhere");
    await laptop.goesOnline();
    await laptop.messenger.fetchFile(file);
    assert.equal((await stateAt(laptop, alice, id))?.type, "here");
  });

  it("are stopped on the way, and the part that is here goes", async () => {
    const id = await sent(written("large", randomBytes(8_000_000)));
    const file = { chat: withAlice(), id, item: 0 };
    const some = reached(bob, "down", 0.2);
    const fetching = assert.rejects(bob.messenger.fetchFile(file), { code: "cancelled" });
    await some;
    await bob.messenger.stopFile(file);
    await fetching;
    assert.equal((await stateAt(bob, alice, id))?.type, "there");
    while (copies(bob).length > 0) await new Promise(setImmediate);
  });

  it("come in pieces where they are on no disk, each after the one before", async () => {
    const id = newMessageId();
    const bytes = randomBytes(2_500_000);
    const piece = (offset: number, length = 1_000_000) => ({
      ...{ chat: withBob(), id, file: "paste-1", name: "pasted", bytes: bytes.length, offset },
      data: bytes.subarray(offset, offset + length).toString("base64"),
    });
    assert.equal(await alice.messenger.attachPiece(piece(0)), undefined);
    await assert.rejects(alice.messenger.attachPiece(piece(0)), { code: "bad-argument" });
    await assert.rejects(alice.messenger.attachPiece(piece(2_000_000)), { code: "bad-argument" });
    assert.equal(await alice.messenger.attachPiece(piece(1_000_000)), undefined);
    const parcel = await alice.messenger.attachPiece(piece(2_000_000));
    assert.deepEqual(
      parcel?.files.map((file) => file.bytes),
      [bytes.length],
    );
    await alice.messenger.sendFiles({ chat: withBob(), id });
    await bob.until("files", async () => (await bob.messages(alice)).some((one) => one.id === id));
    const to = { path: bob.folder, as: "in" } as const;
    const path = await bob.messenger.saveFile({ chat: withAlice(), id, item: 0, ...to });
    assert.ok(readFileSync(path).equals(bytes));
  });

  it("that come in pieces leave nothing when their page stops, and take no other's place", async () => {
    const chat = withBob();
    const piece = (file: string, offset: number, bytes = 2_000_000) => ({
      ...{ chat, id: newMessageId(), file, name: "pasted", bytes, offset },
      data: Buffer.alloc(Math.min(bytes, 1_000_000)).toString("base64"),
    });
    for (let count = 0; count < 30; count++) {
      const file = `given up ${count}`;
      await alice.messenger.attachPiece(piece(file, 0));
      await alice.messenger.stopPieces({ file });
      await assert.rejects(alice.messenger.attachPiece(piece(file, 1_000_000)), {
        code: /bad-argument|cancelled/,
      });
    }
    for (let count = 0; count < 30; count++)
      await assert.rejects(alice.messenger.attachPiece(piece(`never begun ${count}`, 1_000_000)), {
        code: "bad-argument",
      });
    for (let count = 0; count < 10; count++) await alice.messenger.attachPiece(piece(`open ${count}`, 0));
    await assert.rejects(alice.messenger.attachPiece(piece("one more", 0)), { code: "files-waiting" });
    for (let count = 0; count < 10; count++) await alice.messenger.stopPieces({ file: `open ${count}` });
    while (copies(alice).length > 0) await new Promise(setImmediate);
    assert.deepEqual(await alice.messenger.parcels({ chat }), []);
    const empty = await alice.messenger.attachPiece({ ...piece("empty", 0, 0), data: "" });
    assert.deepEqual(
      empty?.files.map(({ name, bytes }) => ({ name, bytes })),
      [{ name: "pasted", bytes: 0 }],
    );
  });

  it("that are pictures are opened before they are sent, within the bounds of a page", async () => {
    const at = { chat: withBob(), id: newMessageId() };
    const picture = pictureFile("turned.jpg");
    const huge = pngOf(ihdr(20_000, 20_000), pngChunk("IDAT"), pngChunk("IEND"));
    await alice.messenger.attachFile({ ...at, path: written("photo.jpg", picture) });
    await alice.messenger.attachFile({ ...at, path: written("huge.png", huge) });
    const { files } = await alice.messenger.attachFile({
      ...at,
      path: written("notes.txt", Buffer.from("x")),
    });
    const opened = await Promise.all(
      files.map(({ copy }) => alice.messenger.attachedPicture({ ...at, copy })),
    );
    const bare = withoutMetadata(picture);
    assert.ok(bare.kind === "picture");
    const data = Buffer.from(bare.bytes).toString("base64");
    assert.deepEqual(opened, [{ type: "image/jpeg", data }, undefined, undefined]);
  });

  it("that can't be read, are too many, or are taken out again, say so", async () => {
    const at = { chat: withBob(), id: newMessageId() };
    const path = written("plan", randomBytes(10));
    const attach = (path: string) => alice.messenger.attachFile({ ...at, path });
    await assert.rejects(attach(join(alice.folder, "nothing")), { code: "file-unreadable" });
    await assert.rejects(attach(alice.folder), { code: "file-unreadable" });
    await assert.rejects(attach("plan"), { code: "bad-argument" });
    await assert.rejects(alice.messenger.sendFiles(at), { code: "wrong-state" });
    for (let count = 0; count < 10; count++) await attach(path);
    await assert.rejects(attach(path), { code: "too-many-files" });
    assert.equal(copies(alice).length, 10);
    const [{ files: all } = assert.fail()] = await alice.messenger.parcels(at);
    const { copy } = all[3] ?? assert.fail();
    const { files } = await alice.messenger.detachFile({ ...at, copy });
    assert.deepEqual([files.length, copies(alice).length], [9, 9]);
    assert.ok(!files.some((one) => one.copy === copy));
    await assert.rejects(alice.messenger.detachFile({ ...at, copy }), { code: "wrong-state" });
    assert.equal(copies(alice).length, 9, "a second press removes no other file");
    await parcelIs(([parcel]) => parcel?.files.length === 9);
    await alice.deletesHistory(bob);
    assert.deepEqual(copies(alice), [], "files that were never sent go with the draft");
  });
});

describe("a server that keeps files within bounds", function () {
  this.timeout(60_000);
  const people: Computer[] = [];
  let server: RealServer | undefined;
  afterEach(async () => {
    for (const person of people.splice(0)) await person.remove();
    await server?.remove();
  });

  /** @returns the failure of files of these sizes, sent one after the other in chats of their own */
  async function failures(limits: readonly string[], ...sizes: readonly number[]) {
    server = await RealServer.start(
      [],
      limits.flatMap((limit) => ["--limit", limit]),
    );
    const link = await server.invite(2);
    const [alice, bob] = [await Computer.start("alice"), await Computer.start("bob")];
    people.push(alice, bob);
    await Promise.all([alice.joins(link), bob.joins(link)]);
    await alice.opensChatWith(bob);
    const chat = directChat(bob.name);
    const said: unknown[] = [];
    for (const size of sizes) {
      const id = newMessageId();
      const path = join(alice.folder, "file");
      writeFileSync(path, randomBytes(size));
      try {
        await alice.messenger.attachFile({ chat, id, path });
      } catch (error) {
        said.push(errorCode(error));
        continue;
      }
      const settled = () =>
        alice.messenger.parcels({ chat }).then((all) => all.every(({ stage }) => stage === "failed"));
      await alice.messenger.sendFiles({ chat, id });
      while (!(await settled()))
        await new Promise<void>((resolve) => alice.messenger.once("parcels", () => resolve()));
      const parcel = (await alice.messenger.parcels({ chat })).find((one) => one.id === id);
      said.push(parcel?.failure);
      if (parcel !== undefined) await alice.messenger.cancelFiles({ chat, id });
    }
    return said;
  }

  it("says which of them a file meets", async () => {
    assert.deepEqual(await failures(["maxBlobBytes=0"], 10), ["files-off"]);
    await server?.remove();
    for (const person of people.splice(0)) await person.remove();
    const sizes = [300_000, 1_100_000, 500_000, 600_000];
    assert.deepEqual(await failures(["maxBlobBytes=1000000", "blobBytesPerPerson=1048576"], ...sizes), [
      undefined,
      "file-too-large",
      undefined,
      "files-full",
    ]);
  });
});
