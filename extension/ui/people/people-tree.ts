/** The Parley view: shows people-model.ts as a tree, with a badge. */
import * as vscode from "vscode";
import { Command, View } from "../../ids.ts";
import type { MessengerHost } from "../messenger-host.ts";
import { connectionText } from "../status/state-model.ts";
import { isTheia, untilAsked } from "../theia.ts";
import type { LastLines } from "./last-lines.ts";
import { type PersonRow, peopleBadge, peopleModel, type SectionRow } from "./people-model.ts";
import { personItem } from "./person-item.ts";

type Row = SectionRow | PersonRow;
type Content = "rows" | "welcome";

/** Milliseconds to wait for VS Code to request the rows. It does so at once, unless the view is hidden. */
const DRAW_MS = 2_000;

export class PeopleTree implements vscode.Disposable {
  readonly #host: MessengerHost;
  readonly #lastLines: LastLines;
  readonly #listener: vscode.Disposable;
  #refresh = new vscode.EventEmitter<void>();
  #view: vscode.TreeView<Row>;
  readonly #given = new vscode.EventEmitter<void>();
  #isAsked = false;
  /** The content that VS Code got last. Without an account, that is the welcome content from the start. */
  #content: Content | undefined;
  #drawn = "";

  constructor(host: MessengerHost, lastLines: LastLines) {
    this.#host = host;
    this.#lastLines = lastLines;
    if (!host.expectsAccount) this.#content = "welcome";
    this.#view = this.#create();
    this.#listener = vscode.Disposable.from(
      host.on("changed", () => this.#redraw()),
      lastLines.onDidChange(() => this.#redraw()),
      // Times in rows depend on the day: "19:12" becomes "Sun".
      vscode.window.onDidChangeWindowState(() => this.#redraw()),
      ...(isTheia(vscode.env) ? [this.#createUntilAsked()] : []),
    );
  }

  #create(): vscode.TreeView<Row> {
    return vscode.window.createTreeView<Row>(View.people, {
      treeDataProvider: {
        onDidChangeTreeData: this.#refresh.event,
        getChildren: (row) => this.#children(row),
        getTreeItem: (row) => (row.type === "section" ? sectionItem(row) : personItem(row, openChat(row))),
      },
    });
  }

  #createUntilAsked(): vscode.Disposable {
    return untilAsked(
      () => this.#isAsked,
      () => {
        if (!vscode.window.state.focused) return;
        this.#view.dispose();
        this.#refresh.dispose();
        this.#refresh = new vscode.EventEmitter();
        this.#view = this.#create();
        this.#redraw();
      },
    );
  }

  /** Opens the messenger when the view becomes visible, and not before. */
  async #children(row?: Row): Promise<Row[]> {
    this.#isAsked = true;
    if (row !== undefined) return row.type === "section" ? [...row.rows] : [];
    // Ignore a failure: the welcome content shows it.
    await this.#host.open().catch(() => undefined);
    const sections = this.#sections();
    this.#content = contentOf(sections);
    // Fire after this turn, so that VS Code has the rows before a listener calls it.
    setImmediate(() => this.#given.fire());
    return [...sections];
  }

  /**
   * Moves the focus to the view. VS Code focuses the list or the welcome content, and loses the focus when one replaces the other: when
   * the view is drawn for the first time, and after joining. So this moves the focus again after such a change.
   */
  async focus(): Promise<void> {
    const before = this.#content;
    await focusView();
    await this.#host.open().catch(() => undefined);
    if (!this.#isCurrent()) await this.#whenCurrent();
    if (this.#content !== before) await focusView();
  }

  /** Runs a command, and moves the focus to the view where it is in sight and the command has replaced its content. */
  async keepFocus(command: () => Promise<void> | void): Promise<void> {
    const before = this.#shown();
    await command();
    if (this.#view.visible && this.#shown() !== before) await this.focus();
  }

  /** Returns a name for the list, or for the welcome content of the present state. */
  #shown(): string {
    return this.#sections().length > 0 ? "rows" : this.#host.snapshot().state.type;
  }

  #isCurrent(): boolean {
    return this.#content === contentOf(this.#sections());
  }

  /** Resolves once VS Code has the present content, or after DRAW_MS. */
  #whenCurrent(): Promise<void> {
    return new Promise((resolve) => {
      const end = () => {
        clearTimeout(timer);
        listener.dispose();
        resolve();
      };
      const timer = setTimeout(end, DRAW_MS);
      const listener = this.#given.event(() => {
        if (this.#isCurrent()) end();
      });
    });
  }

  dispose(): void {
    this.#listener.dispose();
    this.#view.dispose();
    this.#refresh.dispose();
    this.#given.dispose();
  }

  #sections(): readonly SectionRow[] {
    const snapshot = this.#host.snapshot();
    if (snapshot.account === undefined) return [];
    return peopleModel({ ...snapshot, lastLines: this.#lastLines.lines }, vscode.l10n.t);
  }

  #redraw(): void {
    const snapshot = this.#host.snapshot();
    const sections = this.#sections();
    // Show problems in the view's message, since the welcome content is hidden while there are rows.
    const trouble =
      snapshot.state.type === "online" && snapshot.people.every((person) => !person.online)
        ? vscode.l10n.t("No one else is online.")
        : connectionText(snapshot, vscode.l10n.t);
    // Show the account's name too: VS Code draws no description for the only view of a container.
    const { account } = snapshot;
    const self = account === undefined ? "" : vscode.l10n.t("You're {0} on {1}.", account.name, account.host);
    const lines = [self, trouble].filter((line) => line !== "");
    showMessage(this.#view, sections.length > 0 ? lines.join(" ") : undefined);
    this.#view.badge = peopleBadge(snapshot.chats, vscode.l10n.t);
    const drawing = JSON.stringify(sections);
    if (drawing === this.#drawn && sections.length > 0) return;
    this.#drawn = drawing;
    this.#refresh.fire();
  }
}

function focusView(): Thenable<unknown> {
  return vscode.commands.executeCommand(`${View.people}.focus`);
}

function contentOf(sections: readonly SectionRow[]): Content {
  return sections.length > 0 ? "rows" : "welcome";
}

/** Sets or removes the view's message. For an empty one, Theia would hide the welcome content. */
function showMessage(view: { message?: string | undefined }, message: string | undefined): void {
  view.message = message;
}

function sectionItem(section: SectionRow): vscode.TreeItem {
  const item = new vscode.TreeItem(section.label, vscode.TreeItemCollapsibleState.Expanded);
  item.id = section.id;
  item.contextValue = "section";
  item.accessibilityInformation = { label: vscode.l10n.t("{0}, {1}", section.label, section.rows.length) };
  return item;
}

function openChat({ chat }: PersonRow): vscode.Command {
  return { command: Command.openChat, title: vscode.l10n.t("Open Chat"), arguments: [chat] };
}
