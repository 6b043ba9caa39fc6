/**
 * A client made of handshake and line alone: it sends any message for a test, including those that no honest
 * client would send.
 */
import { once } from "node:events";
import { connect, type Socket } from "node:net";
import type { Duplex } from "node:stream";
import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from "@bufbuild/protobuf";
import { ClientHandshake } from "../../protocol/channel/handshake.ts";
import { stored } from "../../protocol/channel/handshake-fixture.ts";
import { Line, type LineEnd } from "../../protocol/channel/line.ts";
import type { Identity } from "../../protocol/identity/identity.ts";
import { signTalkRequest } from "../../protocol/identity/talk-request.ts";
import { MAX_HANDSHAKE_FRAME_BYTES } from "../../protocol/limits.ts";
import {
  type ConversationId,
  idBytes,
  newConversationId,
  newMessageId,
  type Username,
} from "../../protocol/names.ts";
import type { Envelope } from "../../protocol/wire/batch.ts";
import { FrameReader, frame } from "../../protocol/wire/frame.ts";
import {
  AcceptSchema,
  AckSchema,
  Delivery,
  EndReason,
  ErrorCode,
  ErrorSchema,
  NotifySchema,
  Opcode,
  Presence,
  RefuseSchema,
  RequestToTalkSchema,
  SealedMessageSchema,
  SessionEstablishmentSchema,
  UserListSchema,
  UserSchema,
} from "../../protocol/wire/parley_pb.ts";

export interface RawClientOptions {
  readonly name: Username;
  readonly identity: Identity;
  readonly inviteToken?: Uint8Array | undefined;
}

const DELIVERIES: readonly number[] = [
  Opcode.RTT,
  Opcode.ACCEPT,
  Opcode.REFUSE,
  Opcode.MESSAGE,
  Opcode.CC_SESSION_ESTABLISHMENT,
  Opcode.NOTIFY,
];
const NOTHING = new Uint8Array();
/** The fingerprint of the CA of every test server here. */
export const SERVER: Uint8Array = Buffer.from(stored.caFingerprint, "base64");
/** A time at which the stored certificate is valid. */
const NOW = new Date("2030-01-01T00:00:00Z");

export class RawClient {
  readonly name: Username;
  readonly identity: Identity;
  readonly line: Line;
  readonly ended: Promise<LineEnd>;
  /** Whether deliveries are confirmed automatically. */
  confirming = true;
  readonly #inbox: Envelope[] = [];
  readonly #waiting: (() => void)[] = [];
  readonly #socket: Duplex;
  #over = false;
  #lastId = 0;

  static async connect(port: number, options: RawClientOptions): Promise<RawClient> {
    const socket = connect(port, "127.0.0.1");
    await once(socket, "connect");
    const handshake = new ClientHandshake({
      ...options,
      trust: { caFingerprint: SERVER },
      host: "parley.test",
      now: NOW,
    });
    const reader = new FrameReader(MAX_HANDSHAKE_FRAME_BYTES);
    socket.write(frame(handshake.start()));
    const { message, channel } = handshake.answer(await readFrame(socket, reader));
    socket.write(frame(message));
    return new RawClient(new Line(socket, channel, reader), socket, options);
  }

