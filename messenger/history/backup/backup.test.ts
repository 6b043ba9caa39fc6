import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { code } from "../../../protocol/error-code-fixture.ts";
import { ParleyError } from "../../../protocol/errors.ts";
import { Identity } from "../../../protocol/identity/identity.ts";
import { newConversationId, newMessageId, type Username, username } from "../../../protocol/names.ts";
import { writeMembership } from "../../account/account.ts";
import { openHome } from "../../account/home.ts";
import { newCost } from "../../account/passphrase.ts";
import { storeIn } from "../../account/put-aside.ts";
import { StoreKeys } from "../../account/store-keys.ts";
import { directChat } from "../../chats/direct.ts";
import type { MessengerOptions } from "../../model.ts";
import { MARK_FILE, readMark, writeMark } from "../../store/mark.ts";
import type { Store } from "../../store/store.ts";
import { stageRestore } from "./restore.ts";
import { commitRestore, stageIn } from "./swap.ts";
import { writeBackup } from "./write.ts";

const STORE_FILES = ["parley.db", MARK_FILE];
const ACCOUNT = { name: username("alice"), caFingerprint: new Uint8Array(32) };
const PASSPHRASE = "tulip mason orbit velvet";
const [alice, bob, carol] = [username("alice"), username("bob"), username("carol")] as const;
const BOB = directChat(bob);

/** A messenger's folder and keyring. */
class Place {
  readonly folder = mkdtempSync(join(tmpdir(), "parley-backup-"));
  readonly values = new Map<string, string>();
  readonly keys: StoreKeys;
  readonly options: MessengerOptions;
  constructor() {
    const secrets = {
      get: async (key: string) => this.values.get(key),
      store: async (key: string, value: string) => void this.values.set(key, value),
      delete: async (key: string) => void this.values.delete(key),
    };
    this.keys = StoreKeys.in(storeIn(this.folder), secrets);
    const log = { info() {}, debug() {}, warn: assert.fail, error: assert.fail };
    this.options = { directory: this.folder, secrets, log, sendReadReceipts: () => false };
  }
  file(name: string): string {
    return join(this.folder, name);
  }
}

function fill(store: Store, messages: number): void {
  const conversation = newConversationId();
  store.transaction(() => {
    writeMembership(store.settings, {
      name: username("alice"),
      host: "chat.example",
      port: 7750,
      caFingerprint: new Uint8Array(32),
      minimumCrlNumber: 7n,
    });
    const chat = store.chats.ensure(BOB);
    store.contacts.put(bob, { identityKey: new Uint8Array(32).fill(9), verified: true });
    store.conversations.put(chat.number, conversation, Buffer.from("mls secrets"));
    const joining = { keyPackage: new Uint8Array(3), secret: Buffer.from("joining secret") };
    const group = { current: conversation, joining };
    store.chats.put({ ...chat, phase: "open", draft: "half a", unread: 1, group });
  });
  for (let from = 0; from < messages; from += 500)
    store.transaction(() => {
      for (let n = from; n < Math.min(messages, from + 500); n++) {
        const chat = store.chats.ensure(BOB);
        const mine = n % 2 === 0;
        const id = newMessageId();
        const { position } = store.messages.add({
          chat: chat.number,
          id,
          ...(mine ? { author: alice, receivers: [{ person: bob }] } : { author: bob }),
          at: 1_000 + n,
          storedAt: 2_000 + n,
          body: { kind: "text", text: `message ${n} ü\n"quoted"` },
          ...(mine && { state: n === messages - 2 ? "waiting" : "read" }),
        });
        if (mine) continue;
        store.received.note(chat.number, id, "settled");
        if (n === messages - 1) store.chats.put({ ...chat, firstUnread: { id, position } });
      }
    });
}

