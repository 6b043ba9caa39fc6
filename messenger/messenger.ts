/**
 * Parley without a user interface: account, people, conversations, history, delivery. An interface, a bot or a test reads its snapshots,
 * makes its calls and listens to its events.
 */
import { EventEmitter } from "node:events";
import type { ClientOptions, ClientState } from "../protocol/client/client.ts";
import { UsageError } from "../protocol/errors.ts";
import { fingerprint } from "../protocol/identity/identity.ts";
import { inviteLink, parseInvite } from "../protocol/identity/invite.ts";
import { safetyNumber } from "../protocol/identity/safety-number.ts";
import { type MessageId, newMessageId, type Username, username } from "../protocol/names.ts";
import { type Member, writeMembership } from "./account/account.ts";
import { Connection } from "./account/connection.ts";
import { type Home, openHome, openStore } from "./account/home.ts";
import { holdsLock } from "./account/locked-vault.ts";
import { readProfile, writeProfile } from "./account/profile.ts";
import type { StoreKeys } from "./account/store-keys.ts";
import type { Calls, Params, Result } from "./calls.ts";
import { directChat, partner, partnerOf } from "./chats/direct.ts";
import { trustOf } from "./contacts/contact.ts";
import { Desk } from "./desk.ts";
import type { MessengerEvents } from "./events.ts";
import { Archiving } from "./history/archiving.ts";
import { commitRestore } from "./history/backup/swap.ts";
import { searchStep } from "./history/search-step.ts";
import type {
  Account,
  ChangedNumbers,
  Chat,
  ChatId,
  ChatMessage,
  MessageVersion,
  MessengerOptions,
  MessengerState,
  Parcel,
  Person,
  Profile,
  Shown,
} from "./model.ts";
import { assertShown, shownAccount } from "./shown.ts";
import { chat, chats, people, person } from "./snapshots.ts";
import { positionAt } from "./store/position-at.ts";
import { Store } from "./store/store.ts";
import { isShownMessage, type ShownMessage } from "./store/stored-message.ts";

export type * from "./model.ts";

/** calls.ts documents the calls. */
export class Messenger extends EventEmitter<MessengerEvents> implements Calls {
  /** Sentences to show to the user once, such as the path of a damaged history that was set aside. */
  readonly notices: readonly string[];
  readonly #options: MessengerOptions;
  #keys: StoreKeys;
  readonly #connection: Connection;
  #desk: Desk;
  #member: Member | undefined;
  #joining = false;
  #disposed = false;
  readonly #archiving = new Archiving((done) => this.emit("archiving", { done }));

