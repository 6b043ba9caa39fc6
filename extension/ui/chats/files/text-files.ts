/**
 * Texts that people sent, as read-only documents of VS Code: plain text, whatever their names say. A language would wake the extensions that
 * handle it, and JSON's would fetch a schema from any address that the text names.
 */
import * as vscode from "vscode";
import type { ChatId } from "../../../../messenger/model.ts";
import { fileName } from "../../../../messenger/text/file-name.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import type { MessengerHost } from "../../messenger-host.ts";
import { parseChat } from "../parse-chat.ts";

const SCHEME = "parley-file";

interface TextName {
  readonly chat: ChatId;
  readonly id: MessageId;
  readonly item: number;
}

export class TextFiles implements vscode.TextDocumentContentProvider, vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #disposables: readonly vscode.Disposable[];

  constructor(host: MessengerHost) {
    this.#host = host;
    this.#disposables = [
      vscode.workspace.registerTextDocumentContentProvider(SCHEME, this),
      host.on("locked", () => void this.#close(() => true)),
      host.on("changed", () => {
        if (host.messenger?.state.type === "no-account") void this.#close(() => true);
      }),
      host.on(
        "removed",
        ({ chat, ids }) => void this.#close((one) => one.chat === chat && ids.includes(one.id)),
      ),
      host.on("updated", ({ chat, id, files }) => {
        if (files === undefined) void this.#close((one) => one.chat === chat && one.id === id);
      }),
    ];
  }

  /** Opens a file that is here. @param proposed the sender's name for it. @returns false where it isn't text */
  async open(name: TextName, proposed: string): Promise<boolean> {
    if ((await this.#read(name)) === undefined) return false;
    const document = await vscode.workspace.openTextDocument(uriOf(name, proposed));
    if (document.languageId !== "plaintext")
      await vscode.languages.setTextDocumentLanguage(document, "plaintext");
    await vscode.window.showTextDocument(document, { preview: true });
    return true;
  }

  /** Called by VS Code for a document of this scheme, also after a reload. */
  async provideTextDocumentContent(uri: vscode.Uri): Promise<string> {
    const name = await nameIn(uri);
    await this.#host.whenOpen();
    const text = name && (await this.#read(name).catch(() => undefined));
    return text ?? vscode.l10n.t("This file isn't on this computer any more.");
  }

  dispose(): void {
    for (const disposable of this.#disposables) disposable.dispose();
  }

  async #read(name: TextName): Promise<string | undefined> {
    const { calls } = await this.#host.open();
    const parts: Buffer[] = [];
    for (let offset = 0; ; ) {
      const part = await calls.readFile({ ...name, as: "text", offset });
      if (part.kind !== "text") return undefined;
      const data = Buffer.from(part.data, "base64");
      parts.push(data);
      offset += data.length;
      if (data.length === 0 || offset >= part.bytes) return new TextDecoder().decode(Buffer.concat(parts));
    }
  }

  async #close(isGone: (name: TextName) => boolean): Promise<void> {
    for (const tab of vscode.window.tabGroups.all.flatMap(({ tabs }) => tabs)) {
      if (!(tab.input instanceof vscode.TabInputText) || tab.input.uri.scheme !== SCHEME) continue;
      const name = await nameIn(tab.input.uri);
      if (name === undefined || isGone(name)) await vscode.window.tabGroups.close(tab);
    }
  }
}

/** The ending in the label isn't the file's: VS Code chooses no language by it. */
function uriOf({ chat, id, item }: TextName, proposed: string): vscode.Uri {
  const label = vscode.l10n.t("{0} (read-only)", fileName(proposed));
  return vscode.Uri.from({ scheme: SCHEME, path: `/${label}`, query: JSON.stringify({ chat, id, item }) });
}

async function nameIn({ query }: vscode.Uri): Promise<TextName | undefined> {
  try {
    const { id, item, ...rest } = JSON.parse(query);
    const chat = await parseChat(rest);
    const isName = /^[0-9a-f]{32}$/.test(String(id)) && Number.isSafeInteger(item);
    return chat !== undefined && isName ? { chat, id: id as MessageId, item } : undefined;
  } catch {
    return undefined;
  }
}
