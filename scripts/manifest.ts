/** Writes the commands, menus, keys and welcome content of package.json from the tables in extension/commands. */
import { readFileSync } from "node:fs";
import { commandRows } from "../extension/commands/table.ts";
import { chatListWelcome, welcomeViews } from "../extension/commands/welcome-views.ts";
import { all, type Clause } from "../extension/commands/when.ts";
import { Command, View } from "../extension/ids.ts";

export const MANIFEST = "package.json";

interface MenuEntry {
  readonly command: string;
  readonly when: string;
  readonly group?: string;
}

/** Returns the package.json that the table requires. */
export function manifest(): string {
  const text = JSON.parse(readFileSync(MANIFEST, "utf8")) as { contributes: object };
  const contributes = {
    ...text.contributes,
    commands: commands(),
    menus: menus(),
    keybindings: keybindings(),
    viewsWelcome: [...welcome(View.people, welcomeViews), ...welcome(View.chatList, chatListWelcome)],
  };
  return `${JSON.stringify({ ...text, contributes }, null, 2)}\n`;
}

function welcome(view: string, contents: Readonly<Record<string, Clause>>) {
  return Object.entries(contents).map(([name, { text }]) => ({
    view,
    contents: `%welcome.${name}%`,
    when: text,
  }));
}

function commands() {
  return commandRows.map(([name, { icon, enabled }]) => ({
    command: Command[name],
    title: `%command.${name}%`,
    category: "Parley",
    icon: `$(${icon})`,
    ...(enabled !== undefined && { enablement: enabled.text }),
  }));
}

function menus(): Readonly<Record<string, readonly MenuEntry[]>> {
  const palette = commandRows.flatMap(([name, { when }]) =>
    when === undefined ? [] : [{ command: Command[name], when: when.text }],
  );
  const menus: Record<string, MenuEntry[]> = { commandPalette: palette };
  for (const [name, { when, places = [] }] of commandRows)
    for (const place of places) {
      if (place.in === "statusMenu" || place.in === "chatMenu") continue;
      const clause: Clause = place.inherits && when !== undefined ? all(place.when, when) : place.when;
      menus[place.in] ??= [];
      menus[place.in]?.push({ command: Command[name], when: clause.text, group: place.group });
    }
  return menus;
}

function keybindings() {
  return commandRows.flatMap(([name, { when, key }]) => {
    if (key === undefined) return [];
    const clause = key.when ?? when;
    return {
      command: Command[name],
      key: key.press,
      mac: key.press.replaceAll("ctrl", "cmd"),
      ...(clause !== undefined && { when: clause.text }),
    };
  });
}
