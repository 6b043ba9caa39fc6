/** Files that one window sends and fetches. Their bytes follow from their names, so that every window can check them. */
import { createCipheriv, createHash } from "node:crypto";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { directChat, partnerOf } from "../../messenger/chats/direct.ts";
import { filesOf } from "../../messenger/kinds/body.ts";
import type { ChatId, ChatMessage, Parcel } from "../../messenger/model.ts";
import type { SharedMessenger } from "../../messenger/sharing/shared-messenger.ts";
import { ParleyError } from "../../protocol/errors.ts";
import { newMessageId, type Username } from "../../protocol/names.ts";
import type { Journal, Shown } from "./journal.ts";

const KEY_BYTES = 16;
const IV = Buffer.alloc(16);
/** Ends of an attempt that say nothing about the file. */
const NOT_NOW: ReadonlySet<string> = new Set([
  ...[
    "not-connected",
    "cut",
    "timeout",
    "closed",
    "disk-full",
    "handed-over",
    "server-shutdown",
    "unreachable",
  ],
  ...["internal", "busy", "rate-limited", "superseded", "cancelled", "in-use", "wrong-state"],
]);

export class WindowFiles {
  readonly #messenger: SharedMessenger;
  readonly #journal: Journal;
  readonly #folder: string;

  /** @param folder for files in the clear */
  constructor(messenger: SharedMessenger, journal: Journal, folder: string) {
    this.#messenger = messenger;
    this.#journal = journal;
    this.#folder = folder;
  }

  /** Sends a file of that name. @throws as attachFile and sendFiles */
  async send(peer: Username, name: string, bytes: number): Promise<void> {
    const [chat, id] = [directChat(peer), newMessageId()];
    const path = join(this.#folder, name);
    writeFileSync(path, bytesOf(name, bytes));
    this.#journal.write({ kind: "entered", peer, text: name, id });
    try {
      await this.#messenger.calls.attachFile({ chat, id, path });
      await this.#messenger.calls.sendFiles({ chat, id });
      this.#journal.write({ kind: "accepted", text: name, id });
    } catch (error) {
      this.#journal.write({ kind: "refused", text: name, code: codeOf(error) });
      throw error;
    }
  }

  /** Fetches and checks the files of a message. @param mustCome reports also a file that cannot be fetched. @throws where it may come later */
  async check({ id, chat, body }: ChatMessage, mustCome: boolean): Promise<void> {
    const report = (what: string) =>
      this.#journal.write({ kind: "bad-file", id, peer: partnerOf(chat), what });
    for (const [item, { name, bytes, sha256 }] of filesOf(body).entries()) {
      try {
        const path = await this.#messenger.calls.saveFile({ chat, id, item, path: this.#folder, as: "in" });
        const saved = readFileSync(path);
        rmSync(path);
        const isRight = saved.equals(bytesOf(name, bytes)) && sha256Of(saved) === sha256;
        if (!isRight) report(`${name}: ${saved.length} bytes of ${bytes}`);
      } catch (error) {
        const code = codeOf(error);
        if (NOT_NOW.has(code)) throw error;
        // A message that was deleted for both meanwhile has no files.
        if (mustCome || code !== "blob-gone") report(`${name}: ${code}`);
      }
    }
  }

  /** Sends a chat's failed parcels again. */
  async retry(chat: ChatId): Promise<void> {
    for (const { id, stage } of await this.#messenger.calls.parcels({ chat })) {
      if (stage !== "failed") continue;
      this.#journal.write({ kind: "retried", id });
      await this.#messenger.calls.sendFiles({ chat, id });
    }
  }

  /** Returns a chat's parcels that are on their way, or have failed, as messages. */
  async onTheirWay(chat: ChatId): Promise<readonly Shown[]> {
    return (await this.#messenger.calls.parcels({ chat })).flatMap((parcel) => shownParcel(parcel));
  }
}

function shownParcel({ id, chat, stage, failure, files }: Parcel): readonly Shown[] {
  if (stage === "open") return []; // its user hasn't sent it
  const text = files[0]?.name;
  return [
    {
      id,
      peer: partnerOf(chat),
      mine: true,
      text,
      state: stage === "failed" ? "failed" : "waiting",
      failure,
    },
  ];
}

function bytesOf(name: string, bytes: number): Buffer {
  const key = createHash("sha256").update(name).digest().subarray(0, KEY_BYTES);
  return createCipheriv("aes-128-ctr", key, IV).update(Buffer.alloc(bytes));
}

const sha256Of = (bytes: Uint8Array) => createHash("sha256").update(bytes).digest("hex");

export function codeOf(error: unknown): string {
  return error instanceof ParleyError ? error.code : String(error);
}
