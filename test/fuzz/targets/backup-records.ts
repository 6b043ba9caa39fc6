/** One record of an opened backup: an accepted one is written and read back unchanged. */
import assert from "node:assert/strict";
import { decodeRecord, encodeRecord } from "../../../messenger/history/backup/records.ts";
import { BACKUP_RECORDS } from "../backup-samples.ts";
import { parsed, type Target, utf8 } from "../target.ts";

export function open(): Target {
  const again = (line: Uint8Array) => decodeRecord(line);
  return {
    samples: BACKUP_RECORDS.map((record) => encodeRecord(record).subarray(0, -1)),
    words: ['"__proto__":{', '"kind":"', "1e400", '"",'].map(utf8),
    run(input) {
      const record = parsed(["backup-damaged"], () => decodeRecord(input));
      if (record === undefined) return;
      // Fields that a backup leaves out of a person are absent after the first pass, and stay absent.
      const once = again(encodeRecord(record).subarray(0, -1));
      assert.deepEqual(again(encodeRecord(once).subarray(0, -1)), once);
    },
  };
}
