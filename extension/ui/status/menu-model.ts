/** The status bar's menu: the commands that apply in the present state, in groups. */
import { Command, type CommandId } from "../../ids.ts";
import { errorHelp } from "../error-text.ts";
import { isOpen } from "../people/people-model.ts";
import type { Translate } from "../translate.ts";
import type { Snapshot } from "./state-model.ts";

export interface MenuGroup {
  /** Of the separator above it. */
  readonly label: string;
  readonly commands: readonly CommandId[];
}

/** @returns the non-empty groups, most urgent first; no command is in two */
export function menuGroups(snapshot: Snapshot, t: Translate): readonly MenuGroup[] {
  const { state, account, hasLock } = snapshot;
  const joined = account !== undefined;
  const taken = new Set<CommandId>();
  const group = (label: string, commands: readonly CommandId[]): MenuGroup => {
    const own = commands.filter((command) => !taken.has(command));
    for (const command of own) taken.add(command);
    return { label, commands: own };
  };
  return [
    group(t("Connection"), stateCommands(state, t)),
    group(t("Waiting for you"), joined ? urgentCommands(snapshot) : []),
    group(t("Chats"), joined ? chatCommands(snapshot) : []),
    group(t("You"), joined ? ownCommands(state) : []),
    group(t("Account"), joined ? accountCommands(state, hasLock) : []),
    group(t("Help"), [Command.showLog]),
  ].filter(({ commands }) => commands.length > 0);
}

function urgentCommands({ chats, claimedBlocks }: Snapshot): readonly CommandId[] {
  const asked = chats.some((chat) => chat.phase === "invited");
  const changed = chats.some((chat) => chat.phase === "key-changed");
  return [
    ...(asked ? [Command.answerRequest] : []),
    ...(changed ? [Command.acceptNewKey] : []),
    ...(claimedBlocks.length > 0 ? [Command.keepBlock, Command.liftBlock] : []),
    ...(chats.some(({ unread }) => unread > 0) ? [Command.nextUnread] : []),
  ];
}

function chatCommands({ state, people, chats }: Snapshot): readonly CommandId[] {
  const online = state.type === "online";
  const members = chats.flatMap((chat) => chat.members);
  const pinned = members.some(({ trust }) => trust === "pinned" || trust === "verified");
  return [
    ...(chats.length > 0 ? [Command.openChat, Command.searchMessages] : []),
    ...(online && people.some((person) => person.online) ? [Command.requestToTalk] : []),
    ...(online ? [Command.inviteSomeone] : []),
    ...(pinned ? [Command.verifySafetyNumber] : []),
    ...(chats.some((chat) => isOpen(chat)) ? [Command.closeChat] : []),
    ...(members.some(({ blocked }) => blocked) ? [Command.blockedPeople] : []),
  ];
}

function ownCommands(state: Snapshot["state"]): readonly CommandId[] {
  return [Command.doNotDisturb, ...(state.type === "online" ? [Command.appearOffline] : [])];
}

function accountCommands(state: Snapshot["state"], hasLock: boolean): readonly CommandId[] {
  return [
    ...(state.type === "signed-out" ? [] : [Command.signOut]),
    hasLock ? Command.lockNow : Command.lockWithPassphrase,
    Command.backUp,
    Command.forgetAccount,
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