  constructor(line: Line, socket: Duplex, { name, identity }: RawClientOptions) {
    this.line = line;
    this.#socket = socket;
    this.name = name;
    this.identity = identity;
    this.ended = new Promise((resolve) => line.once("end", resolve));
    line.once("end", () => {
      this.#over = true;
      for (const wake of this.#waiting.splice(0)) wake();
    });
    line.on("message", (envelope) => {
      if (this.#isAboutSelf(envelope)) return;
      this.#inbox.push(envelope);
      if (this.confirming && DELIVERIES.includes(envelope.opcode)) this.confirm(envelope);
      for (const wake of this.#waiting.splice(0)) wake();
    });
  }

  /** Returns whether a PRESENCE is about the client itself, which every client ignores. */
  #isAboutSelf({ opcode, body }: Envelope): boolean {
    return opcode === Opcode.PRESENCE && fromBinary(UserSchema, body).name === this.name;
  }

  /** Leaves incoming bytes in the network's buffers. */
  stopReading(): void {
    this.#socket.pause();
  }

  /** Stops reading and ignores that the server has ended the connection: messages are still sent. */
  async keepTalking(): Promise<void> {
    // A line that was just made starts reading in this turn.
    await new Promise(setImmediate);
    this.#socket.pause();
    this.#socket.allowHalfOpen = true;
    this.#socket.removeAllListeners("end");
  }

  /** Continues after stopReading(). */
  readOn(): void {
    this.#socket.resume();
  }

  /**
   * Waits for message 1.3.
   * @returns the people online
   */
  async welcome(): Promise<string[]> {
    const { users } = fromBinary(UserListSchema, (await this.next(Opcode.LIST)).body);
    return users.map((one) => one.name);
  }

  /** Waits for the first matching message, and removes it from the unread ones. */
  async find(fits: (envelope: Envelope) => boolean): Promise<Envelope> {
    for (;;) {
      const at = this.#inbox.findIndex(fits);
      const [found] = at < 0 ? [] : this.#inbox.splice(at, 1);
      if (found !== undefined) return found;
      if (this.#over) throw new Error(`${this.name}'s line has ended`);
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    }
  }

  next(opcode: Opcode): Promise<Envelope> {
    return this.find((one) => one.opcode === opcode);
  }

  async nextAs<Schema extends DescMessage>(opcode: Opcode, schema: Schema): Promise<MessageShape<Schema>> {
    return fromBinary(schema, (await this.next(opcode)).body);
  }

  /** Messages that arrived and were not taken. */
  get unread(): readonly Envelope[] {
    return this.#inbox;
  }

  confirm({ id }: Envelope): void {
    this.line.send(Opcode.ACK, id, new Uint8Array());
  }

  /** Sends a request and waits for its answer. */
  ask(opcode: Opcode, body: Uint8Array = new Uint8Array()): Promise<Envelope> {
    this.#lastId += 1;
    const id = this.#lastId;
    this.line.send(opcode, id, body);
    return this.find((one) => one.id === id && !DELIVERIES.includes(one.opcode));
  }

  /**
   * Sends a message and waits for the outcome.
   * @returns "RECEIVED", "STORED", the name of an error, or that of the answer's opcode
   */
  async tell<Schema extends DescMessage>(
    opcode: Opcode,
    schema: Schema,
    init: MessageInitShape<Schema>,
  ): Promise<string> {
    return outcome(await this.ask(opcode, toBinary(schema, create(schema, init))));
  }

  rttBody(to: string, conversation: ConversationId, wait = false): Uint8Array {
    const signature = signTalkRequest(this.identity, {
      ...{ conversation, server: SERVER, requester: this.name, addressee: to as Username },
      ...{ addresseeKey: NOTHING, note: NOTHING },
    });
    const init = {
      conversation: idBytes(conversation),
      peer: to,
      identityKey: this.identity.publicKey,
      signature,
      wait,
    };
    return toBinary(RequestToTalkSchema, create(RequestToTalkSchema, init));
  }

  async rtt(to: string, conversation: ConversationId = newConversationId()): Promise<string> {
    return outcome(await this.ask(Opcode.RTT, this.rttBody(to, conversation)));
  }

  /** Sends an RTT that waits for an offline peer. */
  async leave(to: string, conversation: ConversationId = newConversationId()): Promise<string> {
    return outcome(await this.ask(Opcode.RTT, this.rttBody(to, conversation, true)));
  }

  accept(peer: string, conversation: ConversationId, keyPackage = "key package"): Promise<string> {
    const init = { conversation: idBytes(conversation), peer, keyPackage: Buffer.from(keyPackage) };
    return this.tell(Opcode.ACCEPT, AcceptSchema, init);
  }

  refuse(peer: string, conversation: ConversationId): Promise<string> {
    return this.tell(Opcode.REFUSE, RefuseSchema, { conversation: idBytes(conversation), peer });
  }

  establish(peer: string, conversation: ConversationId, welcome = "welcome"): Promise<string> {
    const init = { conversation: idBytes(conversation), peer, welcome: Buffer.from(welcome) };
    return this.tell(Opcode.CC_SESSION_ESTABLISHMENT, SessionEstablishmentSchema, init);
  }

  send(conversation: ConversationId, text: string, id = newMessageId()): Promise<string> {
    const init = { conversation: idBytes(conversation), id: idBytes(id), sealed: Buffer.from(text) };
    return this.tell(Opcode.MESSAGE, SealedMessageSchema, init);
  }

  commit(
    conversation: ConversationId,
    commitEpoch: bigint,
    text = "commit",
    id = newMessageId(),
  ): Promise<string> {
    const init = {
      conversation: idBytes(conversation),
      id: idBytes(id),
      sealed: Buffer.from(text),
      commitEpoch,
    };
    return this.tell(Opcode.MESSAGE, SealedMessageSchema, init);
  }

  notify(peer: string, conversation: ConversationId, reason: EndReason = EndReason.CLOSED): Promise<string> {
    return this.tell(Opcode.NOTIFY, NotifySchema, { conversation: idBytes(conversation), peer, reason });
  }

  /**
   * Waits for the next MESSAGE.
   * @returns the test's sealed bytes
   */
  async read(): Promise<string> {
    return Buffer.from((await this.nextAs(Opcode.MESSAGE, SealedMessageSchema)).sealed).toString();
  }

  /** Waits until `name` is reported offline. */
  async seeLeave(name: string): Promise<void> {
    for (;;) {
      const user = await this.nextAs(Opcode.PRESENCE, UserSchema);
      if (user.name === name && user.presence === Presence.OFFLINE) return;
    }
  }

  /**
   * Waits for the server's final ERROR.
   * @returns the name of its code
   */
  async lastError(): Promise<string> {
    return outcome(await this.find((one) => one.opcode === Opcode.ERROR && one.id === 0));
  }
}

function outcome({ opcode, body }: Envelope): string {
  if (opcode === Opcode.ERROR) return nameOf(ErrorCode, fromBinary(ErrorSchema, body).code);
  if (opcode === Opcode.ACK) return nameOf(Delivery, fromBinary(AckSchema, body).delivery);
  return nameOf(Opcode, opcode);
}

function nameOf(of: Readonly<Record<string, number>>, value: number): string {
  return Object.entries(of).find(([, number]) => number === value)?.[0] ?? String(value);
}

/** Establishes a conversation between two people; the first asks the second. */
export async function talking(one: RawClient, other: RawClient): Promise<ConversationId> {
  const conversation = newConversationId();
  await one.rtt(other.name, conversation);
  await other.next(Opcode.RTT);
  await other.accept(one.name, conversation);
  await one.next(Opcode.ACCEPT);
  await one.establish(other.name, conversation);
  await other.next(Opcode.CC_SESSION_ESTABLISHMENT);
  return conversation;
}

async function readFrame(socket: Socket, reader: FrameReader): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    const onEnd = () => reject(new Error("the server hung up during the handshake"));
    const onData = (chunk: Uint8Array) => {
      const [message] = reader.push(chunk, 1);
      if (message === undefined) return;
      for (const event of ["end", "error", "close"]) socket.off(event, onEnd);
      socket.off("data", onData);
      resolve(message);
    };
    socket.on("data", onData);
    for (const event of ["end", "error", "close"]) socket.on(event, onEnd);
  });
}
