/** Writes a backup of an open store in small steps, while the messenger keeps working. */
import { type FileHandle, open, rm } from "node:fs/promises";
import { sealChunks } from "../../../protocol/e2ee/sealed-chunks.ts";
import { UsageError } from "../../../protocol/errors.ts";
import type { Identity } from "../../../protocol/identity/identity.ts";
import { messageIdFrom } from "../../../protocol/names.ts";
import { replaceFile } from "../../../protocol/replace-file.ts";
import { assertStrong, newCost, type PassphraseCost } from "../../account/passphrase.ts";
import { diskError } from "../../disk-error.ts";
import type { StoredChat } from "../../store/chats.ts";
import type { Store } from "../../store/store.ts";
import { newHeader } from "./header.ts";
import { type BackupRecord, encodeRecord, IDS_IN_A_RECORD, type StoreKeysRecord } from "./records.ts";

/** Messages per step. Bounds the memory in use, since a text has at most 64 KiB. */
const MESSAGES_AT_ONCE = 64;

export interface BackupOrder {
  /** The path of the file. An existing file is replaced once the new one is complete. */
  readonly path: string;
  readonly passphrase: string;
  /** @param done from 0 to 1 */
  readonly onProgress: (done: number) => void;
  readonly signal: AbortSignal;
  /** If present, writes a recovery file: with these keys and without messages. The caller wipes the key. */
  readonly storeKeys?: StoreKeysRecord;
  /** For tests, since the default takes half a second. */
  readonly cost?: PassphraseCost;
}

/**
 * Writes the file. Messages that arrive meanwhile may or may not be included.
 * @throws UsageError "weak-passphrase", "wrong-state" without an account, "cancelled", "closed"; StorageError "disk-full"; other errors
 * of the disk
 */
export async function writeBackup(store: Store, identity: Identity, order: BackupOrder): Promise<void> {
  const { path, passphrase, signal, cost = newCost() } = order;
  assertStrong(passphrase);
  const partial = `${path}.partial`;
  const { header, key } = await newHeader(passphrase, cost);
  const file = await open(partial, "w", 0o600);
  try {
    try {
      await write(file, header);
      for await (const chunk of sealChunks(key, lines(store, identity, order))) await write(file, chunk);
      await file.sync();
    } finally {
      await file.close();
    }
    assertGoesOn(signal);
  } catch (error) {
    await rm(partial, { force: true });
    throw diskError(error);
  }
  // The new file is complete and synced: if this fails, it stays beside its target.
  await replaceFile(partial, path);
}

async function write(file: FileHandle, bytes: Uint8Array): Promise<void> {
  for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done)).bytesWritten;
}

async function* lines(
  store: Store,
  identity: Identity,
  { onProgress, signal, storeKeys }: BackupOrder,
): AsyncGenerator<Uint8Array> {
  const account = store.settings.get("account");
  if (account === undefined) throw new UsageError("wrong-state", "There is no account");
  const [contacts, chats] = [[...store.contacts.all()], [...store.chats.all()]];
  const seed = identity.exportSeed();
  const last = storeKeys === undefined ? store.messages.newest() : 0;
  yield encodeRecord({ kind: "account", account, seed, records: contacts.length + chats.length + last });
  seed.fill(0);
  if (storeKeys !== undefined) yield encodeRecord({ kind: "store-keys", ...storeKeys });
  for (const [name, contact] of contacts) yield encodeRecord({ kind: "contact", name, contact });
  for (const chat of chats) yield encodeRecord({ kind: "chat", chat });
  for (const record of messages(store, last)) {
    assertGoesOn(signal);
    yield encodeRecord(record);
    if (record.kind === "message") onProgress(record.message.position / last);
  }
  for (const chat of chats)
    for (const record of received(store, chat)) {
      assertGoesOn(signal);
      yield encodeRecord(record);
    }
  onProgress(1);
}

function* messages(
  store: Store,
  last: number,
): Generator<Extract<BackupRecord, { readonly kind: "message" | "version" | "file" }>> {
  for (let after = 0; after < last; ) {
    assertOpen(store);
    const page = store.messages.lasting(after, MESSAGES_AT_ONCE);
    for (const { chat: number, unsettled: _, ...message } of page) {
      const chat = store.chats.withNumber(number)?.id;
      if (message.position > last || chat === undefined) continue;
      yield { kind: "message", chat, message };
      for (const [item, file] of store.files.of(message.position)) {
        const record = { kind: "file", chat, message: message.id, item } as const;
        const { state, at } = file;
        if (state === "here") yield { ...record, state: "elsewhere" };
        else if (state !== "wanted") yield { ...record, state, at };
      }
      if (message.edited === undefined) continue;
      for (const version of store.messages.versionsOf(message))
        yield { kind: "version", chat, message: message.id, version };
    }
    after = page.at(-1)?.position ?? last;
  }
}

function* received(store: Store, { id: chat, number }: StoredChat): Generator<BackupRecord> {
  let after = new Uint8Array(0);
  for (;;) {
    assertOpen(store);
    const page = store.received.after(number, after, IDS_IN_A_RECORD);
    const next = page.at(-1);
    if (next === undefined) return;
    for (const receipt of ["never", "settled"] as const) {
      const ids = page.flatMap((one) => (one.receipt === receipt ? (messageIdFrom(one.id) ?? []) : []));
      if (ids.length > 0) yield { kind: "received", chat, receipt, ids };
    }
    after = new Uint8Array(next.id);
  }
}

function assertOpen(store: Store): void {
  if (!store.isOpen) throw new UsageError("closed", "The store was closed while it was backed up");
}

function assertGoesOn(signal: AbortSignal): void {
  if (signal.aborted) throw new UsageError("cancelled", "The user cancelled");
}
