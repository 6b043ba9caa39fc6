/** The questions before a server is started: who can connect, port, where its data goes. */
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import * as vscode from "vscode";
import type { ServerOptions } from "./server-options.ts";

/** The server's own default. */
export const USUAL_PORT = 7750;

export interface WantedServer extends ServerOptions {
  readonly port: number;
  readonly data: string;
}

/** @param usual the folder for data unless another is chosen @returns undefined where the user left */
export async function askServer(usual: string): Promise<WantedServer | undefined> {
  const reach = await askReach(title(1));
  if (reach === undefined) return undefined;
  const port = await askPort(title(2));
  if (port === undefined) return undefined;
  const data = await askFolder(title(3), usual);
  return data === undefined ? undefined : { port, data, ...reach };
}

function title(step: number): string {
  return vscode.l10n.t("Start a Parley server here ({0} of 3)", step);
}

async function askPort(heading: string): Promise<number | undefined> {
  const answer = await vscode.window.showInputBox({
    title: heading,
    prompt: vscode.l10n.t("Port to listen on"),
    value: String(USUAL_PORT),
    ignoreFocusOut: true,
    validateInput: async (value) => {
      const port = Number(value);
      if (!/^\d+$/.test(value) || port < 1 || port > 65_535)
        return vscode.l10n.t("A port is a number from 1 to 65535.");
      return (await isFree(port))
        ? undefined
        : vscode.l10n.t("Port {0} is in use on this computer. Choose another one.", value);
    },
  });
  return answer === undefined ? undefined : Number(answer);
}

type Reach = Pick<ServerOptions, "host" | "address">;

interface ReachItem extends vscode.QuickPickItem {
  /** Absent: a name is to be typed. */
  readonly reach?: Reach;
}

function reachItem(label: string, detail: string, icon: string, reach?: Reach): ReachItem {
  return { label, detail, iconPath: new vscode.ThemeIcon(icon), ...(reach !== undefined && { reach }) };
}

function teamItems(): readonly ReachItem[] {
  return [
    ...ownAddresses().map((address) =>
      reachItem(
        vscode.l10n.t("The team, at {0}", address),
        vscode.l10n.t("Everyone who can reach that address of this computer"),
        "broadcast",
        everywhere(address),
      ),
    ),
    reachItem(
      vscode.l10n.t("The team, by another name or address…"),
      vscode.l10n.t("For example chat.example.org. Goes into the server's certificate and its invites"),
      "edit",
    ),
  ];
}

function askReach(heading: string): Promise<Reach | undefined> {
  const alone = reachItem(
    vscode.l10n.t("This computer only"),
    vscode.l10n.t("To try Parley out. Invites won't work on other computers"),
    "device-desktop",
    {},
  );
  return chooseReach(heading, [...teamItems(), alone]);
}

/** @returns where the team reaches this computer, undefined where the user left */
export function askTeamAddress(heading: string): Promise<Reach | undefined> {
  return chooseReach(heading, teamItems());
}

async function chooseReach(heading: string, items: readonly ReachItem[]): Promise<Reach | undefined> {
  const choice = await vscode.window.showQuickPick(items, {
    ...{ title: heading, placeHolder: vscode.l10n.t("Who should be able to connect?"), ignoreFocusOut: true },
  });
  if (choice === undefined || choice.reach !== undefined) return choice?.reach;
  const { parseHost } = await import("../engine.ts");
  const address = await vscode.window.showInputBox({
    title: heading,
    prompt: vscode.l10n.t("The name or address the team uses to reach this computer"),
    ignoreFocusOut: true,
    validateInput: (value) =>
      value === "" || parseHost(value) !== undefined
        ? undefined
        : vscode.l10n.t("That's neither a name such as chat.example.org nor an address."),
  });
  return address === undefined || address === "" ? undefined : everywhere(address);
}

function everywhere(address: string): Reach {
  return { host: "0.0.0.0", address };
}

function ownAddresses(): readonly string[] {
  return Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .filter(({ internal, family }) => !internal && family === "IPv4")
    .map(({ address }) => address);
}

async function askFolder(heading: string, usual: string): Promise<string | undefined> {
  const own = {
    label: vscode.l10n.t("In Parley's own folder"),
    detail: usual,
    iconPath: new vscode.ThemeIcon("home"),
  };
  const other = {
    label: vscode.l10n.t("In a folder I choose…"),
    iconPath: new vscode.ThemeIcon("folder-opened"),
  };
  const choice = await vscode.window.showQuickPick([own, other], {
    title: heading,
    placeHolder: vscode.l10n.t("Where should it keep its keys and its database?"),
    ignoreFocusOut: true,
  });
  if (choice === own) return usual;
  if (choice === undefined) return undefined;
  const folders = await vscode.window.showOpenDialog({
    canSelectFiles: false,
    canSelectFolders: true,
    openLabel: vscode.l10n.t("Keep It Here"),
  });
  return folders?.[0]?.fsPath;
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, () => server.close(() => resolve(true)));
  });
}
