/**
 * Describes a kind of message, beside its bytes (protocol/e2ee/kinds/): one kind a file in this folder. Whether a message
 * counts as unread, notifies, is receipted or sent again is read from its effect, nowhere from its name.
 */
import type * as v from "valibot";
import type { SentFile } from "../../protocol/e2ee/kinds/files.ts";
import type { MarkName } from "../../protocol/e2ee/kinds/mark.ts";
import type { MessageId, Username } from "../../protocol/names.ts";
import type { Translate } from "./translate.ts";

/** The services that build a text. */
export interface Words {
  readonly t: Translate;
  /** Returns a person's name, made fit for where the text is shown. */
  readonly name: (person: Username) => string;
}

/** It is a message of its own in the chat. */
interface Append {
  readonly does: "append";
  /** "chat" for the chat's own events, which this program writes and a peer never sends. */
  readonly author: "person" | "chat";
  /** Whether a received message counts as unread. */
  readonly unread: boolean;
  /** Whether a received message notifies the user. */
  readonly notify: boolean;
  /** Whether one of theirs is owed receipts. */
  readonly receipt: boolean;
  /** Whether a change (amend) can have an effect on it. */
  readonly changeable: boolean;
  /** Whether one of mine can be sealed: also after it failed, and anew where the keys it was sealed with are lost. */
  readonly retry: boolean;
}

/**
 * It changes another message of the chat. As an amendment it is receipted and sealed anew; it is never unread or announced, and may
 * arrive before its target. The results of `apply` must not depend on the order of several changes, or on repetitions.
 */
export interface Amend<Data, Shown = unknown> {
  readonly does: "amend";
  target(data: Data): MessageId;
  /**
   * Returns the parts of the target that the change modifies; undefined if it has no effect, above all if its author is not allowed to
   * make it. Called only for changeable targets.
   * @param message of any kind
   */
  apply(
    message: Written<unknown> & Results<Shown>,
    change: Written<Data>,
  ): Partial<{ readonly body: Shown } & Results<Shown>> | undefined;
}

/** The results of changes of a message, in addition to its present body. */
export interface Results<Shown> {
  /** Sorted by revision, starting with 0, the text as it was first written; empty for a message without edits. */
  readonly versions: readonly Version<Shown>[];
  readonly marks: readonly PersonMark[];
}

/** One version of an edited message. */
export interface Version<Shown> {
  readonly revision: number;
  /** The id of the change that contained it. */
  readonly id: MessageId;
  /** Unix time, milliseconds, as it is shown. */
  readonly at: number;
  readonly body: Shown;
}

/** A person's marks with one name on a message. */
export interface PersonMark {
  readonly by: Username;
  readonly name: MarkName;
  readonly version: number;
  /** The id of the change that contained it. */
  readonly id: MessageId;
  readonly values: readonly string[];
}

/** It is acted upon when it comes, and leaves no row. One of mine is not sealed anew. */
export interface Signal<Data> {
  readonly does: "signal";
  /** Acts on it. @returns false for one that makes no sense, which is shown as not understood. Inside a transaction. */
  act(data: Data, chat: SignalledChat): boolean;
}

export interface Written<Data> {
  readonly id: MessageId;
  /** Undefined: the chat itself. */
  readonly author: Username | undefined;
  /** Unix time, milliseconds, as it is shown. */
  readonly at: number;
  /** The time by its author's clock. All sides can compare two times of the same author with the same result. */
  readonly claimedAt: number;
  readonly body: Data;
}

/** The changes that a signal may make to its chat. */
interface SignalledChat {
  noteReceipt(ids: readonly MessageId[], receipt: "delivered" | "read"): void;
  /** Sets the timer. @returns false where no timer of this chat leads to that one */
  setTimer(timer: { readonly seconds: number; readonly version: number }): boolean;
  /** Stores the sender's profile, if it is later than the known one. */
  setProfile(profile: { readonly name: string; readonly color: number; readonly version: number }): void;
}

/** The one schema of its data: of the store, backups, the windows' pipe and the page. */
interface Stored<Data> {
  readonly schema: v.GenericSchema<unknown, Data>;
}

export interface ShownKind<Data> extends Stored<Data> {
  readonly effect: Append;
  /** `text` is Markdown that a person wrote: it can be copied with and without its marks. */
  readonly markdown: boolean;
  /** Returns its text for people: for search, exports, notifications and screen readers. */
  text(data: Data, words: Words): string;
  /** Returns its data for an export, without keys, since anybody with the file can read it. Default: all data. */
  exported?(data: Data): object;
  /** The part of its data that a page in a webview gets, from which `text` can be made. Default: all data. */
  readonly page?: {
    readonly schema: v.GenericSchema;
    of(data: Data): object;
  };
  /** Returns the files that belong to it. Default: none. */
  files?(data: Data): readonly SentFile[];
}

/** @typeParam Shown the bodies that it may turn its target's into */
export interface ChangingKind<Data, Shown = unknown> extends Stored<Data> {
  readonly effect: Amend<Data, Shown>;
}

export interface SignalKind<Data> {
  readonly effect: Signal<Data>;
}

export type Kind<Data> = ShownKind<Data> | ChangingKind<Data> | SignalKind<Data>;
