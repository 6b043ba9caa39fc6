/**
 * Parley without a user interface: account, people, conversations, history, delivery. An interface, a bot or a test reads its snapshots,
 * makes its calls and listens to its events.
 */
import { EventEmitter } from "node:events";
import { UsageError } from "../protocol/errors.ts";
import { inviteLink, parseInvite } from "../protocol/identity/invite.ts";
import { newMessageId, type Username } from "../protocol/names.ts";
import { AccountSession } from "./account/account-session.ts";
import { type Home, openHome, openStore } from "./account/home.ts";
import { holdsLock } from "./account/locked-vault.ts";
import { readProfile, writeProfile } from "./account/profile.ts";
import type { StoreKeys } from "./account/store-keys.ts";
import type { Calls, Params, Result } from "./calls.ts";
import { directChat, partner, partnerOf } from "./chats/direct.ts";
import { assertNumberShown, changedNumbersWith, numberWith } from "./contacts/safety-numbers.ts";
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
  MessengerOptions,
  MessengerState,
  Person,
  Profile,
  Shown,
} from "./model.ts";
import { assertShown } from "./shown.ts";
import { chat, chats, people, person } from "./snapshots.ts";
import { Store } from "./store/store.ts";
import { isShownMessage } from "./store/stored-message.ts";

export type * from "./model.ts";

/** calls.ts documents the calls. */
export class Messenger extends EventEmitter<MessengerEvents> implements Calls {
  /** Sentences to show to the user once, such as the path of a damaged history that was set aside. */
  readonly notices: readonly string[];
  readonly #options: MessengerOptions;
  #keys: StoreKeys;
  readonly #session: AccountSession;
  #desk: Desk;
  #disposed = false;
  readonly #archiving = new Archiving((done) => this.emit("archiving", { done }));

