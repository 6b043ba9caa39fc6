/** Every command and what it does. The type asks for all of ids.ts: one that is missing here does not compile. */
import * as vscode from "vscode";
import { Command, type CommandId, View } from "../ids.ts";
import { forgetAccount, reconnect, signIn, signOut } from "./account.ts";
import { backUp, restoreFromBackup } from "./backup.ts";
import { block, keepBlock, liftBlock, unblock } from "./block.ts";
import { goToDate, goToFirstUnread } from "./go-to.ts";
import { deleteHistory, exportChat } from "./history.ts";
import { inviteSomeone } from "./invite-someone.ts";
import { joinWithInvite } from "./join.ts";
import { keepMessages, setTimer } from "./keeping.ts";
import { lockNow, lockWithPassphrase, removeLock, unlock } from "./lock.ts";
import { showMenu } from "./menu.ts";
import { copyMessageMarkdown, copyMessageText, messageDetails, retryMessage } from "./message-actions.ts";
import { startAnew } from "./missing-keys.ts";
import { nextUnread } from "./next-unread.ts";
import type { Parley } from "./parley.ts";
import { appearOffline, doNotDisturb, mute } from "./quiet.ts";
import { saveRecoveryFile } from "./recovery-file.ts";
import { accept, answerRequest, refuse } from "./requests.ts";
import { acceptNewKey, keepOldKey, verifySafetyNumber } from "./safety.ts";
import { searchChat, searchMessages } from "./search-messages.ts";
import type { ServerTaskProvider } from "./server-task.ts";
import { startServerHere } from "./start-server.ts";
import { closeChat, openChat, requestToTalk } from "./talk.ts";

type Handler = (argument?: unknown) => Promise<void> | void;

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
    [Command.appearOffline]: () => appearOffline(parley),
    [Command.doNotDisturb]: () => doNotDisturb(parley),
    [Command.open]: async () => void (await vscode.commands.executeCommand(`${View.people}.focus`)),
    [Command.nextUnread]: () => nextUnread(parley),
    [Command.answerRequest]: () => answerRequest(parley),
    [Command.openChat]: (argument) => openChat(parley, argument),
    [Command.closeChat]: (argument) => closeChat(parley, argument),
    [Command.verifySafetyNumber]: (argument) => verifySafetyNumber(parley, argument),
    [Command.acceptNewKey]: (argument) => acceptNewKey(parley, argument),
    [Command.keepOldKey]: (argument) => keepOldKey(parley, argument),
    [Command.searchMessages]: () => searchMessages(parley),
    [Command.searchChat]: (argument) => searchChat(parley, argument),
    [Command.goToDate]: (argument) => goToDate(parley, argument),
    [Command.goToFirstUnread]: (argument) => goToFirstUnread(parley, argument),
    [Command.exportChat]: (argument) => exportChat(parley, argument),
    [Command.deleteHistory]: (argument) => deleteHistory(parley, argument),
    [Command.keepMessages]: (argument) => keepMessages(parley, argument),
    [Command.setTimer]: (argument) => setTimer(parley, argument),
    [Command.showMenu]: () => showMenu(parley),
    [Command.showLog]: () => parley.log.show(),
    [Command.copyMessageText]: (argument) => copyMessageText(parley, argument),
    [Command.copyMessageMarkdown]: (argument) => copyMessageMarkdown(parley, argument),
    [Command.messageDetails]: (argument) => messageDetails(parley, argument),
    [Command.retryMessage]: (argument) => retryMessage(parley, argument),
  };
  return Object.entries(handlers).map(([id, handler]) =>
    vscode.commands.registerCommand(id, (argument?: unknown) => handler(argument)),
  );
}
