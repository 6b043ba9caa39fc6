/** The commands that request, open and close a chat. */
import * as vscode from "vscode";
import { directChat, partner, partnerOf } from "../../../messenger/chats/direct.ts";
import type { Chat } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { ParleyCode } from "../../../protocol/errors.ts";
import { MAX_NOTE_CHARACTERS } from "../../../protocol/limits.ts";
import type { Username } from "../../../protocol/names.ts";
import { Command } from "../../ids.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import type { ChatPlace } from "../chats/chat-panels.ts";
import { parseChat } from "../chats/parse-chat.ts";
import { run } from "../editor.ts";
import { codeHelp, errorCode } from "../error-text.ts";
import type { Parley } from "../parley.ts";
import { ask as confirm } from "../question.ts";
import { shownIn } from "../shown-in.ts";
import { isOpen } from "./people-model.ts";
import { askable, chatsThat, isFree, pickChat, pickOrTypePerson } from "./pick-chat.ts";

type Pick = (messenger: SharedMessenger) => Promise<ChatId | undefined>;

/** Runs a command on a chat: the one in `argument`, else the one that `pick` returns. Shows errors with the chat's title. */
export async function about(
  { host, errors }: Parley,
  argument: unknown,
  pick: Pick,
  act: (messenger: SharedMessenger, chat: Chat) => Promise<void> | void,
): Promise<void> {
  let peer: string | undefined;
  try {
    const messenger = await host.open();
    const id = (await parseChat(argument)) ?? (await pick(messenger));
    if (id === undefined) return;
    const chat = messenger.chat(id);
    peer = chat.title;
    await act(messenger, chat);
  } catch (error) {
    await errors.report(error, { ...(peer === undefined ? {} : { peer }), ...accountOf(host.messenger) });
  }
}

/** Like about(), for a command about the other person in a chat of two. */
export function aboutPerson(
  parley: Parley,
  argument: unknown,
  pick: Pick,
  act: (messenger: SharedMessenger, peer: Username) => Promise<void> | void,
): Promise<void> {
  return about(parley, argument, pick, (messenger, { id }) => act(messenger, partnerOf(id)));
}

export function accountOf(messenger: SharedMessenger | undefined): { name?: string; host?: string } {
  const account = messenger?.account;
  return account === undefined ? {} : { name: account.name, host: account.host };
}

export function requestToTalk(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Request to talk"),
    placeholder: vscode.l10n.t("Choose a person, or type a name"),
  };
  return aboutPerson(
    parley,
    argument,
    (messenger) => pickOrTypePerson(messenger, askable(messenger), text),
    async (messenger, peer) => {
      if (await ask(messenger, peer)) await parley.panels.show(directChat(peer));
    },
  );
}

/** Asks the person to talk, with an optional note. @returns whether the request was sent */
async function ask(messenger: SharedMessenger, peer: Username): Promise<boolean> {
  const chat = directChat(peer);
  if (messenger.chat(chat).request !== undefined) {
    await run(Command.accept, chat); // they have asked meanwhile: the user answers their request instead
    return false;
  }
  const mayAsk = messenger.state.type === "online" && isFree(messenger.chat(chat));
  const { draft } = messenger.chat(chat);
  const note = mayAsk ? await writeNote(peer, draft) : "";
  if (note === undefined) return false;
  if (note !== "" && draft !== "") await messenger.calls.setDraft({ chat, text: "" });
  let asked = false;
  try {
    asked = await send(messenger, peer, { wait: false, note });
  } finally {
    // Keep a note that was not sent as the chat's draft, for the next attempt.
    if (!asked && note !== "") await messenger.calls.setDraft({ chat, text: note });
  }
  return asked;
}

/** Asks for a note. @returns "" for none, undefined if the user cancelled */
function writeNote(peer: Username, draft: string): Thenable<string | undefined> {
  return borrowingFocus(() =>
    vscode.window.showInputBox({
      value: draft,
      ignoreFocusOut: true,
      title: vscode.l10n.t("Ask {0} to talk", peer),
      prompt: vscode.l10n.t("Add a note (optional, encrypted for {0})", peer),
      placeHolder: vscode.l10n.t("Who you are and what it's about"),
      validateInput: (text) =>
        [...text.trim()].length > MAX_NOTE_CHARACTERS
          ? vscode.l10n.t("A note has at most {0} characters.", MAX_NOTE_CHARACTERS)
          : undefined,
    }),
  );
}

