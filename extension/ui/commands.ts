/** The handlers of all commands. A missing handler is a compile error. */
import * as vscode from "vscode";
import { Command, type CommandId } from "../ids.ts";
import { forgetAccount, reconnect, signIn, signOut } from "./account/account.ts";
import { backUp, restoreFromBackup } from "./account/backup.ts";
import { editProfile } from "./account/edit-profile.ts";
import { joinWithInvite } from "./account/join.ts";
import { lockNow, lockWithPassphrase, removeLock, unlock } from "./account/lock.ts";
import { startAnew } from "./account/missing-keys.ts";
import { saveRecoveryFile } from "./account/recovery-file.ts";
import { sendFile, sendInChat } from "./chats/file-commands.ts";
import { goToDate, goToFirstUnread } from "./chats/go-to.ts";
import { deleteHistory, exportChat } from "./chats/history.ts";
import { keepMessages, setTimer } from "./chats/keeping.ts";
import {
  copyMessageMarkdown,
  copyMessageText,
  deleteMessage,
  earlierVersions,
  editMessage,
  messageDetails,
  reactToMessage,
  replyToMessage,
  retryMessage,
} from "./chats/message-actions.ts";
import { nextUnread } from "./chats/next-unread.ts";
import { backToChats, moveChat } from "./chats/places.ts";
import { searchChat, searchMessages } from "./chats/search-messages.ts";
import { appearOffline, doNotDisturb, mute } from "./notifications/quiet.ts";
import type { Parley } from "./parley.ts";
import { block, keepBlock, liftBlock, unblock } from "./people/block.ts";
import { inviteSomeone } from "./people/invite-someone.ts";
import { isPersonRow } from "./people/people-model.ts";
import { accept, answerRequest, refuse } from "./people/requests.ts";
import { acceptNewKey, keepOldKey, verifySafetyNumber } from "./people/safety.ts";
import { closeChat, openChat, requestToTalk } from "./people/talk.ts";
import type { ServerTaskProvider } from "./server/server-task.ts";
import { startServerHere } from "./server/start-server.ts";
import { showMenu } from "./status/menu.ts";
import { openWalkthrough } from "./walkthrough.ts";

/** @param selected with a menu of the editor's explorer: all files that are selected there */
type Handler = (argument?: unknown, selected?: unknown) => Promise<void> | void;

/** The commands by which the view's list and its welcome content replace each other. */
const replacesView: ReadonlySet<string> = new Set([
  Command.lockNow,
  Command.unlock,
  Command.forgetAccount,
  Command.restoreFromBackup,
  Command.startAnew,
]);

/** The commands that a row has as a button, and that take away the row. VS Code loses the focus with the button. */
const removesRow: ReadonlySet<string> = new Set([Command.refuse, Command.keepBlock, Command.liftBlock]);

export function registerCommands(parley: Parley, tasks: ServerTaskProvider): readonly vscode.Disposable[] {
  const handlers: Readonly<Record<CommandId, Handler>> = {
    [Command.joinWithInvite]: () => joinWithInvite(parley),
    [Command.startServerHere]: () => startServerHere(parley, tasks),
    [Command.signIn]: () => signIn(parley),
    [Command.useHere]: () => signIn(parley),
    [Command.signOut]: () => signOut(parley),
    [Command.reconnect]: () => reconnect(parley),
    [Command.forgetAccount]: () => forgetAccount(parley),
    [Command.backUp]: () => backUp(parley),
    [Command.restoreFromBackup]: () => restoreFromBackup(parley),
    [Command.saveRecoveryFile]: () => saveRecoveryFile(parley),
    [Command.startAnew]: () => startAnew(parley),
    [Command.lockWithPassphrase]: () => lockWithPassphrase(parley),
    [Command.lockNow]: () => lockNow(parley),
    [Command.unlock]: () => unlock(parley),
    [Command.removeLock]: () => removeLock(parley),
    [Command.inviteSomeone]: () => inviteSomeone(parley, tasks),
    [Command.requestToTalk]: (argument) => requestToTalk(parley, argument),
    [Command.accept]: (argument) => accept(parley, argument),
    [Command.refuse]: (argument) => refuse(parley, argument),
    [Command.block]: (argument) => block(parley, argument),
    [Command.unblock]: (argument) => unblock(parley, argument),
    [Command.blockedPeople]: () => unblock(parley, undefined),
    [Command.keepBlock]: (argument) => keepBlock(parley, argument),
    [Command.liftBlock]: (argument) => liftBlock(parley, argument),
    [Command.mute]: (argument) => mute(parley, argument),
    [Command.editProfile]: () => editProfile(parley),
    [Command.appearOffline]: () => appearOffline(parley),
    [Command.doNotDisturb]: () => doNotDisturb(parley),
    [Command.open]: () => parley.people.focus(),
    [Command.nextUnread]: () => nextUnread(parley),
    [Command.answerRequest]: () => answerRequest(parley),
    [Command.openChat]: (argument) => openChat(parley, argument),
    [Command.closeChat]: (argument) => closeChat(parley, argument),
    [Command.backToChats]: () => backToChats(parley),
    [Command.moveChatToEditor]: (argument) => moveChat(parley, argument, "editor"),
    [Command.moveChatToSideBar]: (argument) => moveChat(parley, argument, "sideBar"),
    [Command.verifySafetyNumber]: (argument) => verifySafetyNumber(parley, argument),
    [Command.acceptNewKey]: (argument) => acceptNewKey(parley, argument),
    [Command.keepOldKey]: (argument) => keepOldKey(parley, argument),
    [Command.sendFile]: (argument) => sendFile(parley, argument),
    [Command.sendInChat]: (argument, selected) => sendInChat(parley, argument, selected),
    [Command.searchMessages]: () => searchMessages(parley),
    [Command.searchChat]: (argument) => searchChat(parley, argument),
    [Command.goToDate]: (argument) => goToDate(parley, argument),
    [Command.goToFirstUnread]: (argument) => goToFirstUnread(parley, argument),
    [Command.exportChat]: (argument) => exportChat(parley, argument),
    [Command.deleteHistory]: (argument) => deleteHistory(parley, argument),
    [Command.keepMessages]: (argument) => keepMessages(parley, argument),
    [Command.setTimer]: (argument) => setTimer(parley, argument),
    [Command.showMenu]: () => showMenu(parley),
    [Command.openWalkthrough]: () => openWalkthrough(parley),
    [Command.showLog]: () => parley.log.show(),
    [Command.replyToMessage]: (argument) => replyToMessage(parley, argument),
    [Command.reactToMessage]: (argument) => reactToMessage(parley, argument),
    [Command.editMessage]: (argument) => editMessage(parley, argument),
    [Command.earlierVersions]: (argument) => earlierVersions(parley, argument),
    [Command.deleteMessage]: (argument) => deleteMessage(parley, argument),
    [Command.copyMessageText]: (argument) => copyMessageText(parley, argument),
    [Command.copyMessageMarkdown]: (argument) => copyMessageMarkdown(parley, argument),
    [Command.messageDetails]: (argument) => messageDetails(parley, argument),
    [Command.retryMessage]: (argument) => retryMessage(parley, argument),
  };
  return Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, async (argument?: unknown, selected?: unknown) => {
      if (replacesView.has(id)) return parley.people.keepFocus(() => handler(argument));
      await handler(argument, selected);
      if (removesRow.has(id) && isPersonRow(argument)) await parley.people.focus();
    }),
  );
}
