/** The commands that block and unblock people. */
import * as vscode from "vscode";
import { directChat, partner } from "../../../messenger/chats/direct.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { SharedMessenger } from "../../../messenger/sharing/shared-messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import { inform } from "../editor.ts";
import type { Parley } from "../parley.ts";
import { ask } from "../question.ts";
import { shownIn } from "../shown-in.ts";
import { chatsThat, type PickText, pickChat, pickOrTypePerson } from "./pick-chat.ts";
import { aboutPerson } from "./talk.ts";

export function block(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Block someone"),
    placeholder: vscode.l10n.t("Choose a person, or type a name"),
  };
  const one = (messenger: SharedMessenger) => {
    const people = messenger.people().map((person) => directChat(person.name));
    const asking = chatsThat(messenger, (chat) => chat.phase === "invited");
    const candidates = [...new Set([...asking, ...people])].filter(
      (chat) => !partner(messenger.chat(chat)).blocked,
    );
    return pickOrTypePerson(messenger, candidates, text);
  };
  return aboutPerson(parley, argument, one, (messenger, peer) => blockOnceSure(messenger, peer, argument));
}

/** Keeps a block that only the server lists: blocks the person here too. */
export function keepBlock(parley: Parley, argument: unknown): Promise<void> {
  const text = { title: claimedTitle(), placeholder: vscode.l10n.t("Choose whom to keep blocked") };
  return aboutPerson(
    parley,
    argument,
    (messenger) => pickClaimed(messenger, text),
    (messenger, peer) => blockOnceSure(messenger, peer, argument),
  );
}

/** Lifts a block that only the server lists. */
export function liftBlock(parley: Parley, argument: unknown): Promise<void> {
  const text = { title: claimedTitle(), placeholder: vscode.l10n.t("Choose whose block to lift") };
  return aboutPerson(
    parley,
    argument,
    (messenger) => pickClaimed(messenger, text),
    async (messenger, peer) => {
      await messenger.calls.unblock({ peer });
      inform(vscode.l10n.t("{0} can reach you again.", peer));
    },
  );
}

const claimedTitle = () => vscode.l10n.t("Blocked, the server says, but not on this computer");

function pickClaimed(messenger: SharedMessenger, text: PickText): Promise<ChatId | undefined> {
  return pickChat(messenger, messenger.claimedBlocks().map(directChat), text);
}

async function blockOnceSure(messenger: SharedMessenger, peer: Username, argument: unknown): Promise<void> {
  const yes = vscode.l10n.t("Block");
  const { request } = messenger.chat(directChat(peer));
  const answered = shownIn(argument, "request") ?? request?.shown ?? null;
  const key = request === undefined ? [] : [vscode.l10n.t("Key of their request: {0}", request.fingerprint)];
  const answer = await ask({
    text: vscode.l10n.t("Block {0}?", peer),
    detail: [
      vscode.l10n.t(
        "Nothing from {0} reaches you any more, and {0} sees you as offline. They aren't told. Your chat with them ends, but its messages stay here.",
        peer,
      ),
      ...key,
    ].join("\n\n"),
    safe: vscode.l10n.t("Don't Block"),
    choices: [yes],
  });
  if (answer === yes) await messenger.calls.block({ peer, request: answered });
}

/** Unblocks a person. Without an argument, asks which. */
export function unblock(parley: Parley, argument: unknown): Promise<void> {
  const text = {
    title: vscode.l10n.t("Blocked people"),
    placeholder: vscode.l10n.t("Choose whom to unblock"),
  };
  const one = async (messenger: SharedMessenger): Promise<ChatId | undefined> => {
    const blocked = await messenger.calls.blocked();
    if (blocked.length > 0) return pickChat(messenger, blocked.map(directChat), text);
    inform(vscode.l10n.t("You haven't blocked anyone."));
    return undefined;
  };
  return aboutPerson(parley, argument, one, async (messenger, peer) => {
    await messenger.calls.unblock({ peer });
    inform(vscode.l10n.t("You unblocked {0}. To talk, one of you asks again.", peer));
  });
}
