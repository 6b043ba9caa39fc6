/** What people read when something goes wrong: one sentence or two for every code, and the commands that help next. */
import type {
  NetworkCode,
  ProtocolCode,
  RefusedError,
  StorageCode,
  TrustCode,
  UsageCode,
} from "../../protocol/errors.ts";
import { Command, type CommandId } from "../ids.ts";
import type { Translate } from "./translate.ts";

export type ErrorCode =
  | UsageCode
  | ProtocolCode
  | TrustCode
  | NetworkCode
  | StorageCode
  | RefusedError["code"];

/** Whom and what the failed action was about, where that is known. */
export interface About {
  readonly peer?: string;
  readonly name?: string;
  readonly host?: string;
  /** When the server takes more, with "rate-limited". */
  readonly retryAfterMs?: number | undefined;
}

export interface ErrorHelp {
  readonly text: string;
  /** What to offer as buttons, most useful first. */
  readonly next: readonly CommandId[];
  /** A fault needs somebody's attention; the rest is everyday life (no network, a refusal). */
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
      "The connection to {0} was broken off: what arrived does not follow Parley's protocol. Something between you and the server may have changed it.",
      host,
    ),
    Command.reconnect,
  );
const oldInvite: Writer = (t) => plain(t("This invite has expired. Ask for a new one."));
const badName: Writer = (t) =>
  plain(
    t(
      "A name has 1 to 32 characters: a to z, 0 to 9, and after the first also . _ and -. Choose another one.",
    ),
  );
const tooLarge: Writer = (t) =>
  plain(t("This message is too long to send. Parley takes up to 64 KiB: split it, or send a part."));
const lineDown: Writer = (t, { host }) =>
  plain(
    t("You are not connected to {0}. Parley sends and asks again once you are.", host),
    Command.reconnect,
  );

