/** The commands that answer a request to talk: however they are called, they answer a request that was shown. */
import * as vscode from "vscode";
import type { PendingRequest, Shown } from "../../../messenger/messenger.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import { Command } from "../../ids.ts";
import { newestRequest } from "../chats/unread-order.ts";
import { inform, run } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { ask as question } from "../question.ts";
import { shownIn } from "../shown-in.ts";
import { knownText } from "./known-text.ts";
import { noteText } from "./note-text.ts";
import { chatPeers, type PickText, pickPerson } from "./pick-person.ts";
import { about } from "./talk.ts";

export function accept(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Accept a request"),
    placeholder: vscode.l10n.t("Choose a request"),
    yes: vscode.l10n.t("Accept"),
  };
  return answer(parley, argument, text, async (messenger, peer, request) => {
    await messenger.calls.accept({ peer, request });
    await parley.panels.show(peer);
  });
}

export function refuse(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Refuse a request"),
    placeholder: vscode.l10n.t("Choose a request"),
    yes: vscode.l10n.t("Refuse"),
  };
  return answer(parley, argument, text, (messenger, peer, request) =>
    messenger.calls.refuse({ peer, request }),
  );
}

/** Shows the request first where the caller, such as another extension or the palette, gives only a name. */
function answer(
  parley: Parley,
  argument: unknown,
  text: PickText & { readonly yes: string },
  act: (messenger: SharedMessenger, peer: Username, request: Shown<"request">) => Promise<void>,
): Promise<void> {
  const one = async (messenger: SharedMessenger) => {
    const waiting = chatPeers(messenger, ({ request }) => request !== undefined);
    return waiting.length === 1 ? waiting[0] : pickPerson(messenger, waiting, text);
  };
  return about(parley, argument, one, async (messenger, peer) => {
    const request = shownIn(argument, "request") ?? (await ask(messenger, peer, text.yes));
    if (request !== undefined) await act(messenger, peer, request);
  });
}

/** @returns the request that the user accepted */
async function ask(
  messenger: SharedMessenger,
  peer: Username,
  yes: string,
): Promise<Shown<"request"> | undefined> {
  const { request } = messenger.chat(peer);
  if (request === undefined) {
    void vscode.window.showInformationMessage(
      vscode.l10n.t("{0} hasn't asked to talk.", peer),
      vscode.l10n.t("OK"),
    );
    return undefined;
  }
  const show = vscode.l10n.t("Show in Chat");
  const answer = await question({
    text: vscode.l10n.t("{0} wants to talk to you.", peer),
    detail: requestLines(messenger, peer, request).join("\n"),
    safe: show,
    choices: [yes],
    severity: "information",
  });
  if (answer === show) await run(Command.openChat, peer);
  return answer === yes ? request.shown : undefined;
}

/** Returns the sentences to judge a request by. The peer's text is last, so that it cannot pass for ours. */
function requestLines(
  messenger: SharedMessenger,
  peer: Username,
  { fingerprint, note }: PendingRequest,
): readonly string[] {
  const people = messenger.people();
  const person = people.find(({ name }) => name === peer) ?? { name: peer };
  return [
    knownText(person, vscode.l10n.t, people),
    vscode.l10n.t("Key: {0}", fingerprint),
    ...(note === undefined ? [] : [noteText(note, vscode.l10n.t)]),
  ];
}

/** Shows the newest request with both answers, wherever the user is. */
export function answerRequest(parley: Parley): Promise<void> {
  const newest = async (messenger: SharedMessenger) => {
    const peer = newestRequest(messenger.chats());
    if (peer === undefined) inform(vscode.l10n.t("No one is waiting for an answer."));
    return peer;
  };
  return about(parley, undefined, newest, async (messenger, peer) => {
    const { request } = messenger.chat(peer);
    if (request === undefined) return;
    const [show, yes, no] = [vscode.l10n.t("Show in Chat"), vscode.l10n.t("Accept"), vscode.l10n.t("Refuse")];
    const pressed = await question({
      text: vscode.l10n.t("{0} wants to talk to you.", peer),
      detail: requestLines(messenger, peer, request).join("\n"),
      ...{ safe: show, choices: [yes, no], severity: "information" },
    });
    if (pressed === show) await parley.panels.show(peer);
    if (pressed === no) await messenger.calls.refuse({ peer, request: request.shown });
    if (pressed !== yes) return;
    await messenger.calls.accept({ peer, request: request.shown });
    await parley.panels.show(peer);
  });
}
