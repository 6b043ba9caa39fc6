/**
 * All of Parley that is behind the interface: cryptography, storage, network. It is a bundle of its own, which the
 * interface imports dynamically, here and nowhere else, so that activation does not read it.
 */

export { UsageError } from "../protocol/errors.ts";
export { isLoopback, parseHost } from "../protocol/identity/host.ts";
export { editorInviteLink, parseInvite } from "../protocol/identity/invite.ts";
export { parseUsername } from "../protocol/names.ts";
export { exportChat } from "./messenger/export.ts";
export { jsonFormat, markdownFormat } from "./messenger/export-format.ts";
export { LockedVault } from "./messenger/locked-vault.ts";
export { passphraseQuality } from "./messenger/passphrase.ts";
export { recoverKeys, startAnew, storeIdIn } from "./windows/missing-keys.ts";
export { SharedMessenger } from "./windows/shared-messenger.ts";