/** The type asks for a writer for every code there is; the compiler names the one that is missing. */
const writers: Readonly<Record<ErrorCode, Writer>> = {
  // The caller's fault.
  "name-invalid": badName,
  "bad-argument": (t) => fault(t("Something went wrong in Parley. The log says what.")),
  "invite-malformed": (t) =>
    plain(
      t(
        "This is not a complete Parley invite. Copy the whole link, from parley:// to its end, and try again.",
      ),
      Command.joinWithInvite,
    ),
  "invite-expired": oldInvite,
  "too-large": tooLarge,
  "not-connected": lineDown,
  closed: lineDown,
  "in-use": (t) =>
    plain(
      t(
        "Parley runs in another window, and that window does not answer. Reload it, close it, or end its process, whose number is in the log: Parley then goes on here. After an update, reload all windows.",
      ),
      Command.showLog,
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
        "This computer's keyring has other keys than Parley's messages here need. Your account and messages are still here, and nothing was changed.",
      ),
      Command.reconnect,
      Command.restoreFromBackup,
      Command.startAnew,
    ),
  "handed-over": (t) =>
    plain(
      t(
        "The window that was doing this was closed, and another one has taken over. Look whether it happened, then try again.",
      ),
    ),
  "weak-passphrase": (t) =>
    plain(
      t(
        "This passphrase is too easy to guess. Take at least 12 characters, best some words that do not belong together.",
      ),
    ),
  "wrong-passphrase": (t) => plain(t("This is not the passphrase. Nothing was changed. Try again.")),
  "backup-unknown": (t) =>
    plain(t("This file is not a Parley backup, or a later version of Parley wrote it. Nothing was changed.")),
  "backup-damaged": (t) =>
    plain(
      t("This backup was cut short or changed since it was written. Nothing was restored. Use another copy."),
    ),
  cancelled: (t) => plain(t("You cancelled this. Nothing was changed.")),
  "request-changed": (t, { peer }) =>
    plain(
      t(
        "The request from {0} changed while you were looking, so nothing was answered. Look at it again, above all at its key.",
        peer,
      ),
    ),
  "key-changed-again": (t, { peer }) =>
    fault(
      t(
        "Yet another key came in the name of {0} while you were looking, so nothing was decided. Compare the keys again.",
        peer,
      ),
      Command.acceptNewKey,
    ),
  "number-changed": (t, { peer }) =>
    fault(
      t(
        "The key of {0} changed while you were comparing, so {0} is not verified. Compare the safety number again.",
        peer,
      ),
      Command.verifySafetyNumber,
    ),
  "chat-changed": (t, { peer }) =>
    plain(
      t("The chat with {0} changed while you were looking, so it was not closed. Look at it again.", peer),
    ),
  "timer-changed": (t, { peer }) =>
    plain(
      t(
        "The timer of the chat with {0} was set while you were choosing, so yours was not. Look at it again.",
        peer,
      ),
      Command.setTimer,
    ),
  "account-changed": (t) =>
    plain(
      t(
        "The account on this computer is no longer the one you were asked about, so nothing was changed. Look at it again.",
      ),
    ),
  "secret-unsealed": (t) =>
    fault(
      t(
        "A key of your account lies in this computer's keyring without the lock, where Parley had put a locked one. Parley did not use it.",
      ),
      Command.unlock,
    ),
  "lock-removed": (t) =>
    fault(
      t("The lock was removed outside Parley, so Parley did not open. Decide whether to go on without it."),
      Command.unlock,
    ),
  locked: (t) => plain(t("Parley is locked. Unlock it with your passphrase."), Command.unlock),
  blocked: (t, { peer }) =>
    plain(t("You have blocked {0}. Unblock them first.", peer), Command.blockedPeople),
  "note-unsealable": (t, { peer }) =>
    plain(
      t(
        "Your note cannot be sealed for {0} now: they are away, or have just come, and no key of theirs is at hand. Ask without it, or again when they are online.",
        peer,
      ),
    ),
  "wrong-state": (t) =>
    plain(
      t(
        "That is not possible at this moment: things have changed meanwhile. Look at the chat and try again.",
      ),
    ),

  // Somebody broke the protocol.
  "frame-too-large": tampered,
  "bad-handshake": tampered,
  "bad-record": tampered,
  "bad-message": tampered,
  "bad-content": (t, { peer }) =>
    fault(t("A message from {0} could not be understood. Ask for it again.", peer)),

  // Somebody is not who they should be.
  "wrong-ca": (t, { host }) =>
    fault(
      t(
        "{0} is not the server you were invited to: its certificate comes from somebody else. Nothing was sent to it. Ask the person who runs the server; if they set it up anew, you need a new invite.",
        host,
      ),
    ),
  "certificate-invalid": (t, { host }) =>
    fault(
      t(
        "The certificate of {0} is not valid, so Parley did not trust it. Nothing was sent. Tell the person who runs the server.",
        host,
      ),
    ),
  "certificate-expired": (t, { host }) =>
    fault(
      t(
        "The certificate of {0} is out of date. Check this computer's clock; if it is right, the person who runs the server has to restart it.",
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
    fault(
      t(
        "The certificate of {0} was withdrawn by the person who runs the server. Ask them before you go on.",
        host,
      ),
    ),
  "revocation-list-invalid": (t, { host }) =>
    fault(
      t("{0} could not show that its certificate is still good. Tell the person who runs the server.", host),
      Command.reconnect,
    ),
  "server-key-unproven": (t, { host }) =>
    fault(
      t(
        "{0} could not prove that it holds the key of its certificate. Somebody may be between you and the server. Nothing was sent.",
        host,
      ),
    ),
  "identity-changed": (t, { peer }) =>
    fault(
      t(
        "The key of {0} has changed. That happens when somebody joins anew on another computer, and also when somebody pretends to be them. Ask {0} another way before you go on.",
        peer,
      ),
      Command.acceptNewKey,
    ),
  "identity-mismatch": (t, { peer }) =>
    fault(t("What arrived in the name of {0} does not fit their key, so Parley dropped it.", peer)),
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
        "A message from {0} could not be opened. Ask for it again, or close the chat and ask to talk anew.",
        peer,
      ),
    ),

  // The line.
  unreachable: (t, { host }) =>
    plain(
      t(
        "{0} cannot be reached. Check the network, and that the server is running. Parley keeps trying.",
        host,
      ),
      Command.reconnect,
      Command.showLog,
    ),
  cut: (t, { host }) =>
    plain(t("The connection to {0} was lost. Parley keeps trying.", host), Command.reconnect),
  timeout: (t, { host }) => plain(t("{0} does not answer. Parley keeps trying.", host), Command.reconnect),
  "server-shutdown": (t, { host }) =>
    plain(
      t("The server at {0} was shut down. Parley connects again once it is back.", host),
      Command.reconnect,
    ),
  "not-collected": (t, { peer }) =>
    plain(
      t(
        "No word from {0} that this arrived, and the server keeps a message no longer than this one has waited. Send it again if it still matters.",
        peer,
      ),
    ),

  // This computer.
  "file-in-use": (t) =>
    plain(
      t(
        "Another program has the file open. Close it there and try again. The new file lies beside it, under the same name with another ending.",
      ),
    ),
  "disk-full": (t) =>
    plain(
      t(
        "The disk of this computer is full, so Parley could not keep that. Nothing that was here is lost. Make room, then try again.",
      ),
    ),

  // The server said no.
  "auth-refused": (t, { host, name }) =>
    fault(
      t(
        "{0} does not know {1} with this key: the account was removed there, or the server was set up anew. Ask for a new invite, then forget this account and join again.",
        host,
        name,
      ),
      Command.forgetAccount,
    ),
  "name-taken": (t, { name }) =>
    plain(
      t("Somebody is already called {0} on this server. Choose another name.", name),
      Command.joinWithInvite,
    ),
  "invite-invalid": (t) =>
    plain(
      t("The server does not know this invite. It may have been withdrawn: ask for a new one."),
      Command.joinWithInvite,
    ),
  "invite-used": (t) =>
    plain(
      t("This invite was used already. Each one works only as often as it was made for: ask for a new one."),
      Command.joinWithInvite,
    ),
  "invite-later": (t) =>
    plain(
      t(
        "As many people have joined today by invites like this one as the server takes in one day. The invite stays good: try it again tomorrow, or ask the person who runs the server for another.",
      ),
      Command.joinWithInvite,
    ),
  "members-full": (t, { host }) =>
    plain(
      t(
        "{0} has as many members as the person who runs it allows, so nobody else can join. Ask them to make room.",
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
        "There are as many unused invites as the server keeps. Wait until some of them were used or have expired, or ask the person who runs the server for an invite.",
      ),
    ),
  superseded: (t) =>
    plain(
      t("You are signed in on another computer, or in another VS Code. Parley is in use there."),
      Command.useHere,
    ),
  "no-conversation": (t, { peer }) =>
    plain(t("The chat with {0} is over. Ask to talk again.", peer), Command.requestToTalk),
  "already-asked": (t, { peer }) => plain(t("You have asked {0} already. Wait for the answer.", peer)),
  "request-crossed": (t, { peer }) =>
    plain(t("{0} asked you at the same moment. Accept their request.", peer)),
  self: (t) => plain(t("That is you. Choose somebody else to talk to.")),
  "rate-limited": (t, { retryAfterMs }) => {
    const seconds = Math.ceil((retryAfterMs ?? 0) / 1000);
    if (seconds < 2)
      return plain(t("That was too much at once for the server. Wait a moment and try again."));
    return plain(t("That was too much at once for the server. Try again in {0} seconds.", String(seconds)));
  },
  busy: (t) => plain(t("The server is busy for a moment. Try again.")),
  "mailbox-full": (t, { peer }) =>
    plain(t("The server has no room for more from you to {0}. Try again once {0} has been online.", peer)),
  "not-allowed": (t) => plain(t("The person who runs the server does not allow that. Ask them.")),
  "too-many": (t) =>
    plain(
      t(
        "The server keeps no more of that for one person. Take one back that you no longer need, and try again.",
      ),
    ),
  // Never shown: the conversation renews its keys another time.
  "epoch-stale": (t) => plain(t("New keys were made on both sides at once. Parley goes on by itself.")),
  internal: (t, { host }) =>
    fault(
      t(
        "Something went wrong inside the server at {0}. Try again; if it stays, tell the person who runs it.",
        host,
      ),
    ),
  unknown: (t, { host }) =>
    plain(
      t(
        "The server at {0} refused that for a reason this version of Parley does not know. See whether there is a newer one.",
        host,
      ),
    ),
  "user-not-found": (t, { peer }) =>
    plain(t("{0} is not online, or there is nobody of that name on this server.", peer)),
};

