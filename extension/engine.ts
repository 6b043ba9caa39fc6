/**
 * The entry point of the engine bundle: cryptography, storage, network and the Markdown parser. The user interface imports it
 * dynamically, and nothing else of it, so that activation does not load it.
 */

export { LockedVault } from "../messenger/account/locked-vault.ts";
export { passphraseQuality } from "../messenger/account/passphrase.ts";
export { parseChatId } from "../messenger/chats/chat-id.ts";
export { exportChat } from "../messenger/history/export.ts";
export { jsonFormat, markdownFormat } from "../messenger/history/export-format.ts";
export { markIn, recoverKeys, startAnew } from "../messenger/sharing/missing-keys.ts";
export { SharedMessenger } from "../messenger/sharing/shared-messenger.ts";
export { UsageError } from "../protocol/errors.ts";
export { isLoopback, parseHost } from "../protocol/identity/host.ts";
export { editorInviteLink, parseInvite } from "../protocol/identity/invite.ts";
export { parseUsername } from "../protocol/names.ts";
export { previewText, textToCopy } from "./contract/markdown/without-marks.ts";
