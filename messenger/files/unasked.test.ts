import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import { type MessageId, newBlobId, newMessageId } from "../../protocol/names.ts";
import { directChat } from "../chats/direct.ts";
import { contextOver } from "../context-fixture.ts";
import type { MessengerEvents } from "../events.ts";
import type { ChatPhase } from "../model.ts";
import { BOB, StoreFolder } from "../store/store-fixture.ts";
import { Downloads } from "./downloads.ts";
import { Unasked } from "./unasked.ts";

const MIB = 1024 * 1024;
const WITH_BOB = directChat(BOB);

describe("files that nobody asked for", () => {
  const folders: StoreFolder[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) folder.remove();
  });

  const picture = (bytes: number): SentFile => ({
    ...{
      name: "x.png",
      type: "image/png",
      bytes,
      sha256: "0".repeat(64),
      blob: newBlobId(),
      key: "1".repeat(64),
    },
    ...{ until: 1, description: "", picture: { width: 1, height: 1, preview: "" } },
  });

  /** @returns whether a picture of that size is wanted. @param here bytes of pictures that came so before */
  function wanted(
    bytes: number,
    {
      here = 0,
      chat = WITH_BOB,
      phase = "open" as ChatPhase,
      known = true,
      setting = "pictures" as const,
    } = {},
  ): boolean {
    const folder = new StoreFolder();
    folders.push(folder);
    const { store } = folder.open();
    const emitter = new EventEmitter<MessengerEvents>();
    const context = contextOver(store, { emitter });
    const downloads = new Downloads(context, emitter);
    const unasked = new Unasked(context, downloads, () => setting);
    const add = (of: typeof WITH_BOB, size: number): MessageId => {
      const id = newMessageId();
      store.transaction(() => {
        const body = { kind: "files", files: [picture(size)], caption: "" } as const;
        context.chats.append(store.chats.ensure(of), { id, author: BOB, at: 1, body });
      });
      return id;
    };
    store.transaction(() => {
      store.chats.put({ ...store.chats.ensure(WITH_BOB), phase });
      if (known) store.contacts.put(BOB, { ...context.contacts.get(BOB), identityKey: new Uint8Array(32) });
    });
    if (here > 0) {
      const { spot } = downloads.find({ chat, id: add(chat, 1), item: 0 });
      store.transaction(() => store.files.put(spot, { state: "here", unasked: here }));
    }
    const id = add(WITH_BOB, bytes);
    const message = store.messages.find(store.chats.ensure(WITH_BOB).number, id);
    assert.ok(message);
    unasked.arrived(context.chats.view(message as Parameters<typeof context.chats.view>[0]));
    const state = downloads.find({ chat: WITH_BOB, id, item: 0 }).stored?.state;
    downloads.close();
    store.close();
    return state === "wanted";
  }

  it("are wanted up to 1 MiB, and up to 64 MiB in a chat and 512 MiB in all", () => {
    assert.ok(wanted(MIB));
    assert.ok(!wanted(MIB + 1));
    assert.ok(wanted(MIB, { here: 60 * MIB }));
    assert.ok(!wanted(MIB, { here: 64 * MIB }));
    const carol = directChat("carol" as typeof BOB);
    assert.ok(!wanted(MIB, { here: 512 * MIB, chat: carol }));
  });

  it("come neither from strangers, nor outside an open chat, nor against the setting", () => {
    assert.ok(!wanted(10, { known: false }));
    for (const phase of ["none", "invited", "closed-by-me", "key-changed"] as const)
      assert.ok(!wanted(10, { phase }), phase);
    assert.ok(!wanted(10, { setting: "never" as "pictures" }));
  });
});
