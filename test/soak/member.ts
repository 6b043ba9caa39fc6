/**
 * One user of a server under load: the protocol's handshake and line, and as little else as possible, so that
 * one process can be a thousand of them. Accepts every request; its messages are not sealed, since the server
 * cannot tell.
 */
import { once } from "node:events";
import { create, type DescMessage, fromBinary, type MessageInitShape, toBinary } from "@bufbuild/protobuf";
import type { Line } from "../../protocol/channel/line.ts";
import { openLine } from "../../protocol/client/connection.ts";
import { Identity } from "../../protocol/identity/identity.ts";
import type { Invite } from "../../protocol/identity/invite.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import {
  type ConversationId,
  idBytes,
  type MessageId,
  messageIdFrom,
  type Username,
  username,
} from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import {
  AcceptSchema,
  Opcode,
  QuitReason,
  QuitSchema,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
} from "../../protocol/wire/parley_pb.ts";

const EMPTY = new Uint8Array();
const KEEP_ALIVE_MS = 20_000;

export interface Received {
  readonly id: MessageId;
  readonly text: Uint8Array;
}

export class Member {
  readonly name: Username;
  readonly #identity = Identity.generate();
  readonly #invite: Invite;
  readonly #received: (message: Received) => void;
  /** Pending requests: resolved with the answer's opcode, or with undefined when the line ended. */
  readonly #asked = new Map<number, (opcode: Opcode | undefined) => void>();
  #established: (() => void) | undefined;
  #line: Line | undefined;
  #keepAlive: NodeJS.Timeout | undefined;
  #joined = false;
  #lastId = 0;

  /**
   * @param received called with each delivery of a MESSAGE, also repeated ones
   */
  constructor(name: string, invite: Invite, received: (message: Received) => void) {
    this.name = username(name);
    this.#invite = invite;
    this.#received = received;
  }

  get online(): boolean {
    return this.#line !== undefined;
  }

  /** Signs in; resolves at message 1.3. @throws NetworkError, or Error when the server refuses */
  async enter(): Promise<void> {
    const { host, port, caFingerprint, token } = this.#invite;
    const options = {
      host,
      trust: { caFingerprint },
      name: this.name,
      identity: this.#identity,
      inviteToken: this.#joined ? undefined : token,
      software: "parley-soak",
    };
    const { line } = await openLine(port, options, new AbortController().signal);
    const welcomed = new Promise<void>((resolve, reject) => {
      line.once("message", ({ opcode }) =>
        opcode === Opcode.LIST ? resolve() : reject(new Error(`${this.name} was not let in`)),
      );
      line.once("end", () => reject(new Error(`${this.name}'s line ended before 1.3`)));
    });
    line.on("message", (envelope) => this.#take(line, envelope));
    line.once("end", () => this.#gone(line));
    await welcomed;
    this.#joined = true;
    this.#line = line;
    this.#keepAlive = setInterval(() => line.send(Opcode.PING, 0, EMPTY), KEEP_ALIVE_MS);
  }

  /**
   * @param politely with QUIT, or by cutting the line
   */
  async leave(politely: boolean): Promise<void> {
    const line = this.#line;
    if (line === undefined) return;
    const ended = once(line, "end");
    if (politely) {
      const quit = create(QuitSchema, { reason: QuitReason.USER });
      line.send(Opcode.QUIT, 0, toBinary(QuitSchema, quit));
    } else line.destroy();
    await ended;
  }

  /** Requests a chat, up to the established conversation. Both are online. */
  async talkTo(peer: Member, conversation: ConversationId): Promise<void> {
    const id = idBytes(conversation);
    const established = peer.#establishment();
    await this.#tell(Opcode.RTT, RequestToTalkSchema, {
      conversation: id,
      peer: peer.name,
      identityKey: this.#identity.publicKey,
      signature: signTalkRequest(this.#identity, {
        ...{ conversation, server: this.#invite.caFingerprint, requester: this.name, addressee: peer.name },
        ...{ addresseeKey: new Uint8Array(), note: new Uint8Array() },
      }),
    });
    await peer.#tell(Opcode.ACCEPT, AcceptSchema, {
      conversation: id,
      peer: this.name,
      keyPackage: Buffer.alloc(2600),
    });
    await this.#tell(Opcode.CC_SESSION_ESTABLISHMENT, SessionEstablishmentSchema, {
      conversation: id,
      peer: peer.name,
      welcome: Buffer.alloc(4300),
    });
    await established;
  }

  /**
   * Sends a message.
   * @returns whether the server has acknowledged it; otherwise send it again, under the same id
   */
  async send(conversation: ConversationId, { id, text }: Received): Promise<boolean> {
    const body = { conversation: idBytes(conversation), id: idBytes(id), sealed: text };
    return (await this.#tell(Opcode.MESSAGE, SealedMessageSchema, body)) === Opcode.ACK;
  }

  #establishment(): Promise<void> {
    return new Promise((resolve) => {
      this.#established = resolve;
    });
  }

  #tell<Schema extends DescMessage>(
    opcode: Opcode,
    schema: Schema,
    init: MessageInitShape<Schema>,
  ): Promise<Opcode | undefined> {
    const line = this.#line;
    if (line === undefined) return Promise.resolve(undefined);
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#asked.set(id, resolve);
      line.send(opcode, id, toBinary(schema, create(schema, init)));
    });
  }

  #take(line: Line, { opcode, id, body }: Envelope): void {
    switch (opcode) {
      case Opcode.MESSAGE: {
        const message = fromBinary(SealedMessageSchema, body);
        const messageId = messageIdFrom(message.id);
        if (messageId !== undefined) this.#received({ id: messageId, text: message.sealed });
        line.send(Opcode.ACK, id, EMPTY);
        return;
      }
      case Opcode.CC_SESSION_ESTABLISHMENT:
        this.#established?.();
        line.send(Opcode.ACK, id, EMPTY);
        return;
      case Opcode.RTT:
      case Opcode.ACCEPT:
        line.send(Opcode.ACK, id, EMPTY);
        return;
      case Opcode.ACK:
      case Opcode.ERROR:
        this.#asked.get(id)?.(opcode);
        this.#asked.delete(id);
        return;
      default: // PRESENCE, and PINGs
    }
  }

  #gone(line: Line): void {
    if (this.#line !== line) return;
    this.#line = undefined;
    clearInterval(this.#keepAlive);
    for (const resolve of this.#asked.values()) resolve(undefined);
    this.#asked.clear();
  }
}
