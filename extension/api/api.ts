/**
 * Implements the API for other extensions (parley.d.ts) from the host's snapshots. All objects are frozen, since VS Code gives the
 * same ones to every extension, and one extension must not change the values that another reads.
 */
import * as vscode from "vscode";
import { directChat } from "../../messenger/chats/direct.ts";
import { Command } from "../ids.ts";
import { run } from "../ui/editor.ts";
import type { MessengerHost } from "../ui/messenger-host.ts";
import type { ParleyApi, ParleyExtension, ParleyPerson, ParleyState } from "./parley.d.ts";
import { requireVersion } from "./version.ts";

type Host = Pick<MessengerHost, "snapshot" | "on">;

export function parleyExtension(host: Host): ParleyExtension & vscode.Disposable {
  const states = new vscode.EventEmitter<ParleyState>();
  const people = new vscode.EventEmitter<readonly ParleyPerson[]>();
  let lastState: ParleyState = host.snapshot().state.type;
  let lastPeople = "[]";
  const listener = host.on("changed", () => {
    const state = host.snapshot().state.type;
    if (state !== lastState) {
      lastState = state;
      states.fire(state);
    }
    const now = plainPeople(host);
    const text = JSON.stringify(now);
    if (text !== lastPeople) {
      lastPeople = text;
      people.fire(now);
    }
  });
  const api: ParleyApi = Object.freeze({
    version: 1,
    get state() {
      return host.snapshot().state.type;
    },
    onDidChangeState: states.event,
    people: () => plainPeople(host),
    onDidChangePeople: people.event,
    openChat: async (name: string) => void (await run(Command.openChat, name)),
    requestToTalk: async (name: string) => void (await run(Command.requestToTalk, name)),
  });
  return {
    getApi: (version) => {
      requireVersion(version);
      return api;
    },
    dispose: () => vscode.Disposable.from(listener, states, people).dispose(),
  };
}

function plainPeople(host: Host): readonly ParleyPerson[] {
  const { people, chats } = host.snapshot();
  const plain = people.map((person) =>
    Object.freeze({
      name: person.name,
      online: person.online,
      verified: person.trust === "verified",
      unread: chats.find(({ id }) => id === directChat(person.name))?.unread ?? 0,
    }),
  );
  return Object.freeze(plain);
}
