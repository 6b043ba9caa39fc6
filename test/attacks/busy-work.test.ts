/**
 * A peer that sends messages which are never shown, or strangers that send endless requests, to keep the
 * program busy.
 */

import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { directChat } from "../../messenger/chats/direct.ts";
import { Conversation } from "../../protocol/e2ee/conversation.ts";
import { openNote } from "../../protocol/e2ee/note.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { SEALED_NOTE_BYTES } from "../../protocol/limits.ts";
import { idBytes, newConversationId, newMessageId, type Username, username } from "../../protocol/names.ts";
import { Opcode, RequestToTalkSchema, SealedMessageSchema } from "../../protocol/wire/parley_pb.ts";
import { type Letter, letter } from "../fixtures/lying-server.ts";
import type { Computer } from "../fixtures/messengers.ts";
import { temporaryAuthority } from "../fixtures/scripted-server.ts";
import { Trio } from "../fixtures/trio.ts";

/** Returns the keys of that computer for the conversation with `peer`. */
function keysOf(who: Computer, peer: Computer): Conversation {
  return who.onDisk((store) => {
    const id = store.chats.get(directChat(peer.name))?.group.current;
    const state = id && store.conversations.get(id);
    assert.ok(state);
    return Conversation.deserialize(state, () => true);
  });
}

/** Milliseconds of CPU time: enough messages to keep any machine busy for this long. */
const WORK_MS = 1_000;
const SAMPLE = 200;

/**
 * This process's work in milliseconds: CPU time, and the longest stretch without yielding to the event loop.
 */
class Watch {
  readonly #began = process.cpuUsage();
  readonly #timer: NodeJS.Timeout;
  #last = this.#began;
  #longest = 0;

  constructor() {
    this.#timer = setInterval(() => this.#turn(), 1);
  }

  get cpuMs(): number {
    return milliseconds(process.cpuUsage(this.#began));
  }

  /** Returns the longest stretch of work between two turns of the event loop. */
  end(): number {
    clearInterval(this.#timer);
    this.#turn();
    return this.#longest;
  }

  #turn(): void {
    const now = process.cpuUsage();
    this.#longest = Math.max(this.#longest, milliseconds(now) - milliseconds(this.#last));
    this.#last = now;
  }
}
const cpuMs = () => milliseconds(process.cpuUsage());
const milliseconds = ({ user, system }: NodeJS.CpuUsage) => (user + system) / 1000;

describe("a peer who keeps the program busy", function () {
  this.timeout(180_000);
  let ca: Awaited<ReturnType<typeof temporaryAuthority>>;
  let trio: Trio;
  before(async () => {
    ca = await temporaryAuthority();
  });
  after(() => ca.remove());
  beforeEach(async () => {
    trio = await Trio.meet(ca.authority);
    await trio.getToKnow();
  });
  afterEach(() => trio.part());

  /** Returns Alice's receipts for messages that Bob never sent, followed by a text. */
  async function receiptsForNothing({ alice, bob }: Trio): Promise<Letter[]> {
    let [conversation, opener] = [keysOf(alice, bob), keysOf(bob, alice)];
    const letters: Letter[] = [];
    let openedMs = 0;
    let count = SAMPLE;
    for (let n = 0; n < count; n++) {
      const id = newMessageId();
      const receipt = { kind: "receipt", sentAt: 1, state: "read", ids: [newMessageId()] } as const;
      const last = { kind: "text", sentAt: 1, text: "all that she sent" } as const;
      const { next, bytes } = await conversation.seal(id, n >= SAMPLE && n === count - 1 ? last : receipt);
      conversation = next;
      const body = { conversation: idBytes(conversation.id), id: idBytes(id), sealed: bytes };
      letters.push(letter(bob.name, Opcode.MESSAGE, SealedMessageSchema, body));
      if (n >= SAMPLE) continue;
      const began = cpuMs();
      opener = (await opener.open(id, bytes)).next;
      openedMs += cpuMs() - began;
      if (n === SAMPLE - 1) count = Math.max(1_000, Math.ceil((WORK_MS * SAMPLE) / openedMs));
    }
    return letters;
  }

  /** Measures how long Bob's program handles these while Carol sends a message. */
  async function works(letters: readonly Letter[]): Promise<void> {
    const { bob, carol, liar } = trio;
    const watch = new Watch();
    for (const one of letters) liar.post(one);
    await trio.says(carol, bob, "in between");
    await trio.hears(bob, carol, "in between");
    const untilHeard = watch.cpuMs;
    await liar.settled();
    const { cpuMs } = watch;
    const longest = watch.end();
    const figures = JSON.stringify({ count: letters.length, untilHeard, cpuMs, longest });
    assert.ok(untilHeard < 0.6 * cpuMs, `Carol waited for all of it: ${figures}`);
    assert.ok(longest < 0.4 * cpuMs, `Nobody had a turn: ${figures}`);
  }

  it("by receipts for unknown messages does not delay others, and nothing is lost", async () => {
    const { alice, bob } = trio;
    await works(await receiptsForNothing(trio));
    assert.deepEqual(await trio.transcript(bob, alice), ["* opened", "< hello", "< all that she sent"]);
    assert.deepEqual(bob.complaints, []);
  });

  /** Returns a stranger's requests, each with a note that no key opens. */
  async function requestsOfStrangers(to: Username): Promise<Letter[]> {
    const request = (name: Username) => {
      const [id, stranger] = [newConversationId(), Identity.generate()];
      const note = randomBytes(SEALED_NOTE_BYTES);
      return letter(to, Opcode.RTT, RequestToTalkSchema, {
        ...{ conversation: idBytes(id), peer: name, identityKey: stranger.publicKey, note },
        signature: signTalkRequest(stranger, {
          ...{ conversation: id, server: trio.liar.server, requester: name, addressee: to, note },
          addresseeKey: new Uint8Array(0),
        }),
      });
    };
    const { server } = trio.liar;
    const place = { conversation: newConversationId(), server, requester: to, addressee: to };
    const open = () => openNote(randomBytes(SEALED_NOTE_BYTES), randomBytes(32), place).catch(() => {});
    await open();
    const began = cpuMs();
    for (let n = 0; n < 10; n++) await open();
    const eachMs = (cpuMs() - began) / 10;
    const count = Math.max(100, Math.ceil(WORK_MS / eachMs));
    return Array.from({ length: count }, (_, number) => request(username(`stranger${number % 50}`)));
  }

  it("by requests with notes does not delay others, however many strangers send them", async () => {
    const { bob } = trio;
    await works(await requestsOfStrangers(bob.name));
    assert.equal(bob.messenger.chat(directChat(username("stranger7"))).phase, "invited");
    assert.equal(bob.messenger.chat(directChat(trio.alice.name)).phase, "open");
  });
});
