/** Every sentence that people read in the terminal, and the ones for errors. Foreign text in them is made harmless where it is shown. */

import { partner } from "../messenger/chats/direct.ts";
import { bodyText } from "../messenger/kinds/body.ts";
import { durationText } from "../messenger/kinds/duration-text.ts";
import type { Words } from "../messenger/kinds/kind.ts";
import { untranslated } from "../messenger/kinds/translate.ts";
import type {
  Account,
  ChangedNumbers,
  Chat,
  ChatMessage,
  ChatPhase,
  Member,
  MessengerState,
  OutgoingState,
  PendingRequest,
  SearchMatch,
  Trust,
} from "../messenger/model.ts";
import { fullText, numberText } from "../messenger/text/times.ts";
import type { ParleyCode } from "../protocol/errors.ts";
import type { Username } from "../protocol/names.ts";

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
  "not-connected": OFFLINE,
  closed: "Parley is closing.",
  "in-use":
    "The program that has this account open doesn't respond, or has ended. Parley continues here once it's back.",
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

  // The server said no.
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

/** @returns the stable code of one of Parley's own errors, undefined for any other value */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && "code" in error && isErrorCode(error.code) ? error.code : undefined;
}

function isErrorCode(code: unknown): code is ParleyCode {
  return typeof code === "string" && Object.hasOwn(ERROR_SENTENCES, code);
}

/** A number as people compare it: four groups a line. */
function groups(number: string): string {
  return number.replaceAll(/((?:\d{5} ){3}\d{5}) /g, "$1\n");
}

function plural(count: number, one: string, many: string): string {
  return count === 1 ? `1 ${one}` : `${numberText(count)} ${many}`;
}

const TRUST: Readonly<Record<Trust, string>> = {
  unknown: "never talked with",
  pinned: "not verified",
  verified: "verified",
  changed: "key changed",
};

const PHASE: Readonly<Record<ChatPhase, string>> = {
  none: "no chat",
  requested: "asked to talk",
  invited: "wants to talk",
  establishing: "chat is being opened",
  open: "chat open",
  "closed-by-me": "you closed the chat",
  "closed-by-peer": "closed the chat",
  "key-changed": "chat stopped: key changed",
};

/** For the texts of messages, which are made harmless where they are shown, and people's names, which are so already. */
export const WORDS: Words = { t: untranslated, name: (person) => person };

/** Such a key stops a chat until somebody has decided. */
function keyChanged(peer: Username): string {
  return `The key of ${peer} has changed. This happens when someone joins again on another computer, and also when someone pretends to be them. Nothing is sent to ${peer} until you decide: /verify ${peer}`;
}

/** How well one knows somebody who asks to talk. @param alike somebody one knows, whose name looks like theirs */
function known(peer: Username, trust: Trust, fingerprint: string, alike: Username | undefined): string {
  if (trust !== "unknown") return `You've talked with ${peer} before (${TRUST[trust]}).`;
  const care =
    alike === undefined ? "" : ` Careful: this isn't ${alike}, whom you know. The names only look alike.`;
  return `You haven't talked with ${peer} here before. Their key: ${fingerprint}.${care}`;
}

function disappearing({ timerSeconds }: Chat): string {
  if (timerSeconds === 0) return "";
  return ` Messages disappear after ${durationText(timerSeconds, untranslated)}, but not from this terminal's screen: /clear.`;
}

