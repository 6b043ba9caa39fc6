/** The interface for other extensions, made of the host's snapshots. Its contract is parley.d.ts. */
import * as vscode from "vscode";
import { Command } from "../ids.ts";
import { run } from "../ui/editor.ts";
import type { MessengerHost } from "../ui/messenger-host.ts";
import type { ParleyApi, ParleyExtension, ParleyPerson, ParleyState } from "./parley.d.ts";
import { requireVersion } from "./version.ts";

export function parleyExtension(host: MessengerHost): ParleyExtension & vscode.Disposable {
  const states = new vscode.EventEmitter<ParleyState>();
  const people = new vscode.EventEmitter<readonly ParleyPerson[]>();
  let lastState: ParleyState = host.snapshot().state.type;
  let lastPeople = "[]";
  const listener = host.onDidChange(() => {
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

function plainPeople(host: MessengerHost): readonly ParleyPerson[] {
  const { people, chats } = host.snapshot();
  return people.map((person) => ({
    name: person.name,
    online: person.online,
    verified: person.trust === "verified",
    unread: chats.find((chat) => chat.peer === person.name)?.unread ?? 0,
  }));
}
