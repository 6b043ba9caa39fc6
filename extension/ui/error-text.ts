/** The sentences for errors: one or two for each code, with the commands that help. */
import type { ParleyCode } from "../../protocol/errors.ts";
import { Command, type CommandId } from "../ids.ts";
import type { Translate } from "./translate.ts";

/** The person, server and other facts about the failed action, as far as they are known. */
export interface About {
  readonly peer?: string;
  readonly name?: string;
  readonly host?: string;
  /** For "rate-limited": milliseconds until the server accepts more. */
  readonly retryAfterMs?: number | undefined;
}

export interface ErrorHelp {
  readonly text: string;
  /** The buttons to offer, most useful first. */
  readonly next: readonly CommandId[];
  /** Whether somebody has to look into it. Other errors are expected, such as no network or a refusal. */
  readonly fault: boolean;
}

type Writer = (t: Translate, about: Required<About>) => ErrorHelp;

const plain = (text: string, ...next: CommandId[]): ErrorHelp => ({ text, next, fault: false });
const fault = (text: string, ...next: CommandId[]): ErrorHelp => ({
  text,
  next: [...next, Command.showLog],
  fault: true,
});

const tampered: Writer = (t, { host }) =>
  fault(
    t(
      "Parley closed the connection to {0}: what arrived doesn't follow Parley's protocol. Something between you and the server may have changed it.",
      host,
    ),
    Command.reconnect,
  );
const oldInvite: Writer = (t) => plain(t("This invite has expired. Ask for a new one."));
const badName: Writer = (t) =>
  plain(
    t(
      "A name has 1 to 32 characters: a to z, 0 to 9, and after the first also . _ and -. Choose another name.",
    ),
  );
const tooLarge: Writer = (t) =>
  plain(t("This message is too long. The limit is 64 KiB: split it, or send a part."));
const lineDown: Writer = (t, { host }) =>
  plain(t("You're not connected to {0}. Parley tries again once you are.", host), Command.reconnect);

