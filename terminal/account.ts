/** Opens the account of a profile: with its own keys, or through an editor that has it open. */
import { LockedVault } from "../messenger/account/locked-vault.ts";
import { storeIn } from "../messenger/account/put-aside.ts";
import { StoreKeys } from "../messenger/account/store-keys.ts";
import type { MessengerLog, SecretVault } from "../messenger/model.ts";
import { inUse } from "../messenger/sharing/election.ts";
import { readEndpoint } from "../messenger/sharing/endpoint-file.ts";
import { LeaderLock } from "../messenger/sharing/leader-lock.ts";
import { markIn } from "../messenger/sharing/missing-keys.ts";
import { VERSION } from "../messenger/sharing/pipe-messages.ts";
import { SharedMessenger, type SharedMessengerOptions } from "../messenger/sharing/shared-messenger.ts";
import { readMark } from "../messenger/store/mark.ts";
import { UsageError } from "../protocol/errors.ts";
import type { PassphraseSource } from "./passphrase.ts";
import type { Profile } from "./profile.ts";
import { SecretsFile } from "./secrets-file.ts";
import { TerminalError } from "./terminal-error.ts";
import { words } from "./words/words.ts";

export interface Opening {
  readonly log: MessengerLog;
  readonly passphrase: PassphraseSource;
  readonly readReceipts: boolean;
  /** Whether to tell people that the user is typing, and to show that they are. */
  readonly shareTyping: boolean;
  readonly tellNotice: (text: string) => void;
}

/**
 * Opens the account.
 * @throws TerminalError "no-editor", "other-version"; as PassphraseSource and SharedMessenger.open
 */
export async function openAccount(
  { kind, directory }: Profile,
  { log, passphrase, readReceipts, shareTyping, tellNotice }: Opening,
): Promise<SharedMessenger> {
  const options: Omit<SharedMessengerOptions, "secrets"> = {
    directory,
    log,
    sendReadReceipts: () => readReceipts,
    shareTyping: () => shareTyping,
    goOnline: () => true,
    tellNotice,
  };
  if (kind === "own")
    return SharedMessenger.open({ ...options, secrets: await unlocked(directory, passphrase) });
  const followed = await follow(options);
  if (followed !== undefined) return followed;
  const version = readEndpoint(directory)?.version;
  if (version === undefined || version === VERSION)
    throw new TerminalError("no-editor", words.noEditor(directory));
  throw new TerminalError("other-version", words.otherVersion(version, VERSION));
}

/** Returns whether a program of this version has the account in that folder open. */
export async function isOpen(directory: string, log: MessengerLog): Promise<boolean> {
  const followed = await follow({
    directory,
    log,
    sendReadReceipts: () => false,
    goOnline: () => false,
    tellNotice: () => {},
  });
  await followed?.dispose();
  return followed !== undefined;
}

/**
 * Uses the account through an editor, and never opens it: the editor's keyring holds the keys, and this
 * program could not store changed ones there.
 */
function follow(options: Omit<SharedMessengerOptions, "secrets">): Promise<SharedMessenger | undefined> {
  return SharedMessenger.follow({ ...options, secrets: NO_SECRETS, onlyFollows: true });
}

const NO_SECRETS: SecretVault = {
  get: async () => undefined,
  store: async () => {},
  delete: async () => {},
};

/**
 * Returns the keys of the profile, unlocked. The lock is set before any key exists, so that none is stored
 * unencrypted.
 * @throws UsageError "keys-missing" if there is a history, but no lock; "in-use"; as PassphraseSource
 */
async function unlocked(directory: string, passphrase: PassphraseSource): Promise<LockedVault> {
  const vault = new LockedVault(new SecretsFile(directory), () => markIn(directory));
  if (await vault.hasLock()) await passphrase.unlock((given) => vault.unlock(given));
  else await putLockOn(directory, vault, passphrase);
  return vault;
}

async function putLockOn(directory: string, vault: LockedVault, passphrase: PassphraseSource): Promise<void> {
  if (readMark(storeIn(directory))?.databaseKey !== undefined)
    throw new UsageError("keys-missing", "There is a history, and no file with its keys");
  const chosen = await passphrase.choose();
  // Two programs that start at once would each seal the keys under a lock of their own.
  const lock = LeaderLock.take(directory);
  if (lock === undefined) throw inUse(directory);
  try {
    if (await vault.hasLock()) throw inUse(directory);
    StoreKeys.in(storeIn(directory), vault);
    await vault.setPassphrase(chosen);
  } finally {
    lock.release();
  }
}
