/**
 * The text beside the code of an ERROR, for the log of the client. People read their client's own sentence
 * for the code.
 */

export const connection = {
  fault: "the fault is the server's",
  tooManyRequests: "too many requests",
  tooManyFollowed: "too many requests, and on and on",
  elsewhere: "signed in elsewhere",
  busy: "another program holds the database",
};

export const signIn = {
  unknown: "unknown name or wrong key",
  noInvite: "no such invite for this name",
  inviteExpired: "the invite has expired",
  inviteUsed: "the invite is used up",
  nameTaken: "the name is taken",
  inviterRevoked: "the inviter is no longer a member",
  newcomers: (count: number) => `${count} have come that way within a day`,
  full: (members: number) => `this server has ${members} members`,
  notStored: "the sign-in could not be stored",
};

export const invite = {
  operatorOnly: "only the operator of this server invites",
  uses: (most: number) => `an invite is for 1 to ${most} people`,
  lifetime: (seconds: number) => `an invite lasts at most ${seconds} seconds`,
  later: (hours: number) => `one invites ${hours} hours after one has joined`,
  unused: (count: number) => `${count} of your invites are still unused`,
  tooMany: (count: number) => `members have made ${count} invites`,
  notStored: "the invite could not be stored",
};

export const person = {
  noName: "no such name is possible",
  blockSelf: "one cannot block oneself",
  blocks: (most: number) => `one may block at most ${most} people`,
  blocked: "you have blocked that person",
};

export const talk = {
  noRequests: "this server keeps no requests",
  waiting: (count: number) => `${count} of your requests wait for an answer`,
  conversations: (count: number) => `you have ${count} conversations`,
  askedBefore: "you have asked that person a moment ago",
  self: "one cannot talk to oneself",
  alreadyAsked: "your request to that person is waiting already",
  crossed: "that person has asked you: answer that request",
  idInUse: "that conversation id is in use: choose a random one",
  epochStale: "another commit for that epoch came first",
  noConversation: "no such conversation, or not at the step this needs",
};

export const message = {
  keyMaterialTooLarge: (most: number) => `key material has at most ${most} bytes`,
  tooLarge: (most: number) => `a sealed message has at most ${most} bytes`,
  noRoom: "there is no room for more from you in that mailbox",
  notStored: "it could not be stored",
};

export const blob = {
  none: "this server keeps no blobs",
  tooLarge: (most: number) => `a blob has at most ${most} bytes`,
  tooMuch: (most: number) => `one may keep at most ${most} bytes`,
  full: "there is no room for more blobs",
  diskFull: "the disk is nearly full",
  diskBehind: "the disk is behind",
  otherSize: "that blob has another size",
  notYours: "that blob is another member's",
  gone: "there is no such blob",
  offset: "the blob does not end there",
  tooManyParts: "too many parts asked for at once",
};