/** A missing code is a compile error. */
const writers: Readonly<Record<ParleyCode, Writer>> = {
  // Usage errors.
  "name-invalid": badName,
  "bad-argument": (t) => fault(t("Something went wrong in Parley. See the log for details.")),
  "invite-malformed": (t) =>
    plain(
      t("This isn't a complete Parley invite. Copy the whole link, starting with parley://, and try again."),
      Command.joinWithInvite,
    ),
  "invite-expired": oldInvite,
  "too-large": tooLarge,
  "edit-too-late": (t) =>
    plain(t("You can edit a message for 24 hours. Send another one, or delete this one.")),
  "too-many-edits": (t) =>
    plain(t("You edited this message 20 times, which is the limit. Send another one, or delete this one.")),
  "too-many-reactions": (t) =>
    plain(t("You have 8 reactions on this message, which is the limit. Take one back first.")),
  "files-off": (t) => plain(t("This server doesn't take files. Ask the person who runs it.")),
  "files-waiting": (t) =>
    plain(t("Too many files wait to be sent. Wait until some of them are sent, or remove some.")),
  "files-full": (t) =>
    plain(
      t(
        "The server has reached its limit for your files. Older ones go by themselves. Try again later, or send a smaller one.",
      ),
    ),
  "file-too-large": (t) =>
    plain(
      t("The file is too large for this server. Send a smaller one, or ask the person who runs the server."),
    ),
  "too-many-files": (t) => plain(t("A message has 10 files at most. Send the others in another message.")),
  "file-unreadable": (t) =>
    plain(t("Parley can't use that file or folder. Check that it exists, and that you may use it.")),
  "file-exists": (t) =>
    plain(t("There's already a file with that name, and nothing was written over it. Choose another name.")),
  "file-damaged": (t) =>
    plain(
      t(
        "This isn't the file that its message describes, so Parley dropped it. Ask the person who sent it to send it again.",
      ),
    ),
  "metadata-kept": (t) =>
    plain(
      t(
        "Parley can't remove the picture's metadata, such as where it was taken, so it wasn't added. Save the picture again in another program and try that.",
      ),
    ),
  "not-connected": lineDown,
  closed: lineDown,
  "in-use": (t) =>
    plain(
      t(
        "Parley is running in another window that doesn't respond. Reload or close that window, or end its process (its number is in the log), and Parley continues here. After an update, reload all windows.",
      ),
      Command.showLog,
    ),
  "path-too-long": (t) =>
    plain(
      t(
        "Parley can't keep its data here: the path of the editor's folder for it has more than 440 bytes. Start the editor with a shorter --user-data-dir.",
      ),
      Command.showLog,
    ),
  "keyring-silent": (t) =>
    plain(
      t(
        "This computer's keyring doesn't answer. If it asks for a password, enter it. Parley continues once it answers.",
      ),
      Command.reconnect,
    ),
  "keys-missing": (t) =>
    fault(
      t(
        "Parley can't get its keys from this computer's keyring. Your account and messages are still here, and nothing was changed. Unlock the keyring, or open the session or browser you joined in, and try again.",
      ),
      Command.reconnect,
      Command.restoreFromBackup,
      Command.startAnew,
    ),
  "keys-wrong": (t) =>
    fault(
      t(
        "The keys in this computer's keyring don't match Parley's messages here. Your account and messages are still here, and nothing was changed.",
      ),
      Command.reconnect,
      Command.restoreFromBackup,
      Command.startAnew,
    ),
  "handed-over": (t) =>
    plain(
      t(
        "The window that was doing this was closed, and another one has taken over. Check whether it went through, then try again.",
      ),
    ),
  "weak-passphrase": (t) =>
    plain(
      t(
        "This passphrase is too easy to guess. Use at least 12 characters. Several unrelated words are best.",
      ),
    ),
  "wrong-passphrase": (t) => plain(t("Wrong passphrase. Nothing was changed. Try again.")),
  "backup-unknown": (t) =>
    plain(t("This file isn't a Parley backup, or a newer version of Parley wrote it. Nothing was changed.")),
  "backup-damaged": (t) =>
    plain(
      t(
        "This backup is incomplete or was changed after it was written. Nothing was restored. Use another copy.",
      ),
    ),
  cancelled: (t) => plain(t("You cancelled this. Nothing was changed.")),
  "request-changed": (t, { peer }) =>
    plain(
      t(
        "The request from {0} changed while you were looking, so your answer wasn't sent. Review it again, especially its key.",
        peer,
      ),
    ),
  "key-changed-again": (t, { peer }) =>
    fault(
      t(
        "Another key arrived for {0} while you were looking, so nothing was decided. Compare the keys again.",
        peer,
      ),
      Command.acceptNewKey,
    ),
  "number-changed": (t, { peer }) =>
    fault(
      t(
        "The key of {0} changed while you were comparing, so {0} isn't verified. Compare the safety number again.",
        peer,
      ),
      Command.verifySafetyNumber,
    ),
  "chat-changed": (t, { peer }) =>
    plain(t("The chat with {0} changed while you were looking, so it wasn't closed. Review it again.", peer)),
  "timer-changed": (t, { peer }) =>
    plain(
      t(
        "Someone set the timer of the chat with {0} while you were choosing, so yours wasn't set. Check it again.",
        peer,
      ),
      Command.setTimer,
    ),
  "account-changed": (t) =>
    plain(
      t(
        "The account on this computer changed while you were deciding, so nothing was changed. Review it again.",
      ),
    ),
  "secret-unsealed": (t) =>
    fault(
      t(
        "This computer's keyring holds a key of your account without the lock, where Parley had put a locked one. Parley didn't use it.",
      ),
      Command.unlock,
    ),
  "lock-removed": (t) =>
    fault(
      t("The lock was removed outside Parley, so Parley didn't open. Decide whether to continue without it."),
      Command.unlock,
    ),
  locked: (t) => plain(t("Parley is locked. Unlock it with your passphrase."), Command.unlock),
  blocked: (t, { peer }) => plain(t("You've blocked {0}. Unblock them first.", peer), Command.blockedPeople),
  "note-unsealable": (t, { peer }) =>
    plain(
      t(
        "The note can't be encrypted for {0} right now because {0} is offline or has just come online. Ask without it, or try again later.",
        peer,
      ),
    ),
  "wrong-state": (t) =>
    plain(
      t("That's no longer possible because something changed in the meantime. Check the chat and try again."),
    ),

  // Violations of the protocol by a peer or the server.
  "frame-too-large": tampered,
  "bad-handshake": tampered,
  "bad-record": tampered,
  "bad-message": tampered,
  "bad-content": (t, { peer }) =>
    fault(t("A message from {0} couldn't be read. Ask them to send it again.", peer)),

  // Unexpected identities.
  "wrong-ca": (t, { host }) =>
    fault(
      t(
        "{0} isn't the server you were invited to: its certificate comes from someone else. Nothing was sent to it. Ask the person who runs the server. If they set it up again, you need a new invite.",
        host,
      ),
    ),
  "certificate-invalid": (t, { host }) =>
    fault(
      t(
        "The certificate of {0} isn't valid, so Parley didn't trust it. Nothing was sent. Tell the person who runs the server.",
        host,
      ),
    ),
  "certificate-expired": (t, { host }) =>
    fault(
      t(
        "The certificate of {0} has expired. Check this computer's clock. If it's right, ask the person who runs the server to restart it.",
        host,
      ),
      Command.reconnect,
    ),
  "certificate-name": (t, { host }) =>
    fault(
      t(
        "The certificate shown by {0} was made for another address. Ask the person who runs the server for an invite to the right one.",
        host,
      ),
    ),
  "certificate-revoked": (t, { host }) =>
    fault(t("The person who runs {0} revoked its certificate. Ask them before you continue.", host)),
  "revocation-list-invalid": (t, { host }) =>
    fault(
      t("{0} couldn't show that its certificate is still valid. Tell the person who runs the server.", host),
      Command.reconnect,
    ),
  "server-key-unproven": (t, { host }) =>
    fault(
      t(
        "{0} couldn't prove that it holds the key of its certificate. Someone may be between you and the server. Nothing was sent.",
        host,
      ),
    ),
  "identity-changed": (t, { peer }) =>
    fault(
      t(
        "The key of {0} has changed. This happens when someone joins again on another computer, and also when someone pretends to be them. Ask {0} another way before you continue.",
        peer,
      ),
      Command.acceptNewKey,
    ),
  "identity-mismatch": (t, { peer }) =>
    fault(
      t("Something arrived in the name of {0} that doesn't match their key, so Parley dropped it.", peer),
    ),
  "wrong-conversation": (t, { peer }) =>
    fault(
      t(
        "The server delivered a message from another conversation into the one with {0}. Parley dropped it.",
        peer,
      ),
    ),
  undecryptable: (t, { peer }) =>
    fault(
      t(
        "A message from {0} couldn't be decrypted. Ask them to send it again, or close the chat and ask to talk again.",
        peer,
      ),
    ),

  // Connection errors.
  unreachable: (t, { host }) =>
    plain(
      t("Can't reach {0}. Check your network and that the server is running. Reconnecting…", host),
      Command.reconnect,
      Command.showLog,
    ),
  cut: (t, { host }) => plain(t("The connection to {0} was lost. Reconnecting…", host), Command.reconnect),
  timeout: (t, { host }) => plain(t("{0} doesn't respond. Reconnecting…", host), Command.reconnect),
  "server-shutdown": (t, { host }) =>
    plain(t("The server at {0} was shut down. Parley reconnects once it's back.", host), Command.reconnect),
  "not-collected": (t, { peer }) =>
    plain(
      t(
        "Not delivered: the server no longer keeps it, and {0} never confirmed that it arrived. Send it again if it still matters.",
        peer,
      ),
    ),

  // Errors of this computer.
  "file-in-use": (t) =>
    plain(
      t(
        "Another program has the file open. Close it there and try again. The new file is beside it, with the same name and another extension.",
      ),
    ),
  "disk-full": (t) =>
    plain(
      t(
        "This computer's disk is full, so Parley couldn't save that. Nothing that was here is lost. Free up space, then try again.",
      ),
    ),

  // Refusals by the server.
  "auth-refused": (t, { host, name }) =>
    fault(
      t(
        "{0} no longer recognizes {1} with this key: the account was removed there, or the server was set up again. Ask for a new invite, then forget this account and join again.",
        host,
        name,
      ),
      Command.forgetAccount,
    ),
  "name-taken": (t, { name }) =>
    plain(
      t("Someone already has the name {0} on this server. Choose another name.", name),
      Command.joinWithInvite,
    ),
  "invite-invalid": (t) =>
    plain(
      t("The server doesn't know this invite. It may have been withdrawn. Ask for a new one."),
      Command.joinWithInvite,
    ),
  "invite-used": (t) => plain(t("This invite was already used. Ask for a new one."), Command.joinWithInvite),
  "invite-later": (t) =>
    plain(
      t(
        "The server has reached its daily limit for invites like this one. The invite still works: try again tomorrow, or ask the person who runs the server for another one.",
      ),
      Command.joinWithInvite,
    ),
  "members-full": (t, { host }) =>
    plain(
      t(
        "{0} has reached its limit of members, so no one else can join. Ask the person who runs it to make room.",
        host,
      ),
    ),
  newcomer: (t) =>
    plain(
      t(
        "You can't invite others yet: you joined this server only a short while ago. Try again tomorrow, or ask the person who runs the server for an invite.",
      ),
    ),
  "too-many-invites": (t) =>
    plain(
      t(
        "The server has reached its limit of unused invites. Wait until some are used or expire, or ask the person who runs the server for an invite.",
      ),
    ),
  superseded: (t) =>
    plain(t("You're signed in on another computer, or in another VS Code."), Command.useHere),
  "no-conversation": (t, { peer }) =>
    plain(t("The chat with {0} is over. Ask to talk again.", peer), Command.requestToTalk),
  "already-asked": (t, { peer }) => plain(t("You've already asked {0}. Wait for the answer.", peer)),
  "request-crossed": (t, { peer }) =>
    plain(t("{0} asked you at the same moment. Accept their request.", peer)),
  self: (t) => plain(t("That's you. Choose someone else to talk to.")),
  "rate-limited": (t, { retryAfterMs }) => {
    const seconds = Math.ceil((retryAfterMs ?? 0) / 1000);
    if (seconds < 2) return plain(t("Too many requests. Wait a moment and try again."));
    return plain(t("Too many requests. Try again in {0} seconds.", String(seconds)));
  },
  busy: (t) => plain(t("The server is busy for a moment. Try again.")),
  "mailbox-full": (t, { peer }) =>
    plain(t("The server has no room for more from you to {0}. Try again once {0} has been online.", peer)),
  "not-allowed": (t) => plain(t("The person who runs the server doesn't allow that. Ask them.")),
  "too-many": (t) =>
    plain(t("You've reached the server's limit. Withdraw one that you no longer need, and try again.")),
  "blob-gone": (t) =>
    plain(t("This file is no longer on the server. Ask the person who sent it to send it again.")),
  // Never shown: an upload handles it by asking for the offset.
  "blob-offset": (t) => plain(t("The file couldn't be sent. Try again.")),
  "blobs-full": (t) =>
    plain(
      t(
        "The server has no room for more files now. Try again later, or tell the person who runs the server.",
      ),
    ),
  // Never shown: the conversation renews its keys later.
  "epoch-stale": (t) => plain(t("Both of you made new keys at once. Parley continues by itself.")),
  internal: (t, { host }) =>
    fault(
      t(
        "Something went wrong on the server at {0}. Try again. If it happens again, tell the person who runs it.",
        host,
      ),
    ),
  unknown: (t, { host }) =>
    plain(
      t(
        "The server at {0} refused that for a reason this version of Parley doesn't know. Check for a newer version.",
        host,
      ),
    ),
  "user-not-found": (t, { peer }) =>
    plain(t("{0} isn't online, or no one has that name on this server.", peer)),
};

