/**
 * The files of one chat that aren't a message yet, for its page: those attached to the draft, and those on their way. The messenger keeps
 * them; this passes on what the page asks for, and tells the page what became of it.
 */
import * as vscode from "vscode";
import type { ChatId, Parcel, Transfer } from "../../../../messenger/model.ts";
import type { SharedMessenger } from "../../../../messenger/sharing/shared-messenger.ts";
import type { FilePlace } from "../../../../messenger/store/file-folder.ts";
import type { MessageId } from "../../../../protocol/names.ts";
import type { PageMessage } from "../../../contract/page-message.ts";
import type { HostMessage } from "../../../contract/panel.ts";
import { errorHelp } from "../../error-text.ts";
import type { Side } from "../../side.ts";
import { attachUri, nameOf, randomId, UnattachableError } from "./attaching.ts";
import { chooseFiles } from "./choose-files.ts";
import { droppedFile } from "./dropped-files.ts";
import { IncomingFile } from "./incoming-file.ts";
import { sendingOf, shareDone, shownDraft } from "./shown-files.ts";

type Asked<Type extends PageMessage["type"]> = Extract<PageMessage, { type: Type }>;

type AboutFiles =
  | "attachPiece"
  | "stopPieces"
  | "attachDropped"
  | "pickFiles"
  | "detachFile"
  | "describeFile"
  | "resendFiles"
  | "cancelFiles";

export interface SendFilesParts {
  readonly chat: ChatId;
  readonly messenger: SharedMessenger;
  readonly side: Side;
  /** Posts to the page. @returns whether there is one */
  readonly post: (message: HostMessage) => boolean;
  readonly log: (error: unknown) => void;
}

export class SendFiles {
  readonly #parts: SendFilesParts;
  #parcels: readonly Parcel[] = [];
  /** The names of files that this window reads, by any unique value. */
  readonly #adding = new Map<object, string>();
  readonly #incoming: IncomingFile;
  /** Pictures that the page has. */
  readonly #pictures = new Set<FilePlace>();
  /** Sentences for a page that has yet to load. */
  readonly #unsaid: string[] = [];
  #reading: Promise<void> = Promise.resolve();
  /** The id of the message that files become, where none are attached yet. */
  #next = randomId() as MessageId;

  constructor(parts: SendFilesParts) {
    this.#parts = parts;
    const { chat, messenger, post, log } = parts;
    this.#incoming = new IncomingFile({
      calls: messenger.calls,
      parcel: () => ({ chat, id: this.#draft }),
      newKey: randomId,
      complete: () => this.refresh(), // the page has the file before it can send without it
      taken: (file) => void post({ type: "pieceTaken", file }),
      refused: (file, name, error) =>
        void post({ type: "notAttached", file, text: this.#whyNot(name, error) }),
      log,
    });
  }

  /** Handles a message of the page, except the one that sends the files. */
  async handle(message: Asked<AboutFiles>): Promise<void> {
    switch (message.type) {
      case "attachPiece":
        return this.#incoming.piece(message);
      case "stopPieces":
        return this.#incoming.stop(message.file);
      case "attachDropped":
        return this.#dropped(message);
      case "pickFiles":
        return this.#pick();
      case "detachFile":
        return this.#detach(message);
      case "describeFile":
        return this.#describe(message);
      case "resendFiles":
        return this.#resend(message);
      case "cancelFiles":
        return this.#cancel(message);
    }
  }

  /** Tells a new page everything. */
  async begin(): Promise<void> {
    this.#pictures.clear();
    for (const text of this.#unsaid.splice(0)) this.#refuse(text);
    await this.refresh();
  }

  /** Gives up the file that a page was sending: it is gone. */
  pageGone(): void {
    const name = this.#incoming.end();
    if (name !== undefined)
      this.#refuse(
        vscode.l10n.t("{0} wasn't attached, since its chat was hidden before all of it was read.", name),
      );
  }

  dispose(): void {
    this.#incoming.end();
  }

  /** Reads the chat's parcels again, and posts them. */
  refresh(): Promise<void> {
    this.#reading = this.#reading.catch(() => undefined).then(() => this.#read());
    return this.#reading;
  }

  async #read(): Promise<void> {
    const { messenger, chat, log } = this.#parts;
    this.#parcels = await messenger.calls.parcels({ chat });
    if (this.#parcels.some(({ id }) => id === this.#next)) this.#next = randomId() as MessageId;
    this.#tell();
    this.#pictureMissing().catch(log);
  }

  progress({ id, item, way, done }: Transfer): void {
    if (way !== "up") return;
    const parcel = this.#parcels.find((one) => one.id === id);
    if (parcel === undefined) return;
    const files = parcel.files.map((file, at) => (at === item ? { ...file, done } : file));
    this.#parcels = this.#parcels.map((one) => (one === parcel ? { ...one, files } : one));
    this.#parts.post({ type: "filesProgress", id, done: shareDone(files) });
  }

  /** Attaches files that the user chose in this window. A file that can't be attached is named in the page. */
  async attach(uris: readonly vscode.Uri[]): Promise<void> {
    const { messenger, chat } = this.#parts;
    const id = this.#draft;
    for (const uri of uris) {
      const key = {};
      this.#adding.set(key, nameOf(uri));
      this.#tell();
      try {
        await attachUri(messenger, { chat, id }, uri);
      } catch (error) {
        this.#refuse(this.#whyNot(nameOf(uri), error));
      } finally {
        this.#adding.delete(key);
        await this.refresh();
      }
    }
  }

  async #pick(): Promise<void> {
    const uris = await chooseFiles();
    if (uris !== undefined) await this.attach(uris);
  }

  async #dropped({ uris }: Asked<"attachDropped">): Promise<void> {
    const files = await Promise.all(uris.map((uri) => droppedFile(uri, this.#parts.side)));
    const known = files.filter((file) => file !== undefined);
    if (known.length < files.length)
      this.#refuse(
        vscode.l10n.t(
          "Only files in this window's folders can be dropped from the editor. Use Attach Files for others.",
        ),
      );
    if (known.length > 0) await this.attach(known);
  }

  async #detach({ copy }: Asked<"detachFile">): Promise<void> {
    const { messenger, chat } = this.#parts;
    const parcel = this.#parcelOf(copy);
    if (parcel === undefined) return;
    const { files } = await messenger.calls.detachFile({ chat, id: parcel.id, copy: copy as FilePlace });
    if (files.length === 0) await messenger.calls.cancelFiles({ chat, id: parcel.id });
  }

  async #describe({ copy, description, preview }: Asked<"describeFile">): Promise<void> {
    const { messenger, chat } = this.#parts;
    const parcel = this.#parcelOf(copy);
    if (parcel === undefined) return;
    await messenger.calls.describeFile({
      ...{ chat, id: parcel.id, copy: copy as FilePlace },
      ...(description !== undefined && { description }),
      ...(preview !== undefined && { preview: Buffer.from(preview).toString("base64") }),
    });
  }

