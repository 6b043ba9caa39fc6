/** Lines over real TCP sockets for tests: two lines, or one and a peer that uses its socket freely. */
import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";
import { create, toBinary } from "@bufbuild/protobuf";
import { MAX_FRAME_BYTES } from "../limits.ts";
import { decodeBatch, type Envelope, encodeBatch } from "../wire/batch.ts";
import { FrameReader, frame } from "../wire/frame.ts";
import { Opcode, QuitReason, QuitSchema } from "../wire/parley_pb.ts";
import type { Channel } from "./channel.ts";
import { channelPair } from "./channel-fixture.ts";
import { Line, type LineEnd, type LineOptions } from "./line.ts";

export const EMPTY = new Uint8Array(0);
export const CUT = { type: "cut" } as const;
export const CLEAN = { type: "clean", reason: QuitReason.SHUTDOWN } as const;
export const QUIT = toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.SHUTDOWN }));
export const quit: Envelope = { opcode: Opcode.QUIT, id: 0, body: QUIT };

export function text(body: string, id = 1): Envelope {
  return { opcode: Opcode.PING, id, body: Buffer.from(body) };
}

/** Connects two sockets. The listening socket accepts only this connection. */
async function socketPair(): Promise<[Socket, Socket]> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("no port");
  const ours = connect({ port: address.port, host: "127.0.0.1", noDelay: true });
  const [[theirs]] = (await Promise.all([once(server, "connection"), once(ours, "connect")])) as [
    [Socket],
    unknown,
  ];
  server.close();
  return [ours, theirs];
}

/** Records everything that a line emits. */
export class Listener {
  readonly line: Line;
  readonly messages: Envelope[] = [];
  readonly ends: LineEnd[] = [];
  readonly #ended: Promise<unknown>;

  constructor(line: Line) {
    this.line = line;
    line.on("message", (envelope) => {
      if (this.ends.length > 0) throw new Error("a message after the end");
      this.messages.push(envelope);
    });
    line.on("end", (end) => this.ends.push(end));
    this.#ended = once(line, "end");
  }

  /** Resolves with the way the line ended. */
  async end(): Promise<LineEnd> {
    await this.#ended;
    const [end, ...more] = this.ends;
    if (end === undefined || more.length > 0) throw new Error(`${this.ends.length} ends`);
    return end;
  }

  /** Resolves when `count` messages have arrived. */
  async received(count: number): Promise<readonly Envelope[]> {
    while (this.messages.length < count) await once(this.line, "message");
    return this.messages;
  }

  /** Bodies as text, in order of arrival. */
  get texts(): readonly string[] {
    return this.messages.map(({ body }) => Buffer.from(body).toString());
  }
}

export async function linePair(): Promise<[Listener, Listener]> {
  const sockets = await socketPair();
  const [one, two] = channelPair();
  const make = (socket: Socket, channel: Channel) =>
    new Listener(new Line(socket, channel, new FrameReader(MAX_FRAME_BYTES)));
  return [make(sockets[0], one), make(sockets[1], two)];
}

/** A peer that knows the keys and holds the socket, but follows no rules. */
export class Peer {
  readonly socket: Socket;
  readonly #channel: Channel;
  /** One entry per record. */
  readonly records: Envelope[][] = [];

  constructor(socket: Socket, channel: Channel) {
    this.socket = socket;
    this.#channel = channel;
    socket.on("error", () => {});
  }

  sealed(...envelopes: readonly Envelope[]): Uint8Array {
    return this.sealedBytes(encodeBatch(envelopes));
  }

  sealedBytes(plaintext: Uint8Array): Uint8Array {
    return Buffer.concat(this.#channel.seal(plaintext));
  }

  /** Returns a record that does not open. */
  forged(): Uint8Array {
    return frame(new Uint8Array(32));
  }

  /** Starts reading. */
  listen(): void {
    const reader = new FrameReader(MAX_FRAME_BYTES);
    this.socket.on("data", (chunk: Uint8Array) => {
      for (const record of reader.push(chunk))
        this.records.push([...decodeBatch(this.#channel.open(record))]);
    });
  }

  /** Resolves when `count` envelopes have arrived. */
  async received(count: number): Promise<readonly Envelope[]> {
    while (this.records.flat().length < count) await once(this.socket, "data");
    return this.records.flat();
  }
}

/** @param early bytes that came in the chunk of the handshake's last message, made by the peer. */
export async function lineAndPeer(
  early?: (peer: Peer) => Uint8Array,
  options?: LineOptions,
): Promise<{ ours: Listener; socket: Socket; peer: Peer }> {
  const [socket, other] = await socketPair();
  const [one, two] = channelPair();
  const peer = new Peer(other, two);
  const reader = new FrameReader(100);
  if (early !== undefined) reader.push(early(peer), 0);
  return { ours: new Listener(new Line(socket, one, reader, options)), socket, peer };
}