export const errorCodes = Object.keys(writers) as readonly ErrorCode[];

/** @returns the stable code of one of Parley's own errors, undefined for any other value */
export function errorCode(error: unknown): ErrorCode | undefined {
  if (!(error instanceof Error) || !("code" in error) || typeof error.code !== "string") return undefined;
  return isErrorCode(error.code) ? error.code : undefined;
}

export function isErrorCode(code: string): code is ErrorCode {
  return Object.hasOwn(writers, code);
}

/** @returns what to tell people about `error`; anything that is not Parley's own is told as a fault, without its text */
export function errorHelp(error: unknown, t: Translate, about: About = {}): ErrorHelp {
  const code = errorCode(error);
  if (code === undefined) return fault(t("Something went wrong in Parley. The log says what."));
  return codeHelp(code, t, { ...about, retryAfterMs: retryAfterMsOf(error) });
}

/** By its shape and not its class: errors come from the engine, a bundle with classes of its own. */
function retryAfterMsOf(error: unknown): number | undefined {
  if (!(error instanceof Error) || !("retryAfterMs" in error)) return undefined;
  return typeof error.retryAfterMs === "number" ? error.retryAfterMs : undefined;
}

export function codeHelp(code: ErrorCode, t: Translate, about: About = {}): ErrorHelp {
  return writers[code](t, {
    peer: about.peer ?? t("this person"),
    name: about.name ?? t("you"),
    host: about.host ?? t("the server"),
    retryAfterMs: about.retryAfterMs,
  });
}
