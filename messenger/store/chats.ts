/** The chats, and the group of each: sealed on disk, held in memory whole. There are few of them and every list shows them. */
import * as v from "valibot";
import { IDENTITY_KEY_BYTES } from "../../protocol/limits.ts";
import type { Timer } from "../chats/timer.ts";
import { messageIdSchema } from "../kinds/message-id.ts";
import type { ChatId, ChatPhase, Keep, Muted, RequestNote } from "../model.ts";
import { chatIdSchema, countSchema, noteSchema, phaseSchema } from "../values.ts";
import { base64, base64Bytes } from "./columns.ts";
import type { Database } from "./database.ts";
import type { MessagePlace } from "./expiries.ts";
import { type GroupRecord, GroupSchema, groupJson, NO_GROUP } from "./groups.ts";
import { type ChatNumber, chatNumber } from "./numbers.ts";
import type { StoreKey } from "./seal.ts";
import { openJson, sealJson } from "./sealed-json.ts";

/** The part of a chat that the user sees. It has no secrets. */
export interface ChatRecord {
  readonly phase: ChatPhase;
  /** When the phase last changed. Unix time, milliseconds, by our clock. */
  readonly since: number;
  /** In "invited": the key that signed the request; pinned if we accept. */
  readonly askedBy?: Uint8Array | undefined;
  /** The note that came with that request. */
  readonly note?: RequestNote | undefined;
  readonly unread: number;
  readonly firstUnread?: MessagePlace | undefined;
  /** When the last message or event was added; 0 if none was. Unix time, milliseconds, by our clock. */
  readonly lastActivity: number;
  readonly draft: string;
  /** The part of it that is not announced. */
  readonly muted?: Exclude<Muted, "no"> | undefined;
  /** No conversation was ever established: the defaults for new chats are still to be applied. */
  readonly isNew?: boolean | undefined;
  /** How long messages are kept here; forever where it is left out. */
  readonly keep?: Exclude<Keep, "forever"> | undefined;
  /** The timer that its people agreed on. */
  readonly timer?: Timer | undefined;
}

export interface StoredChat extends ChatRecord {
  readonly number: ChatNumber;
  readonly id: ChatId;
  readonly group: GroupRecord;
}

/** A chat as JSON, the same on disk and in a backup; its group apart. */
export const ChatSchema = v.object({
  id: chatIdSchema,
  phase: phaseSchema,
  since: countSchema,
  askedBy: v.optional(v.pipe(base64Bytes, v.length(IDENTITY_KEY_BYTES))),
  note: v.optional(noteSchema),
  unread: countSchema,
  firstUnread: v.optional(v.object({ id: messageIdSchema, position: countSchema })),
  lastActivity: countSchema,
  draft: v.string(),
  muted: v.optional(v.picklist(["toasts", "all"])),
  isNew: v.optional(v.boolean()),
  keep: v.optional(v.picklist(["90d", "7d", "1d", "off"])),
  timer: v.optional(v.object({ seconds: countSchema, version: countSchema })),
});

export function chatJson(chat: Omit<StoredChat, "number">): v.InferInput<typeof ChatSchema> {
  const { id, phase, since, askedBy, note, unread, firstUnread, lastActivity } = chat;
  const { draft, muted, isNew, keep, timer } = chat;
  return {
    ...{ id, phase, since, askedBy: base64(askedBy), note, unread, firstUnread, lastActivity },
    ...{ draft, muted, isNew, keep, timer },
  };
}

export class ChatRecords {
  readonly #database: Database;
  readonly #key: StoreKey;
  readonly #byId = new Map<ChatId, StoredChat>();
  readonly #byNumber = new Map<number, StoredChat>();

  constructor(database: Database, key: StoreKey) {
    this.#database = database;
    this.#key = key;
    this.load();
  }

  /** Reads everything from the disk again, for example after a transaction was rolled back. @throws DamageError, SealError */
  load(): void {
    this.#byId.clear();
    this.#byNumber.clear();
    const groups = new Map<number, GroupRecord>();
    for (const row of this.#database.statement("SELECT chat, record FROM chat_group").all()) {
      const number = chatNumber(row);
      groups.set(number, openJson(this.#key, GroupSchema, row, place("chat_group", number)));
    }
    for (const row of this.#database.statement("SELECT id, record FROM chat").all()) {
      const number = chatNumber(row, "id");
      const record = openJson(this.#key, ChatSchema, row, place("chat", number));
      this.#remember({ ...record, number, group: groups.get(number) ?? NO_GROUP });
    }
  }

  get(id: ChatId): StoredChat | undefined {
    return this.#byId.get(id);
  }

  withNumber(number: ChatNumber): StoredChat | undefined {
    return this.#byNumber.get(number);
  }

  all(): IterableIterator<StoredChat> {
    return this.#byId.values();
  }

  /** @returns that chat, made if there is none. Inside a transaction. */
  ensure(id: ChatId): StoredChat {
    const known = this.#byId.get(id);
    if (known !== undefined) return known;
    const { lastInsertRowid } = this.#database
      .statement("INSERT INTO chat (tag, record) VALUES (?, ?)")
      .run(this.#key.nameTag(id), Buffer.alloc(0));
    const number = Number(lastInsertRowid) as ChatNumber;
    return this.put({
      ...{ number, id, group: NO_GROUP },
      ...{ phase: "none", unread: 0, lastActivity: 0, since: 0, draft: "" },
    });
  }

  /** Updates an existing chat, and its group if that has changed. Inside a transaction. */
  put(chat: StoredChat): StoredChat {
    const { number, group } = chat;
    this.#database
      .statement("UPDATE chat SET record = ? WHERE id = ?")
      .run(sealJson(this.#key, chatJson(chat), place("chat", number)), number);
    if (group !== (this.#byNumber.get(number)?.group ?? NO_GROUP))
      this.#database
        .statement(
          "INSERT INTO chat_group (chat, record) VALUES (?, ?) ON CONFLICT (chat) DO UPDATE SET record = excluded.record",
        )
        .run(number, sealJson(this.#key, groupJson(group), place("chat_group", number)));
    this.#remember(chat);
    return chat;
  }

  #remember(chat: StoredChat): void {
    this.#byId.set(chat.id, chat);
    this.#byNumber.set(chat.number, chat);
  }
}

function place(table: "chat" | "chat_group", row: number) {
  return { table, column: "record", row };
}
