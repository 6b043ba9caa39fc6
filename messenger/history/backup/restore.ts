/**
 * Reads a whole backup into a new store, which swap.ts then puts in place. So the store in use is unchanged if the file or the passphrase
 * turns out to be wrong, or the user cancels.
 */
import { setImmediate } from "node:timers/promises";
import { UsageError } from "../../../protocol/errors.ts";
import { newMessageId } from "../../../protocol/names.ts";
import { readMembership } from "../../account/account.ts";
import { openStore } from "../../account/home.ts";
import type { StoreKeys } from "../../account/store-keys.ts";
import { partnerOf } from "../../chats/direct.ts";
import { diskError } from "../../disk-error.ts";
import { eventBody } from "../../kinds/event.ts";
import type { StoredChat } from "../../store/chats.ts";
import type { Store } from "../../store/store.ts";
import type { StoredMessage } from "../../store/stored-message.ts";
import { readBackup } from "./read.ts";
import { type BackupRecord, withoutConversation } from "./records.ts";
import { clearStage, stageIn } from "./swap.ts";

const RECORDS_AT_ONCE = 256;

export interface RestoreOrder {
  readonly path: string;
  readonly passphrase: string;
  /** @param done the progress, from 0 to 1 */
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
}

/**
 * Reads a backup into the stage.
 * @returns the seed of the restored identity, which the caller wipes
 * @throws UsageError "backup-unknown", "backup-damaged", "wrong-passphrase", "cancelled"; StorageError "disk-full"; other errors of the
 * disk
 */
export async function stageRestore(keys: StoreKeys, order: RestoreOrder): Promise<Uint8Array> {
  clearStage(keys.folder);
  const { store } = await openStore(stageIn(keys.folder), keys);
  try {
    const seed = await fill(store, order);
    store.close();
    return seed;
  } catch (error) {
    store.close();
    clearStage(keys.folder);
    throw diskError(error);
  }
}

async function fill(
  store: Store,
  { path, passphrase, onProgress, signal }: RestoreOrder,
): Promise<Uint8Array> {
  let account: Extract<BackupRecord, { readonly kind: "account" }> | undefined;
  let batch: BackupRecord[] = [];
  let done = 0;
  const flush = async () => {
    store.transaction(() => {
      for (const record of batch) add(store, record);
    });
    done += batch.length;
    batch = [];
    onProgress(Math.min(1, done / Math.max(1, account?.records ?? 0)));
    await setImmediate(); // let other work of this process run
    if (signal.aborted) throw new UsageError("cancelled", "The user cancelled");
  };
  for await (const record of readBackup(path, passphrase)) {
    if ((record.kind === "account") !== (account === undefined)) throw unsound("is out of order");
    if (record.kind === "account") account = record;
    batch.push(record);
    if (batch.length >= RECORDS_AT_ONCE) await flush();
  }
  await flush();
  if (account === undefined || readMembership(store.settings) === undefined)
    throw unsound("holds no account");
  store.transaction(() => noteRestored(store));
  return account.seed;
}

/** Adds a record to the new store. Called inside a transaction. */
function add(store: Store, record: BackupRecord): void {
  switch (record.kind) {
    case "account":
      store.settings.set("account", record.account);
      return;
    case "store-keys": // only recover.ts uses them
      return;
    case "contact":
      store.contacts.put(record.name, record.contact);
      return;
    case "chat": {
      const chat = withoutConversation(record.chat);
      const { number } = store.chats.ensure(chat.id);
      store.chats.put({
        ...{ ...chat, number },
        firstUnread: chat.firstUnread && { ...chat.firstUnread, position: 0 },
      });
      return;
    }
    case "message": {
      const chat = store.chats.get(record.chat);
      if (chat === undefined) throw unsound("has a message of no chat");
      const message = { ...record.message, ...fateOf(record.message, chat), chat: chat.number };
      const added = store.messages.add(message);
      const { id, position, marks = [] } = added;
      store.messages.putResults(position, { versions: [], marks });
      if (chat.firstUnread?.id === id) store.chats.put({ ...chat, firstUnread: { id, position } });
      return;
    }
    case "version": {
      const chat = store.chats.get(record.chat);
      const message = chat && store.messages.find(chat.number, record.message);
      if (message === undefined) throw unsound("has a version of no message");
      store.messages.putResults(message.position, { versions: [record.version], marks: [] });
      return;
    }
    case "file": {
      const chat = store.chats.get(record.chat);
      const message = chat && store.messages.find(chat.number, record.message);
      if (message === undefined) throw unsound("has a file of no message");
      const { item, state, at } = record;
      store.files.put({ message: message.position, item }, { state, at });
      return;
    }
    case "received": {
      const chat = store.chats.get(record.chat);
      if (chat === undefined) throw unsound("has messages received in no chat");
      for (const id of record.ids) store.received.note(chat.number, id, record.receipt);
      return;
    }
  }
}

/**
 * Decides about a message without a receipt, which may have arrived after the backup. In an open chat it is sent again once there are keys,
 * with its old id, so that each receiver shows it once.
 */
function fateOf(
  { state, position }: Pick<StoredMessage, "state" | "position">,
  { phase, group: { undeliveredFrom = Number.MAX_SAFE_INTEGER } }: StoredChat,
): Pick<StoredMessage, "state" | "failure"> | undefined {
  if (phase === "open")
    return state === "sent" && position >= undeliveredFrom ? { state: "waiting" } : undefined;
  return state === "waiting" ? { state: "failed", failure: "no-conversation" } : undefined;
}

/**
 * Adds a line about the restore to each open chat. Queues nothing for the peer before the next sign-in, since the user may have blocked
 * that person after the backup, which only the server knows. Called inside a transaction.
 */
function noteRestored(store: Store): void {
  const now = Date.now();
  for (const chat of [...store.chats.all()]) {
    const waits = store.messages.unsealed(chat.number, 1).length > 0;
    const group = { ...chat.group, unsealed: waits || undefined, undeliveredFrom: undefined };
    store.chats.put({ ...chat, group });
    if (chat.phase !== "open") continue;
    const body = eventBody("restored", partnerOf(chat.id));
    store.messages.add({
      chat: chat.number,
      id: newMessageId(),
      author: undefined,
      at: now,
      storedAt: now,
      body,
    });
  }
}

function unsound(what: string): UsageError {
  return new UsageError("backup-damaged", `The backup ${what}`);
}
