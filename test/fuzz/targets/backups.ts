/**
 * A backup file given to "Restore": changed, or made with the passphrase and invalid records. Either it is
 * refused without a trace, or a store exists that opens and can be read.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { readMembership } from "../../../messenger/account/account.ts";
import { openStore } from "../../../messenger/account/home.ts";
import { newCost } from "../../../messenger/account/passphrase.ts";
import { StoreKeys } from "../../../messenger/account/store-keys.ts";
import { HEADER_BYTES, newHeader } from "../../../messenger/history/backup/header.ts";
import { encodeRecord } from "../../../messenger/history/backup/records.ts";
import { stageRestore } from "../../../messenger/history/backup/restore.ts";
import { stageIn } from "../../../messenger/history/backup/swap.ts";
import { sealChunks } from "../../../protocol/e2ee/sealed-chunks.ts";
import { MemoryVault } from "../../fixtures/messengers.ts";
import { BACKUP_RECORDS } from "../backup-samples.ts";
import { EDITS, edited, forKind, parsedLater, type Target } from "../target.ts";

const PASSPHRASE = "correct horse battery staple";
const CODES = ["backup-unknown", "backup-damaged", "wrong-passphrase"];
const CHECKSUM_BYTES = 12;
const COST_AT = 14;
/** The highest cost that a head may request here: more would only take time. */
const MAX_COST_LOG2 = 10;

export async function open(): Promise<Target> {
  const directory = mkdtempSync(join(tmpdir(), "parley-fuzz-"));
  const path = join(directory, "backup");
  const keys = StoreKeys.in(join(directory, "store"), new MemoryVault());
  const lines = Buffer.concat(BACKUP_RECORDS.map(encodeRecord));
  const genuine = await backupOf(lines);
  const kinds: readonly ((input: Uint8Array) => Uint8Array | Promise<Uint8Array>)[] = [
    (edits) => edited(genuine, edits),
    (records) => backupOf(records),
    (edits) => withChecksum(edited(genuine, edits)),
  ];
  return {
    samples: [forKind(1, lines), ...[0, 2].flatMap((kind) => EDITS.map((edits) => forKind(kind, edits)))],
    maxBytes: 4096,
    async run(input) {
      const kind = (input[0] ?? 0) % kinds.length;
      const file = await kinds[kind]?.(input.subarray(1));
      if (file === undefined || (file[COST_AT] ?? 0) > MAX_COST_LOG2) return;
      writeFileSync(path, file);
      const order = {
        path,
        passphrase: PASSPHRASE,
        onProgress: (done: number) => assert.ok(done >= 0 && done <= 1),
        signal: new AbortController().signal,
      };
      const seed = await parsedLater(CODES, () => stageRestore(keys, order));
      assert.equal(existsSync(stageIn(keys.folder)), seed !== undefined, "something is left");
      if (seed === undefined) return;
      assert.ok(kind === 1 || readFileSync(path).equals(genuine), "a changed file is taken");
      const { store, setAside } = await openStore(stageIn(keys.folder), keys);
      try {
        assert.equal(setAside, undefined, "what was restored does not open");
        assert.ok(readMembership(store.settings));
        for (const { number } of store.chats.all()) store.messages.page(number, { limit: 100 });
      } finally {
        store.close();
        rmSync(stageIn(keys.folder), { recursive: true });
      }
    },
    close: () => rmSync(directory, { recursive: true }),
  };
}

async function backupOf(lines: Uint8Array): Promise<Buffer> {
  const { header, key } = await newHeader(PASSPHRASE, newCost(4));
  const parts: Uint8Array[] = [header];
  for await (const chunk of sealChunks(key, once(lines))) parts.push(chunk);
  return Buffer.concat(parts);
}

async function* once(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  yield bytes;
}

/** Adapts the checksum, which does not prevent changes of the head. */
function withChecksum(file: Uint8Array): Uint8Array {
  const end = HEADER_BYTES - CHECKSUM_BYTES;
  const checksum = createHash("sha256").update(file.subarray(0, end)).digest().subarray(0, CHECKSUM_BYTES);
  return Buffer.concat([file.subarray(0, end), checksum, file.subarray(HEADER_BYTES)]);
}