export const words = {
  // The command line.
  description: "Parley in a terminal: end-to-end-encrypted chat, with a server that a team runs itself.",
  option: {
    version: "Print the version.",
    help: "Print this help.",
    name: "Open the chat with that person at once.",
    profile: "Folder of the account: the terminal's own, or that of a VS Code that is running.",
    passphraseFile:
      "File whose first line is the passphrase of the account's keys; - for standard input. (default: asks)",
    json: "Write one JSON line for each event, and read one for each call, for programs: docs/TERMINAL.md.",
    readReceipts: "Tell others when you've read their messages.",
    log: "Write a log into that file. It has no keys and no messages.",
  },
  usageAfter: `
Without --profile, Parley uses the terminal's own account; where there's none, that of a VS Code on this computer that
has Parley open; else it makes one. In a pipe it reads and writes plain lines. /help lists the commands of a session.

Exit codes: 0 quit, 2 wrong use, 3 the account can't be opened, 1 anything else.`,
  wrongUse: (text: string) =>
    `${text
      .replace(/^error: /, "")
      .replaceAll("\n", " ")
      .replace(/\.$/, "")}. See: parley --help`,
  profileUnusable: (cause: string) =>
    `The folder of the account can't be used (${cause}). Choose another with --profile.`,
  unexpected: (error: unknown) =>
    `This should not have happened: ${error instanceof Error ? error.message : String(error)}`,
  jsonWanted: 'A line is a JSON object: {"id": 1, "call": "send", "params": {…}}',
  noCall: (name: string, meant: string | undefined) =>
    `There is no call ${JSON.stringify(name)}.${meant === undefined ? "" : ` Did you mean ${meant}?`}`,

  // At the start.
  welcome:
    "Welcome to Parley. You don't have an account here yet. Join with the invite that you were sent: /join LINK NAME",
  greeting: ({ name, host }: Account) =>
    `You're ${name} on ${host}. Type a message after /chat NAME; /help lists the commands.`,
  followed: (directory: string) =>
    `You're using the account that an editor on this computer has open (${directory}).`,
  closedEditor: (directory: string) =>
    `An editor on this computer has a Parley account (${directory}). To use that one here, open Parley in the editor first, then start this again. To make one for the terminal, go on.`,
  passphrase: "Passphrase: ",
  choosePassphrase:
    "The keys of your account will be kept in a file under a passphrase. Parley asks for it at every start, and there's no second way in. Use at least 12 characters; several unrelated words are best.",
  newPassphrase: "New passphrase: ",
  newPassphraseAgain: "The same once more: ",
  passphrasesDiffer: "The two differ. Enter it again.",
  wrongPassphrase: "Wrong passphrase. Try again.",
  passphraseNeeded:
    "There's no terminal to ask for the passphrase. Put it in a file that only you can read, and name that with --passphrase-file (- for the first line of standard input).",
  passphraseFileEmpty: (path: string) =>
    `The first line of ${path} is empty, where the passphrase should be.`,
  passphraseFileUnreadable: (path: string) => `${path}, the file with the passphrase, can't be read.`,
  notAFolder: (path: string) => `${path} isn't a folder. Choose another with --profile.`,
  secretsDamaged: (path: string) =>
    `${path}, which holds the keys of this account, is damaged. Bring back a copy of it.`,
  noEditor: (directory: string) =>
    `The account in ${directory} belongs to an editor, which keeps its keys, and no editor has it open now. Open Parley there, or choose another folder with --profile.`,
  otherVersion: (theirs: string, ours: string) =>
    `The program that has this account open is Parley ${theirs}, and this is ${ours}. Both must be of the same version.`,

  // The connection.
  connecting: "Connecting…",
  state: (state: MessengerState, account: Account | undefined): string | undefined => {
    const host = account?.host ?? "the server";
    switch (state.type) {
      case "no-account":
      case "connecting":
        return undefined;
      case "signed-out":
        return "You're signed out. Messages wait on the server until you sign in.";
      case "online":
        return `You're online as ${account?.name ?? ""} on ${host}.`;
      case "waiting":
        return `${errorText(state.error, { host })} Parley tries again by itself, and your messages wait.`;
      case "stopped":
        return `${errorText(state.error, { host })}${state.error.code === "in-use" ? "" : " Try again with /status."}`;
    }
  },
  account: ({ name, host, port, fingerprint }: Account) =>
    `Account: ${name} on ${host}:${port}\nYour key: ${fingerprint}`,

  // People and chats.
  you: "you",
  online: "online",
  offline: "offline",
  today: "Today",
  yesterday: "Yesterday",
  newMessages: "New",
  divider: (text: string) => `--- ${text} ---`,
  isBlocked: "blocked",
  unread: (count: number) => `${numberText(count)} new`,
  trust: TRUST,
  phase: PHASE,
  sending: {
    waiting: "(waiting)",
    sending: "(sending)",
    sent: "(sent)",
    delivered: "(delivered)",
    read: "(read)",
    failed: "(not sent)",
  } satisfies Record<OutgoingState, string>,
  nobodyThere: "No one else is online. Invite someone: /invite",
  unreadFrom: ({ title, unread }: Chat) =>
    `${plural(unread, "new message", "new messages")} from ${title}: /chat ${title}`,
  wantsToTalk: ({ name, trust }: Member, { fingerprint }: PendingRequest, alike: Username | undefined) =>
    `${name} wants to talk to you. ${known(name, trust, fingerprint, alike)}`,
  note: (peer: Username, text: string) => `Note from ${peer}: ${text}`,
  noteUnopened: (peer: Username) => `The note from ${peer} can't be opened.`,
  answer: (peer: Username) => `Answer with /accept ${peer} or /refuse ${peer}`,
  keyChanged,
  chatState: (chat: Chat): string => {
    const { title } = chat;
    switch (chat.phase) {
      case "none":
      case "closed-by-me":
      case "closed-by-peer":
        return `There's no open chat with ${title}. Ask to talk: /request ${title}`;
      case "requested":
        return `Waiting for ${title} to accept. Withdraw the request: /close ${title}`;
      case "invited":
        return `${title} wants to talk to you: /accept ${title} or /refuse ${title}`;
      case "establishing":
        return `The chat with ${title} is being opened.`;
      case "open":
        return `Chat with ${title}, end-to-end encrypted, ${TRUST[partner(chat).trust]}.${disappearing(chat)}`;
      case "key-changed":
        return keyChanged(partner(chat).name);
    }
  },
  notSent: ({ body, failure }: ChatMessage, { title }: Chat) =>
    `Not sent to ${title}. ${codeText(failure, { peer: title })} Send it again with /retry: ${bodyText(body, WORDS)}`,
  waits: "You're offline. The message is sent once you're online.",
  left: (peer: Username) => `Your request waits for ${peer} on the server.`,
  asked: (peer: Username) => `You asked ${peer} to talk. Parley tells you when they answer.`,
  noteNotSent: (peer: Username) =>
    `${peer} had asked you already, so the chat opens. Your note wasn't sent: send it as a message.`,
  refused: ({ title }: Chat) => `You refused the request of ${title}.`,
  match: ({ author, at, excerpt }: SearchMatch, { title }: Chat, me: Username | undefined) =>
    `${fullText(at)} ${author === me ? `you to ${title}` : author}: ${excerpt}`,
  found: (count: number, more: boolean) =>
    more
      ? `The newest ${numberText(count)} messages. Add words to find fewer.`
      : plural(count, "message found.", "messages found."),
  sentAgain: (count: number) =>
    count === 0
      ? "No message here failed."
      : plural(count, "message is sent again.", "messages are sent again."),
  invite: (link: string, uses: number) =>
    `Send this invite by a way you trust. It's for ${plural(uses, "person", "people")}, for 7 days:\n${link}`,

  // Trust.
  number: (peer: Username, number: string, trust: Trust) =>
    `The safety number with ${peer} (${TRUST[trust]}):\n${groups(number)}\nRead it to each other by a way you trust, such as a call. If it's the same: /verify ${peer} yes`,
  bothNumbers: (peer: Username, { pinnedNumber, offeredNumber }: ChangedNumbers) =>
    `The key of ${peer} has changed.\nSafety number with the new key:\n${groups(offeredNumber)}\nWith the old one:\n${groups(pinnedNumber)}\nAsk ${peer} another way which one they see. The new one: /trust ${peer} new. The old one: /trust ${peer} old`,
  verified: (peer: Username) => `You've verified ${peer}.`,
  notVerified: (peer: Username) => `${peer} isn't verified.`,
  trustedNew: (peer: Username) => `Ask to talk again: /request ${peer}`,
  keptOld: (peer: Username) => `You keep the old key of ${peer}. The new one isn't used.`,
  blocked: (peer: Username) =>
    `You've blocked ${peer}: no more requests or messages from them. /unblock ${peer}`,
  unblocked: (peer: Username) => `${peer} can ask you to talk again.`,
  nobodyBlocked: "You haven't blocked anyone.",

  // Commands typed wrongly.
  noCommand: (name: string, meant: string | undefined) =>
    `There is no command /${name}. ${meant === undefined ? "" : `Did you mean /${meant}? `}See: /help. A message that begins with a slash is typed with two.`,
  nameMissing: "Say whom: the name of a person is missing.",
  noName: (name: string) =>
    `${JSON.stringify(name)} isn't a name. A name has 1 to 32 characters: a to z, 0 to 9, and after the first also . _ and -`,
  nameToJoinMissing: "Choose the name that others will see: /join LINK NAME",
  nobodyAsked: "No one has asked to talk.",
  severalAsked: (names: readonly string[]) => `Say whose request: ${names.join(", ")}`,
  hasNotAsked: ({ title }: Chat) => `${title} hasn't asked to talk.`,
  nothingToClose: ({ title }: Chat) => `There's no chat with ${title} to close, and no request to withdraw.`,
  chooseChat: "Choose whom to write to: /chat NAME, or ask to talk: /request NAME",
  wordsMissing: "Say what to look for: /search WORDS",
  countOutOfBounds: (most: number) => `The count is a number from 1 to ${numberText(most)}.`,
  compareFirst: (peer: Username) => `Compare first: /verify ${peer}`,
  noNumber: (peer: Username) => `There's no safety number with ${peer} yet. Talk with them first.`,
  yesOrNo: "Say yes if the numbers are the same, no if they aren't: /verify NAME yes",
  newOrOld: "Say which key: /trust NAME new, or /trust NAME old",

  timeWanted: "Say after what time messages disappear, such as 30s, 5m, 12h, 7d or 4w, or off.",

  about: {
    help: "List the commands.",
    join: "Join a server with an invite.",
    list: "List who is online, and your chats.",
    request: "Ask someone to talk, with a note if you like.",
    leave: "Leave a request for someone who is away.",
    accept: "Accept a request to talk.",
    refuse: "Refuse a request to talk.",
    chat: "Open a chat: your messages go there.",
    history: "Show the last messages of this chat.",
    search: "Search all messages.",
    retry: "Send the failed messages of this chat again.",
    timer: "Make messages here disappear after a time, for both.",
    close: "Close a chat for both, or withdraw a request.",
    verify: "Compare the safety number.",
    trust: "Decide about a key that has changed.",
    block: "Block someone, without telling them.",
    unblock: "Lift a block.",
    blocked: "List whom you've blocked.",
    invite: "Make an invite for others.",
    status: "Show the connection and your key. Connects where it stopped.",
    clear: "Clear the screen and its scrollback.",
    quit: "Quit. Messages wait for you on the server.",
  },
  helpAfter:
    "Everything else you type is a message to the person whose chat is open. Tab completes commands and names.",
  prompt: (current: Chat | undefined, state: MessengerState) => {
    const away = state.type === "online" || state.type === "no-account" ? "" : " (offline)";
    return `${current?.title ?? "parley"}${away}> `;
  },

  /** Returns the sentence for an error: the problem, its cause, the remedy. An error that is not Parley's own stays in the log. */
  error: errorText,
} as const;

function errorText(error: unknown, about: Partial<About> = {}): string {
  return codeText(errorCode(error), about);
}

function codeText(code: unknown, { peer = "this person", host = "the server" }: Partial<About>): string {
  if (!isErrorCode(code))
    return "Something went wrong in Parley. Its log says more: start it with --log FILE.";
  const sentence = ERROR_SENTENCES[code];
  return typeof sentence === "string" ? sentence : sentence({ peer, host });
}