  private constructor(options: MessengerOptions, home: Home) {
    super();
    this.#options = options;
    this.#keys = home.keys;
    this.#member = home.member;
    this.notices =
      home.setAside === undefined
        ? []
        : [`The message history could not be read and was set aside as ${home.setAside}`];
    this.#desk = this.#newDesk(home.store);
    this.#connection = new Connection({
      opened: (client) => this.#desk.inbox.listen(client),
      state: (state) => this.#onLine(state),
      people: () => this.#desk.news.changed(),
    });
  }

  /**
   * Opens the store, without connecting. Sets a damaged store aside and adds a notice.
   * @throws UsageError "in-use" while another process has it open, "wrong-state" if a later version wrote it, "keys-missing" and
   * "keys-wrong" for a store without its keys; errors of the disk and the vault
   */
  static async open(options: MessengerOptions): Promise<Messenger> {
    return new Messenger(options, await openHome(options));
  }

  get state(): MessengerState {
    if (this.#joining) return { type: "connecting" };
    return this.#member === undefined ? { type: "no-account" } : this.#connection.state;
  }

  get account(): Account | undefined {
    if (this.#member === undefined) return undefined;
    const { membership, identity } = this.#member;
    const { name, host, port, caFingerprint } = membership;
    const plain = {
      name,
      host,
      port,
      fingerprint: fingerprint(identity.publicKey),
      identityKey: identity.publicKey,
    };
    return { ...plain, shown: shownAccount(plain, caFingerprint) };
  }

  /** Returns the other people who are online or have a chat with the user; online first, then by name. */
  people(): readonly Person[] {
    return people(this.#desk.store, this.#connection.users, this.#member?.membership.name);
  }

  /** Returns the chats with content or with an agreement in progress, most recent first. */
  chats(): readonly Chat[] {
    return chats(this.#desk.store, this.#connection.users);
  }

  chat(id: ChatId): Chat {
    return chat(this.#desk.store, this.#connection.users, id);
  }

  async messages({ chat: id, stretch }: Params<"messages">): Promise<readonly ChatMessage[]> {
    const { store, chats } = this.#desk;
    const known = store.chats.get(id);
    return known === undefined
      ? []
      : store.messages.page(known.number, stretch).map((message) => chats.view(message));
  }

  async positionOf({ chat: id, target }: Params<"positionOf">): Promise<number | undefined> {
    const { store } = this.#desk;
    const known = store.chats.get(id);
    if (known === undefined) return undefined;
    if ("id" in target) return store.messages.find(known.number, target.id)?.position;
    return positionAt(store.messages, known.number, target.at);
  }

  async join({ link, name: wanted }: Params<"join">): Promise<void> {
    this.#assertOpen();
    if (this.#member !== undefined || this.#joining)
      throw new UsageError("wrong-state", "There is an account already");
    const { host, port, caFingerprint, token, pass, expiresAt, name: reservedFor } = parseInvite(link);
    const name = username(wanted);
    if (reservedFor !== undefined && reservedFor !== name)
      throw new UsageError("name-invalid", `The invite is for ${reservedFor}`);
    this.#joining = true;
    this.#desk.news.changed();
    try {
      const identity = await this.#keys.ensureIdentity({ name, caFingerprint });
      this.#assertOpen();
      const membership = { name, host, port, caFingerprint };
      // Set it before connecting, since deliveries arrive with the server's first answer.
      this.#member = { membership, identity };
      await this.#connection.visit({ ...membership, identity, inviteToken: token });
      this.#keepMembership();
      if (pass !== undefined) this.#desk.passes.cameBy(pass, expiresAt);
      this.#desk.lineOpened();
    } catch (error) {
      this.#member = undefined;
      await this.#connection.stop();
      throw error;
    } finally {
      this.#joining = false;
      this.#desk.news.changed();
    }
  }

  /** Goes online. @param account the account on screen; absent if the program goes online by itself */
  async connect({ account }: Partial<Params<"connect">> = {}): Promise<void> {
    this.#assertOpen();
    if (this.#member === undefined) throw new UsageError("wrong-state", "There is no account");
    if (account !== undefined) assertShown(account, this.account?.shown, "account-changed");
    const { membership, identity } = this.#member;
    const { name, host, port, caFingerprint, minimumCrlNumber } = membership;
    const options: ClientOptions = { name, host, port, caFingerprint, identity };
    this.#connection.start(minimumCrlNumber === undefined ? options : { ...options, minimumCrlNumber });
    this.#desk.news.changed();
  }

  async reconnectNow(): Promise<void> {
    this.#connection.reconnectNow();
  }

  async signOut(): Promise<void> {
    await this.#connection.stop();
    this.#desk.lineGone();
    this.#desk.news.changed();
  }

  async forget({ account }: Params<"forget">): Promise<void> {
    this.#assertOpen();
    assertShown(account, this.account?.shown, "account-changed");
    const member = this.#member;
    if (member === undefined) throw new UsageError("wrong-state", "There is no account");
    await this.signOut();
    await this.#desk.close();
    this.#member = undefined;
    Store.erase(this.#keys.folder);
    await this.#keys.forget(member.membership);
    this.#desk = this.#newDesk((await openStore(this.#keys.folder, this.#keys)).store);
    this.#desk.news.changed();
  }

  async backUp(archive: Params<"backUp">): Promise<void> {
    this.#assertOpen();
    if (this.#member === undefined) throw new UsageError("wrong-state", "There is no account");
    const { identity } = this.#member;
    await this.#archiving.backUp(this.#desk.store, identity, archive);
  }

  async saveRecoveryFile(archive: Params<"saveRecoveryFile">): Promise<void> {
    this.#assertOpen();
    if (this.#member === undefined) throw new UsageError("wrong-state", "There is no account");
    const { identity } = this.#member;
    await this.#archiving.saveRecoveryFile(this.#desk.store, identity, this.#keys, archive);
  }

  async restore({ replaced, ...archive }: Params<"restore">): Promise<void> {
    this.#assertOpen();
    if (this.#joining) throw new UsageError("wrong-state", "Joining is under way");
    this.#assertReplaced(replaced);
    const seed = await this.#archiving.restore(this.#keys, archive);
    try {
      this.#assertOpen();
      this.#assertReplaced(replaced);
      await this.signOut();
      await this.#desk.close();
      this.#member = undefined;
      await commitRestore(this.#keys, seed);
      const { keys, store, member } = await openHome(this.#options);
      this.#keys = keys;
      this.#desk = this.#newDesk(store);
      this.#member = member;
      if (this.#disposed) await this.#desk.close();
    } finally {
      seed.fill(0);
      this.#desk.news.changed();
    }
  }

  async stopArchiving(): Promise<void> {
    this.#archiving.stop();
  }

  async tellVault({ contents }: Params<"tellVault">): Promise<void> {
    this.emit("vault", { contents });
    this.#assertOpen();
    this.#desk.store.settings.set("lock", holdsLock(contents, this.#keys.id) ? "on" : "off");
  }

  async lock(): Promise<void> {
    this.emit("locked", {});
  }

  // Look the desk up in each call, since forget() and restore() replace it.
  readonly searchStep: Calls["searchStep"] = (params) => searchStep(this.#desk.store, params);
  readonly markRead: Calls["markRead"] = async (params) => this.#desk.markRead(params);
  readonly setDraft: Calls["setDraft"] = async (params) => this.#desk.setDraft(params);
  readonly setMuted: Calls["setMuted"] = async (params) => this.#desk.setMuted(params);
  readonly deleteHistory: Calls["deleteHistory"] = (params) => this.#desk.deletion.deleteHistory(params);
  readonly deleteHere: Calls["deleteHere"] = (params) => this.#desk.deletion.deleteHere(params);
  readonly putAway: Calls["putAway"] = (params) => this.#desk.retention.putAway(params);
  readonly request: Calls["request"] = (params) => this.#desk.talk.request(params);
  readonly accept: Calls["accept"] = (params) => this.#desk.talk.accept(params);
  readonly refuse: Calls["refuse"] = (params) => this.#desk.ending.refuse(params);
  readonly closeChat: Calls["closeChat"] = (params) => this.#desk.ending.closeChat(params);
  readonly acceptNewKey: Calls["acceptNewKey"] = async (params) =>
    this.#desk.keyDecisions.acceptNewKey(params);
  readonly keepOldKey: Calls["keepOldKey"] = async (params) => this.#desk.keyDecisions.keepOldKey(params);
  readonly block: Calls["block"] = (params) => this.#desk.blocking.block(params);
  readonly unblock: Calls["unblock"] = (params) => this.#desk.blocking.unblock(params);
  readonly blocked: Calls["blocked"] = async () => this.#desk.blocking.blocked();

  async setQuiet({ until }: Params<"setQuiet">): Promise<void> {
    this.#assertOpen();
    this.#desk.store.settings.set("quiet", String(until ?? 0));
    this.#desk.news.changed();
  }

  async quietUntil(): Promise<number | null> {
    const until = Number(this.#desk.store.settings.get("quiet") ?? 0);
    return until > Date.now() ? until : null;
  }

  async setInvisible({ invisible }: Params<"setInvisible">): Promise<void> {
    this.#assertOpen();
    await this.#desk.server.ask("hide", invisible);
    this.#desk.store.settings.set("invisible", invisible ? "yes" : "no");
    this.#desk.news.changed();
  }

  async invisible(): Promise<boolean> {
    return this.#desk.store.settings.get("invisible") === "yes";
  }

  /** Returns the people whom only the server lists as blocked, by name. The user keeps a block with block() or lifts it with unblock(). */
  claimedBlocks(): readonly Username[] {
    return this.#desk.blocking.claimed();
  }

  async send({ chat: to, text, id = newMessageId(), replyTo }: Params<"send">): Promise<ChatMessage> {
    const sent = await this.#desk.outgoing.send(to, { kind: "text", text }, id, replyTo);
    if (!isShownMessage(sent)) throw new UsageError("bad-argument", "That id is of a change to a message");
    return this.#desk.chats.view(sent);
  }

  async editMessage(params: Params<"editMessage">): Promise<ChatMessage> {
    return this.#desk.ownChanges.edit(params);
  }

  async deleteMessage(params: Params<"deleteMessage">): Promise<ChatMessage> {
    return this.#desk.ownChanges.delete(params);
  }

  async react(params: Params<"react">): Promise<ChatMessage> {
    return this.#desk.ownChanges.react(params);
  }

  async earlierVersions({ chat, id }: Params<"earlierVersions">): Promise<readonly MessageVersion[]> {
    const [message] = this.#find(chat, [id]);
    const versions = message && this.#desk.store.messages.resultsOf(message).versions;
    return (versions ?? []).slice(0, -1).map(({ at, body }) => ({ at, body }));
  }

  async messagesById({ chat, ids }: Params<"messagesById">): Promise<readonly ChatMessage[]> {
    return this.#find(chat, ids).map((message) => this.#desk.chats.view(message));
  }

  #find(chat: ChatId, ids: readonly MessageId[]): readonly ShownMessage[] {
    const { messages, chats } = this.#desk.store;
    const known = chats.get(chat);
    if (known === undefined) return [];
    return ids.flatMap((id) => messages.find(known.number, id) ?? []).filter(isShownMessage);
  }

  async attachFile(params: Params<"attachFile">): Promise<Parcel> {
    return this.#desk.parcels.attachFile(params);
  }

  async attachPiece(params: Params<"attachPiece">): Promise<Parcel | undefined> {
    return this.#desk.parcels.attachPiece(params);
  }

  async detachFile(params: Params<"detachFile">): Promise<Parcel> {
    return this.#desk.parcels.detachFile(params);
  }

  async describeFile(params: Params<"describeFile">): Promise<Parcel> {
    return this.#desk.parcels.describeFile(params);
  }

  async sendFiles(params: Params<"sendFiles">): Promise<void> {
    this.#desk.parcels.send(params);
  }

  async cancelFiles(params: Params<"cancelFiles">): Promise<void> {
    this.#desk.parcels.cancel(params);
  }

  async parcels(params: Params<"parcels">): Promise<readonly Parcel[]> {
    return this.#desk.parcels.list(params);
  }

  async fetchFile(params: Params<"fetchFile">): Promise<void> {
    await this.#desk.downloads.fetch(params);
  }

  async stopFile(params: Params<"stopFile">): Promise<void> {
    this.#desk.downloads.stop(params);
  }

  async saveFile(params: Params<"saveFile">): Promise<string> {
    return this.#desk.save(params);
  }

  async retry({ chat: to, id }: Params<"retry">): Promise<void> {
    await this.#desk.outgoing.retry(to, id);
  }

  async setKeep(params: Params<"setKeep">): Promise<void> {
    this.#assertOpen();
    await this.#desk.retention.setKeep(params);
  }

  async setTimer({ chat: of, seconds, shown }: Params<"setTimer">): Promise<void> {
    if (this.chat(of).timerSeconds !== shown)
      throw new UsageError("timer-changed", "The timer was set meanwhile");
    await this.#desk.outgoing.setTimer(of, seconds);
  }

  async setProfile(profile: Params<"setProfile">): Promise<void> {
    this.#assertOpen();
    const { store, outgoing } = this.#desk;
    store.transaction(() => writeProfile(store.settings, profile));
    outgoing.announceProfileToAll();
  }

  async profile(): Promise<Profile> {
    const { name, color } = readProfile(this.#desk.store.settings);
    return { name, color };
  }

  async safetyNumber({ peer }: Params<"safetyNumber">): Promise<Shown<"number"> | undefined> {
    return this.#safetyNumber(peer);
  }

  async changedNumbers({ peer }: Params<"changedNumbers">): Promise<ChangedNumbers | undefined> {
    const { keyChange } = partner(this.chat(directChat(peer)));
    const contact = this.#desk.contacts.get(peer);
    const pinnedNumber = this.#numberWith(peer, contact.identityKey);
    const offeredNumber = this.#numberWith(peer, contact.changedTo);
    if (keyChange === undefined || pinnedNumber === undefined || offeredNumber === undefined)
      return undefined;
    return { ...keyChange, pinnedNumber, offeredNumber };
  }

  async setVerified({ peer, number }: Params<"setVerified">): Promise<void> {
    if (number !== null) {
      assertShown(number, this.#safetyNumber(peer), "number-changed");
      if (trustOf(this.#desk.contacts.get(peer)) === "changed")
        throw new UsageError("number-changed", `Another key came in the name of ${peer}`);
    }
    this.#desk.keyDecisions.setVerified(peer, number !== null);
  }

  async createInvite({ uses, expiresSeconds }: Params<"createInvite">): Promise<Result<"createInvite">> {
    const { link, expiresAt } = await this.#desk.server.ask("invite", uses, expiresSeconds);
    const pass = this.#desk.passes.issue(expiresAt);
    return { link: inviteLink({ ...parseInvite(link), pass }), expiresAt };
  }

  /** Disconnects with QUIT and closes the store. Safe to call twice. */
  async dispose(): Promise<void> {
    await (await this.handOver()).gone;
  }

  /**
   * Like dispose(), but resolves as soon as the store is closed, so that a waiting process can take over.
   * @returns `gone`: resolves once the line has ended too, after the server's answer
   */
  async handOver(): Promise<{ readonly gone: Promise<void> }> {
    if (this.#disposed) return { gone: Promise.resolve() };
    this.#disposed = true;
    this.#archiving.stop();
    const gone = this.#connection.stop();
    await this.#desk.close();
    return { gone };
  }

  #newDesk(store: Store): Desk {
    return new Desk({
      store,
      options: this.#options,
      emitter: this,
      me: () => {
        if (this.#member === undefined) return undefined;
        const { membership, identity } = this.#member;
        return { name: membership.name, identity, server: membership.caFingerprint };
      },
      client: () => this.#connection.client,
      onRequest: (of) =>
        this.#desk.news.safely(() =>
          this.emit("request", {
            chat: of,
            from: person(this.#desk.store, this.#connection.users, partnerOf(of)),
          }),
        ),
    });
  }

  #onLine(state: ClientState): void {
    this.#desk.news.changed();
    if (state.type !== "online") {
      this.#desk.lineGone();
      return;
    }
    if (this.#joining) return; // join() continues from here
    this.#desk.lineOpened();
    try {
      this.#keepMembership();
    } catch (error) {
      // For example, the disk is full. Go on, since waiting messages must be sent. The next sign-in stores the list's number.
      this.#options.log.error(`Could not store the number of the newest revocation list: ${String(error)}`);
    }
  }

  /** Stores the account and the number of the newest revocation list. */
  #keepMembership(): void {
    if (this.#member === undefined) return;
    const { membership, identity } = this.#member;
    const minimumCrlNumber = this.#connection.client?.minimumCrlNumber ?? membership.minimumCrlNumber;
    this.#member = { membership: { ...membership, minimumCrlNumber }, identity };
    writeMembership(this.#desk.store.settings, this.#member.membership);
  }

  #safetyNumber(peer: Username): Shown<"number"> | undefined {
    return this.#numberWith(peer, this.#desk.contacts.get(peer).identityKey);
  }

  #numberWith(peer: Username, key: Uint8Array | undefined): Shown<"number"> | undefined {
    if (this.#member === undefined || key === undefined) return undefined;
    const { membership, identity } = this.#member;
    const me = { name: membership.name, identityKey: identity.publicKey };
    return safetyNumber(me, { name: peer, identityKey: key }) as Shown<"number">;
  }

  #assertReplaced(replaced: Shown<"account"> | null): void {
    if ((this.account?.shown ?? null) !== replaced)
      throw new UsageError("account-changed", "The account to be replaced is another");
  }

  #assertOpen(): void {
    if (this.#disposed) throw new UsageError("closed", "This messenger was disposed of");
  }
}
