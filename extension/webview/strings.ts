/** Every text a person reads or hears in a chat panel, in one place for translation. Names come in made visible. */

function messages(count: number): string {
  return count === 1 ? "1 new message" : `${count} new messages`;
}

export const strings = {
  online: "Online",
  offline: "Offline",
  encrypted: "End-to-end encrypted",
  encryptedDetail: (peer: string) => `Only you and ${peer} can read this chat. The server cannot.`,
  establishing: "Agreeing on keys…",
  notVerified: "Not verified",
  verified: "Verified",
  keyChanged: "Key changed",
  verifyDetail: (peer: string) => `Compare safety numbers with ${peer}`,
  verifiedDetail: (peer: string) => `You compared safety numbers with ${peer}. Show them again`,
  keyChangedDetail: (peer: string) => `The identity key of ${peer} has changed. Compare safety numbers`,
  closeChat: "Close Chat",
  closeChatDetail: "End this chat for both of you. The messages stay here",

  notConnected: "Not connected to the server.",
  reconnect: "Reconnect",
  peerOffline: (peer: string) => `${peer} is offline. Messages wait and are delivered when ${peer} is back.`,
  requested: (peer: string) => `Waiting for ${peer} to accept your request to talk.`,
  invited: (peer: string) => `${peer} wants to talk with you.`,
  accept: "Accept",
  refuse: "Refuse",
  block: "Block",
  unblock: "Unblock",
  blocked: (peer: string) => `You have blocked ${peer}: nothing from them reaches you.`,
  establishingDetail: (peer: string) => `Agreeing on keys with ${peer}. This takes a moment.`,
  closedByPeer: (peer: string) => `${peer} closed the chat.`,
  closedByMe: "You closed the chat.",
  noChat: (peer: string) => `You have no open chat with ${peer}.`,
  requestAgain: "Request to Talk Again",
  request: "Request to Talk",
  askLater: (peer: string) => `${peer} is offline: a request can wait until they are back.`,
  withdraw: "Withdraw Request",
  keyChangedTitle: (peer: string) => `The identity key of ${peer} has changed. Sending is stopped.`,
  keyChangedExplained: (peer: string) =>
    `This happens when ${peer} reinstalls or moves to another computer. It also happens when somebody pretends to be ${peer}. Ask ${peer} some other way, by phone for example, before you trust the new key.`,
  compareSafetyNumbers: "Compare Safety Numbers",
  trustNewKey: "Trust New Key",
  keepOldKey: "Keep Old Key",
  notice: "Notice",

  log: (peer: string) => `Messages with ${peer}`,
  empty: (peer: string) => `Messages with ${peer} appear here.`,
  beginning: (peer: string) => `This is the beginning of your chat with ${peer}.`,
  loadingOlder: "Loading older messages…",
  today: "Today",
  yesterday: "Yesterday",
  newMessagesDivider: "New",
  newMessagesDividerSpoken: "New messages",
  me: "You",
  waiting: "Waiting to be sent",
  sending: "Sending",
  sent: "Sent",
  delivered: "Delivered",
  read: "Read",
  failed: "Not sent",
  retry: "Retry",
  failure: (reason: string) => (reason === "" ? "Not sent." : `Not sent. ${reason}`),
  unknownKind: (fallback: string) => fallback || "This version of Parley cannot show this message.",
  unknownKindDetail: (type: string) => `Written by a newer Parley (${type})`,
  messageSummary: (sender: string, time: string, text: string) => `${sender}, ${time}: ${text}`,
  messageSummaryWithState: (summary: string, state: string) => `${summary} (${state})`,
  toNewest: "Latest messages",
  newMessages: messages,
  newMessagesSpoken: (count: number, peer: string) => `${messages(count)} from ${peer}`,
  newMessageSpoken: (peer: string, text: string) => `${peer}: ${text}`,

  event: (event: string, peer: string): string => {
    switch (event) {
      case "opened":
        return `Chat opened. It is end-to-end encrypted.`;
      case "closed-by-me":
        return "You closed the chat.";
      case "closed-by-peer":
        return `${peer} closed the chat.`;
      case "refused":
        return "The request to talk was refused.";
      case "key-changed":
        return `The identity key of ${peer} changed.`;
      case "key-accepted":
        return `You trusted the new identity key of ${peer}.`;
      case "undecryptable":
        return "A message could not be decrypted. It was forged, repeated, or meant for keys that are gone.";
      case "missing":
        return `Something that ${peer} sent before the next message has not arrived.`;
      case "late":
        return `The next message arrived late: ${peer} sent it before what is above it.`;
      case "restored":
        return "What is above comes from a backup. Ask to talk again to go on.";
      default:
        return event;
    }
  },

  codeLanguage: (language: string) => `Code, ${language}`,
  code: "Code",
  copy: "Copy",
  copied: "Copied",
  copyCode: "Copy code",
  image: (alt: string) => (alt === "" ? "Image" : `Image: ${alt}`),
  hiddenCharacter: "A character that is normally invisible",

  composer: (peer: string) => `Message ${peer}`,
  composerHint: (peer: string) => `Message ${peer} (Enter to send, Shift+Enter for a new line)`,
  send: "Send",
  closedComposer: {
    none: (peer: string) => `You can write once ${peer} has accepted your request to talk`,
    requested: (peer: string) => `You can write once ${peer} has accepted`,
    invited: (peer: string) => `Accept to write to ${peer}`,
    establishing: () => "You can write in a moment",
    "closed-by-me": () => "The chat is closed",
    "closed-by-peer": () => "The chat is closed",
    "key-changed": () => "Sending is stopped until you have decided about the new key",
  },
  tooLong: (over: string, limit: string) => `Too long by ${over}. A message has at most ${limit}.`,
  nearLimit: (left: string) => `${left} left`,
  bytes: (count: number) => (count < 1024 ? `${count} bytes` : `${Math.ceil(count / 102.4) / 10} KB`),
} as const;