  private constructor(options: MessengerOptions, home: Home) {
    super();
    this.#options = options;
    this.#keys = home.keys;
    this.notices =
      home.setAside === undefined
        ? []
        : [`The message history could not be read and was set aside as ${home.setAside}`];
    this.#session = new AccountSession(
      {
        desk: () => this.#desk,
        keys: () => this.#keys,
        log: options.log,
        assertOpen: () => this.#assertOpen(),
      },
      home.member,
    );
    this.#desk = this.#newDesk(home.store);
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
    return this.#session.state;
  }

  get account(): Account | undefined {
    return this.#session.account;
  }

  /** Returns the other people who are online or have a chat with the user; online first, then by name. */
  people(): readonly Person[] {
    return people(this.#desk.store, this.#session.connection.users, this.#session.member?.membership.name);
  }

  /** Returns the chats with content or with an agreement in progress, most recent first. */
  chats(): readonly Chat[] {
    return chats(this.#desk.store, this.#session.connection.users);
  }

  chat(id: ChatId): Chat {
    return chat(this.#desk.store, this.#session.connection.users, id);
  }

  async join(params: Params<"join">): Promise<void> {
    await this.#session.join(params);
  }

  /** Goes online. @param account the account on screen; absent if the program goes online by itself */
  async connect(params: Partial<Params<"connect">> = {}): Promise<void> {
    this.#session.connect(params);
  }

  async reconnectNow(): Promise<void> {
    this.#session.connection.reconnectNow();
  }

  async signOut(): Promise<void> {
    await this.#session.signOut();
  }

  async forget({ account }: Params<"forget">): Promise<void> {
    this.#assertOpen();
    assertShown(account, this.account?.shown, "account-changed");
    const member = this.#session.assertMember();
    await this.signOut();
    await this.#desk.close();
    this.#session.member = undefined;
    Store.erase(this.#keys.folder);
    await this.#keys.forget(member.membership);
    this.#desk = this.#newDesk((await openStore(this.#keys.folder, this.#keys)).store);
    this.#desk.news.changed();
  }

  async backUp(archive: Params<"backUp">): Promise<void> {
    this.#assertOpen();
    const { identity } = this.#session.assertMember();
    await this.#archiving.backUp(this.#desk.store, identity, archive);
  }

  async saveRecoveryFile(archive: Params<"saveRecoveryFile">): Promise<void> {
    this.#assertOpen();
    const { identity } = this.#session.assertMember();
    await this.#archiving.saveRecoveryFile(this.#desk.store, identity, this.#keys, archive);
  }

  async restore({ replaced, ...archive }: Params<"restore">): Promise<void> {
    this.#assertOpen();
    if (this.#session.joining) throw new UsageError("wrong-state", "Joining is under way");
    this.#assertReplaced(replaced);
    const seed = await this.#archiving.restore(this.#keys, archive);
    try {
      this.#assertOpen();
      this.#assertReplaced(replaced);
      await this.signOut();
      await this.#desk.close();
      this.#session.member = undefined;
      await commitRestore(this.#keys, seed);
      const { keys, store, member } = await openHome(this.#options);
      this.#keys = keys;
      this.#desk = this.#newDesk(store);
      this.#session.member = member;
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
  readonly messages: Calls["messages"] = async (params) => this.#desk.reading.messages(params);
  readonly positionOf: Calls["positionOf"] = async (params) => this.#desk.reading.positionOf(params);
  readonly earlierVersions: Calls["earlierVersions"] = async (params) =>
    this.#desk.reading.earlierVersions(params);
  readonly messagesById: Calls["messagesById"] = async (params) => this.#desk.reading.messagesById(params);
  readonly editMessage: Calls["editMessage"] = async (params) => this.#desk.ownChanges.edit(params);
  readonly deleteMessage: Calls["deleteMessage"] = async (params) => this.#desk.ownChanges.delete(params);
  readonly react: Calls["react"] = async (params) => this.#desk.ownChanges.react(params);
  readonly attachFile: Calls["attachFile"] = async (params) => this.#desk.parcels.attachFile(params);
  readonly attachPiece: Calls["attachPiece"] = async (params) => this.#desk.parcels.attachPiece(params);
  readonly stopPieces: Calls["stopPieces"] = async (params) => this.#desk.parcels.stopPieces(params);
  readonly detachFile: Calls["detachFile"] = async (params) => this.#desk.parcels.detachFile(params);
  readonly describeFile: Calls["describeFile"] = async (params) => this.#desk.parcels.describeFile(params);
  readonly attachedPicture: Calls["attachedPicture"] = async (params) =>
    this.#desk.parcels.attachedPicture(params);
  readonly sendFiles: Calls["sendFiles"] = async (params) => this.#desk.parcels.send(params);
  readonly cancelFiles: Calls["cancelFiles"] = async (params) => this.#desk.parcels.cancel(params);
  readonly parcels: Calls["parcels"] = async (params) => this.#desk.parcels.list(params);
  readonly fetchFile: Calls["fetchFile"] = async (params) => this.#desk.downloads.fetch(params);
  readonly stopFile: Calls["stopFile"] = async (params) => this.#desk.downloads.stop(params);
  readonly saveFile: Calls["saveFile"] = async (params) => this.#desk.save(params);
  readonly readFile: Calls["readFile"] = async (params) => this.#desk.openedFiles.read(params);
  readonly markRead: Calls["markRead"] = async (params) => this.#desk.markRead(params);
  readonly setDraft: Calls["setDraft"] = async (params) => this.#desk.setDraft(params);
  readonly typed: Calls["typed"] = ({ chat }) => this.#desk.typing.typed(chat);
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
    return numberWith(this.#session.member, peer, this.#desk.contacts.get(peer));
  }

  async changedNumbers({ peer }: Params<"changedNumbers">): Promise<ChangedNumbers | undefined> {
    const { keyChange } = partner(this.chat(directChat(peer)));
    return changedNumbersWith(this.#session.member, peer, this.#desk.contacts.get(peer), keyChange);
  }

  async setVerified({ peer, number }: Params<"setVerified">): Promise<void> {
    if (number !== null) assertNumberShown(number, this.#session.member, peer, this.#desk.contacts.get(peer));
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
    const gone = this.#session.connection.stop();
    await this.#desk.close();
    return { gone };
  }

  #newDesk(store: Store): Desk {
    return new Desk({
      store,
      options: this.#options,
      emitter: this,
      me: () => {
        if (this.#session.member === undefined) return undefined;
        const { membership, identity } = this.#session.member;
        return { name: membership.name, identity, server: membership.caFingerprint };
      },
      client: () => this.#session.connection.client,
      onRequest: (of) =>
        this.#desk.news.safely(() =>
          this.emit("request", {
            chat: of,
            from: person(this.#desk.store, this.#session.connection.users, partnerOf(of)),
          }),
        ),
    });
  }

  #assertReplaced(replaced: Shown<"account"> | null): void {
    if ((this.account?.shown ?? null) !== replaced)
      throw new UsageError("account-changed", "The account to be replaced is another");
  }

  #assertOpen(): void {
    if (this.#disposed) throw new UsageError("closed", "This messenger was disposed of");
  }
}
