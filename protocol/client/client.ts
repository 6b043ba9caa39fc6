/**
 * The TCP client: one user's connection to one server. It connects, proves its identity, reconnects with
 * jittered backoff, keeps the line alive, sends requests and emits everything that arrives. It carries sealed
 * bytes and never opens them; `e2ee/conversation.ts` does.
 */
import { EventEmitter } from "node:events";
import { create, toBinary } from "@bufbuild/protobuf";
import type { ServerRun } from "../channel/server-run.ts";
import { UsageError } from "../errors.ts";
import { type RequestKey, type SignedRequestKey, signRequestKey } from "../identity/request-key.ts";
import { signTalkRequest } from "../identity/talk-request.ts";
import { MAX_BLOB_PART_BYTES, MAX_KEY_MATERIAL_BYTES } from "../limits.ts";
import { type BlobId, type ConversationId, idBytes, type MessageId, type Username } from "../names.ts";
import {
  AcceptSchema,
  BlobDropSchema,
  BlobOpenSchema,
  BlobPartSchema,
  BlobQuestionSchema,
  BlockSchema,
  ConversationQuestionSchema,
  EndReason,
  InviteRequestSchema,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  RequestKeySchema,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  SetPresenceSchema,
  SignalSchema,
} from "../wire/parley_pb.ts";
import {
  acknowledged,
  asked,
  type BlobState,
  blobPart,
  blobState,
  conversationsAfter,
  delivered,
  invited,
  namesBlocked,
  requestKeyOf,
} from "./answers.ts";
import type { ClientEvents, ClientState, DeliveryState, EndedBecause, OnlineUsers } from "./events.ts";
import { Lifecycle } from "./lifecycle.ts";
import type { ClientOptions } from "./options.ts";

export type * from "./events.ts";
export type * from "./options.ts";

const NOTHING = new Uint8Array();

/**
 * Every verb rejects with UsageError "not-connected" while not online, "closed" after close(), NetworkError
 * if the line is lost before the answer arrives (the request may have been carried out), and RefusedError if
 * the server refuses.
 */
export class Client extends EventEmitter<ClientEvents> {
  readonly #options: ClientOptions;
  readonly #lifecycle: Lifecycle;

