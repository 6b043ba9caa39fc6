/**
 * Opens a batch of sealed messages of one chat in their order, and writes them in one transaction, with the MLS state after the
 * last of them; then they are confirmed.
 */
import { setImmediate } from "node:timers/promises";
import type { MessageDelivered } from "../../protocol/client/client.ts";
import type { Conversation } from "../../protocol/e2ee/conversation.ts";
import { ParleyError } from "../../protocol/errors.ts";
import type { ConversationId, MessageId } from "../../protocol/names.ts";
import { membersOf } from "../chats/chat-id.ts";
import { type Context, chatOf } from "../context.ts";
import type { Renewal } from "../groups/renewal.ts";
import type { SelfUpdates } from "../groups/self-updates.ts";
import type { ChatId } from "../model.ts";
import type { StoredChat } from "../store/chats.ts";
import { type Arrival, ArrivalWriter } from "./arrival-writer.ts";
import type { Outgoing } from "./outgoing.ts";
import type { PassedOver } from "./passed-over.ts";

/** Opening goes on for no longer without the window's other work having a turn: half the time of one frame of the screen. */
const SLICE_MS = 8;

interface OpenerParts {
  readonly context: Context;
  readonly outgoing: Outgoing;
  readonly updates: SelfUpdates;
  readonly renewal: Renewal;
  readonly passedOver: PassedOver;
}

export class MessageOpener {
  readonly #context: Context;
  readonly #outgoing: Outgoing;
  readonly #updates: SelfUpdates;
  readonly #passedOver: PassedOver;
  readonly #writer: ArrivalWriter;

  constructor({ context, outgoing, updates, renewal, passedOver }: OpenerParts) {
    this.#context = context;
    this.#outgoing = outgoing;
    this.#updates = updates;
    this.#passedOver = passedOver;
    this.#writer = new ArrivalWriter(context, renewal);
  }

  /** Opens, writes and confirms the deliveries. In the chat's lane. @throws errors of the disk: then none of them is confirmed */
  async openBatch(of: ChatId, batch: readonly MessageDelivered[]): Promise<void> {
    const { store, conversations } = this.#context;
    const states = new Map<ConversationId, Conversation>();
    const arrivals: [MessageId, Arrival][] = [];
    const here = new Set<MessageId>();
    const lost = new Set<ConversationId>();
    let sliceEnd = performance.now() + SLICE_MS;
    for (const delivered of batch) {
      if (performance.now() >= sliceEnd) {
        await setImmediate();
        sliceEnd = performance.now() + SLICE_MS;
      }
      if (!store.isOpen) return;
      if (here.has(delivered.id) || lost.has(delivered.conversation)) continue;
      const arrival = await this.#open(delivered, chatOf(store, of), states);
      if (arrival.type === "lost") lost.add(arrival.conversation);
      // The message itself may still come under the id of one that did not open.
      if (arrival.type !== "false") here.add(delivered.id);
      arrivals.push([delivered.id, arrival]);
    }
    store.transaction(() => {
      let chat = chatOf(store, of);
      for (const state of states.values()) conversations.put(chat.number, state);
      for (const [id, arrival] of arrivals) chat = this.#writer.write(chat, id, arrival);
    });
    for (const delivered of batch) delivered.confirm();
    if (arrivals.length === 0) return;
    this.#outgoing.receiptsDue(of);
    this.#updates.lookAt(of);
    this.#passedOver.lookAt(of);
  }

  /** @param states of the conversations that this batch has advanced */
  async #open(
    { conversation: conversationId, id, sealed }: MessageDelivered,
    { id: chat, number, phase, group }: StoredChat,
    states: Map<ConversationId, Conversation>,
  ): Promise<Arrival> {
    const { store, chats, conversations, log } = this.#context;
    // An id of our own: the server plays our message back to us.
    const known = store.messages.find(number, id);
    if (known !== undefined && chats.isMine(known)) return { type: "false" };
    // The id of a change may be forgotten while the change still waits for its target.
    const again = known !== undefined || store.received.has(number, id);
    try {
      const conversation = states.get(conversationId) ?? conversations.get(conversationId);
      if (conversation === undefined) return { type: "nothing" }; // no agreement came of its Welcome, and they were told
      const opened = await conversation.open(id, sealed);
      states.set(conversationId, opened.next);
      return membersOf(chat).includes(opened.sender) ? { type: "opened", opened, again } : { type: "false" };
    } catch (error) {
      const code = error instanceof ParleyError ? error.code : String(error);
      if (again) return { type: "again" };
      // Its sender knows, and sends it again in the next one, in its order.
      if (group.current === conversationId && group.lost) return { type: "nothing" };
      log.warn(`A message does not open: ${code}`);
      if (code !== "undecryptable") return { type: "false" };
      // Of the chat that is open, it is sent again. Of one that is over, nobody waits for it.
      if (phase !== "open" || group.current !== conversationId) return { type: "false" };
      return { type: "lost", conversation: conversationId };
    }
  }
}
