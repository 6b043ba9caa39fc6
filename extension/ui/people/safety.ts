/** The commands that compare safety numbers and decide about a changed key. */
import * as vscode from "vscode";
import { directChat, partner } from "../../../messenger/chats/direct.ts";
import type { ChangedNumbers } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { ask } from "../question.ts";
import { shownIn } from "../shown-in.ts";
import { chatsThat, pickChat } from "./pick-chat.ts";
import { numberLines } from "./safety-number-text.ts";
import { aboutPerson } from "./talk.ts";

export function verifySafetyNumber(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Verify a safety number"),
    placeholder: vscode.l10n.t("Choose a chat"),
  };
  const one = async (messenger: SharedMessenger) => {
    const known = chatsThat(messenger, (chat) => partner(chat).trust !== "unknown");
    const active = parley.panels.activeChat;
    return active !== undefined && known.includes(active) ? active : pickChat(messenger, known, text);
  };
  return aboutPerson(parley, argument, one, (messenger, peer) => verify(parley, messenger, peer));
}

async function verify(parley: Parley, messenger: SharedMessenger, peer: Username): Promise<void> {
  const chat = directChat(peer);
  const { trust } = partner(messenger.chat(chat));
  if (trust === "changed") return decideAboutKey(messenger, peer);
  const number = await messenger.calls.safetyNumber({ peer });
  if (number === undefined) {
    inform(vscode.l10n.t("There's no safety number with {0} yet. You get one with your first chat.", peer));
    return;
  }
  await parley.panels.compare(chat, {
    number,
    verified: trust === "verified",
    mine: messenger.account?.fingerprint ?? "",
    theirs: messenger.people().find((person) => person.name === peer)?.fingerprint ?? "",
  });
}

export function acceptNewKey(parley: Parley, argument: unknown): Promise<void> {
  return aboutPerson(parley, argument, pickChanged, decideAboutKey);
}

/** Keeps the pinned key. Shows both keys first if they were not on screen, as in a call by another extension. */
export function keepOldKey(parley: Parley, argument: unknown): Promise<void> {
  const change = shownIn(argument, "keyChange");
  return aboutPerson(parley, argument, pickChanged, (messenger, peer) =>
    change === undefined ? decideAboutKey(messenger, peer) : messenger.calls.keepOldKey({ peer, change }),
  );
}

async function decideAboutKey(messenger: SharedMessenger, peer: Username): Promise<void> {
  const changed = await messenger.calls.changedNumbers({ peer });
  if (changed === undefined) return;
  const trust = vscode.l10n.t("Trust the New Key");
  const keep = vscode.l10n.t("Keep the Old Key");
  const copy = vscode.l10n.t("Copy Both Numbers");
  const detail = bothKeys(peer, changed).join("\n");
  const answer = await ask({
    text: vscode.l10n.t("The key of {0} has changed", peer),
    ...{ detail, safe: copy, choices: [keep, trust] },
  });
  if (answer === copy) {
    await vscode.env.clipboard.writeText(detail);
    return decideAboutKey(messenger, peer);
  }
  if (answer === trust) await messenger.calls.acceptNewKey({ peer, change: changed.shown });
  if (answer === keep) await messenger.calls.keepOldKey({ peer, change: changed.shown });
}

function bothKeys(peer: Username, changed: ChangedNumbers): readonly string[] {
  return [
    vscode.l10n.t(
      "This happens when {0} joins again, for example on another computer. It also happens when someone pretends to be {0}. Ask them another way, and compare the number of the new key.",
      peer,
    ),
    "",
    vscode.l10n.t("New key: {0}", changed.offered),
    ...numberLines(changed.offeredNumber),
    "",
    vscode.l10n.t("Old key: {0}", changed.pinned),
    ...numberLines(changed.pinnedNumber),
  ];
}

async function pickChanged(messenger: SharedMessenger): Promise<ChatId | undefined> {
  const changed = chatsThat(messenger, (chat) => chat.phase === "key-changed");
  const text = { title: vscode.l10n.t("Review a changed key"), placeholder: vscode.l10n.t("Choose a chat") };
  return changed.length === 1 ? changed[0] : pickChat(messenger, changed, text);
}
