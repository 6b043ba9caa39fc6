/** Reads a list of URIs that was dropped into a page. A page is not trusted to name files: only those inside the window's folders count. */
import * as vscode from "vscode";
import type { Side } from "../../side.ts";
import { liesIn } from "./inside-folder.ts";

/**
 * @param text a URI, from a page
 * @returns the URI where it is a file in one of the window's folders, also after following links
 */
export async function droppedFile(text: string, side: Side): Promise<vscode.Uri | undefined> {
  const uri = inThisHost(parsed(text), side);
  const folder = uri && vscode.workspace.getWorkspaceFolder(uri);
  if (uri === undefined || folder === undefined) return undefined;
  // Of other schemes, a provider of the window's folders resolves the path.
  if (uri.scheme !== "file") return uri.path.split("/").includes("..") ? undefined : uri;
  return (await liesIn(folder.uri.fsPath, uri.fsPath)) ? uri : undefined;
}

function parsed(text: string): vscode.Uri | undefined {
  try {
    return vscode.Uri.parse(text, true);
  } catch {
    return undefined;
  }
}

/** The editor's window names a remote's files by the remote. Where Parley runs there too, they are files of its own computer. */
function inThisHost(uri: vscode.Uri | undefined, { type }: Side): vscode.Uri | undefined {
  const isRemote = uri?.scheme === "vscode-remote" && vscode.env.remoteName !== undefined;
  return isRemote && type !== "local" ? uri.with({ scheme: "file", authority: "" }) : uri;
}
