/** The view model of the status bar's menu: the commands that apply in the present state, in groups. */
import { type StatusGroup, statusGroups } from "../../commands/row.ts";
import { commandRows } from "../../commands/table.ts";
import { Command, type CommandId } from "../../ids.ts";
import { errorHelp } from "../error-text.ts";
import type { Translate } from "../translate.ts";
import { contextKeys, type Snapshot } from "./state-model.ts";

export interface MenuGroup {
  /** The label of the separator above the group. */
  readonly label: string;
  readonly commands: readonly CommandId[];
}

/** @returns the non-empty groups, most urgent first. Each command is in one group */
export function menuGroups(snapshot: Snapshot, t: Translate): readonly MenuGroup[] {
  const labels: Readonly<Record<StatusGroup, string>> = {
    connection: t("Connection"),
    waiting: t("Waiting for you"),
    chats: t("Chats"),
    you: t("You"),
    account: t("Account"),
    help: t("Help"),
  };
  const taken = new Set<CommandId>();
  return statusGroups
    .map((group) => {
      const applying = applyingCommands(group, snapshot);
      const offered = group === "connection" ? [...helpingCommands(snapshot, t), ...applying] : applying;
      const commands = [...new Set(offered)].filter((command) => !taken.has(command));
      for (const command of commands) taken.add(command);
      return { label: labels[group], commands };
    })
    .filter(({ commands }) => commands.length > 0);
}

function applyingCommands(group: StatusGroup, snapshot: Snapshot): readonly CommandId[] {
  const keys = contextKeys(snapshot);
  return commandRows
    .flatMap(([name, { when, places = [] }]) =>
      places.flatMap((place) =>
        place.in === "statusMenu" &&
        place.group === group &&
        when?.holds(keys) !== false &&
        place.when?.holds(keys) !== false
          ? [{ command: Command[name], order: place.order }]
          : [],
      ),
    )
    .sort((one, other) => one.order - other.order)
    .map(({ command }) => command);
}

/** @returns the commands that help with the error in the present state */
function helpingCommands({ state }: Snapshot, t: Translate): readonly CommandId[] {
  return state.type === "stopped" || state.type === "failed"
    ? errorHelp(state.error, t).next.filter((next) => next !== Command.showLog)
    : [];
}
