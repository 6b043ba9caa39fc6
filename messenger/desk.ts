/** Creates and connects the parts of a messenger for one open store. Exists until the store is closed or erased. */
import type { Client } from "../protocol/client/client.ts";
import { UsageError } from "../protocol/errors.ts";
import type { Username } from "../protocol/names.ts";
import type { Params } from "./calls.ts";
import { Chats } from "./chats/chats.ts";
import { directChat } from "./chats/direct.ts";
import { DirectChats } from "./chats/direct-chats.ts";
import { NO_DEFAULTS } from "./chats/new-chat.ts";
import { OwnChanges } from "./chats/own-changes.ts";
import { Reading } from "./chats/reading.ts";
import { Typing } from "./chats/typing.ts";
import { Blocking } from "./contacts/blocking.ts";
import { judgeKey } from "./contacts/contact.ts";
import { Contacts } from "./contacts/contacts.ts";
import { Ending } from "./contacts/ending.ts";
import { InvitePasses } from "./contacts/invite-passes.ts";
import { KeyDecisions } from "./contacts/key-decisions.ts";
import { Notes } from "./contacts/notes.ts";
import { Talk } from "./contacts/talk.ts";
import { type Context, chatOf, type Me } from "./context.ts";
import { Delivery } from "./delivery/delivery.ts";
import { Inbox } from "./delivery/inbox.ts";
import { IncomingMessages } from "./delivery/incoming-messages.ts";
import { IncomingRequests } from "./delivery/incoming-requests.ts";
import { KeyAgreement } from "./delivery/key-agreement.ts";
import { MessageOpener } from "./delivery/message-opener.ts";
import { Outgoing } from "./delivery/outgoing.ts";
import { Pace } from "./delivery/pace.ts";
import { PassedOver } from "./delivery/passed-over.ts";
import { Server } from "./delivery/server.ts";
import { ServerRuns } from "./delivery/server-runs.ts";
import { Uncollected } from "./delivery/uncollected.ts";
import type { MessengerEmitter } from "./events.ts";
import { Downloads } from "./files/downloads.ts";
import { OpenedFiles } from "./files/opened-files.ts";
import { Parcels } from "./files/parcels.ts";
import { saveFile } from "./files/saving.ts";
import { Unasked } from "./files/unasked.ts";
import { Uploads } from "./files/uploads.ts";
import { Conversations } from "./groups/conversations.ts";
import { ForgottenConversations } from "./groups/forgotten-conversations.ts";
import { Renewal } from "./groups/renewal.ts";
import { SelfUpdates } from "./groups/self-updates.ts";
import { Deletion } from "./history/deletion.ts";
import { Retention } from "./history/retention.ts";
import { Lanes } from "./lanes.ts";
import type { ChatId, ChatMessage, MessengerOptions } from "./model.ts";
import { News } from "./news.ts";
import type { Store } from "./store/store.ts";

export interface DeskParts {
  readonly store: Store;
  readonly options: MessengerOptions;
  readonly emitter: MessengerEmitter;
  /** Returns the account; undefined if there is none. */
  readonly me: () => Me | undefined;
  /** Returns the client; undefined while it is offline. */
  readonly client: () => Client | undefined;
  readonly onRequest: (chat: ChatId) => void;
  readonly pace?: Pace;
}

export class Desk {
  readonly store: Store;
  readonly chats: Chats;
  readonly reading: Reading;
  readonly contacts: Contacts;
  readonly server: Server;
  readonly news: News;
  readonly talk: Talk;
  readonly ending: Ending;
  readonly keyDecisions: KeyDecisions;
  readonly blocking: Blocking;
  readonly outgoing: Outgoing;
  readonly ownChanges: OwnChanges;
  readonly parcels: Parcels;
  readonly downloads: Downloads;
  readonly openedFiles: OpenedFiles;
  readonly save: (params: Params<"saveFile">) => Promise<string>;
  readonly inbox: Inbox;
  readonly deletion: Deletion;
  readonly retention: Retention;
  readonly passes: InvitePasses;
  readonly typing: Typing;
  readonly #options: MessengerOptions;
  readonly #lanes = new Lanes<ChatId>();
  readonly #delivery: Delivery;
  readonly #runs: ServerRuns;
  readonly #uploads: Uploads;
  readonly #unsubscribe: () => void;
  readonly #updates: SelfUpdates;
  readonly #renewal: Renewal;
  readonly #passedOver: PassedOver;
  readonly #uncollected: Uncollected;
  readonly #forgotten: ForgottenConversations;
  readonly #messages: IncomingMessages;
  readonly #notes: Notes;

