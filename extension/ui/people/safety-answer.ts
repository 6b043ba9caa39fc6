/** Handles the result of comparing a safety number in a chat's page. */
import * as vscode from "vscode";
import { directChat } from "../../../messenger/chats/direct.ts";
import type { Shown } from "../../../messenger/messenger.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import type { PageMessage } from "../../contract/page-message.ts";
import { Command } from "../../ids.ts";
import { borrowingFocus } from "../borrowed-focus.ts";
import { run } from "../editor.ts";
import { ask } from "../question.ts";
import { sameNumber } from "./safety-number-text.ts";

type Answer = Extract<PageMessage, { type: "safety" }>["answer"];

/**
 * Performs the answer that the user gave in the page.
 * @param number the safety number that the page showed
 * @throws UsageError "number-changed" if it has changed since
 */
export async function answerSafety(
  messenger: SharedMessenger,
  peer: Username,
  answer: Answer,
  number: Shown<"number">,
): Promise<void> {
  switch (answer) {
    case "match":
      return messenger.calls.setVerified({ peer, number });
    case "clear":
      return messenger.calls.setVerified({ peer, number: null });
    case "differ":
      return mismatch(messenger, peer);
    case "paste":
      return comparePasted(messenger, peer, number);
  }
}

async function comparePasted(
  messenger: SharedMessenger,
  peer: Username,
  number: Shown<"number">,
): Promise<void> {
  const pasted = await borrowingFocus(() =>
    vscode.window.showInputBox({
      title: vscode.l10n.t("Safety number with {0}", peer),
      prompt: vscode.l10n.t(
        "Paste the number that {0} gave you another way: in person, on a call, or in signed mail",
        peer,
      ),
      ignoreFocusOut: true,
    }),
  );
  if (pasted === undefined) return;
  if (!sameNumber(pasted, number)) return mismatch(messenger, peer);
  await messenger.calls.setVerified({ peer, number });
}

async function mismatch(messenger: SharedMessenger, peer: Username): Promise<void> {
  await messenger.calls.setVerified({ peer, number: null });
  const chat = directChat(peer);
  const { standing } = messenger.chat(chat);
  const close = vscode.l10n.t("Close Chat");
  const again = vscode.l10n.t("Compare Again");
  const answer = await ask({
    text: vscode.l10n.t("The numbers differ: someone may be intercepting your messages with {0}.", peer),
    detail: vscode.l10n.t(
      "Check that you compared the whole number, with the right person. If it stays different, write nothing secret in this chat, and tell the person who runs the server.",
    ),
    safe: again,
    choices: [close],
  });
  if (answer === again) await run(Command.verifySafetyNumber, chat);
  if (answer === close) await run(Command.closeChat, { chat, standing });
}
