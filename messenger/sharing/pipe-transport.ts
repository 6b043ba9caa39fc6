/** Carries JSON-RPC messages over a pipe in bounded frames, since the library's own reader allocates as much as the peer announces. */
import type { Socket } from "node:net";
import {
  AbstractMessageReader,
  AbstractMessageWriter,
  createMessageConnection,
  type DataCallback,
  Disposable,
  type Message,
  type MessageConnection,
  type MessageReader,
  type MessageWriter,
} from "vscode-jsonrpc/node";
import { type FrameReader, frame } from "../../protocol/wire/frame.ts";

/** The most unsent bytes for a window that does not read. It is then disconnected, and gets the whole state when it reconnects. */
const MAX_PENDING_BYTES = 64 * 1024 * 1024;
const NOTHING = new Uint8Array(0);

/**
 * Makes a JSON-RPC connection over a socket.
 * @param reader the reader that the handshake returned, which may hold the first bytes of the following messages
 * @param maxBytes the longest message that the other end may send
 * @returns a connection that does not listen yet. Invalid or too long messages destroy the socket
 */
export function connectionOver(socket: Socket, reader: FrameReader, maxBytes: number): MessageConnection {
  reader.maxBytes = maxBytes;
  const connection = createMessageConnection(new PipeReader(socket, reader), new PipeWriter(socket));
  connection.onError(() => socket.destroy());
  socket.once("close", () => connection.dispose());
  return connection;
}

class PipeReader extends AbstractMessageReader implements MessageReader {
  readonly #socket: Socket;
  readonly #reader: FrameReader;

  constructor(socket: Socket, reader: FrameReader) {
    super();
    this.#socket = socket;
    this.#reader = reader;
  }

  listen(callback: DataCallback): Disposable {
    const onData = (chunk: Uint8Array) => {
      if (this.#socket.destroyed) return;
      try {
        // Repeat until nothing is left, since the reader checks a frame's length only when it reaches that frame.
        let frames = this.#reader.push(chunk);
        while (frames.length > 0) {
          for (const bytes of frames) callback(parse(bytes));
          frames = this.#reader.push(NOTHING);
        }
      } catch (error) {
        this.fireError(error);
      }
    };
    onData(NOTHING);
    this.#socket.on("data", onData).resume();
    return Disposable.create(() => this.#socket.off("data", onData));
  }
}

class PipeWriter extends AbstractMessageWriter implements MessageWriter {
  readonly #socket: Socket;

  constructor(socket: Socket) {
    super();
    this.#socket = socket;
  }

  async write(message: Message): Promise<void> {
    if (this.#socket.writableLength > MAX_PENDING_BYTES) this.#socket.destroy();
    if (this.#socket.writable) this.#socket.write(frame(Buffer.from(JSON.stringify(message), "utf8")));
  }

  end(): void {
    this.#socket.end();
  }
}

function parse(bytes: Uint8Array): Message {
  const value: unknown = JSON.parse(Buffer.from(bytes).toString("utf8"));
  if (typeof value === "object" && value !== null && "jsonrpc" in value && value.jsonrpc === "2.0")
    return { ...value, jsonrpc: value.jsonrpc };
  throw new Error("No JSON-RPC message");
}
