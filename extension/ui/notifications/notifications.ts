/**
 * Shows notifications for requests to talk, for messages in chats that are not in view, and for blocks that only the server lists: a few
 * at once, however many people cause them.
 */
import * as vscode from "vscode";
import type { ChatMessage } from "../../../messenger/messenger.ts";
import type { ChatId } from "../../../messenger/model.ts";
import type { WindowEvents } from "../../../messenger/sharing/role.ts";
import type { Username } from "../../../protocol/names.ts";
import { Command } from "../../ids.ts";
import type { ChatPanels } from "../chats/chat-panels.ts";
import { run, setting } from "../editor.ts";
import type { MessengerHost } from "../messenger-host.ts";
import type { PeopleTree } from "../people/people-tree.ts";
import { Announced } from "./announced.ts";
import { inBatches } from "./in-batches.ts";
import { toast } from "./toast.ts";
import { messageToast, type RequestAnswer, requestToast } from "./toast-text.ts";

type Asked = WindowEvents["request"][0];

export class Notifications implements vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #panels: ChatPanels;
  readonly #people: PeopleTree;
  readonly #listeners: readonly vscode.Disposable[];
  readonly #announced = new Announced();
  /** People whose block on the server the user was notified of already. */
  #claimsTold: ReadonlySet<Username> = new Set();

  constructor(host: MessengerHost, panels: ChatPanels, people: PeopleTree) {
    this.#host = host;
    this.#panels = panels;
    this.#people = people;
    this.#listeners = [
      host.on(
        "request",
        inBatches<Asked>((all) => this.#tellRequests(all).catch(() => undefined)),
      ),
      host.on("notify", (message) => void this.#tellMessage(message)),
      host.on("changed", () => {
        this.#announced.forgetRead(this.#unread());
        void this.#tellClaims();
      }),
    ];
  }

  dispose(): void {
    for (const listener of this.#listeners) listener.dispose();
  }

  /** Whether the chat is muted or "do not disturb" is on. The view and its badge show the message or request then. */
  async #isQuiet(chat: ChatId): Promise<boolean> {
    const messenger = this.#host.messenger;
    if (messenger === undefined || messenger.chat(chat).muted !== "no") return true;
    return (await messenger.calls.quietUntil().catch(() => null)) !== null;
  }

  /** Shows one toast for a batch of requests. Leaves out open chats, which show the request themselves. */
  async #tellRequests(all: readonly Asked[]): Promise<void> {
    const told: Asked[] = [];
    for (const asked of all)
      if (this.#asks(asked.chat) && !this.#panels.isOpen(asked.chat) && !(await this.#isQuiet(asked.chat)))
        told.push(asked);
    const [first, ...more] = told;
    if (first === undefined) return;
    if (more.length > 0) await this.#tellManyAsk(told);
    else await this.#tellRequest(first);
  }

  #asks(chat: ChatId): boolean {
    return this.#host.messenger?.chat(chat).request !== undefined;
  }

  async #tellManyAsk(all: readonly Asked[]): Promise<void> {
    const show = vscode.l10n.t("Show");
    const { answer, gone } = toast(this.#host, {
      text: vscode.l10n.t("{0} people want to talk to you.", all.length),
      buttons: [show],
      holds: () => all.some(({ chat }) => this.#asks(chat)),
    });
    const done = answer.then(async (pressed) => {
      if (pressed === show) await this.#people.focus();
    });
    await Promise.race([done, gone]);
  }

  async #tellRequest({ chat, from }: Asked): Promise<void> {
    const asked = this.#host.messenger?.chat(chat).request;
    if (asked === undefined) return;
    const { text, answers } = requestToast(from, asked.note, this.#host.snapshot().people, vscode.l10n.t);
    const labels: Readonly<Record<RequestAnswer, string>> = {
      accept: vscode.l10n.t("Accept"),
      refuse: vscode.l10n.t("Refuse"),
      show: vscode.l10n.t("Show"),
    };
    const { answer, gone } = toast(this.#host, {
      text,
      buttons: answers.map((one) => labels[one]),
      holds: () => this.#asks(chat),
      // Not the chat: its command asks a person to talk whose request is gone.
      late: () => void this.#people.focus(),
    });
    const done = answer.then(async (pressed) => {
      if (pressed === labels.accept) await run(Command.accept, { chat, request: asked.shown });
      if (pressed === labels.refuse) await run(Command.refuse, { chat, request: asked.shown });
      if (pressed === labels.show) await run(Command.openChat, chat);
    });
    await Promise.race([done, gone]);
  }

  async #tellMessage(message: ChatMessage): Promise<void> {
    const { chat } = message;
    const { previewText } = await import("../../engine.ts");
    const text = messageToast(message, setting("parley.notifications"), previewText, vscode.l10n.t);
    if (text === undefined || this.#panels.isInView(chat)) return;
    if (!this.#unread().has(chat)) return; // the message is a note that was read with the request
    const announcement = this.#announced.begin(chat);
    if (announcement === undefined) return;
    if (await this.#isQuiet(chat)) return this.#announced.end(announcement, chat);
    const isNamed = announcement === "named";
    const show = isNamed ? vscode.l10n.t("Open Chat") : vscode.l10n.t("Show");
    const quiet = vscode.l10n.t("Turn Off");
    const answer = await toast(this.#host, {
      text: isNamed ? text : vscode.l10n.t("More people have written to you."),
      buttons: [show, quiet],
      holds: () => true, // neither button depends on the state
    }).answer;
    this.#announced.end(announcement, chat);
    if (answer === show) await (isNamed ? run(Command.openChat, chat) : this.#people.focus());
    if (answer === quiet)
      await vscode.workspace
        .getConfiguration()
        .update("parley.notifications", "off", vscode.ConfigurationTarget.Global);
  }

  #unread(): ReadonlySet<ChatId> {
    const chats = this.#host.messenger?.chats() ?? [];
    return new Set(chats.filter(({ unread }) => unread > 0).map(({ id }) => id));
  }

  /** Shows one toast for all blocks that the server has newly reported. Only the leader does; the view lists each. */
  async #tellClaims(): Promise<void> {
    const messenger = this.#host.messenger;
    const claimed = messenger?.claimedBlocks() ?? [];
    const [first, ...more] = claimed.filter((name) => !this.#claimsTold.has(name));
    this.#claimsTold = new Set(claimed);
    if (first === undefined || !messenger?.isLeader) return;
    const late = () => void this.#people.focus();
    const stillClaimed = () => this.#host.messenger?.claimedBlocks().includes(first) ?? false;
    if (more.length > 0) {
      const show = vscode.l10n.t("Show");
      const text = vscode.l10n.t(
        "The server says that you've blocked {0} people whom you didn't block on this computer. Decide about each.",
        more.length + 1,
      );
      const asked = toast(this.#host, {
        text,
        buttons: [show],
        severity: "warning",
        holds: stillClaimed,
        late,
      });
      if ((await asked.answer) === show) await this.#people.focus();
      return;
    }
    const keep = vscode.l10n.t("Keep");
    const lift = vscode.l10n.t("Lift");
    const text = vscode.l10n.t(
      "The server says that you've blocked {0}. You didn't block them on this computer.",
      first,
    );
    const asked = toast(this.#host, {
      ...{ text, buttons: [keep, lift] },
      severity: "warning",
      ...{ holds: stillClaimed, late },
    });
    const answer = await asked.answer;
    if (answer === keep) await run(Command.keepBlock, first);
    if (answer === lift) await run(Command.liftBlock, first);
  }
}
