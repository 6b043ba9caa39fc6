/** Converts the present state to context keys for the manifest's `when` clauses, and to the status bar item. */

import type { Account, Chat, MessengerState, Person } from "../../../messenger/messenger.ts";
import type { Username } from "../../../protocol/names.ts";
import type { ContextKeys } from "../../commands/context-keys.ts";
import { errorCode, errorHelp } from "../error-text.ts";
import { isOpen, peopleBadge } from "../people/people-model.ts";
import type { Side } from "../side.ts";
import type { Translate } from "../translate.ts";

/** The messenger's state, or one of those without a messenger. `failed`: the store could not be opened. */
export type HostState =
  | MessengerState
  | { readonly type: "starting" }
  | { readonly type: "failed"; readonly error: unknown };

export interface Snapshot {
  /** Whether a passphrase is set, entered or not. */
  readonly hasLock: boolean;
  readonly side: Side["type"];
  readonly state: HostState;
  readonly account: Account | undefined;
  readonly people: readonly Person[];
  readonly chats: readonly Chat[];
  /** People whom the server lists as blocked and this store does not. */
  readonly claimedBlocks: readonly Username[];
}

export function contextKeys({
  hasLock,
  side,
  state,
  account,
  people,
  chats,
  claimedBlocks,
}: Snapshot): ContextKeys {
  const members = chats.flatMap((chat) => chat.members);
  return {
    "parley.state": state.type,
    "parley.reason": "error" in state ? (errorCode(state.error) ?? "unknown") : "",
    "parley.side": side,
    "parley.hasAccount": account !== undefined,
    "parley.hasLock": hasLock,
    "parley.othersOnline": people.filter((person) => person.online).length,
    "parley.requests": chats.filter((chat) => chat.phase === "invited").length,
    "parley.chats": chats.length,
    "parley.openChats": chats.filter((chat) => isOpen(chat)).length,
    "parley.establishedChats": chats.filter((chat) => chat.phase === "open").length,
    "parley.unreadChats": chats.filter((chat) => chat.unread > 0).length,
    "parley.changedKeys": chats.filter((chat) => chat.phase === "key-changed").length,
    "parley.pinnedKeys": members.filter(({ trust }) => trust === "pinned" || trust === "verified").length,
    "parley.verifiedKeys": members.filter(({ trust }) => trust === "verified").length,
    "parley.blockedPeople": members.filter(({ blocked }) => blocked).length,
    "parley.claimedBlocks": claimedBlocks.length,
  };
}

/** Returns a sentence with the reason why nothing can be sent now, or "" while online. */
export function connectionText(
  { state, account }: Pick<Snapshot, "state" | "account">,
  t: Translate,
): string {
  const about = account === undefined ? {} : { host: account.host, name: account.name };
  switch (state.type) {
    case "online":
      return "";
    case "starting":
      return t("Parley is starting.");
    case "no-account":
      return t("You haven't joined a server yet.");
    case "signed-out":
      return t("You're signed out.");
    case "connecting":
      return t("Connecting to {0}…", account?.host ?? t("the server"));
    case "waiting":
    case "stopped":
    case "failed":
      return errorHelp(state.error, t, about).text;
  }
}

export interface StatusModel {
  /** May contain `$(icon)`. */
  readonly text: string;
  readonly tooltip: string;
  readonly spoken: string;
  readonly fault: boolean;
}

/** Whether "do not disturb" and "appear offline" are on. */
export interface Retreat {
  readonly quiet: boolean;
  readonly invisible: boolean;
}

export function statusModel(
  snapshot: Snapshot,
  t: Translate,
  { quiet, invisible }: Retreat = { quiet: false, invisible: false },
): StatusModel {
  const { state, account, chats } = snapshot;
  const trouble = connectionText(snapshot, t);
  const fault = "error" in state && state.type !== "waiting" && errorHelp(state.error, t).fault;
  if (state.type === "online" && account !== undefined) {
    const badge = peopleBadge(chats, t);
    const where = t("{0} on {1}", account.name, account.host);
    const retreat = quiet ? "$(bell-slash)" : invisible ? "$(eye-closed)" : undefined;
    const lines = [
      t("Parley: online as {0}", where),
      ...(badge === undefined ? [] : [badge.tooltip]),
      ...(quiet ? [t("Do not disturb is on")] : []),
      ...(invisible ? [t("You appear offline to others")] : []),
    ];
    return {
      text:
        badge === undefined
          ? `${retreat ?? "$(comment-discussion)"} ${t("Parley: {0}", account.name)}`
          : `${retreat ?? "$(comment-unresolved)"} ${t("Parley: {0} ({1})", account.name, badge.value)}`,
      tooltip: lines.join("\n"),
      spoken: lines.join(", "),
      fault,
    };
  }
  return {
    text: `${statusIcon(state, fault)} ${statusWord(state, t)}`,
    tooltip: trouble,
    spoken: t("Parley: {0}", trouble),
    fault,
  };
}

/** Whether Parley is in use in another window or on another computer. */
function isElsewhere(error: unknown): boolean {
  const code = errorCode(error);
  return code === "in-use" || code === "superseded";
}

function isLocked(state: HostState): boolean {
  return "error" in state && errorCode(state.error) === "locked";
}

function statusIcon(state: HostState, fault: boolean): string {
  if (fault) return "$(error)";
  if (isLocked(state)) return "$(lock)";
  if (state.type === "starting" || state.type === "connecting") return "$(sync~spin)";
  return state.type === "waiting" || state.type === "stopped"
    ? "$(debug-disconnect)"
    : "$(comment-discussion)";
}

function statusWord(state: HostState, t: Translate): string {
  switch (state.type) {
    case "online":
    case "starting":
    case "no-account":
      return t("Parley");
    case "signed-out":
      return t("Parley: signed out");
    case "connecting":
      return t("Parley: connecting");
    case "waiting":
      return t("Parley: offline");
    case "stopped":
    case "failed":
      if (isLocked(state)) return t("Parley: locked");
      return isElsewhere(state.error) ? t("Parley: in another window") : t("Parley: stopped");
  }
}
