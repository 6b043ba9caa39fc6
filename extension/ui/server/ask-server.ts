/** Asks for the options of a new server: reach, port, data folder. */
import { createServer } from "node:net";
import { networkInterfaces } from "node:os";
import * as vscode from "vscode";
import { type Answer, BACK, inSteps } from "../step-order.ts";
import { askChoice, askText, type Heading } from "../steps.ts";
import type { ServerOptions } from "./server-options.ts";

/** The server's default port. */
export const USUAL_PORT = 7750;

export interface WantedServer extends ServerOptions {
  readonly port: number;
  readonly data: string;
}

/** Asks for the options of a new server. @param usual the default folder for data @returns undefined if the user cancelled */
export async function askServer(usual: string): Promise<WantedServer | undefined> {
  let reach: Reach = {};
  let port = USUAL_PORT;
  let data = usual;
  const whole = await inSteps([
    async () => {
      const answer = await askReach(heading(1));
      if (typeof answer !== "object") return answer;
      reach = answer;
      return "done";
    },
    async () => {
      const answer = await askPort(heading(2), port);
      if (typeof answer !== "number") return answer;
      port = answer;
      return "done";
    },
    async () => {
      const answer = await askFolder(heading(3), usual);
      if (typeof answer !== "string") return answer;
      data = answer;
      return "done";
    },
  ]);
  return whole ? { port, data, ...reach } : undefined;
}

function heading(step: number): Heading {
  return { title: vscode.l10n.t("Start a Parley server here"), step, totalSteps: 3 };
}

async function askPort(heading: Heading, value: number): Promise<Answer<number>> {
  const answer = await askText(heading, {
    prompt: vscode.l10n.t("Port to listen on"),
    value: String(value),
    validate: async (typed) => {
      const port = Number(typed);
      if (!/^\d+$/.test(typed) || port < 1 || port > 65_535)
        return vscode.l10n.t("A port is a number from 1 to 65535.");
      return (await isFree(port))
        ? undefined
        : vscode.l10n.t("Port {0} is in use on this computer. Choose another one.", typed);
    },
  });
  return typeof answer === "string" ? Number(answer) : answer;
}

type Reach = Pick<ServerOptions, "host" | "address">;

interface ReachItem extends vscode.QuickPickItem {
  /** Absent for the item that lets the user type an address. */
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

function askReach(heading: Heading): Promise<Answer<Reach>> {
  const alone = reachItem(
    vscode.l10n.t("This computer only"),
    vscode.l10n.t("To try Parley out. Invites won't work on other computers"),
    "device-desktop",
    {},
  );
  return chooseReach(heading, [...teamItems(), alone]);
}

/** @returns the address at which the team reaches this computer, or undefined if the user cancelled */
export async function askTeamAddress(title: string): Promise<Reach | undefined> {
  const answer = await chooseReach({ title }, teamItems());
  return answer === BACK ? undefined : answer;
}

async function chooseReach(heading: Heading, items: readonly ReachItem[]): Promise<Answer<Reach>> {
  for (;;) {
    const choice = await askChoice(heading, items, vscode.l10n.t("Who should be able to connect?"));
    if (choice === undefined || choice === BACK || choice.reach !== undefined)
      return typeof choice === "object" ? choice.reach : choice;
    const address = await askAddress(heading.title);
    if (address !== BACK) return address === undefined ? undefined : everywhere(address);
  }
}

async function askAddress(title: string): Promise<Answer<string>> {
  const { parseHost } = await import("../../engine.ts");
  return askText(
    { title, back: true },
    {
      prompt: vscode.l10n.t("The name or address the team uses to reach this computer"),
      validate: (value) =>
        parseHost(value) === undefined
          ? vscode.l10n.t("That's neither a name such as chat.example.org nor an address.")
          : undefined,
    },
  );
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

async function askFolder(heading: Heading, usual: string): Promise<Answer<string>> {
  const own = {
    label: vscode.l10n.t("In Parley's own folder"),
    detail: usual,
    iconPath: new vscode.ThemeIcon("home"),
  };
  const other = {
    label: vscode.l10n.t("In a folder I choose…"),
    iconPath: new vscode.ThemeIcon("folder-opened"),
  };
  const placeholder = vscode.l10n.t("Where should it keep its keys and its database?");
  const choice = await askChoice<vscode.QuickPickItem>(heading, [own, other], placeholder);
  if (choice === own) return usual;
  if (choice !== other) return choice === BACK ? BACK : undefined;
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