describe("backup", function () {
  this.timeout(180_000);
  let places: Place[];
  const place = () => {
    const made = new Place();
    places.push(made);
    return made;
  };
  beforeEach(() => {
    places = [];
  });
  afterEach(() => {
    for (const { folder } of places) rmSync(folder, { recursive: true });
  });

  const quietly = (onProgress: (done: number) => void = () => {}) => ({
    onProgress,
    signal: new AbortController().signal,
  });

  async function backedUp(from: Place, messages: number, order = quietly()): Promise<string> {
    const { store } = await openHome(from.options);
    try {
      const identity = await from.keys.ensureIdentity(ACCOUNT);
      fill(store, messages);
      const path = from.file("a.backup");
      await writeBackup(store, identity, { path, passphrase: PASSPHRASE, cost: newCost(2), ...order });
      return path;
    } finally {
      store.close();
    }
  }
  const stage = (into: Place, path: string, passphrase = PASSPHRASE, order = quietly()) =>
    stageRestore(into.keys, { path, passphrase, ...order });

  it("restores replies, all versions and marks, a change that waits, and which ids get receipts", async () => {
    const from = place();
    const alice = username("alice");
    const [first, edited, received] = [newMessageId(), newMessageId(), newMessageId()];
    const text = (text: string) => ({ kind: "text", text }) as const;
    const marks = [{ by: bob, name: "reaction", version: 3, id: received, values: ["👍"] }] as const;
    const versions = [
      { revision: 0, id: first, at: 1, body: text("as it was") },
      { revision: 1, id: edited, at: 2, body: text("as it is") },
    ];
    const { store: original } = await openHome(from.options);
    const path = from.file("a.backup");
    try {
      const identity = await from.keys.ensureIdentity(ACCOUNT);
      fill(original, 0);
      original.transaction(() => {
        const { number: chat } = original.chats.ensure(BOB);
        const mine = { chat, author: alice, receivers: [{ person: bob }], at: 1, storedAt: 1 } as const;
        const message = { ...mine, id: first, state: "delivered", replyTo: received } as const;
        const added = original.messages.add({ ...message, body: text("as it was") });
        const none = { versions: [], marks: [] };
        original.messages.amend(added, none, { body: text("as it is"), versions, marks });
        const body = { kind: "edit", target: first, revision: 1, text: "as it is" } as const;
        original.messages.add({ ...mine, id: edited, state: "waiting", body });
        original.received.note(chat, received, "owed");
      });
      await writeBackup(original, identity, { path, passphrase: PASSPHRASE, cost: newCost(2), ...quietly() });
    } finally {
      original.close();
    }
    const into = place();
    await commitRestore(into.keys, await stage(into, path));
    const { store } = await openHome(into.options);
    try {
      const { number, group } = store.chats.ensure(BOB);
      const [message] = store.messages.page(number, { limit: 9 });
      assert.ok(message);
      assert.partialDeepStrictEqual(message, {
        ...{ id: first, body: text("as it is"), replyTo: received, edited: { times: 1, at: 2 }, marks },
        unsettled: [{ id: edited, kind: "edit", state: "waiting" }],
      });
      assert.deepEqual(store.messages.versionsOf(message), versions);
      assert.equal(group.unsealed, true);
      assert.deepEqual(
        store.messages.unsealed(number).map(({ id }) => id),
        [edited],
      );
      store.transaction(() => store.received.oweAgain(number, received));
      assert.deepEqual(store.received.owing(number, "delivered", 9), [received]);
    } finally {
      store.close();
    }
  });

  it("restores the account, people and messages, and no keys of conversations", async () => {
    const from = place();
    const path = await backedUp(from, 1_000);
    const bytes = readFileSync(path);
    // Use long texts: three letters occur by chance in that many random bytes, in one of a hundred runs.
    for (const plain of ["alice", "message 1", "chat.example"])
      assert.equal(bytes.includes(plain), false, plain);
    const into = place();
    const told: number[] = [];
    await commitRestore(
      into.keys,
      await stage(
        into,
        path,
        PASSPHRASE,
        quietly((done) => void told.push(done)),
      ),
    );
    const { store, member } = await openHome(into.options);
    try {
      const identity = await from.keys.identity();
      assert.deepEqual(member?.identity.publicKey, identity?.publicKey);
      assert.deepEqual(member?.membership.minimumCrlNumber, 7n);
      assert.equal(member?.membership.host, "chat.example");
      const contact = store.contacts.get(bob);
      assert.equal(contact?.verified, true);
      assert.deepEqual(contact.identityKey, new Uint8Array(32).fill(9));
      const { number, phase, draft, unread, firstUnread, group } = store.chats.ensure(BOB);
      const { joining, current } = group;
      assert.deepEqual(
        { phase, draft, unread, joining },
        { phase: "open", draft: "half a", unread: 1, joining: undefined },
      );
      assert.deepEqual([group.lost, group.unsealed], [true, true]);
      assert.ok(current);
      assert.equal(store.conversations.get(current), undefined);
      const page = store.messages.page(number, { limit: 2_000 });
      assert.equal(page.length, 1_001);
      assert.deepEqual(
        page.slice(0, 1_000).map(({ body, at, storedAt }) => ({ body, at, storedAt })),
        Array.from({ length: 1_000 }, (_, n) => ({
          body: { kind: "text", text: `message ${n} ü\n"quoted"` },
          at: 1_000 + n,
          storedAt: 2_000 + n,
        })),
      );
      assert.deepEqual(page.at(-1)?.body, { kind: "event", event: "restored", about: bob });
      assert.deepEqual([page.at(-3)?.state, page.at(-3)?.failure], ["waiting", undefined]);
      assert.deepEqual([page.at(-2)?.id, page.at(-2)?.position], [firstUnread?.id, firstUnread?.position]);
      for (const { author, id } of page) assert.equal(store.received.has(number, id), author === bob);
      assert.deepEqual(page.at(-3)?.receivers, [{ person: bob, receipt: undefined }]);
      assert.ok(told.every((done, n) => done >= (told[n - 1] ?? 0) && done <= 1));
    } finally {
      store.close();
    }
    assert.deepEqual(readdirSync(into.keys.folder).sort(), STORE_FILES);
    const kept = [...into.values.keys()].map((name) => name.replace(into.keys.id, "ID"));
    assert.deepEqual(kept.sort(), ["parley.ID.database-key", "parley.ID.identity-seed"]);
  });

  it("queues messages without a receipt again, in the present conversation of an open chat only", async () => {
    const from = place();
    const { store } = await openHome(from.options);
    fill(store, 1);
    const said = (to: Username, text: string, state: "sent" | "waiting" | "delivered") => {
      const body = { kind: "text", text } as const;
      return store.messages.add({
        chat: store.chats.ensure(directChat(to)).number,
        id: newMessageId(),
        author: alice,
        receivers: [{ person: to }],
        at: 1,
        storedAt: 1,
        body,
        state,
      });
    };
    store.transaction(() => {
      said(bob, "in an earlier conversation", "sent");
      const { position } = said(bob, "arrived", "delivered");
      const chat = store.chats.ensure(BOB);
      store.chats.put({ ...chat, group: { ...chat.group, undeliveredFrom: position } });
      said(bob, "may have arrived", "sent");
      said(carol, "in a chat that is over", "waiting");
      // This message is not in the backup, so positions change in the restore.
      const gone = said(bob, "disappears", "sent");
      store.messages.setExpiry(gone, { seconds: 60 });
      said(bob, "waits", "waiting");
    });
    const path = from.file("a.backup");
    const order = { path, passphrase: PASSPHRASE, cost: newCost(2), ...quietly() };
    await writeBackup(store, await from.keys.ensureIdentity(ACCOUNT), order);
    store.close();
    const into = place();
    await commitRestore(into.keys, await stage(into, path));
    const restored = (await openHome(into.options)).store;
    const statesOf = (name: Username) =>
      restored.messages
        .page(restored.chats.ensure(directChat(name)).number, { limit: 20 })
        .flatMap(({ author, state, failure }) => (author === alice ? [failure ?? state] : []));
    try {
      assert.deepEqual(statesOf(bob), ["read", "sent", "delivered", "waiting", "waiting"]);
      assert.deepEqual(statesOf(carol), ["no-conversation"]);
      assert.equal(restored.chats.get(directChat(carol))?.group.unsealed, undefined);
    } finally {
      restored.close();
    }
  });

  it("refuses every cut and every sampled change, each with its own code, and changes nothing", async () => {
    const path = await backedUp(place(), 3);
    const good = readFileSync(path);
    const into = place();
    const bad = into.file("bad.backup");
    const refused = async (bytes: Uint8Array, ...codes: string[]) => {
      writeFileSync(bad, bytes);
      await assert.rejects(stage(into, bad), (error) => {
        assert.ok(error instanceof ParleyError, String(error));
        assert.ok(codes.includes(error.code), error.code);
        return true;
      });
      assert.deepEqual(readdirSync(into.folder).sort(), ["bad.backup", "store"]);
      assert.deepEqual(readdirSync(into.keys.folder), [MARK_FILE]);
    };
    await refused(good.subarray(0, 0), "backup-unknown");
    for (let length = 1; length < good.length; length += length < 150 ? 1 : 37)
      await refused(good.subarray(0, length), "backup-damaged");
    await refused(Buffer.concat([good, Buffer.of(0)]), "backup-damaged");
    await fc.assert(
      fc.asyncProperty(fc.nat({ max: good.length - 1 }), fc.nat({ max: 7 }), (at, bit) => {
        const bytes = Buffer.from(good);
        bytes.writeUInt8(bytes.readUInt8(at) ^ (1 << bit), at);
        return refused(bytes, at < 14 ? "backup-unknown" : "backup-damaged");
      }),
      { numRuns: 80 },
    );
    await refused(Buffer.from("PK\u0003\u0004 something else entirely"), "backup-unknown");
    assert.equal(into.values.has(`parley.${into.keys.id}.identity-seed`), false);
  });

  it("distinguishes a wrong passphrase from a damaged file", async () => {
    const path = await backedUp(place(), 3);
    const into = place();
    await assert.rejects(stage(into, path, "tulip mason orbit velvey"), code("wrong-passphrase"));
    await assert.rejects(stage(into, path, ""), code("wrong-passphrase"));
    assert.deepEqual(readdirSync(into.keys.folder), [MARK_FILE]);
  });

  it("refuses a weak passphrase, and leaves no file", async () => {
    const from = place();
    const { store } = await openHome(from.options);
    fill(store, 1);
    const order = { path: from.file("a"), passphrase: "12345678", cost: newCost(2), ...quietly() };
    await assert.rejects(writeBackup(store, Identity.generate(), order), code("weak-passphrase"));
    store.close();
    assert.deepEqual(readdirSync(from.folder), ["store"]);
  });

  it("stays beside its target, complete, when only the last step fails", async () => {
    const from = place();
    const { store } = await openHome(from.options);
    fill(store, 5);
    const identity = await from.keys.ensureIdentity(ACCOUNT);
    const path = from.file("a");
    mkdirSync(path); // a folder that appeared meanwhile cannot be replaced by a file
    const order = { path, passphrase: PASSPHRASE, cost: newCost(2), ...quietly() };
    await assert.rejects(writeBackup(store, identity, order), (error: Error) => error.message.includes(path));
    store.close();
    const into = place();
    (await stage(into, `${path}.partial`)).fill(0);
  });

  it("can be cancelled half way, and leaves the store unchanged", async () => {
    const from = place();
    const path = await backedUp(from, 2_000);
    const before = readFileSync(path);
    const half = () => {
      const controller = new AbortController();
      const onProgress = (done: number) => {
        if (done > 0.5) controller.abort();
      };
      return { onProgress, signal: controller.signal };
    };
    const into = place();
    await assert.rejects(stage(into, path, PASSPHRASE, half()), code("cancelled"));
    assert.deepEqual(readdirSync(into.keys.folder), [MARK_FILE]);
    const { store } = await openHome(from.options);
    const identity = await from.keys.ensureIdentity(ACCOUNT);
    const order = { path, passphrase: PASSPHRASE, cost: newCost(2), ...half() };
    await assert.rejects(writeBackup(store, identity, order), code("cancelled"));
    store.close();
    assert.deepEqual(readFileSync(path), before);
    assert.deepEqual(readdirSync(from.folder).sort(), ["a.backup", "store"]);
  });

  it("takes effect completely or not at all when the program is killed at any point", async () => {
    const path = await backedUp(place(), 10);
    const into = place();
    const seed = await stage(into, path);
    // Killed before the commit: nothing has changed, and the stage is removed.
    const untouched = await openHome(into.options);
    assert.equal(untouched.member, undefined);
    untouched.store.close();
    assert.deepEqual(readdirSync(into.keys.folder).sort(), STORE_FILES);
    // Killed directly after the commit: the next start finishes the restore.
    await stage(into, path);
    await into.keys.decideRestore(seed);
    const finished = await openHome(into.options);
    assert.equal(finished.member?.membership.name, "alice");
    finished.store.close();
    // Killed after moving the store and before moving the identity: the same.
    await stage(into, path);
    await into.keys.decideRestore(seed);
    const [vault, mark] = [new Map(into.values), readMark(into.keys.folder) ?? assert.fail()];
    (await openHome(into.options)).store.close();
    for (const [name, value] of vault) into.values.set(name, value);
    writeMark(into.keys.folder, mark);
    const again = await openHome(into.options);
    assert.equal(again.member?.membership.name, "alice");
    assert.equal(again.store.messages.newest(), 11);
    again.store.close();
    assert.equal(again.setAside, undefined);
  });

  it("uses no more memory for a long history than for a short one", async () => {
    const measure = async (messages: number) => {
      let most = 0;
      const look = () => {
        most = Math.max(most, process.memoryUsage().arrayBuffers);
      };
      const order = quietly(look);
      const start = process.memoryUsage().arrayBuffers;
      const into = place();
      await stage(into, await backedUp(place(), messages, order), PASSPHRASE, order);
      rmSync(stageIn(into.keys.folder), { recursive: true });
      return most - start;
    };
    const count = Number(process.env["PARLEY_BACKUP_MESSAGES"] ?? 10_000);
    const long = await measure(count);
    assert.ok(long < 48 * 1024 * 1024, `${long} bytes for ${count} messages`);
  });
});
