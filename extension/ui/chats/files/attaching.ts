/** Attaches files to the draft of a chat: from this computer's disk, or through the editor from any other place. */
import { randomBytes } from "node:crypto";
import { basename } from "node:path";
import * as vscode from "vscode";
import type { ChatId } from "../../../../messenger/model.ts";
import type { SharedMessenger } from "../../../../messenger/sharing/shared-messenger.ts";
import { MESSAGE_ID_BYTES } from "../../../../protocol/limits.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import { PIECE_BYTES } from "../../../contract/attachments.ts";

/** A file of another computer is in memory as a whole: the editor has no other way to read it. */
const MAX_WHOLE_BYTES = 64 * 1024 * 1024;

/** Why a file can't be attached, beside the messenger's errors. */
export type Unattachable = "folder" | "too-far";

export class UnattachableError extends Error {
  readonly reason: Unattachable;
  constructor(reason: Unattachable) {
    super(reason);
    this.reason = reason;
  }
}

/** @returns 32 random hexadecimal digits */
export function randomId(): string {
  return randomBytes(MESSAGE_ID_BYTES).toString("hex");
}

export function nameOf(uri: vscode.Uri): string {
  return basename(uri.path);
}

/** Adds a file to the parcel. @throws UnattachableError; the editor's errors; as the calls attachFile and attachPiece */
export async function attachUri(
  messenger: SharedMessenger,
  parcel: { readonly chat: ChatId; readonly id: MessageId },
  uri: vscode.Uri,
): Promise<void> {
  const { type, size } = await vscode.workspace.fs.stat(uri);
  if ((type & vscode.FileType.Directory) !== 0) throw new UnattachableError("folder");
  if (uri.scheme === "file") {
    await messenger.calls.attachFile({ ...parcel, path: uri.fsPath });
    return;
  }
  if (size > MAX_WHOLE_BYTES) throw new UnattachableError("too-far");
  const whole = await vscode.workspace.fs.readFile(uri);
  const file = randomId();
  try {
    for (let offset = 0; offset === 0 || offset < whole.length; offset += PIECE_BYTES) {
      const data = Buffer.from(whole.subarray(offset, offset + PIECE_BYTES)).toString("base64");
      const facts = { file, name: nameOf(uri), bytes: whole.length, offset };
      await messenger.calls.attachPiece({ ...parcel, ...facts, data });
    }
  } catch (error) {
    await messenger.calls.stopPieces({ file });
    throw error;
  }
}
