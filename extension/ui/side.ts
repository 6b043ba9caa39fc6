/** Determines the side of a remote window (SSH, WSL, container) on which Parley runs, and describes it to the user. */
import type { Translate } from "./translate.ts";

export type Side =
  /** Parley and the window's files are on one computer. Also in a browser, where Parley always runs on the server. */
  | { readonly type: "same" }
  /** Parley runs on the user's own computer, and the window's files are on a remote. */
  | { readonly type: "local"; readonly remote: string }
  /** Parley and the window's files are on a remote. */
  | { readonly type: "remote"; readonly remote: string };

export interface Editor {
  /** `vscode.env.remoteName`. */
  readonly remoteName: string | undefined;
  readonly isBrowser: boolean;
  /** Whether the extension's kind is "ui". */
  readonly runsLocally: boolean;
}

export function sideOf({ remoteName, isBrowser, runsLocally }: Editor): Side {
  if (remoteName === undefined) return { type: "same" };
  if (runsLocally) return { type: "local", remote: remoteName };
  return isBrowser ? { type: "same" } : { type: "remote", remote: remoteName };
}

/** Describes a kind of remote. @param remote `vscode.env.remoteName`. @returns a noun phrase such as "a dev container" */
export function remoteText(remote: string, t: Translate): string {
  switch (remote) {
    case "ssh-remote":
      return t("an SSH host");
    case "wsl":
      return t("WSL");
    case "dev-container":
    case "attached-container":
      return t("a container");
    case "codespaces":
      return t("a codespace");
    case "tunnel":
      return t("a tunnel");
    default:
      return t("a remote ({0})", remote);
  }
}

/** @returns the reason why no server can be started from this window, or undefined */
export function serverObstacle(side: Side, isTrusted: boolean, t: Translate): string | undefined {
  if (side.type === "local")
    return t(
      "Parley runs on your own computer, and this window on {0}, so Parley can't start a server from here. Open a new window without a remote and start it there.",
      remoteText(side.remote, t),
    );
  return isTrusted ? undefined : t("In Restricted Mode you can chat, but Parley can't start a server.");
}

/** @returns the advice for a chosen file that is not on the computer that Parley runs on */
export function otherDiskText(side: Side, t: Translate): string {
  switch (side.type) {
    case "local":
      return t(
        "Parley runs on your own computer, and that file is on {0}. Choose Show Local in the dialog, then a place there.",
        remoteText(side.remote, t),
      );
    case "remote":
      return t(
        "Parley runs on {0}, with this window's files. Choose a place there.",
        remoteText(side.remote, t),
      );
    case "same":
      return t("Choose a place on the computer that Parley runs on.");
  }
}

/** @returns a sentence about the computer that a new account is stored on, or undefined if it is the expected one */
export function accountPlaceText(side: Side, t: Translate): string | undefined {
  if (side.type !== "remote") return undefined;
  return t(
    "Parley is installed on {0}, so your account and messages are there, and in windows on it alone. If it's deleted or rebuilt, they're gone. Save a recovery file and back up. For one account in all windows, install Parley on your own computer.",
    remoteText(side.remote, t),
  );
}