  constructor({ store, options, emitter, me, client, onRequest, pace = new Pace() }: DeskParts) {
    this.store = store;
    this.#options = options;
    this.news = new News(emitter, store, options.log);
    const known = () => {
      const account = me();
      if (account === undefined) throw new UsageError("wrong-state", "There is no account");
      return account;
    };
    this.server = new Server(client);
    this.chats = new Chats(emitter, store, this.news, () => known().name);
    this.reading = new Reading(store, this.chats);
    this.contacts = new Contacts(store, this.news);
    const context: Context = {
      store,
      contacts: this.contacts,
      chats: this.chats,
      direct: new DirectChats(store, this.chats, this.contacts, this.news),
      conversations: new Conversations(
        store,
        (name, key) => judgeKey(this.contacts.get(name), key) === "same",
      ),
      lanes: this.#lanes,
      log: options.log,
      me: known,
      server: this.server,
    };
    this.#delivery = new Delivery(context);
    this.#runs = new ServerRuns(context, this.#delivery);
    this.deletion = new Deletion(context);
    this.retention = new Retention(context, this.deletion);
    this.blocking = new Blocking(context, (released) => this.#blocksChanged(released));
    this.passes = new InvitePasses(context);
    this.#notes = new Notes(context, this.passes);
    this.talk = new Talk(context, this.#delivery, this.#notes, this.passes);
    this.ending = new Ending(context);
    this.keyDecisions = new KeyDecisions(context);
    this.#updates = new SelfUpdates(context);
    this.outgoing = new Outgoing(context, this.#updates);
    this.ownChanges = new OwnChanges(context, this.outgoing);
    this.#uploads = new Uploads(context, this.outgoing, emitter);
    this.parcels = new Parcels(context, this.#uploads, emitter);
    this.downloads = new Downloads(context, emitter);
    const unasked = new Unasked(context, this.downloads, options.downloadByItself);
    const arrived = (message: ChatMessage) => unasked.arrived(message);
    emitter.on("message", arrived);
    this.#unsubscribe = () => emitter.off("message", arrived);
    this.openedFiles = new OpenedFiles(context, this.downloads);
    this.save = (params) => saveFile(context, this.downloads, params);
    this.#renewal = new Renewal(context, this.#delivery, this.talk, (name) => this.blocking.isClaimed(name));
    this.#passedOver = new PassedOver(context, this.outgoing);
    this.#uncollected = new Uncollected(context);
    this.#forgotten = new ForgottenConversations(context);
    const opener = new MessageOpener({
      context,
      outgoing: this.outgoing,
      updates: this.#updates,
      renewal: this.#renewal,
      passedOver: this.#passedOver,
    });
    this.#messages = new IncomingMessages(context, opener, pace);
    this.typing = new Typing(context, emitter, () => options.shareTyping?.() ?? false);
    const parts = { context, talk: this.talk, renewal: this.#renewal, notes: this.#notes };
    this.inbox = new Inbox({
      ...parts,
      messages: this.#messages,
      typing: this.typing,
      requests: new IncomingRequests({
        ...parts,
        passes: this.passes,
        acceptInvited: () => options.acceptInvited?.() ?? false,
        onRequest,
      }),
      agreement: new KeyAgreement({
        ...parts,
        outgoing: this.outgoing,
        newChats: () => options.newChats?.() ?? NO_DEFAULTS,
      }),
    });
    this.retention.start();
  }

  /** Resumes unfinished work, also of a previous run that ended early. */
  lineOpened(): void {
    this.#runs.lineOpened();
    this.blocking.lineOpened();
    this.#notes.lineOpened();
    this.#delivery.wakeAll();
    this.#updates.lookAtAll();
    this.#renewal.lookAtAll();
    this.#passedOver.lookAtAll();
    this.#uncollected.lineOpened();
    this.#forgotten.lineOpened();
    this.outgoing.sendBacklogs();
    this.#uploads.lineOpened();
    this.downloads.lineOpened();
    for (const number of this.store.received.owedChats()) {
      const chat = this.store.chats.withNumber(number);
      if (chat !== undefined) this.outgoing.receiptsDue(chat.id);
    }
  }

  /** Resumes renewals with people who are no longer blocked. */
  #blocksChanged(released: readonly Username[]): void {
    this.news.changed();
    for (const name of released) this.#renewal.lookAt(directChat(name));
  }

  lineGone(): void {
    this.#delivery.lineGone();
    this.#messages.lineGone();
    this.typing.lineGone();
  }

  markRead({ chat: id }: Params<"markRead">): void {
    const { chats, received } = this.store;
    const firstUnread = chats.get(id)?.firstUnread;
    if (firstUnread === undefined) return;
    const owed = this.#options.sendReadReceipts();
    this.store.transaction(() => {
      const chat = chatOf(this.store, id);
      if (owed) received.oweRead(chat.number, firstUnread.position);
      this.chats.change(chat, { unread: 0, firstUnread: undefined });
    });
    if (owed) this.outgoing.receiptsDue(id);
  }

  setMuted({ chat: id, muted }: Params<"setMuted">): void {
    this.store.transaction(() =>
      this.chats.change(this.store.chats.ensure(id), { muted: muted === "no" ? undefined : muted }),
    );
  }

  setDraft({ chat: id, text: draft }: Params<"setDraft">): void {
    if ((this.store.chats.get(id)?.draft ?? "") === draft) return;
    this.store.transaction(() => this.chats.change(this.store.chats.ensure(id), { draft }));
  }

  /** Waits for running work, then closes the store. Unsent messages stay in the outbox, and unconfirmed deliveries are repeated. */
  async close(): Promise<void> {
    this.retention.close();
    this.#unsubscribe();
    this.typing.close();
    this.parcels.close();
    this.#uploads.close();
    this.downloads.close();
    this.openedFiles.close();
    this.#updates.close();
    this.#notes.close();
    this.#renewal.close();
    this.#passedOver.close();
    this.#uncollected.close();
    this.#forgotten.close();
    this.#delivery.close();
    this.outgoing.close();
    await this.#lanes.idle();
    this.#delivery.close();
    this.outgoing.close();
    this.news.close();
    this.store.close();
  }
}
