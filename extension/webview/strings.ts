/**
 * All texts of a chat panel, in one place for translation. Callers make hidden characters in names visible. The page gets the
 * translations with its HTML (contract/page-start.ts).
 */
import { type Translate, translatedBy, untranslated } from "../../messenger/kinds/translate.ts";
import { numberText, percentText } from "../../messenger/text/times.ts";
import { imageText } from "../contract/markdown/image-text.ts";

const stringsIn = (t: Translate) => ({
  online: t("Online"),
  offline: t("Offline"),
  encrypted: t("End-to-end encrypted"),
  encryptedDetail: (peer: string) => t("Only you and {0} can read this chat. The server can't.", peer),
  establishing: t("Agreeing on keys…"),
  notVerified: t("Not verified"),
  verified: t("Verified"),
  keyChanged: t("Key changed"),
  verifyDetail: (peer: string) => t("Compare safety numbers with {0}", peer),
  verifiedDetail: (peer: string) => t("You compared safety numbers with {0}. Show them again", peer),
  keyChangedDetail: (peer: string) => t("The identity key of {0} has changed. Compare safety numbers", peer),
  timerDetail: (duration: string) =>
    t("New messages disappear after {0}, on both sides. Change this", duration),
  timer: (duration: string) => t("Disappear after {0}", duration),
  disappears: (when: string) => t("Disappears {0}", when),
  disappearsAfter: (duration: string) => t("Disappears {0} after it was sent", duration),
  moreActions: t("More Actions"),
  header: (peer: string) => t("Chat with {0}", peer),

  safetyTitle: (peer: string) => t("Safety number with {0}", peer),
  safetyVerifiedTitle: (peer: string) => t("You verified {0}", peer),
  safetyWhy: (peer: string) =>
    t(
      "If {0} sees the same number, no one is intercepting your messages. Compare it in person or on a call, not in this chat.",
      peer,
    ),
  safetyGroups: t("Safety number"),
  safetyGroup: (index: number, count: number, digits: string) =>
    t("Group {0} of {1}: {2}", index, count, [...digits].join(" ")),
  safetyCompared: (peer: string) => t("I compared every group with {0}, and they're all the same", peer),
  safetyScroll: t("Scroll through the whole number first."),
  safetyMatch: t("They Match"),
  safetyDiffer: t("They Don't Match"),
  safetyClear: t("Clear Verification"),
  safetyLater: t("Not Now"),
  safetyClose: t("Close"),
  safetyCopy: t("Copy Number"),
  safetyPaste: t("Compare by Pasting…"),
  myKey: (key: string) => t("Your key: {0}", key),
  theirKey: (peer: string, key: string) => t("Key of {0}: {1}", peer, key),
  nowVerified: (peer: string) => t("{0} is verified.", peer),

  notConnected: t("Not connected to the server."),
  reconnect: t("Reconnect"),
  signIn: t("Sign In"),
  peerOffline: (peer: string) => t("{0} is offline. Messages wait and are delivered when {0} is back.", peer),
  requested: (peer: string) => t("Waiting for {0} to accept your request to talk.", peer),
  invited: (peer: string) => t("{0} wants to talk with you.", peer),
  accept: t("Accept"),
  refuse: t("Refuse"),
  block: t("Block"),
  unblock: t("Unblock"),
  blocked: (peer: string) => t("You've blocked {0}. Nothing from them reaches you.", peer),
  establishingDetail: (peer: string) => t("Agreeing on keys with {0}. This takes a moment.", peer),
  closedByPeer: (peer: string) => t("{0} closed the chat.", peer),
  closedByMe: t("You closed the chat."),
  noChat: (peer: string) => t("You don't have an open chat with {0}.", peer),
  requestAgain: t("Request to Talk Again"),
  request: t("Request to Talk"),
  askLater: (peer: string) => t("{0} is offline. Your request can wait until they're back.", peer),
  withdraw: t("Withdraw Request"),
  keyChangedTitle: (peer: string) => t("The identity key of {0} has changed. Sending is stopped.", peer),
  keyChangedExplained: (peer: string) =>
    t(
      "This happens when {0} reinstalls or moves to another computer. It also happens when someone pretends to be {0}. Ask {0} another way, by phone for example, before you trust the new key.",
      peer,
    ),
  newKey: (key: string) => t("New key: {0}.", key),
  oldKey: (key: string) => t("Old key: {0}.", key),
  compareSafetyNumbers: t("Compare Safety Numbers"),
  trustNewKey: t("Trust New Key"),
  keepOldKey: t("Keep Old Key"),
  notice: t("Notice"),

  log: (peer: string) => t("Messages with {0}", peer),
  empty: (peer: string) => t("Messages with {0} appear here.", peer),
  beginning: (peer: string) => t("This is the beginning of your chat with {0}.", peer),
  loadingOlder: t("Loading older messages…"),
  today: t("Today"),
  yesterday: t("Yesterday"),
  newMessagesDivider: t("New"),
  newMessagesDividerSpoken: t("New messages"),
  me: t("You"),
  waiting: t("Waiting to be sent"),
  sending: t("Sending"),
  sent: t("Sent"),
  delivered: t("Delivered"),
  read: t("Read"),
  failed: t("Not sent"),
  retry: t("Retry"),
  failure: (reason: string) => (reason === "" ? t("Not sent.") : t("Not sent. {0}", reason)),
  blankMessage: t("Blank message"),
  unknownKindDetail: (type: string) => t("Written by a newer Parley ({0})", type),
  messageSummary: (sender: string, time: string, text: string) => t("{0}, {1}: {2}", sender, time, text),
  messageSummaryWithState: (summary: string, state: string) => t("{0} ({1})", summary, state),
  toNewest: t("Latest messages"),
  newMessages: (count: number) =>
    count === 1 ? t("1 new message") : t("{0} new messages", numberText(count)),
  newMessagesSpoken: (count: number, peer: string) =>
    count === 1 ? t("1 new message from {0}", peer) : t("{0} new messages from {1}", numberText(count), peer),
  newMessageSpoken: (peer: string, text: string) => t("{0}: {1}", peer, text),

  reply: t("Reply"),
  react: t("React…"),
  edit: t("Edit"),
  earlierVersions: t("Show Earlier Versions"),
  remove: t("Delete…"),
  edited: t("edited"),
  editedTitle: (when: string, times: number) =>
    times === 1 ? t("Edited on {0}", when) : t("Edited {0} times, last on {1}", numberText(times), when),
  quoted: (by: string, line: string) => t("{0}: {1}", by, line),
  quoteGone: t("The message isn't on this computer"),
  goToQuoted: (quote: string) => t("Go to the message. {0}", quote),
  spokenReply: (quote: string) => t("reply to: {0}", quote),
  deletedByMe: t("You deleted a message."),
  deletedBy: (peer: string) => t("{0} deleted a message.", peer),
  reactions: t("Reactions"),
  reaction: (emoji: string, by: string) => t("{0} from {1}", emoji, by),
  reacted: (emoji: string) => t("You reacted with {0}.", emoji),
  unreacted: (emoji: string) => t("You took back {0}.", emoji),
  changeOf: { edit: t("Edit:"), delete: t("Deletion:"), mark: t("Reaction:") },
  picker: t("React to the message"),
  pickerSearch: t("Search emoji"),
  pickerNone: t("No emoji has this name."),
  pickerMine: (name: string) => t("{0}, your reaction", name),
  versionsTitle: t("Earlier versions"),
  versionsNone: t("No earlier version is on this computer."),

  messageActions: t("Message"),
  more: t("More…"),
  copyText: t("Copy Text"),
  copyMarkdown: t("Copy as Markdown"),
  showDetails: t("Show Details"),
  hideDetails: t("Hide Details"),
  details: (sender: string, when: string) => t("{0}, {1}", sender, when),
  showMore: (lines: number) => t("Show more (about {0} lines)", numberText(lines)),
  showLess: t("Show less"),
  taskDone: t("Done"),
  taskOpen: t("Not done"),
  spokenCode: (language: string, lines: number) => {
    const text = lines === 1 ? t("1 line") : t("{0} lines", numberText(lines));
    return language === "" ? t("code, {0}", text) : t("code, {0}, {1}", language, text);
  },

  codeLanguage: (language: string) => t("Code, {0}", language),
  code: t("Code"),
  copy: t("Copy"),
  copied: t("Copied"),
  copyCode: t("Copy code"),
  linkPlace: (place: string) => `(${place})`,
  image: (alt: string) => imageText(alt, t),
  hiddenCharacter: t("A character that is normally invisible"),

  writing: t("Write a message"),
  emojiList: t("Emoji"),
  emojiName: (name: string) => name.replaceAll("_", " "),
  composer: (peer: string) => t("Message {0}", peer),
  composerHint: (peer: string) => t("Message {0} (Enter to send, Shift+Enter for a new line)", peer),
  replyingTo: (quote: string) => t("Reply to {0}", quote),
  editing: t("Editing your message"),
  cancel: t("Cancel"),
  save: t("Save"),
  editTaken: t("Your message was edited."),
  editRefused: t("Not edited. Your text is still in the message box."),
  send: t("Send"),

  attach: t("Attach Files…"),
  attachedFiles: t("Attached files"),
  adding: (name: string) => t("Adding {0}…", name),
  addingPercent: (name: string, share: number) => t("Adding {0}, {1}", name, percentText(share)),
  metadata: { cut: t("Metadata removed"), kept: t("Metadata not removed") },
  description: t("Description (optional)"),
  descriptionOf: (name: string) => t("Description of {0}", name),
  removeFile: (name: string) => t("Remove {0}", name),
  fileAttached: (name: string) => t("{0} is attached.", name),
  fileRemoved: (name: string) => t("{0} was removed.", name),
  isFolder: (name: string) => t("{0} is a folder. Pack it into an archive, and attach that.", name),
  unreadableFile: (name: string) => t("{0} wasn't attached, since it can't be read.", name),
  tooManyFiles: (most: number, left: number) =>
    left === 1
      ? t("A message has at most {0} files. 1 wasn't attached.", most)
      : t("A message has at most {0} files. {1} weren't attached.", most, numberText(left)),
  dismiss: t("Dismiss"),
  andMore: (name: string, others: number) => t("{0} and {1} more", name, numberText(others)),
  filesSending: (names: string) => t("Sending {0}", names),
  filesProgress: (names: string, share: number) => t("Sending {0}, {1}", names, percentText(share)),
  filesWaiting: (names: string) => t("{0}: sent once you're connected", names),
  filesSent: (names: string) => t("Sent {0}.", names),
  filesCancelled: (names: string) => t("{0} won't be sent.", names),
  filesFailed: (names: string, reason: string) => t("Couldn't send {0}. {1}", names, reason),
  removeFiles: t("Remove"),
  attachText: t("Attach as File"),
  textAttached: (name: string) => t("Your text is attached as {0}.", name),
  captionTooLong: (over: string, limit: string) =>
    t("Too long by {0}. With files, a message has at most {1}.", over, limit),
  closedComposer: {
    none: (peer: string) => t("You can write once {0} has accepted your request to talk", peer),
    requested: (peer: string) => t("You can write once {0} has accepted", peer),
    invited: (peer: string) => t("Accept to write to {0}", peer),
    establishing: () => t("You can write in a moment"),
    "closed-by-me": () => t("The chat is closed"),
    "closed-by-peer": () => t("The chat is closed"),
    "key-changed": () => t("Sending is stopped until you have decided about the new key"),
  },
  tooLong: (over: string, limit: string) => t("Too long by {0}. A message has at most {1}.", over, limit),
  draftTooLong: (limit: string) =>
    t(
      "Too long: a message has at most {0}. A text of this length isn't kept when you leave this chat.",
      limit,
    ),
  notTaken: t("Not sent. The text is back in the message box."),
  nearLimit: (left: string) => t("{0} left", left),
  bytes: (count: number) =>
    count < 1024 ? t("{0} bytes", count) : t("{0} KB", numberText(Math.ceil(count / 102.4) / 10)),
});

/** Translates sentences of other folders (messenger/kinds). */
export let translate = untranslated;
export let strings = stringsIn(untranslated);

/** Sets the language. Called once at the start. @param sentences translations, keyed by the English sentence */
export function useSentences(sentences: Readonly<Record<string, string>>): void {
  translate = translatedBy(sentences);
  strings = stringsIn(translate);
}
