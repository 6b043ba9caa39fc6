/**
 * Every sentence that people read in the terminal; errors.ts has those for errors. Foreign text in them is
 * made safe when it is shown.
 */

import { partner } from "../../messenger/chats/direct.ts";
import { bodyText } from "../../messenger/kinds/body.ts";
import { durationText } from "../../messenger/kinds/duration-text.ts";
import type { Words } from "../../messenger/kinds/kind.ts";
import { profileColors } from "../../messenger/kinds/profile-colors.ts";
import { untranslated } from "../../messenger/kinds/translate.ts";
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
  Profile,
  SearchMatch,
  ShownMark,
  ShownProfile,
  Trust,
} from "../../messenger/model.ts";
import { fullText, numberText } from "../../messenger/text/times.ts";
import { MAX_DISPLAY_NAME_CHARACTERS } from "../../protocol/limits.ts";
import type { Username } from "../../protocol/names.ts";
import { codeText, errorText } from "./errors.ts";

/** Formats a safety number for comparing: four groups a line. */
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

/** Characters of an excerpt, enough to recognize the message. */
const MAX_EXCERPT_CHARACTERS = 60;

/** Returns the beginning of a message as one line. */
function excerptOf({ body }: ChatMessage): string {
  const [line = ""] = bodyText(body, WORDS).split(/[\n\r\v\f\u0085\u2028\u2029]/u);
  const cut = line.length > MAX_EXCERPT_CHARACTERS ? `${line.slice(0, MAX_EXCERPT_CHARACTERS)}…` : line;
  return cut.toWellFormed();
}

/**
 * For the texts of messages, which are made safe when they are shown, and people's names, which are safe
 * already.
 */
export const WORDS: Words = { t: untranslated, name: (person) => person };

/** Returns the sentence about a key that stops a chat until the user decides. */
function keyChanged(peer: Username): string {
  return `The key of ${peer} has changed. This happens when someone joins again on another computer, and also when someone pretends to be them. Nothing is sent to ${peer} until you decide: /verify ${peer}`;
}

/**
 * Returns how well the user knows a requester.
 * @param alike a known person with a similar name
 */
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

/** The colours that a person can choose from, in lower case. */
const COLORS = profileColors(untranslated).map((name) => name.toLowerCase());

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
    typing:
      "Show when people are typing, and tell them when you are, if they use this too. The server can tell when you type.",
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

  // Sentences at the start.
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
  changeNotSent: (failure: string | undefined, { title }: Chat) =>
    `Your change of a message wasn't sent to ${title}. ${codeText(failure, { peer: title })} Send it again with /retry.`,
  edited: "(edited)",
  reply: "(reply)",
  inReply: (quoted: ChatMessage | undefined, me: Username | undefined) =>
    quoted?.author === undefined
      ? "| (a message that isn't here any more)"
      : `| ${quoted.author === me ? "you" : quoted.author}: ${excerptOf(quoted)}`,
  reactions: (marks: readonly ShownMark[], me: Username | undefined) =>
    marks.map(({ by, values }) => `${values.join(" ")} ${by === me ? "you" : by}`).join(", "),
  displayName: ({ name, alike }: ShownProfile) =>
    alike === undefined
      ? `calls themselves “${name}”`
      : `calls themselves “${name}”, which looks like ${alike}`,
  colors: COLORS,
  ownProfile: ({ name, color }: Profile) =>
    `People in your chats see ${name === "" ? "no display name" : `“${name}” beside your account name`}${color === 0 ? "" : `, in ${COLORS[color - 1]}`}.`,
  ownNameAlike: (alike: Username) =>
    `Your display name looks like ${alike}. People who know ${alike} get a warning.`,
  theyDeleted: (author: Username) => `${author} deleted a message.`,
  theyReacted: (by: Username, emoji: readonly string[], message: ChatMessage) =>
    `${by} reacted with ${emoji.join(" ")} to: ${excerptOf(message)}`,
  youEdited: "You edited the message.",
  youDeleted: "You deleted the message, for both of you.",
  youReacted: (emoji: string, on: boolean) =>
    on ? `You reacted with ${emoji}` : `You took back your reaction ${emoji}`,
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

  nothingHere: "No such message has been shown in this chat yet. Show the last ones: /history",
  noNumbered: "No message with this number has been shown in this chat. Show the numbers: /history",
  textMissing: (command: "reply" | "edit") => `The text is missing: /${command} [#N] TEXT`,
  deleteUse: "Say which message of yours by its number, or none for the last: /delete #N",
  emojiMissing: "React with a single emoji: /react [#N] EMOJI",
  noDisplayName: `A name has at most ${MAX_DISPLAY_NAME_CHARACTERS} characters, single spaces, no hidden characters, and letters of only one of the Latin, Greek and Cyrillic scripts.`,
  profileUsage: "[name NAME | color COLOR]",
  profileUse: `Set a name, or none: /profile name [NAME]. Set a color: /profile color none, ${COLORS.join(", ")}`,
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
    reply: "Reply to a message: the last one, or the one with that number in /history.",
    edit: "Change your last message, or the one with that number.",
    delete: "Delete your last message, or the one with that number, for both.",
    react: "React to a message with an emoji. Once more takes it back.",
    retry: "Send the failed messages of this chat again.",
    timer: "Make messages here disappear after a time, for both.",
    close: "Close a chat for both, or withdraw a request.",
    verify: "Compare the safety number.",
    trust: "Decide about a key that has changed.",
    block: "Block someone, without telling them.",
    unblock: "Lift a block.",
    blocked: "List whom you've blocked.",
    invite: "Make an invite for others.",
    profile: "Show or set your display name and color, which people in your chats see.",
    status: "Show the connection and your key. Connects where it stopped.",
    clear: "Clear the screen and its scrollback.",
    quit: "Quit. Messages wait for you on the server.",
  },
  helpAfter:
    "Everything else you type is a message to the person whose chat is open. Tab completes commands and names.",
  prompt: (current: Chat | undefined, state: MessengerState, isTyping: boolean) => {
    const away = state.type === "online" || state.type === "no-account" ? "" : " (offline)";
    return `${current?.title ?? "parley"}${away}${isTyping ? " (typing…)" : ""}> `;
  },

  /**
   * Returns the sentence for an error: the problem, its cause, the remedy. The text of an error that is not
   * Parley's own is only logged.
   */
  error: errorText,
} as const;
