/**
 * Many strangers' requests to one person, with friends' requests among them: which are displaced, in any
 * order of arrival.
 */
import assert from "node:assert/strict";
import fc from "fast-check";
import { type ConversationId, newConversationId, type Username, username } from "../../protocol/names.ts";
import { Opcode } from "../../protocol/wire/parley_pb.ts";
import { DEFAULT_LIMITS, type ServerLimits } from "../limits.ts";
import { createLog } from "../operations/log.ts";
import { createServices, type Services } from "../services.ts";
import type { Store } from "../store/store.ts";
import { TemporaryStore, waitingFor } from "../store/store-fixture.ts";

const anna = username("anna");
const MOST = 3;

class Crowd {
  readonly files = new TemporaryStore();
  readonly store: Store = this.files.open({ mailboxBytes: DEFAULT_LIMITS.mailboxBytes });
  readonly #services: Services;
  #now = 1000;
  #digest = 0;

  constructor(limits: Partial<ServerLimits>) {
    this.#services = createServices({
      store: this.store,
      blobFiles: this.files.openBlobFiles(),
      limits: { ...DEFAULT_LIMITS, requestPaceMs: 0, ...limits },
      log: createLog({ level: "silent", json: true, sink: { write() {} } }),
      memberInvites: true,
      reach: () => ({ host: "localhost", port: 1, caFingerprint: new Uint8Array(32) }),
      clock: () => {
        this.#now += 1;
        return this.#now;
      },
    });
    this.join(anna);
  }

  join(name: Username): void {
    this.store.directory.enrol(name, new Uint8Array(32), 1000);
  }

  /** Establishes a chat between the two. */
  befriend(name: Username): ConversationId {
    const id = this.ask(name);
    const { switchboard } = this.#services;
    for (const [verb, by] of [
      ["accept", anna],
      ["establish", name],
    ] as const)
      switchboard.step(id, undefined, { verb, by, digest: this.#unique() }, forward(Opcode.ACCEPT), () => {});
    return id;
  }

  ask(by: Username): ConversationId {
    const id = newConversationId();
    const request = { id, by, to: anna, digest: this.#unique() };
    assert.ok(this.#services.switchboard.request(request, true, forward(Opcode.RTT), () => {}));
    return id;
  }

  end(by: Username, id: ConversationId): void {
    const step = { verb: "notify" as const, by, digest: this.#unique() };
    this.#services.switchboard.step(id, anna, step, forward(Opcode.NOTIFY), () => {});
  }

  /** Returns whose requests are in Anna's mailbox and still pending. */
  asking(): Username[] {
    const requests = waitingFor(this.store, anna, 10_000).filter(({ opcode }) => opcode === Opcode.RTT);
    for (const { conversation, sender } of requests)
      assert.equal(this.store.conversations.find(conversation)?.requester, sender);
    return requests.map(({ sender }) => sender);
  }

  #unique(): string {
    this.#digest += 1;
    return String(this.#digest);
  }
}

function forward(opcode: Opcode) {
  return { opcode, body: new Uint8Array(300) };
}
const stranger = (number: number) => username(`stranger${number}`);
const friend = (number: number) => username(`friend${number}`);

describe("a crowd of requests", function () {
  this.timeout(180_000);

  it("leaves a hundred strangers' requests and every friend's, in any order of arrival", () => {
    for (const friendAt of [0, 55, 110]) {
      const crowd = new Crowd({});
      crowd.join(friend(0));
      crowd.befriend(friend(0));
      for (let number = 0; number <= 110; number++) {
        if (number === friendAt) crowd.ask(friend(0));
        if (number === 110) break;
        crowd.join(stranger(number));
        crowd.ask(stranger(number));
      }
      const asking = crowd.asking();
      assert.equal(asking.length, DEFAULT_LIMITS.waitingRequestsForOne + 1);
      assert.ok(asking.includes(friend(0)));
      crowd.files.remove();
    }
  });

  it("never displaces a friend's request, nor a stranger's for a friend's", () => {
    const act = fc.record({
      type: fc.constantFrom("stranger", "stranger", "friend", "withdraw", "close"),
      who: fc.nat({ max: 4 }),
    });
    fc.assert(
      fc.property(fc.array(act, { maxLength: 30 }), (acts) => {
        const crowd = new Crowd({ waitingRequestsForOne: MOST });
        const open = new Map<Username, ConversationId>();
        for (let number = 0; number < 5; number++) {
          crowd.join(friend(number));
          open.set(friend(number), crowd.befriend(friend(number)));
        }
        const friends = new Map<Username, ConversationId>();
        let strangers: Username[] = [];
        for (const [at, { type, who }] of acts.entries()) {
          const name = friend(who);
          const asked = friends.get(name);
          const chat = open.get(name);
          if (type === "stranger") {
            crowd.join(stranger(at));
            crowd.ask(stranger(at));
            strangers = [...strangers, stranger(at)].slice(-MOST);
          } else if (type === "friend" && asked === undefined) friends.set(name, crowd.ask(name));
          else if (type === "withdraw" && asked !== undefined) {
            crowd.end(name, asked);
            friends.delete(name);
          } else if (type === "close" && chat !== undefined) {
            crowd.end(name, chat);
            open.delete(name);
          }
          assert.deepEqual(crowd.asking().toSorted(), [...friends.keys(), ...strangers].toSorted());
        }
        crowd.files.remove();
      }),
      { numRuns: 40 },
    );
  });
});