interface Terms {
  readonly wait: boolean;
  readonly note: string;
}

/** Sends the request. If it fails for a reason with a remedy, offers the remedy. @returns whether it was sent */
async function send(messenger: SharedMessenger, peer: Username, terms: Terms): Promise<boolean> {
  try {
    await messenger.calls.request({ peer, ...terms });
    return true;
  } catch (error) {
    const code = errorCode(error);
    const otherwise = code === undefined ? undefined : otherTerms(code, peer, terms);
    if (otherwise === undefined) throw error;
    const { text, button, instead } = otherwise;
    const answer = await vscode.window.showInformationMessage(text, button);
    return answer === button && (await send(messenger, peer, instead));
  }
}

function otherTerms(
  code: ParleyCode,
  peer: Username,
  terms: Terms,
): { readonly text: string; readonly button: string; readonly instead: Terms } | undefined {
  if (code === "user-not-found" && !terms.wait)
    return {
      text: vscode.l10n.t(
        "{0} isn't online, or no one has that name on this server. Your request can wait there for up to 30 days.",
        peer,
      ),
      button: vscode.l10n.t("Leave Request for Later"),
      instead: { ...terms, wait: true },
    };
  if (code === "note-unsealable")
    return {
      text: codeHelp(code, vscode.l10n.t, { peer }).text,
      button: vscode.l10n.t("Ask Without the Note"),
      instead: { ...terms, note: "" },
    };
  return undefined;
}

/** Opens the chat. If there has never been one and the person is online, asks to talk first. */
export function openChat(parley: Parley, argument: unknown): Promise<void> {
  const text = { title: vscode.l10n.t("Open a chat"), placeholder: vscode.l10n.t("Choose a chat") };
  const anybody = (messenger: SharedMessenger) => pickChat(messenger, everybody(messenger), text);
  return about(parley, argument, anybody, async (messenger, chat) => {
    const { name, online } = partner(chat);
    const strangers = chat.phase === "none" && chat.lastActivity === 0;
    const first = strangers && online && messenger.state.type === "online";
    if (!first || (await ask(messenger, name)))
      await parley.panels.show(chat.id, undefined, placeIn(argument));
  });
}

/** @returns the place that the argument names: a row of the side bar's list opens the chat there */
function placeIn(argument: unknown): ChatPlace | undefined {
  const isRow = typeof argument === "object" && argument !== null && "place" in argument;
  return isRow && argument.place === "sideBar" ? "sideBar" : undefined;
}

export function closeChat(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Close a chat"),
    placeholder: vscode.l10n.t("Choose a chat. Both of you see that it's closed"),
  };
  let standing = shownIn(argument, "standing");
  const one = async (messenger: SharedMessenger) => {
    const open = chatsThat(messenger, isOpen);
    const { active } = parley.panels;
    if (active === undefined || !open.includes(active.chat)) return pickChat(messenger, open, text);
    standing = active.drawn.standing;
    return active.chat;
  };
  return about(parley, argument, one, async (messenger, chat) => {
    const seen = standing ?? chat.standing;
    if (seen !== undefined && (await mayClose(chat)))
      await messenger.calls.closeChat({ chat: chat.id, standing: seen });
  });
}

/** Asks before closing a chat, since that ends it for both people, and the button is close to the tab's own "x". */
async function mayClose({ title, phase }: Chat): Promise<boolean> {
  const [text, safe, yes] =
    phase === "requested"
      ? [
          vscode.l10n.t("Withdraw your request to {0}?", title),
          vscode.l10n.t("Keep Waiting"),
          vscode.l10n.t("Withdraw Request"),
        ]
      : [
          vscode.l10n.t("Close the chat with {0}?", title),
          vscode.l10n.t("Keep Open"),
          vscode.l10n.t("Close Chat"),
        ];
  const detail = vscode.l10n.t(
    "{0} sees that, and one of you has to ask before you can write again. The messages stay here.",
    title,
  );
  return (await confirm({ text, detail, safe, choices: [yes] })) === yes;
}

function everybody(messenger: SharedMessenger): readonly ChatId[] {
  return [
    ...new Set([
      ...chatsThat(messenger, () => true),
      ...messenger.people().map((person) => directChat(person.name)),
    ]),
  ];
}