export const errorCodes = Object.keys(writers) as readonly ParleyCode[];

/** @returns the code of one of Parley's own errors; undefined for any other value */
export function errorCode(error: unknown): ParleyCode | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return isErrorCode(error.code) ? error.code : undefined;
}

export function isErrorCode(code: string): code is ParleyCode {
  return Object.hasOwn(writers, code);
}

/** @returns the text to show. An error that is not Parley's own gets a general sentence, without the error's text */
export function errorHelp(error: unknown, t: Translate, about: About = {}): ErrorHelp {
  const code = errorCode(error);
  if (code === undefined) return fault(t("Something went wrong in Parley. See the log for details."));
  return codeHelp(code, t, { ...about, retryAfterMs: retryAfterMsOf(error) });
}

/** Checks the shape instead of the class, since errors come from the engine bundle, which has its own classes. */
function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("retryAfterMs" in error)) return undefined;
  return typeof error.retryAfterMs === "number" ? error.retryAfterMs : undefined;
}

export function codeHelp(code: ParleyCode, t: Translate, about: About = {}): ErrorHelp {
  return writers[code](t, {
    peer: about.peer ?? t("this person"),
    name: about.name ?? t("you"),
    host: about.host ?? t("the server"),
    retryAfterMs: about.retryAfterMs,
  });
}