  /** Sends the attached files as one message. @throws as the call sendFiles: they stay attached */
  async send(id: MessageId, caption: string, replyTo: MessageId | undefined): Promise<void> {
    const { messenger, chat } = this.#parts;
    try {
      await messenger.calls.sendFiles({ chat, id, caption, ...(replyTo !== undefined && { replyTo }) });
    } finally {
      await this.refresh();
    }
  }

  async #resend({ parcel: id }: Asked<"resendFiles">): Promise<void> {
    const failed = this.#parcels.find((one) => one.id === id);
    if (failed !== undefined) await this.send(failed.id, failed.caption, failed.replyTo);
  }

  async #cancel({ parcel: id }: Asked<"cancelFiles">): Promise<void> {
    const { messenger, chat } = this.#parts;
    await messenger.calls.cancelFiles({ chat, id: id as MessageId });
  }

  /** Returns the id of the message that attached files become. */
  get #draft(): MessageId {
    return this.#parcels.find(({ stage }) => stage === "open")?.id ?? this.#next;
  }

  #parcelOf(copy: string): Parcel | undefined {
    return this.#parcels.find(({ files }) => files.some((file) => file.copy === copy));
  }

  #tell(): void {
    const draft = shownDraft(this.#parcels);
    this.#parts.post({
      type: "files",
      ...(draft !== undefined && { draft }),
      adding: [...this.#adding.values()],
      sending: sendingOf(this.#parcels, this.#parts.messenger.chat(this.#parts.chat).title, vscode.l10n.t),
    });
  }

  /** Posts the pictures that are attached and not in the page yet. */
  async #pictureMissing(): Promise<void> {
    const { messenger, chat, post } = this.#parts;
    const open = this.#parcels.find(({ stage }) => stage === "open");
    for (const { copy, picture } of open?.files ?? []) {
      if (open === undefined || picture === undefined || this.#pictures.has(copy)) continue;
      this.#pictures.add(copy);
      const found = await messenger.calls.attachedPicture({ chat, id: open.id, copy });
      if (found === undefined) continue;
      const data = Uint8Array.from(Buffer.from(found.data, "base64"));
      if (!post({ type: "attachedPicture", copy, mediaType: found.type, data })) this.#pictures.delete(copy);
    }
  }

  #whyNot(name: string, error: unknown): string {
    this.#parts.log(error);
    const reason = error instanceof UnattachableError ? error.reason : undefined;
    if (reason === "folder")
      return vscode.l10n.t("{0} is a folder. Pack it into an archive, and attach that.", name);
    if (reason === "too-far")
      return vscode.l10n.t(
        "{0} is too large to be read from another computer. Save it on this one first.",
        name,
      );
    if (error instanceof vscode.FileSystemError)
      return vscode.l10n.t("{0} wasn't attached, since it can't be read.", name);
    return vscode.l10n.t("{0} wasn't attached. {1}", name, errorHelp(error, vscode.l10n.t).text);
  }

  #refuse(text: string): void {
    if (!this.#parts.post({ type: "notAttached", text })) this.#unsaid.push(text);
  }
}
