/** Builds the menu at the top of a chat's page from the table of commands. */
import type { Chat } from "../../../messenger/messenger.ts";
import type { ChatCondition } from "../../commands/row.ts";
import { commandRows } from "../../commands/table.ts";
import { type ChatMenuItem, isMenuCommand, type PanelHeader } from "../../contract/panel.ts";
import { Command } from "../../ids.ts";
import type { TitleOf } from "../command-titles.ts";

/** @returns the items for a chat in that phase and place, grouped and ordered as the table says */
export function chatMenu(
  phase: Chat["phase"],
  shownIn: PanelHeader["shownIn"],
  titleOf: TitleOf,
): ChatMenuItem[][] {
  const holds: Readonly<Record<ChatCondition, boolean>> = {
    any: true,
    open: phase === "open" || phase === "establishing",
    inEditor: shownIn === "editor",
    inSideBar: shownIn === "sideBar",
  };
  const placed = commandRows
    .flatMap(([command, { places = [] }]) =>
      places.flatMap((place) =>
        place.in === "chatMenu" && isMenuCommand(command) && holds[place.chat]
          ? [{ ...place, item: { command, title: titleOf(Command[command]).title } }]
          : [],
      ),
    )
    .sort((one, other) => one.order - other.order);
  const groups = [...new Set(placed.map(({ group }) => group))].sort();
  return groups.map((group) => placed.filter((one) => one.group === group).map(({ item }) => item));
}
