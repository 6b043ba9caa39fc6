/** The sentence for each error code. */
import type { ParleyCode } from "../../protocol/errors.ts";

/** The person and the server that the failed action was about. */
interface About {
  readonly peer: string;
  readonly host: string;
}

const TAMPERED = ({ host }: About) =>
  `Parley closed the connection to ${host}: what arrived doesn't follow Parley's protocol. Something between you and the server may have changed it.`;
const OFFLINE = ({ host }: About) => `You're not connected to ${host}. Try again once you are: /status`;
const KEYS =
  "Your account and messages are still here, and nothing was changed. Bring back the file secrets.json of this profile, or choose another profile with --profile.";

/** The type requires a sentence for each code; the compiler names a missing one. */
const ERROR_SENTENCES: Readonly<Record<ParleyCode, string | ((about: About) => string)>> = {
  // The caller's fault.
  "name-invalid":
    "A name has 1 to 32 characters: a to z, 0 to 9, and after the first also . _ and -. An invite may be for one name only.",
  "bad-argument": "An argument is missing or out of bounds. See: /help",
  "invite-malformed": "This isn't a complete Parley invite. Copy the whole link, starting with parley://",
  "invite-expired": "This invite has expired. Ask for a new one.",
  "too-large": "This is too long. The limit is 64 KiB for a message: split it, or send a part.",
  "edit-too-late": "A message can be edited for 24 hours. Send another one, or delete it: /delete",
  "too-many-edits":
    "This message was edited 20 times, which is the limit. Send another one, or delete it: /delete",
  "too-many-reactions": "You have 8 reactions on this message, which is the limit. Take one back first.",
  "files-off": "This server doesn't take files. Ask the person who runs it.",
  "files-waiting":
    "Too many files wait to be sent. Wait until some of them are sent, or take them back with /cancel.",
  "files-full":
    "The server has reached its limit for your files. Older ones go by themselves. Try again later, or send a smaller one.",
  "file-too-large":
    "The file is too large for this server. Send a smaller one, or ask the person who runs the server.",
  "too-many-files": "A message has 10 files at most. Send the others in another message.",
  "file-unreadable": "Parley can't use that file or folder. Check that it exists, and that you may use it.",
  "file-exists":
    "There's already a file with that name, and nothing was written over it. Choose another name.",
  "file-damaged":
    "This isn't the file that its message describes, so Parley dropped it. Ask the person who sent it to send it again.",
  "metadata-kept":
    "Parley can't remove the picture's metadata, such as where it was taken, so it wasn't sent. To send it as it is: /send --as-is FILE",
  "not-connected": OFFLINE,
  closed: "Parley is closing.",
  "in-use":
    "The program that has this account open doesn't respond, or has ended. Parley continues here once it's back.",
  "path-too-long":
    "The path of the account's folder is too long for a database. Choose a shorter one with --profile.",
  "keyring-silent": "The keyring doesn't answer. Try again.",
  "keys-missing": `The keys of this account aren't there. ${KEYS}`,
  "keys-wrong": `The keys don't match the messages here. ${KEYS}`,
  "handed-over":
    "The program that was doing this was closed, and another one has taken over. Check whether it went through, then try again.",
  "weak-passphrase":
    "This passphrase is too easy to guess. Use at least 12 characters. Several unrelated words are best.",
  "wrong-passphrase": "Wrong passphrase. Nothing was changed.",
  "backup-unknown": "This file isn't a Parley backup, or a newer version of Parley wrote it.",
  "backup-damaged": "This backup is incomplete or was changed after it was written. Use another copy.",
  cancelled: "You cancelled this. Nothing was changed.",
  "request-changed": ({ peer }) =>
    `The request from ${peer} changed while you were looking, so your answer wasn't sent. Review it again, especially its key.`,
  "key-changed-again": ({ peer }) =>
    `Another key arrived for ${peer} while you were looking, so nothing was decided. Compare again: /verify ${peer}`,
  "number-changed": ({ peer }) =>
    `The key of ${peer} changed while you were comparing, so ${peer} isn't verified. Compare again: /verify ${peer}`,
  "chat-changed": ({ peer }) =>
    `The chat with ${peer} changed while you were looking, so it wasn't closed. Review it again: /chat ${peer}`,
  "timer-changed": "The timer of this chat was set meanwhile, so yours wasn't. Check it again.",
  "account-changed": "The account changed meanwhile, so nothing was done. Review it again: /status",
  "secret-unsealed":
    "The file with this account's keys holds one in the clear, which Parley didn't put there. It wasn't used. Bring back a copy of the file that you trust.",
  "lock-removed":
    "The passphrase was taken off this account's keys outside Parley, so it didn't open. Bring back a copy of secrets.json that you trust.",
  locked: "Parley is locked. Start it again, and enter the passphrase.",
  blocked: ({ peer }) => `You've blocked ${peer}. Unblock them first: /unblock ${peer}`,
  "note-unsealable": ({ peer }) =>
    `The note can't be encrypted for ${peer} right now because ${peer} is offline or has just come online. Ask without it: /request ${peer}`,
  "wrong-state":
    "That isn't possible in the present state of the chat. Look at it with /list, then try again.",

  // A peer or the server broke the protocol.
  "frame-too-large": TAMPERED,
  "bad-handshake": TAMPERED,
  "bad-record": TAMPERED,
  "bad-message": TAMPERED,
  "bad-content": ({ peer }) => `A message from ${peer} couldn't be read. Ask them to send it again.`,

  // An identity is not the expected one.
  "wrong-ca": ({ host }) =>
    `${host} isn't the server you were invited to: its certificate comes from someone else. Nothing was sent to it. Ask the person who runs the server.`,
  "certificate-invalid": ({ host }) =>
    `The certificate of ${host} isn't valid, so Parley didn't trust it. Nothing was sent. Tell the person who runs the server.`,
  "certificate-expired": ({ host }) =>
    `The certificate of ${host} has expired. Check this computer's clock. If it's right, ask the person who runs the server to restart it.`,
  "certificate-name": ({ host }) =>
    `The certificate shown by ${host} was made for another address. Ask for an invite to the right one.`,
  "certificate-revoked": ({ host }) =>
    `The person who runs ${host} revoked its certificate. Ask them before you continue.`,
  "revocation-list-invalid": ({ host }) =>
    `${host} couldn't show that its certificate is still valid. Tell the person who runs the server.`,
  "server-key-unproven": ({ host }) =>
    `${host} couldn't prove that it holds the key of its certificate. Someone may be between you and the server. Nothing was sent.`,
  "identity-changed": ({ peer }) =>
    `The key of ${peer} has changed. This happens when someone joins again on another computer, and also when someone pretends to be them. Ask ${peer} another way, then compare: /verify ${peer}`,
  "identity-mismatch": ({ peer }) =>
    `Something arrived in the name of ${peer} that doesn't match their key, so Parley dropped it.`,
  "wrong-conversation": ({ peer }) =>
    `The server delivered a message from another conversation into the one with ${peer}. Parley dropped it.`,
  undecryptable: ({ peer }) =>
    `A message from ${peer} couldn't be decrypted. Ask them to send it again, or close the chat and ask to talk again.`,

  // The connection.
  unreachable: ({ host }) => `Can't reach ${host}. Check your network and that the server is running.`,
  cut: ({ host }) => `The connection to ${host} was lost.`,
  timeout: ({ host }) => `${host} doesn't respond.`,
  "server-shutdown": ({ host }) => `The server at ${host} was shut down.`,
  "not-collected": ({ peer }) =>
    `Not delivered: the server no longer keeps it, and ${peer} never confirmed that it arrived.`,

  // This computer.
  "disk-full":
    "This computer's disk is full, so Parley couldn't save that. Nothing that was here is lost. Free up space, then try again.",
  "file-in-use": "Another program has the file open. Close it there and try again.",

  // The server refused.
  "auth-refused": ({ host }) =>
    `${host} no longer recognizes you with this key: the account was removed there, or the server was set up again. Ask for a new invite, and join with it in another profile.`,
  "name-taken": "Someone already has that name on this server. Choose another name.",
  "invite-invalid": "The server doesn't know this invite. It may have been withdrawn. Ask for a new one.",
  "invite-used": "This invite was already used. Ask for a new one.",
  "invite-later":
    "The server has reached its daily limit for invites like this one. The invite still works: try again tomorrow.",
  "members-full": ({ host }) => `${host} has reached its limit of members, so no one else can join.`,
  newcomer: "You can't invite others yet: you joined this server only a short while ago. Try again tomorrow.",
  "too-many-invites":
    "The server has reached its limit of unused invites. Wait until some are used or expire.",
  superseded: "You're signed in on another computer, or in another program.",
  "no-conversation": ({ peer }) => `The chat with ${peer} is over. Ask to talk again: /request ${peer}`,
  "already-asked": ({ peer }) => `You've already asked ${peer}. Wait for the answer.`,
  "request-crossed": ({ peer }) =>
    `${peer} asked you at the same moment. Accept their request: /accept ${peer}`,
  self: "That's you. Choose someone else to talk to.",
  "rate-limited": "Too many requests. Wait a moment and try again.",
  busy: "The server is busy for a moment. Try again.",
  "mailbox-full": ({ peer }) =>
    `The server has no room for more from you to ${peer}. Try again once ${peer} has been online.`,
  "not-allowed": "The person who runs the server doesn't allow that. Ask them.",
  "too-many": "You've reached the server's limit. Withdraw one that you no longer need, and try again.",
  "blob-gone": "This file is no longer on the server. Ask the person who sent it to send it again.",
  "blob-offset": "The file couldn't be sent. Try again.",
  "blobs-full":
    "The server has no room for more files now. Try again later, or tell the person who runs the server.",
  "epoch-stale": "Both of you made new keys at once. Parley continues by itself.",
  internal: ({ host }) => `Something went wrong on the server at ${host}. Try again.`,
  unknown: ({ host }) =>
    `The server at ${host} refused that for a reason this version of Parley doesn't know. Check for a newer version.`,
  "user-not-found": ({ peer }) =>
    `${peer} isn't online, or no one has that name on this server. Leave a request for when they're back: /leave ${peer}`,
};

/** Returns the stable code of one of Parley's own errors, undefined for any other value. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && isErrorCode(error.code) ? error.code : undefined;
}

function isErrorCode(code: unknown): code is ParleyCode {
  return typeof code === "string" && Object.hasOwn(ERROR_SENTENCES, code);
}

/**
 * Returns the problem, its cause and the remedy. The text of an error that is not Parley's own is only
 * logged.
 */
export function errorText(error: unknown, about: Partial<About> = {}): string {
  return codeText(errorCode(error), about);
}

/**
 * Returns the sentence for a code.
 * @param code of one of Parley's errors; anything else is a bug in the program
 */
export function codeText(
  code: unknown,
  { peer = "this person", host = "the server" }: Partial<About>,
): string {
  if (!isErrorCode(code))
    return "Something went wrong in Parley. Its log says more: start it with --log FILE.";
  const sentence = ERROR_SENTENCES[code];
  return typeof sentence === "string" ? sentence : sentence({ peer, host });
}
