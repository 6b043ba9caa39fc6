/**
 * Parley without an editor: account, people, conversations, history, delivery. A terminal client, a bot or a
 * test can use it whole. The user interface reads its snapshots, calls its verbs and listens to its events.
 */
import { EventEmitter } from "node:events";
import type { ClientOptions, ClientState } from "../../protocol/client/client.ts";
import { UsageError } from "../../protocol/errors.ts";
import { fingerprint } from "../../protocol/identity/identity.ts";
import { inviteLink, parseInvite } from "../../protocol/identity/invite.ts";
import { safetyNumber } from "../../protocol/identity/safety-number.ts";
import { type MessageId, newMessageId, type Username, username } from "../../protocol/names.ts";
import { type Member, writeMembership } from "./account.ts";
import { Archiving } from "./archiving.ts";
import { commitRestore } from "./backup/swap.ts";
import { Connection } from "./connection.ts";
import { Desk } from "./desk.ts";
import { type Home, openHome, openStore } from "./home.ts";
import { holdsLock } from "./locked-vault.ts";
import type {
  Account,
  ChangedNumbers,
  Chat,
  ChatMessage,
  Keep,
  MessengerEvents,
  MessengerOptions,
  MessengerState,
  Muted,
  Person,
  SearchQuestion,
  SearchStep,
  Secret,
  Shown,
  Stretch,
} from "./model.ts";
import { searchStep } from "./search-step.ts";
import { assertShown, shownAccount } from "./shown.ts";
import { chat, chats, people, person } from "./snapshots.ts";
import { isShownMessage } from "./store/messages.ts";
import { Store } from "./store/store.ts";
import type { StoreKeys } from "./store-keys.ts";

export type * from "./model.ts";

export class Messenger extends EventEmitter<MessengerEvents> {
  /** Things the user must be told once: that a damaged history was set aside, and where. */
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
   * Opens the history on disk, makes nothing on the network. A damaged store is set aside and told through `notices`.
   * @throws UsageError "in-use" while another process has it open, "wrong-state" when a newer program wrote it, "keys-missing" and
   * "keys-wrong" where there is a history without its keys; errors of the disk and the vault
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

