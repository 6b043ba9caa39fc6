/**
 * The part of Parley that other extensions may use. This file imports nothing of Parley's: copy it into your extension.
 *
 *     const extension = vscode.extensions.getExtension<ParleyExtension>("parley-chat.parley");
 *     const parley = (await extension?.activate())?.getApi(1);
 *
 * You get plain values: names and states, never keys, sockets or messages.
 */
import type { Event } from "vscode";

export interface ParleyExtension {
  /** Returns the API of that version. @throws Error for an unsupported version; its message lists the supported ones */
  getApi(version: 1): ParleyApi;
}

/** Version 1. Members may be added, and none is changed or removed. */
export interface ParleyApi {
  readonly version: 1;
  readonly state: ParleyState;
  readonly onDidChangeState: Event<ParleyState>;
  /** Returns all people who are online or whom the user has a chat with. Empty while Parley is starting. */
  people(): readonly ParleyPerson[];
  readonly onDidChangePeople: Event<readonly ParleyPerson[]>;
  /** Opens the chat with a person. If there has never been one, asks the person to talk first. Failures are shown to the user. */
  openChat(name: string): Promise<void>;
  /** Asks a person to talk. The user can add a note or cancel. Failures are shown to the user. */
  requestToTalk(name: string): Promise<void>;
}

/**
 * `starting`: there is an account that has not been opened yet. `waiting`: Parley retries by itself. `stopped` and `failed`: the user
 * has to act.
 */
export type ParleyState =
  | "starting"
  | "no-account"
  | "signed-out"
  | "connecting"
  | "online"
  | "waiting"
  | "stopped"
  | "failed";

export interface ParleyPerson {
  readonly name: string;
  readonly online: boolean;
  /** The user compared safety numbers with this person. */
  readonly verified: boolean;
  /** Messages the user has not read. */
  readonly unread: number;
}
