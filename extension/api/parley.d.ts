/**
 * The part of Parley that other extensions may use. This file stands alone: copy it into your extension.
 *
 *     const extension = vscode.extensions.getExtension<ParleyExtension>("parley-chat.parley");
 *     const parley = (await extension?.activate())?.getApi(1);
 *
 * You get plain values: names and states, never keys, sockets or messages.
 */
import type { Event } from "vscode";

export interface ParleyExtension {
  /** @throws Error for a version that this Parley does not offer; its text names those it does */
  getApi(version: 1): ParleyApi;
}

/** Version 1. Grows by additions; everything here stays. */
export interface ParleyApi {
  readonly version: 1;
  readonly state: ParleyState;
  readonly onDidChangeState: Event<ParleyState>;
  /** Everybody online, and everybody the user has a chat with. Empty while Parley is starting. */
  people(): readonly ParleyPerson[];
  readonly onDidChangePeople: Event<readonly ParleyPerson[]>;
  /** Shows the chat with a person, asking to talk first where there never was one. Failures are shown to the user. */
  openChat(name: string): Promise<void>;
  /** Asks a person to talk; the user may add a note before, or call it off. Failures are shown to the user. */
  requestToTalk(name: string): Promise<void>;
}

/**
 * `starting` until Parley has been needed for the first time, where there is an account; `waiting` while it tries again by itself;
 * `stopped` and `failed` need the user.
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
