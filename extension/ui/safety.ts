/** Comparing safety numbers, and deciding about a key that changed. */
import * as vscode from "vscode";
import type { Username } from "../../protocol/names.ts";
import { Command } from "../ids.ts";
import type { ChangedNumbers, Shown } from "../messenger/messenger.ts";
import type { SharedMessenger } from "../windows/shared-messenger.ts";
import { inform, run } from "./editor.ts";
import type { Parley } from "./parley.ts";
import { chatPeers, pickPerson } from "./pick-person.ts";
import { ask } from "./question.ts";
import { numberLines, sameNumber } from "./safety-number-text.ts";
import { shownIn } from "./shown-in.ts";
import { about } from "./talk.ts";

export function verifySafetyNumber(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Verify a safety number"),
    placeholder: vscode.l10n.t("Choose a chat"),
  };
  const one = async (messenger: SharedMessenger) => {
    const known = chatPeers(messenger, (chat) => chat.trust !== "unknown");
    const active = parley.panels.activePeer;
    return active !== undefined && known.includes(active) ? active : pickPerson(messenger, known, text);
  };
  return about(parley, argument, one, verify);
}

async function verify(messenger: SharedMessenger, peer: Username): Promise<void> {
  if (messenger.chat(peer).trust === "changed") return decideAboutKey(messenger, peer);
  const number = await messenger.calls.safetyNumber({ peer });
  if (number === undefined) {
    inform(vscode.l10n.t("There's no safety number with {0} yet. You get one with your first chat.", peer));
    return;
  }
  const read = vscode.l10n.t("Compare Line by Line…");
  const differ = vscode.l10n.t("They Don't Match");
  const copy = vscode.l10n.t("Copy Number");
  const paste = vscode.l10n.t("Compare by Pasting…");
  const verified = messenger.chat(peer).trust === "verified";
  const forget = vscode.l10n.t("Clear Verification");
  const answer = await ask({
    text: verified
      ? vscode.l10n.t("You verified {0}", peer)
      : vscode.l10n.t("Compare the safety number with {0}", peer),
    detail: explain(messenger, peer, number),
    safe: copy,
    choices: verified ? [paste, forget] : [read, paste, differ],
    severity: "information",
  });
  if (answer === read) return compareLines(messenger, peer, number);
  if (answer === forget) await messenger.calls.setVerified({ peer, number: null });
  if (answer === differ) await mismatch(messenger, peer);
  if (answer === copy) {
    await vscode.env.clipboard.writeText(numberLines(number).join("\n"));
    return verify(messenger, peer);
  }
  if (answer === paste) return comparePasted(messenger, peer, number);
}

function explain(messenger: SharedMessenger, peer: Username, number: string): string {
  const theirs = messenger.people().find((person) => person.name === peer)?.fingerprint;
  return [
    ...numberLines(number),
    "",
    vscode.l10n.t(
      "If {0} sees the same number, no one is intercepting your messages. Compare it in person or on a call, not in this chat.",
      peer,
    ),
    "",
    vscode.l10n.t("Your key: {0}", messenger.account?.fingerprint ?? ""),
    ...(theirs === undefined ? [] : [vscode.l10n.t("Key of {0}: {1}", peer, theirs)]),
  ].join("\n");
}

/** The match is confirmed line by line, each shown as large as the editor shows anything in a question. */
async function compareLines(
  messenger: SharedMessenger,
  peer: Username,
  number: Shown<"number">,
): Promise<void> {
  const lines = numberLines(number);
  for (const [index, line] of lines.entries()) {
    const same = vscode.l10n.t("Same");
    const different = vscode.l10n.t("Different");
    const answer = await ask({
      text: line,
      detail: vscode.l10n.t(
        "Line {0} of {1}. Read it to {2}, or have {2} read theirs to you, in person or on a call.",
        index + 1,
        lines.length,
        peer,
      ),
      safe: vscode.l10n.t("Not Now"),
      choices: [same, different],
      severity: "information",
    });
    if (answer === different) return mismatch(messenger, peer);
    if (answer !== same) return;
  }
  await messenger.calls.setVerified({ peer, number });
  inform(vscode.l10n.t("The numbers match. {0} is verified.", peer));
}

async function comparePasted(
  messenger: SharedMessenger,
  peer: Username,
  number: Shown<"number">,
): Promise<void> {
  const pasted = await vscode.window.showInputBox({
    title: vscode.l10n.t("Safety number with {0}", peer),
    prompt: vscode.l10n.t(
      "Paste the number that {0} gave you another way: in person, on a call, or in signed mail",
      peer,
    ),
    ignoreFocusOut: true,
  });
  if (pasted === undefined) return;
  if (!sameNumber(pasted, number)) return mismatch(messenger, peer);
  await messenger.calls.setVerified({ peer, number });
  inform(vscode.l10n.t("The numbers match. {0} is verified.", peer));
}

async function mismatch(messenger: SharedMessenger, peer: Username): Promise<void> {
  await messenger.calls.setVerified({ peer, number: null });
  const { standing } = messenger.chat(peer);
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
  if (answer === again) return verify(messenger, peer);
  if (answer === close) await run(Command.closeChat, { peer, standing });
}

export function acceptNewKey(parley: Parley, argument: unknown): Promise<void> {
  return about(parley, argument, pickChanged, decideAboutKey);
}

/** At once where the keys were shown; else, as where another extension calls it, they are shown first. */
export function keepOldKey(parley: Parley, argument: unknown): Promise<void> {
  const change = shownIn(argument, "keyChange");
  return about(parley, argument, pickChanged, (messenger, peer) =>
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

async function pickChanged(messenger: SharedMessenger): Promise<Username | undefined> {
  const changed = chatPeers(messenger, (chat) => chat.phase === "key-changed");
  const text = { title: vscode.l10n.t("Review a changed key"), placeholder: vscode.l10n.t("Choose a chat") };
  return changed.length === 1 ? changed[0] : pickPerson(messenger, changed, text);
}
