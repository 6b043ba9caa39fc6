/**
 * The log's sentences. Programs search for them (docs/OPERATIONS.md), so a translation leaves them as they
 * are.
 */

/** Lines that remote parties cause. */
export const remote = {
  cannotAccept: "cannot accept connections",
  handshakeFailed: "handshake failed",
  signInRefused: "sign-in refused",
  signedIn: "signed in",
  signedInAs: "signed in as",
  requestRefused: "request refused",
  requestFailed: "request failed",
  mailboxUnreadable: "mailbox unreadable",
  badMessage: "bad message",
  givenUp: "given up by the client",
  connectionEnded: "connection ended",
  connectionCut: "connection cut",
};

export const own = {
  listening: "listening",
  clockSet: "the clock was set",
  upkeepFailed: "upkeep failed",
  revocationsNotLookedThrough: "revocations not looked through",
  certificateNotRefreshed: "certificate not refreshed",
  blobsNotRemoved: "blobs not removed",
};
