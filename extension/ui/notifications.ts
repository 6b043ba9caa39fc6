/** Toasts, and as few as can be: a request to talk, and a message in a chat that is not in view. */
import * as vscode from "vscode";
import type { Username } from "../../protocol/names.ts";
import { NOT_UNDERSTOOD } from "../contract/not-understood.ts";
import { Command, View } from "../ids.ts";
import type { ChatMessage, Person, RequestNote } from "../messenger/messenger.ts";
import type { ChatPanels } from "./chat-panels.ts";
import { run, setting } from "./editor.ts";
import { knownText } from "./known-text.ts";
import type { MessengerHost } from "./messenger-host.ts";
import { noteText } from "./note-text.ts";
import { MAX_TOAST_CHARACTERS, toastText } from "./plain-text.ts";

/** The editor takes an unanswered toast from the screen after some ten seconds; then the next request may show. */
const TOAST_MS = 12_000;

function written(note: RequestNote): string {
  const text = noteText(note, vscode.l10n.t, MAX_TOAST_CHARACTERS);
  return note.kind === "text" ? vscode.l10n.t("They wrote: {0}", text) : text;
}

export class Notifications implements vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #panels: ChatPanels;
  readonly #listeners: readonly vscode.Disposable[];
  /** Chats with a toast that was neither closed nor made pointless by reading. */
  readonly #announced = new Set<Username>();
  #requests: Promise<void> = Promise.resolve();
  /** Whose block, as the server says, was told already. */
  #claimsTold: ReadonlySet<Username> = new Set();

  constructor(host: MessengerHost, panels: ChatPanels) {
    this.#host = host;
    this.#panels = panels;
    this.#listeners = [
      host.onDidRequest((person) => this.#queueRequest(person)),
      host.onDidTell((message) => void this.#tellMessage(message)),
      host.onDidChange(() => {
        this.#forgetRead();
        void this.#tellClaims();
      }),
    ];
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
  }

  /** Requests are shown one at a time, in their order. */
  #queueRequest(person: Person): void {
    this.#requests = this.#requests.then(() => this.#tellRequest(person));
  }

  /** Held while the user does not want to be disturbed: the view and its badge have it. */
  async #isQuiet(peer: Username): Promise<boolean> {
    const messenger = this.#host.messenger;
    if (messenger === undefined || messenger.chat(peer).muted !== "no") return true;
    return (await messenger.quietUntil().catch(() => null)) !== null;
  }

  async #tellRequest(person: Person): Promise<void> {
    const peer = person.name;
    const waits = () => this.#host.messenger?.chat(peer).phase === "invited";
    if (!waits() || (await this.#isQuiet(peer))) return;
    const request = this.#host.messenger?.chat(peer).request;
    if (request === undefined) return;
    const { shown, fingerprint, note } = request;
    const accept = vscode.l10n.t("Accept");
    const refuse = vscode.l10n.t("Refuse");
    const block = vscode.l10n.t("Block");
    const commands = new Map([
      [accept, Command.accept],
      [refuse, Command.refuse],
      [block, Command.block],
    ]);
    const answered = Promise.resolve(
      vscode.window.showInformationMessage(
        [
          vscode.l10n.t("{0} wants to talk to you.", peer),
          knownText(person, vscode.l10n.t, this.#host.snapshot().people),
          vscode.l10n.t("Key: {0}", fingerprint),
          // Last: what they wrote must not stand for what we say.
          ...(note === undefined ? [] : [written(note)]),
        ].join(" "),
        ...commands.keys(),
      ),
    ).then(async (answer) => {
      // The toast stays on screen when the request is answered elsewhere, for example in the view.
      const command = answer === undefined ? undefined : commands.get(answer);
      if (waits() && command !== undefined) await run(command, { peer, request: shown });
      else if (answer === accept) await run(Command.openChat, peer);
    });
    let timer: NodeJS.Timeout | undefined;
    const gone = new Promise<void>((done) => {
      timer = setTimeout(done, TOAST_MS);
    });
    await Promise.race([answered, gone]);
    clearTimeout(timer);
  }

  async #tellMessage(message: ChatMessage): Promise<void> {
    const { peer, body } = message;
    const kind = setting("parley.notifications");
    if (kind === "off") return;
    if (this.#panels.isInView(peer) || this.#announced.has(peer)) return;
    if (this.#host.messenger?.chat(peer).unread === 0) return; // a note, seen with the request
    this.#announced.add(peer);
    if (await this.#isQuiet(peer)) {
      this.#announced.delete(peer);
      return;
    }
    const open = vscode.l10n.t("Open Chat");
    const quiet = vscode.l10n.t("Turn Off");
    const text =
      kind === "withContent" && body.kind === "text"
        ? `${peer}: ${toastText(body.text)}`
        : kind === "withContent" && body.kind === "not-understood"
          ? `${peer}: ${NOT_UNDERSTOOD}`
          : vscode.l10n.t("New message from {0}", peer);
    const answer = await vscode.window.showInformationMessage(text, open, quiet);
    this.#announced.delete(peer);
    if (answer === open) await run(Command.openChat, peer);
    if (answer === quiet)
      await vscode.workspace
        .getConfiguration()
        .update("parley.notifications", "off", vscode.ConfigurationTarget.Global);
  }

  /** One toast for all that are new, in the window that holds the account; the view has each. */
  async #tellClaims(): Promise<void> {
    const messenger = this.#host.messenger;
    const claimed = messenger?.claimedBlocks() ?? [];
    const [first, ...more] = claimed.filter((name) => !this.#claimsTold.has(name));
    this.#claimsTold = new Set(claimed);
    if (first === undefined || !messenger?.isOwner) return;
    if (more.length > 0) {
      const show = vscode.l10n.t("Show");
      const text = vscode.l10n.t(
        "The server says that you've blocked {0} people whom you didn't block on this computer. Decide about each.",
        more.length + 1,
      );
      if ((await vscode.window.showWarningMessage(text, show)) === show)
        await vscode.commands.executeCommand(`${View.people}.focus`);
      return;
    }
    const keep = vscode.l10n.t("Keep");
    const lift = vscode.l10n.t("Lift");
    const answer = await vscode.window.showWarningMessage(
      vscode.l10n.t(
        "The server says that you've blocked {0}. You didn't block them on this computer.",
        first,
      ),
      keep,
      lift,
    );
    if (answer === keep) await run(Command.keepBlock, first);
    if (answer === lift) await run(Command.liftBlock, first);
  }

  #forgetRead(): void {
    for (const peer of this.#announced)
      if (this.#host.messenger?.chat(peer).unread === 0) this.#announced.delete(peer);
  }
}
