/** The commands that answer a request to talk. They answer only a request that was on screen. */
import * as vscode from "vscode";
import { partnerOf } from "../../../messenger/chats/direct.ts";
import type { Chat, PendingRequest, Shown } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import { Command } from "../../ids.ts";
import { newestRequest } from "../chats/unread-order.ts";
import { inform, run } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { ask as question } from "../question.ts";
import { shownIn } from "../shown-in.ts";
import { knownText } from "./known-text.ts";
import { noteText } from "./note-text.ts";
import { chatsThat, type PickText, pickChat } from "./pick-chat.ts";
import { about } from "./talk.ts";

export function accept(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Accept a request"),
    placeholder: vscode.l10n.t("Choose a request"),
    yes: vscode.l10n.t("Accept"),
  };
  return answer(parley, argument, text, async (messenger, chat, request) => {
    await messenger.calls.accept({ chat, request });
    await parley.panels.show(chat);
  });
}

export function refuse(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Refuse a request"),
    placeholder: vscode.l10n.t("Choose a request"),
    yes: vscode.l10n.t("Refuse"),
  };
  return answer(parley, argument, text, (messenger, chat, request) =>
    messenger.calls.refuse({ chat, request }),
  );
}

/** Shows the request first if the caller, such as another extension or the palette, passes only a name. */
function answer(
  parley: Parley,
  argument: unknown,
  text: PickText & { readonly yes: string },
  act: (messenger: SharedMessenger, chat: ChatId, request: Shown<"request">) => Promise<void>,
): Promise<void> {
  const one = async (messenger: SharedMessenger) => {
    const waiting = chatsThat(messenger, ({ request }) => request !== undefined);
    return waiting.length === 1 ? waiting[0] : pickChat(messenger, waiting, text);
  };
  return about(parley, argument, one, async (messenger, chat) => {
    const request = shownIn(argument, "request") ?? (await ask(messenger, chat, text.yes));
    if (request !== undefined) await act(messenger, chat.id, request);
  });
}

/** Shows the request and asks. @returns the request if the user accepted it */
async function ask(
  messenger: SharedMessenger,
  { id, title, request }: Chat,
  yes: string,
): Promise<Shown<"request"> | undefined> {
  if (request === undefined) {
    inform(vscode.l10n.t("{0} hasn't asked to talk.", title));
    return undefined;
  }
  const show = vscode.l10n.t("Show in Chat");
  const answer = await question({
    text: vscode.l10n.t("{0} wants to talk to you.", title),
    detail: requestLines(messenger, id, request).join("\n"),
    safe: show,
    choices: [yes],
    severity: "information",
  });
  if (answer === show) await run(Command.openChat, id);
  return answer === yes ? request.shown : undefined;
}

/** Returns sentences about a request. The peer's text is last, so that it cannot be mistaken for Parley's. */
function requestLines(
  messenger: SharedMessenger,
  chat: ChatId,
  { fingerprint, note }: PendingRequest,
): readonly string[] {
  const people = messenger.people();
  const peer = partnerOf(chat);
  const person = people.find(({ name }) => name === peer) ?? { name: peer };
  return [
    knownText(person, vscode.l10n.t, people),
    vscode.l10n.t("Key: {0}", fingerprint),
    ...(note === undefined ? [] : [noteText(note, vscode.l10n.t)]),
  ];
}

/** Shows the newest request, with buttons to accept it or to open its chat. */
export function answerRequest(parley: Parley): Promise<void> {
  const newest = async (messenger: SharedMessenger) => {
    const chat = newestRequest(messenger.chats());
    if (chat === undefined) inform(vscode.l10n.t("No one is waiting for an answer."));
    return chat;
  };
  return about(parley, undefined, newest, async (messenger, chat) => {
    const request = await ask(messenger, chat, vscode.l10n.t("Accept"));
    if (request === undefined) return;
    await messenger.calls.accept({ chat: chat.id, request });
    await parley.panels.show(chat.id);
  });
}
