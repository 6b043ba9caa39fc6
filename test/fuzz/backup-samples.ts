/** The records of a small backup. */
import { directChat } from "../../messenger/chats/direct.ts";
import type { BackupRecord } from "../../messenger/history/backup/records.ts";
import { type ConversationId, type MessageId, type Username, username } from "../../protocol/names.ts";

const ID = "0123456789abcdef0123456789abcdef" as MessageId;
const peer: Username = username("bob");
const chat = directChat(peer);
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
    kind: "contact",
    name: peer,
    contact: { identityKey: key, verified: true, knownSince: 5 },
  },
  {
    kind: "chat",
    chat: {
      id: chat,
      phase: "open",
      unread: 1,
      firstUnread: { id: ID, position: 3 },
      lastActivity: 6,
      since: 4,
      draft: "a draft",
      muted: "all",
      keep: "90d",
      timer: { seconds: 60, version: 2 },
      group: { current: ID as string as ConversationId },
    },
  },
  {
    kind: "message",
    chat,
    message: {
      position: 1,
      id: ID,
      author: peer,
      at: 5,
      storedAt: 6,
      latest: 5,
      replyTo: ID,
      edited: { times: 1, at: 6 },
      marks: [{ by: peer, name: "reaction", version: 1, id: ID, values: ["👍"] }],
      body: { kind: "text", text: "hello" },
    },
  },
  { kind: "file", chat, message: ID, item: 1, state: "gone", at: 5 },
  {
    kind: "message",
    chat,
    message: {
      position: 2,
      id: "fedcba9876543210fedcba9876543210" as MessageId,
      author: username("alice"),
      state: "read",
      receivers: [{ person: peer, receipt: "read" }],
      at: 7,
      storedAt: 7,
      latest: 7,
      body: { kind: "text", text: "hello you" },
    },
  },
  {
    kind: "version",
    chat,
    message: ID,
    version: { revision: 1, id: ID, at: 6, body: { kind: "text", text: "hello again" } },
  },
  { kind: "received", receipt: "settled", chat, ids: [ID] },
];
