/** Carries out the page's requests about the files of its chat: download, stop, save, open, and the bytes of pictures. */
import * as vscode from "vscode";
import { filesOf } from "../../../../messenger/kinds/body.ts";
import type { ChatId, ChatMessage } from "../../../../messenger/model.ts";
import type { SharedMessenger } from "../../../../messenger/sharing/shared-messenger.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import type { PageMessage } from "../../../contract/page-message.ts";
import type { HostMessage } from "../../../contract/panel.ts";
import type { ErrorReporter } from "../../error-reporter.ts";
import { errorCode, errorHelp } from "../../error-text.ts";
import type { MessengerHost } from "../../messenger-host.ts";
import { GivenFiles } from "./given-files.ts";
import { PictureFeed } from "./picture-feed.ts";
import { askWhere } from "./save-dialog.ts";
import type { TextFiles } from "./text-files.ts";

type FileRequest = Extract<PageMessage, { type: "file" | "picture" | "pictureGone" }>;
type Does = Extract<FileRequest, { type: "file" }>["does"];

export interface ChatFilesParts {
  readonly chat: ChatId;
  readonly messenger: SharedMessenger;
  readonly host: MessengerHost;
  readonly errors: ErrorReporter;
  readonly texts: TextFiles;
  /** @returns false where there is no page */
  readonly post: (message: HostMessage) => boolean;
}

export class ChatFiles implements vscode.Disposable {
  readonly #parts: ChatFilesParts;
  readonly #pictures: PictureFeed;
  readonly #listener: vscode.Disposable;
  readonly #given = new GivenFiles();

  constructor(parts: ChatFilesParts) {
    this.#parts = parts;
    const { chat, messenger, host, errors, post } = parts;
    const failed = (error: unknown) => errors.log(error);
    this.#pictures = new PictureFeed({ chat, calls: messenger.calls, post, failed });
    this.#listener = vscode.Disposable.from(
      host.on("transfer", ({ chat: of, id, item, way, done }) => {
        if (of === chat && way === "down") post({ type: "fetched", id, item, done });
      }),
      host.on("removed", ({ chat: of, ids }) => {
        if (of === chat) this.#given.removes(ids);
      }),
    );
  }

  /** Notes that the page gets a message. */
  gives(message: Pick<ChatMessage, "id" | "files">): void {
    this.#given.gives(message);
  }

  /** Notes that VS Code has discarded the page. */
  pageGone(): void {
    this.#given.clear();
    this.#pictures.pageGone();
  }

  dispose(): void {
    this.#listener.dispose();
    this.pageGone();
  }

  async handle(request: FileRequest): Promise<void> {
    const { id, item } = request;
    if (request.type !== "pictureGone" && !this.#given.has({ id, item })) return;
    switch (request.type) {
      case "picture":
        return this.#pictures.ask({ id, item });
      case "pictureGone":
        return this.#pictures.gone({ id, item });
      case "file":
        return this.#act(request.does, id as MessageId, item); // parsePageMessage has checked the form
    }
  }

  async #act(does: Does, id: MessageId, item: number): Promise<void> {
    const { chat, messenger, post, errors } = this.#parts;
    const file = { chat, id, item };
    try {
      switch (does) {
        case "download":
          return await messenger.calls.fetchFile(file);
        case "stop":
          return await messenger.calls.stopFile(file);
        case "save":
          return await this.#save(file);
        case "open":
          return await this.#open(file);
      }
    } catch (error) {
      if (errorCode(error) === "cancelled" || (await this.#isTold(file))) return;
      errors.log(error);
      post({ type: "fileFailed", id, item, text: errorHelp(error, vscode.l10n.t).text });
    }
  }

  async #save(file: { readonly chat: ChatId; readonly id: MessageId; readonly item: number }): Promise<void> {
    const { calls } = this.#parts.messenger;
    const sent = await this.#file(file);
    if (sent === undefined) return;
    const where = await askWhere(sent.name);
    if (where !== undefined) await calls.saveFile({ ...file, ...where });
  }

  async #open(file: { readonly chat: ChatId; readonly id: MessageId; readonly item: number }): Promise<void> {
    const { messenger, texts, post } = this.#parts;
    const sent = await this.#file(file);
    if (sent === undefined) return;
    await messenger.calls.fetchFile(file);
    if (await texts.open(file, sent.name)) return;
    const text = vscode.l10n.t(
      "Only text of up to 5 MB opens here. Save the file to use it in another program.",
    );
    post({ type: "fileFailed", id: file.id, item: file.item, text });
  }

  async #file({ chat, id, item }: { readonly chat: ChatId; readonly id: MessageId; readonly item: number }) {
    const [message] = await this.#parts.messenger.calls.messagesById({ chat, ids: [id] });
    return message && filesOf(message.body)[item];
  }

  /** @returns whether the file's state already says what became of it: it waits for a connection, or is gone or damaged */
  async #isTold({ id, item }: { readonly id: MessageId; readonly item: number }): Promise<boolean> {
    const { chat, messenger } = this.#parts;
    const [message] = await messenger.calls.messagesById({ chat, ids: [id] }).catch(() => []);
    const state = message?.files?.[item]?.type;
    return state === "fetching" || state === "gone" || state === "damaged";
  }
}