  /** Everybody online but oneself, and everybody one has a chat with; sorted online first, then by name. */
  people(): readonly Person[] {
    return people(this.#desk.store, this.#connection.users, this.#member?.membership.name);
  }

  /** Chats with anything in them or in progress, most recent first. */
  chats(): readonly Chat[] {
    return chats(this.#desk.store, this.#connection.users);
  }

  chat(peer: Username): Chat {
    return chat(this.#desk.store, this.#connection.users, peer);
  }

  /** A stretch of the history, oldest first. As quick at any place of any history. */
  messages(peer: Username, stretch: Stretch): readonly ChatMessage[] {
    const { store, chats } = this.#desk;
    const known = store.peers.get(peer);
    return known === undefined
      ? []
      : store.messages.page(known.id, stretch).map((message) => chats.view(message));
  }

  /**
   * Looks through some of the history, newest first, for some tens of milliseconds in slices; search.ts goes on until
   * the end or until nobody wants to know any more.
   * @throws UsageError "closed"
   */
  searchStep(question: SearchQuestion): Promise<SearchStep> {
    return searchStep(this.#desk.store, question);
  }

  /** @returns the position of that message, or of the first one of that time (Unix, milliseconds) or later, if there is any */
  positionOf(
    peer: Username,
    target: { readonly id: MessageId } | { readonly at: number },
  ): number | undefined {
    const { store } = this.#desk;
    const known = store.peers.get(peer);
    if (known === undefined) return undefined;
    if ("id" in target) return store.messages.find(known.id, target.id)?.position;
    return store.messages.positionAt(known.id, target.at);
  }

  /**
   * Joins a server with an invite link; keeps the account; stays online. Broken off at any point, it may be called
   * again with the same link: the server knows the key it saw.
   * @throws UsageError, TrustError, RefusedError, NetworkError
   */
  async join(link: string, nameText: string): Promise<void> {
    this.#assertOpen();
    if (this.#member !== undefined || this.#joining)
      throw new UsageError("wrong-state", "There is an account already");
    const { host, port, caFingerprint, token, pass, expiresAt, name: reservedFor } = parseInvite(link);
    const name = username(nameText);
    if (reservedFor !== undefined && reservedFor !== name)
      throw new UsageError("name-invalid", `The invite is for ${reservedFor}`);
    this.#joining = true;
    this.#desk.news.changed();
    try {
      const identity = await this.#keys.ensureIdentity({ name, caFingerprint });
      this.#assertOpen();
      const membership = { name, host, port, caFingerprint };
      // Before connecting: the deliveries that come with the server's first answer already need it.
      this.#member = { membership, identity };
      await this.#connection.visit({ ...membership, identity, inviteToken: token });
      this.#keepMembership();
      if (pass !== undefined) this.#desk.passes.cameBy(pass, expiresAt);
      this.#desk.lineStands();
    } catch (error) {
      this.#member = undefined;
      await this.#connection.stop();
      throw error;
    } finally {
      this.#joining = false;
      this.#desk.news.changed();
    }
  }

  /**
   * Goes online with the kept account. Does not wait for the network.
   * @param account as the user saw it who decides that; a program that goes online by itself leaves it out
   * @throws UsageError "wrong-state" without one, "account-changed"
   */
  connect(account?: Shown<"account">): void {
    this.#assertOpen();
    if (this.#member === undefined) throw new UsageError("wrong-state", "There is no account");
    if (account !== undefined) assertShown(account, this.account?.shown, "account-changed");
    const { membership, identity } = this.#member;
    const { name, host, port, caFingerprint, minimumCrlNumber } = membership;
    const options: ClientOptions = { name, host, port, caFingerprint, identity };
    this.#connection.start(minimumCrlNumber === undefined ? options : { ...options, minimumCrlNumber });
    this.#desk.news.changed();
  }

  reconnectNow(): void {
    this.#connection.reconnectNow();
  }

  /** QUIT. Keeps the account. */
  async signOut(): Promise<void> {
    await this.#connection.stop();
    this.#desk.lineGone();
    this.#desk.news.changed();
  }

  /**
   * Signs out and forgets account, keys and history on this machine. Files that were set aside stay.
   * @throws UsageError "account-changed", "wrong-state"
   */
  async forget(account: Shown<"account">): Promise<void> {
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

  /**
   * Writes a backup of everything but the conversations' keys. The messenger goes on meanwhile.
   * @throws UsageError "weak-passphrase", "wrong-state" without an account or while another archive is under way,
   * "cancelled"; errors of the disk
   */
  async backUp(path: string, passphrase: string): Promise<void> {
    this.#assertOpen();
    if (this.#member === undefined) throw new UsageError("wrong-state", "There is no account");
    const { identity } = this.#member;
    await this.#archiving.backUp(this.#desk.store, identity, { path, passphrase });
  }

  /**
   * Writes a file that brings account, contacts and, with the store that is on this disk, the history back where the keyring loses the
   * keys. @throws as backUp
   */
  async saveRecoveryFile(path: string, passphrase: string): Promise<void> {
    this.#assertOpen();
    if (this.#member === undefined) throw new UsageError("wrong-state", "There is no account");
    const { identity } = this.#member;
    await this.#archiving.saveRecoveryFile(this.#desk.store, identity, this.#keys, { path, passphrase });
  }

  /**
   * Replaces the account and history here, if there are any, by those of a backup. A failure
   * before the whole file was read changes nothing. Does not connect.
   * @param replaced the account that the user lets go; null where there was none
   * @throws UsageError "backup-unknown", "backup-damaged", "wrong-passphrase", "cancelled", "account-changed", "wrong-state" while
   * joining or while another archive is under way; errors of the disk
   */
  async restore(path: string, passphrase: string, replaced: Shown<"account"> | null): Promise<void> {
    this.#assertOpen();
    if (this.#joining) throw new UsageError("wrong-state", "Joining is under way");
    this.#assertReplaced(replaced);
    const seed = await this.#archiving.restore(this.#keys, { path, passphrase });
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

  /** Cancels the backup or the restore under way, if there is one; once a restore takes effect it is too late. */
  stopArchiving(): void {
    this.#archiving.stop();
  }

  /** Tells every window that shows this messenger that the lock was put on or taken off, and the vault's present secrets. */
  tellVault(contents: readonly Secret[]): void {
    this.emit("vault", contents);
    this.#assertOpen();
    this.#desk.store.settings.set("lock", holdsLock(contents, this.#keys.id) ? "on" : "off");
  }

  /** Tells all who show this messenger that the user wants it locked. Disposing of it is theirs. */
  lock(): void {
    this.emit("locked");
  }

  /**
   * @param wait leave it for somebody who is away
   * @param note sealed for them; at most MAX_NOTE_CHARACTERS. Where they have asked already it becomes the draft
   * @throws RefusedError "user-not-found", "already-asked", "self"; UsageError "not-connected", "wrong-state",
   * "note-unsealable", "too-large"; TrustError "identity-changed"; NetworkError
   */
  async request(
    peer: Username,
    { wait = false, note = "" }: { readonly wait?: boolean; readonly note?: string } = {},
  ): Promise<void> {
    await this.#desk.talk.request(peer, { wait, note: note.trim() || undefined });
  }

  /** @throws UsageError "request-changed", "wrong-state"; TrustError "identity-changed"; RefusedError when the request is gone */
  async accept(peer: Username, request: Shown<"request">): Promise<void> {
    await this.#desk.talk.accept(peer, request);
  }

  /** @throws UsageError "request-changed", "wrong-state" */
  async refuse(peer: Username, request: Shown<"request">): Promise<void> {
    await this.#desk.talk.refuse(peer, request);
  }

  /** Closes the chat for both; withdraws a request that has no answer yet. @throws UsageError "chat-changed", "wrong-state" */
  async closeChat(peer: Username, standing: Shown<"standing">): Promise<void> {
    await this.#desk.talk.close(peer, standing);
  }

  /**
   * Blocks that person and ends any conversation without telling them. Offline too: the server is told at the next sign-in.
   * @param request where it is the answer to one; null: any person of that name
   * @throws UsageError "request-changed", "wrong-state"
   */
  async block(peer: Username, request: Shown<"request"> | null = null): Promise<void> {
    await this.#desk.blocking.block(peer, request);
  }

  /** @throws UsageError "not-connected": the server must let them in again */
  async unblock(peer: Username): Promise<void> {
    await this.#desk.blocking.unblock(peer);
  }

  setMuted(peer: Username, muted: Muted): void {
    this.#desk.setMuted(peer, muted);
  }

  /** Do not disturb until then: Unix time, milliseconds; null: disturb. */
  setQuiet(until: number | null): void {
    this.#assertOpen();
    this.#desk.store.settings.set("quiet", String(until ?? 0));
    this.#desk.news.changed();
  }

  /** @returns null where one may disturb */
  quietUntil(): number | null {
    const until = Number(this.#desk.store.settings.get("quiet") ?? 0);
    return until > Date.now() ? until : null;
  }

  /** Appear offline to the others, or be seen again. @throws UsageError "not-connected"; NetworkError */
  async setInvisible(invisible: boolean): Promise<void> {
    this.#assertOpen();
    const client = this.#connection.client;
    if (client === undefined) throw new UsageError("not-connected", "Who sees one is for the server to do");
    await client.hide(invisible);
    this.#desk.store.settings.set("invisible", invisible ? "yes" : "no");
    this.#desk.news.changed();
  }

  invisible(): boolean {
    return this.#desk.store.settings.get("invisible") === "yes";
  }

  /** Everybody blocked, by name. */
  blocked(): readonly Username[] {
    return this.#desk.blocking.list();
  }

  /** Names blocked according to the server, and not blocked here: for the user to keep, by block(), or to lift, by unblock(). */
  claimedBlocks(): readonly Username[] {
    return this.#desk.blocking.claimed();
  }

  /**
   * Written to the outbox before it resolves; later states come as `updated`.
   * @param id lets the caller ask again when it does not know whether it was heard: a message is sent once under its id
   * @throws UsageError "too-large", "wrong-state"; TrustError "identity-changed"
   */
  async send(peer: Username, text: string, id = newMessageId()): Promise<ChatMessage> {
    const sent = await this.#desk.outgoing.send(peer, { kind: "text", text }, id);
    if (!isShownMessage(sent)) throw new UsageError("bad-argument", "That id is of a change to a message");
    return this.#desk.chats.view(sent);
  }

  /** Sends a failed message again, under its id. @throws UsageError "wrong-state" unless it failed and a conversation is open; TrustError "identity-changed" */
  async retry(peer: Username, id: MessageId): Promise<void> {
    await this.#desk.outgoing.retry(peer, id);
  }

  markRead(peer: Username): void {
    this.#desk.markRead(peer);
  }

  setDraft(peer: Username, text: string): void {
    this.#desk.setDraft(peer, text);
  }

  /**
   * Deletes the messages of a chat on this computer, but those that still wait to leave, and its draft. The chat itself
   * stays as it is.
   * @param upTo the position of the newest one that the user saw; later ones stay
   */
  async deleteHistory(peer: Username, upTo?: number): Promise<void> {
    await this.#desk.deletion.deleteHistory(peer, upTo);
  }

  /** How long messages are kept on this computer; counts at once for those that are there. */
  async setKeep(peer: Username, keep: Keep): Promise<void> {
    this.#assertOpen();
    await this.#desk.retention.setKeep(peer, keep);
  }

  /** That chat is on no screen any more: messages that are not to be kept go. */
  async putAway(peer: Username): Promise<void> {
    await this.#desk.retention.putAway(peer);
  }

  /**
   * Makes messages of both disappear after so many seconds from now on, at most MAX_EXPIRY_SECONDS; 0: they stay.
   * @param shown the timer that the user saw, and changes
   * @throws UsageError "wrong-state" while no conversation is open, "timer-changed", "bad-argument"; TrustError "identity-changed"
   */
  async setTimer(peer: Username, seconds: number, shown = this.chat(peer).timerSeconds): Promise<void> {
    if (this.chat(peer).timerSeconds !== shown)
      throw new UsageError("timer-changed", "The timer was set meanwhile");
    await this.#desk.outgoing.setTimer(peer, seconds);
  }

  /** @returns 12 groups of five digits, or undefined while no key of that person is pinned. */
  safetyNumber(peer: Username): Shown<"number"> | undefined {
    return this.#numberWith(peer, this.#desk.store.peers.get(peer)?.contact.identityKey);
  }

  /** @returns both keys of somebody whose key has changed, as they can be compared; undefined where it has not */
  changedNumbers(peer: Username): ChangedNumbers | undefined {
    const { keyChange } = this.chat(peer);
    const contact = this.#desk.store.peers.get(peer)?.contact;
    const pinnedNumber = this.#numberWith(peer, contact?.identityKey);
    const offeredNumber = this.#numberWith(peer, contact?.changedTo);
    if (keyChange === undefined || pinnedNumber === undefined || offeredNumber === undefined)
      return undefined;
    return { ...keyChange, pinnedNumber, offeredNumber };
  }

  /**
   * @param number the one that the two have compared; null: they have not
   * @throws UsageError "number-changed" where it is another by now, or another key came; "wrong-state" for a stranger
   */
  setVerified(peer: Username, number: Shown<"number"> | null): void {
    if (number !== null) {
      assertShown(number, this.safetyNumber(peer), "number-changed");
      if (this.chat(peer).trust === "changed")
        throw new UsageError("number-changed", `Another key came in the name of ${peer}`);
    }
    this.#desk.talk.setVerified(peer, number !== null);
  }

  /**
   * After "key-changed": trust the new key (drops "verified"); a new request to talk is then possible.
   * @throws UsageError "key-changed-again", "wrong-state"
   */
  acceptNewKey(peer: Username, change: Shown<"key-change">): void {
    this.#desk.talk.acceptNewKey(peer, change);
  }

  /**
   * After "key-changed": the new key is not that person's. Goes on with the pinned key, and with its conversation if one was open.
   * @throws UsageError "key-changed-again", "wrong-state"
   */
  keepOldKey(peer: Username, change: Shown<"key-change">): void {
    this.#desk.talk.keepOldKey(peer, change);
  }

  /**
   * @returns the server's link and, in it, a pass that the server never sees: whoever uses it can prove that they came by it
   * @throws UsageError "not-connected"; RefusedError "not-allowed", "newcomer", "too-many-invites"
   */
  async createInvite(
    uses: number,
    expiresSeconds: number,
  ): Promise<{ readonly link: string; readonly expiresAt: Date }> {
    const client = this.#connection.client;
    if (client === undefined) throw new UsageError("not-connected", "An invite is made by the server");
    const { link, expiresAt } = await client.invite(uses, expiresSeconds);
    const pass = this.#desk.passes.issue(expiresAt);
    return { link: inviteLink({ ...parseInvite(link), pass }), expiresAt };
  }

  /** Ends the line cleanly and closes the store. Safe to call twice. */
  async dispose(): Promise<void> {
    await (await this.handOver()).gone;
  }

  /**
   * As dispose(), for when another process waits: resolves as soon as the store is closed.
   * @returns `gone` resolves once the line has ended too, which takes the server's answer
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
      onRequest: (peer) =>
        this.#desk.news.safely(() =>
          this.emit("request", person(this.#desk.store, this.#connection.users, peer.name)),
        ),
    });
  }

  #onLine(state: ClientState): void {
    this.#desk.news.changed();
    if (state.type !== "online") {
      this.#desk.lineGone();
      return;
    }
    if (this.#joining) return; // join() goes on from here
    this.#desk.lineStands();
    try {
      this.#keepMembership();
    } catch (error) {
      // A full disk, say. The next sign-in keeps it; waiting messages must not wait for that.
      this.#options.log.error(`The newest revocation list was not noted: ${String(error)}`);
    }
  }

  /** Keeps the account, and the number of the newest revocation list. */
  #keepMembership(): void {
    if (this.#member === undefined) return;
    const { membership, identity } = this.#member;
    const minimumCrlNumber = this.#connection.client?.minimumCrlNumber ?? membership.minimumCrlNumber;
    this.#member = { membership: { ...membership, minimumCrlNumber }, identity };
    writeMembership(this.#desk.store.settings, this.#member.membership);
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
