/** What one can do from where we stand: the status bar's menu. */
import { Command, type CommandId } from "../ids.ts";
import { errorHelp } from "./error-text.ts";
import { isOpen } from "./people-model.ts";
import type { Snapshot } from "./state-model.ts";
import type { Translate } from "./translate.ts";

export function menuCommands(
  { hasLock, state, account, people, chats, claimedBlocks }: Snapshot,
  t: Translate,
): readonly CommandId[] {
  const joined: CommandId[] = [];
  if (chats.some((chat) => chat.phase === "invited")) joined.push(Command.accept, Command.refuse);
  if (claimedBlocks.length > 0) joined.push(Command.keepBlock, Command.liftBlock);
  if (chats.length > 0) joined.push(Command.openChat);
  if (state.type === "online") {
    if (people.some((person) => person.online)) joined.push(Command.requestToTalk);
    joined.push(Command.inviteSomeone, Command.appearOffline);
  }
  if (chats.some((chat) => isOpen(chat))) joined.push(Command.closeChat);
  if (chats.some((chat) => chat.trust === "pinned" || chat.trust === "verified"))
    joined.push(Command.verifySafetyNumber);
  joined.push(Command.doNotDisturb);
  if (chats.some((chat) => chat.blocked)) joined.push(Command.blockedPeople);
  if (chats.some((chat) => chat.phase === "key-changed")) joined.push(Command.acceptNewKey);
  return [
    ...new Set([
      ...stateCommands(state, t),
      ...(account === undefined ? [] : joined),
      ...lastCommands(state, account !== undefined, hasLock),
    ]),
  ];
}

function stateCommands(state: Snapshot["state"], t: Translate): readonly CommandId[] {
  switch (state.type) {
    case "starting":
    case "online":
    case "connecting":
      return [];
    case "no-account":
      return [Command.joinWithInvite, Command.startServerHere, Command.restoreFromBackup];
    case "signed-out":
      return [Command.signIn];
    case "waiting":
      return [Command.reconnect];
    case "stopped":
    case "failed":
      return [
        ...errorHelp(state.error, t).next.filter((next) => next !== Command.showLog),
        Command.reconnect,
      ];
  }
}

function lastCommands(state: Snapshot["state"], joined: boolean, hasLock: boolean): readonly CommandId[] {
  const lock = hasLock ? [Command.lockNow] : [Command.lockWithPassphrase];
  const out = joined && state.type !== "signed-out" ? [Command.signOut] : [];
  return [...out, ...(joined ? [...lock, Command.backUp, Command.forgetAccount] : []), Command.showLog];
}