  constructor(options: ClientOptions) {
    super();
    this.#options = options;
    this.#lifecycle = new Lifecycle(options, {
      state: (state) => this.#tell("state", state),
      users: (users) => this.#tell("users", users),
      delivery: ({ event, value }) => this.#tell(event, value),
    });
  }

  get name(): Username {
    return this.#options.name;
  }
  get state(): ClientState {
    return this.#lifecycle.state;
  }
  get users(): OnlineUsers {
    return this.#lifecycle.users;
  }
  /** Days that this server keeps undelivered mail; 0 where it does not say. */
  get mailboxDays(): number {
    return this.#lifecycle.mailboxDays;
  }
  /** Largest blob that this server keeps, bytes; 0: it keeps none. */
  get maxBlobBytes(): number {
    return this.#lifecycle.maxBlobBytes;
  }
  /** The run of the server's process; undefined if the server does not say. */
  get run(): ServerRun | undefined {
    return this.#lifecycle.run;
  }
  /**
   * The number of the newest revocation list seen. Store it, and pass it to the next Client for this server.
   */
  get minimumCrlNumber(): bigint | undefined {
    return this.#lifecycle.minimumCrlNumber;
  }

  /**
   * Connects, and keeps trying until close(). Resolves at the first sign-in; rejects when trying again cannot
   * help (RefusedError, TrustError). Without a network it waits and retries: watch `state`.
   */
  connect(): Promise<void> {
    return this.#lifecycle.connect();
  }

  /** Sends QUIT, ends the line and rejects all pending calls. Safe to call twice. */
  close(): Promise<void> {
    return this.#lifecycle.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** Connects now instead of at `retryAt`. */
  reconnectNow(): void {
    this.#lifecycle.reconnectNow();
  }

  /**
   * Drops this line as if it had been cut, and reconnects after a pause. For a delivery that could not be
   * stored: the server repeats unconfirmed deliveries, in order.
   */
  hangUp(): void {
    this.#lifecycle.hangUp();
  }

  /** LIST */
  async list(): Promise<OnlineUsers> {
    return this.#lifecycle.online().list();
  }

  /**
   * RTT. Resolves when the peer's client has received the request; with `wait`, also when the server keeps it
   * for a peer who is offline, without revealing whether that user exists.
   * @param note from sealNote(), for that person and conversation
   * @param knownKey the pinned key of a peer who is offline: a peer with another key drops the request. For a
   * peer who is online the request is for the key that the server reports, so that a person who joined again
   * can answer and show the changed key
   * @throws RefusedError "user-not-found", "already-asked", "request-crossed" (naming the conversation to
   * accept), "self"
   */
  async requestToTalk(
    peer: Username,
    conversation: ConversationId,
    {
      wait = false,
      note = NOTHING,
      knownKey = NOTHING,
    }: { readonly wait?: boolean; readonly note?: Uint8Array; readonly knownKey?: Uint8Array } = {},
  ): Promise<void> {
    const { identity, name, caFingerprint: server } = this.#options;
    const addresseeKey = this.users.get(peer)?.identityKey ?? knownKey;
    const request = { conversation, server, requester: name, addressee: peer, addresseeKey, note };
    const body = create(RequestToTalkSchema, {
      conversation: idBytes(conversation),
      peer,
      identityKey: identity.publicKey,
      signature: signTalkRequest(identity, request),
      wait,
      note,
      addresseeKey,
    });
    return this.#lifecycle
      .online()
      .request(Opcode.RTT, toBinary(RequestToTalkSchema, body), asked(conversation));
  }

  /** REQUEST_KEY. Publishes the key that notes to this user are sealed for from now on. */
  async publishRequestKey(key: RequestKey): Promise<void> {
    const { identity, name, caFingerprint: server } = this.#options;
    const body = create(RequestKeySchema, {
      name,
      identityKey: identity.publicKey,
      key: key.key,
      validUntil: BigInt(key.validUntil),
      signature: signRequestKey(identity, { server, name }, key),
    });
    return this.#lifecycle
      .online()
      .request(Opcode.REQUEST_KEY, toBinary(RequestKeySchema, body), acknowledged);
  }

  /**
   * REQUEST_KEY. Fetches a peer's request key. The caller checks that its identity key is that person's, and
   * that it is still valid.
   * @throws RefusedError "user-not-found", also for a user without a request key; TrustError
   * "identity-mismatch" where the identity key that it names did not sign it
   */
  async requestKey(peer: Username): Promise<SignedRequestKey> {
    const body = toBinary(RequestKeySchema, create(RequestKeySchema, { name: peer }));
    return this.#lifecycle
      .online()
      .request(Opcode.REQUEST_KEY, body, requestKeyOf({ server: this.#options.caFingerprint, name: peer }));
  }

  /** ACCEPT @param keyPackage at most MAX_KEY_MATERIAL_BYTES */
  async accept(peer: Username, conversation: ConversationId, keyPackage: Uint8Array): Promise<DeliveryState> {
    atMost("key package", keyPackage, MAX_KEY_MATERIAL_BYTES);
    const body = create(AcceptSchema, { conversation: idBytes(conversation), peer, keyPackage });
    return this.#deliver(Opcode.ACCEPT, toBinary(AcceptSchema, body));
  }

  /** REFUSE */
  async refuse(peer: Username, conversation: ConversationId): Promise<DeliveryState> {
    const body = create(RefuseSchema, { conversation: idBytes(conversation), peer });
    return this.#deliver(Opcode.REFUSE, toBinary(RefuseSchema, body));
  }

  /** CC_SESSION_ESTABLISHMENT @param welcome at most MAX_KEY_MATERIAL_BYTES */
  async establish(peer: Username, conversation: ConversationId, welcome: Uint8Array): Promise<DeliveryState> {
    atMost("welcome", welcome, MAX_KEY_MATERIAL_BYTES);
    const body = create(SessionEstablishmentSchema, { conversation: idBytes(conversation), peer, welcome });
    return this.#deliver(Opcode.CC_SESSION_ESTABLISHMENT, toBinary(SessionEstablishmentSchema, body));
  }

  /**
   * MESSAGE. Resolves once the peer's client has received it or it is on the server's disk, never before.
   * @throws UsageError "too-large" above the server's announced limit
   */
  send(conversation: ConversationId, id: MessageId, sealed: Uint8Array): Promise<DeliveryState> {
    return this.#sendSealed(conversation, id, sealed, 0n);
  }

  /**
   * MESSAGE that is a commit. Resolves once the server has accepted it as the one that follows `epoch`; it is
   * then in effect.
   * @throws RefusedError "epoch-stale" where another commit came first; UsageError "too-large"
   */
  commit(
    conversation: ConversationId,
    id: MessageId,
    sealed: Uint8Array,
    epoch: bigint,
  ): Promise<DeliveryState> {
    return this.#sendSealed(conversation, id, sealed, epoch);
  }

  /**
   * SIGNAL. Sends something of the moment, without an answer: it is lost unless the peer is online, sees this user and keeps up.
   * @param sealed from Conversation.sealSignal()
   * @throws UsageError "not-connected"
   */
  signal(conversation: ConversationId, sealed: Uint8Array): void {
    const body = create(SignalSchema, { conversation: idBytes(conversation), sealed });
    this.#lifecycle.online().tell(Opcode.SIGNAL, toBinary(SignalSchema, body));
  }

  /**
   * NOTIFY. Ends the conversation for both.
   * @param peer undefined, only with "lost-state", when this client no longer knows the peer's name
   */
  async notify(
    peer: Username | undefined,
    conversation: ConversationId,
    why: EndedBecause = "closed",
  ): Promise<DeliveryState> {
    const reason = why === "closed" ? EndReason.CLOSED : EndReason.LOST_STATE;
    const body = create(NotifySchema, { conversation: idBytes(conversation), peer: peer ?? "", reason });
    return this.#deliver(Opcode.NOTIFY, toBinary(NotifySchema, body));
  }

  /**
   * PRESENCE. Appears offline to the others, or online again. The server keeps the setting across sign-ins.
   */
  async hide(hidden: boolean): Promise<void> {
    const body = create(SetPresenceSchema, { presence: hidden ? Presence.OFFLINE : Presence.ONLINE });
    return this.#lifecycle.online().request(Opcode.PRESENCE, toBinary(SetPresenceSchema, body), acknowledged);
  }

  /**
   * BLOCK. Appears offline to that person from now on, whether or not the name exists.
   * @throws RefusedError "self", "too-many"
   */
  async block(name: Username): Promise<void> {
    const body = toBinary(BlockSchema, create(BlockSchema, { name }));
    return this.#lifecycle.online().request(Opcode.BLOCK, body, acknowledged);
  }

  /** UNBLOCK. Also ends the conversations that remained with that person. */
  async unblock(name: Username): Promise<void> {
    const body = toBinary(BlockSchema, create(BlockSchema, { name }));
    return this.#lifecycle.online().request(Opcode.UNBLOCK, body, acknowledged);
  }

  /**
   * BLOCKED.
   * @returns the names that this user blocks
   */
  async blocked(): Promise<readonly Username[]> {
    return this.#lifecycle.online().request(Opcode.BLOCKED, new Uint8Array(), namesBlocked);
  }

  /**
   * CONVERSATIONS. Lists the established conversations with people that this user does not block, after
   * `after`: ascending, at most MAX_LISTED_CONVERSATIONS. If it returns that many, there may be more.
   */
  async conversations(after?: ConversationId): Promise<readonly ConversationId[]> {
    const question = create(ConversationQuestionSchema, after && { after: idBytes(after) });
    return this.#lifecycle
      .online()
      .request(
        Opcode.CONVERSATIONS,
        toBinary(ConversationQuestionSchema, question),
        conversationsAfter(after),
      );
  }

  /**
   * BLOB_OPEN. Begins a blob, or asks how much of it the server has. `uploadBlob` in blobs.ts sends a whole
   * one.
   * @param bytes of the whole blob, 1 to maxBlobBytes; the same each time
   * @throws RefusedError "too-many", "blobs-full", "not-allowed"; UsageError "too-large"
   */
  async openBlob(id: BlobId, bytes: number): Promise<BlobState> {
    const session = this.#lifecycle.online();
    if (!Number.isInteger(bytes) || bytes < 1)
      throw new UsageError("bad-argument", "a blob has a whole number of bytes, 1 or more");
    if (bytes > this.maxBlobBytes && this.maxBlobBytes > 0)
      throw new UsageError("too-large", `a blob of ${bytes} bytes, ${this.maxBlobBytes} are allowed`);
    const body = create(BlobOpenSchema, { id: idBytes(id), bytes: BigInt(bytes) });
    return session.request(Opcode.BLOB_OPEN, toBinary(BlobOpenSchema, body), blobState(bytes));
  }

  /**
   * BLOB_PUT. Sends the part of this user's blob that begins at `offset`, once nothing else waits to be sent.
   * @param part 1 to MAX_BLOB_PART_BYTES.
   * @throws RefusedError "blob-gone", "blob-offset", "blobs-full", "rate-limited"
   */
  async putBlob(id: BlobId, offset: number, part: Uint8Array): Promise<void> {
    atMost("part", part, MAX_BLOB_PART_BYTES);
    const body = create(BlobPartSchema, { id: idBytes(id), offset: BigInt(offset), part });
    return this.#lifecycle
      .online()
      .requestWhenIdle(Opcode.BLOB_PUT, toBinary(BlobPartSchema, body), acknowledged);
  }

  /**
   * BLOB_GET. Fetches a part.
   * @param bytes of the whole blob, as stated in its message.
   * @returns MAX_BLOB_PART_BYTES from `offset` on, fewer at the end
   * @throws RefusedError "blob-gone", "rate-limited"; TrustError "undecryptable" where the blob has another
   * size
   */
  async getBlob(id: BlobId, offset: number, bytes: number): Promise<Uint8Array> {
    const body = create(BlobQuestionSchema, { id: idBytes(id), offset: BigInt(offset) });
    return this.#lifecycle
      .online()
      .requestWhenIdle(Opcode.BLOB_GET, toBinary(BlobQuestionSchema, body), blobPart(offset, bytes));
  }

  /**
   * BLOB_DROP. Deletes this user's blob from the server, complete or not.
   * @throws RefusedError "not-allowed" for another member's
   */
  async dropBlob(id: BlobId): Promise<void> {
    const body = toBinary(BlobDropSchema, create(BlobDropSchema, { id: idBytes(id) }));
    return this.#lifecycle.online().request(Opcode.BLOB_DROP, body, acknowledged);
  }

  /** INVITE. @returns a parley:// link @throws UsageError "bad-argument" for anything but a whole number of 1 or more */
  async invite(
    uses: number,
    expiresSeconds: number,
  ): Promise<{ readonly link: string; readonly expiresAt: Date }> {
    for (const number of [uses, expiresSeconds]) {
      if (!Number.isInteger(number) || number < 1 || number > 0xffff_ffff)
        throw new UsageError("bad-argument", "uses and seconds are whole numbers of 1 or more");
    }
    const body = create(InviteRequestSchema, { uses, expiresSeconds });
    return this.#lifecycle.online().request(Opcode.INVITE, toBinary(InviteRequestSchema, body), invited);
  }

  async #sendSealed(
    conversation: ConversationId,
    id: MessageId,
    sealed: Uint8Array,
    commitEpoch: bigint,
  ): Promise<DeliveryState> {
    const session = this.#lifecycle.online();
    atMost("sealed message", sealed, this.#lifecycle.maxSealedBytes);
    const body = create(SealedMessageSchema, {
      conversation: idBytes(conversation),
      id: idBytes(id),
      sealed,
      commitEpoch,
    });
    return session.request(Opcode.MESSAGE, toBinary(SealedMessageSchema, body), delivered);
  }

  #deliver(opcode: Opcode, body: Uint8Array): Promise<DeliveryState> {
    return this.#lifecycle.online().request(opcode, body, delivered);
  }

  /**
   * Emits an event. Unlike with emit(), a listener that throws stops neither the other listeners nor the
   * client.
   */
  #tell<Name extends keyof ClientEvents>(event: Name, ...values: unknown[]): void {
    for (const listener of this.rawListeners(event)) {
      try {
        Reflect.apply(listener, this, values);
      } catch (error) {
        process.emitWarning(error instanceof Error ? error : String(error), {
          detail: `in a "${event}" listener`,
        });
      }
    }
  }
}

function atMost(what: string, bytes: Uint8Array, maxBytes: number): void {
  if (bytes.length > maxBytes)
    throw new UsageError("too-large", `a ${what} of ${bytes.length} bytes, ${maxBytes} are allowed`);
}
