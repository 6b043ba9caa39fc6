/**
 * Other extensions that use Parley's API and throw, hang, add many listeners, or change the values they
 * receive.
 */
import assert from "node:assert/strict";
import * as vscode from "vscode";
import { parleyExtension } from "../../extension/api/api.ts";
import type { ParleyExtension, ParleyPerson, ParleyState } from "../../extension/api/parley.d.ts";
import { EXTENSION_ID } from "../../extension/ids.ts";
import type { MessengerHost } from "../../extension/ui/messenger-host.ts";
import type { Person } from "../../messenger/messenger.ts";
import { username } from "../../protocol/names.ts";

type Snapshot = ReturnType<MessengerHost["snapshot"]>;

const MANY = 1_000;
const person = (name: string, online: boolean): Person => ({
  ...{ name: username(name), online, trust: "pinned", fingerprint: "" },
});

describe("another extension", () => {
  let changes: vscode.EventEmitter<void>;
  let snapshot: Pick<Snapshot, "state" | "people" | "chats">;
  let extension: ReturnType<typeof parleyExtension>;

  beforeEach(() => {
    changes = new vscode.EventEmitter();
    snapshot = { state: { type: "connecting" }, people: [], chats: [] };
    extension = parleyExtension({
      on: (_event, listener) => changes.event(() => listener({} as never)),
      snapshot: () => snapshot as Snapshot,
    });
  });
  afterEach(() => {
    extension.dispose();
    changes.dispose();
  });

  function change(to: Partial<typeof snapshot>): void {
    snapshot = { ...snapshot, ...to };
    changes.fire();
  }

  it("that throws affects neither the next listener nor Parley", () => {
    const [bad, good] = [extension.getApi(1), extension.getApi(1)];
    const states: ParleyState[] = [];
    const people: (readonly ParleyPerson[])[] = [];
    const fail = () => {
      throw new Error("a fault of that extension");
    };
    bad.onDidChangeState(fail);
    bad.onDidChangePeople(fail);
    good.onDidChangeState((state) => states.push(state));
    good.onDidChangePeople((list) => people.push(list));
    change({ state: { type: "online" }, people: [person("bob", true)] });
    change({ people: [person("bob", false)] });
    assert.deepEqual(states, ["online"]);
    assert.deepEqual(
      people.map(([bob]) => bob?.online),
      [true, false],
    );
  });

  it("that never finishes handling an event is not waited for", () => {
    const heard: string[] = [];
    extension.getApi(1).onDidChangeState(() => new Promise<never>(() => {}));
    extension.getApi(1).onDidChangeState((state) => heard.push(state));
    change({ state: { type: "online" } });
    assert.deepEqual(heard, ["online"]);
  });

  it("that listens a thousand times is notified a thousand times, and never after it unsubscribes", () => {
    let told = 0;
    const listeners = Array.from({ length: MANY }, () =>
      extension.getApi(1).onDidChangeState(() => {
        told += 1;
      }),
    );
    change({ state: { type: "online" } });
    assert.equal(told, MANY);
    vscode.Disposable.from(...listeners).dispose();
    change({ state: { type: "signed-out" } });
    assert.equal(told, MANY);
  });

  it("that tries to change the events of the next one throws: events are frozen", () => {
    const api = extension.getApi(1);
    const seen: (readonly ParleyPerson[])[] = [];
    const attempts: (() => unknown)[] = [];
    api.onDidChangePeople((list) => {
      const [bob] = list;
      attempts.push(
        () => Object.assign(bob ?? {}, { verified: true }),
        () => (list as ParleyPerson[]).push({ name: "eve", online: true, verified: true, unread: 0 }),
      );
      for (const attempt of attempts) assert.throws(attempt, TypeError);
    });
    api.onDidChangePeople((list) => seen.push(list));
    change({ state: { type: "online" }, people: [person("bob", true)] });
    assert.equal(attempts.length, 2);
    const bob: ParleyPerson = { name: "bob", online: true, verified: false, unread: 0 };
    assert.deepEqual(seen, [[bob]]);
    assert.deepEqual(api.people(), [bob]);
    assert.throws(() => Object.assign(api, { people: () => [] }), TypeError);
    const real = vscode.extensions.getExtension<ParleyExtension>(EXTENSION_ID)?.exports;
    assert.ok(real);
    assert.throws(() => Object.assign(real, { getApi: () => api }), TypeError);
  });
});
