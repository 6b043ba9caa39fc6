/** The records of a small backup. */
import type { BackupRecord } from "../../messenger/history/backup/records.ts";
import { type ConversationId, type MessageId, type Username, username } from "../../protocol/names.ts";

const ID = "0123456789abcdef0123456789abcdef" as MessageId;
const peer: Username = username("bob");
const key = new Uint8Array(32).fill(7);

export const BACKUP_RECORDS: readonly BackupRecord[] = [
  {
    kind: "account",
    account: JSON.stringify({
      name: "alice",
      host: "localhost",
      port: 7750,
      caFingerprint: Buffer.from(key).toString("base64"),
      minimumCrlNumber: "7",
    }),
    seed: key,
    records: 3,
  },
  {
    kind: "person",
    person: {
      name: peer,
      contact: { identityKey: key, verified: true, knownSince: 5 },
      chat: {
        phase: "open",
        current: ID as string as ConversationId,
        unread: 1,
        firstUnread: { id: ID, position: 3 },
        lastActivity: 6,
        since: 4,
        draft: "a draft",
        keep: "90d",
        timer: { seconds: 60, version: 2 },
      },
    },
  },
  {
    kind: "message",
    peer,
    message: {
      position: 1,
      id: ID,
      origin: "theirs",
      at: 5,
      storedAt: 6,
      latest: 5,
      body: { kind: "text", text: "hello" },
    },
  },
  { kind: "received", peer, ids: [ID] },
];
