/** Pairs of connections to the floor. */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect, type TLSSocket } from "node:tls";
import type { Driver, Pair } from "./driver.ts";

const HEAD_BYTES = 8;

/**
 * Connects to the floor.
 * @param pem a file with certificate and key, for both ends
 */
export async function floorConnection(port: number, pem: string, number: number): Promise<TLSSocket> {
  const file = readFileSync(pem);
  const socket = connect({
    host: "127.0.0.1",
    port,
    cert: file,
    key: file,
    ca: file,
    minVersion: "TLSv1.3",
    checkServerIdentity: () => undefined,
    rejectUnauthorized: false,
  });
  socket.setNoDelay(true);
  await once(socket, "secureConnect");
  const answered = once(socket, "data");
  socket.write(frame(number, new Uint8Array(0)));
  await answered;
  return socket;
}

/**
 * Makes pairs.
 * @param bytes of each message
 */
export async function floorPairs(
  port: number,
  pem: string,
  count: number,
  bytes: number,
  driver: () => Driver,
): Promise<Pair[]> {
  const pairs: Pair[] = [];
  for (let number = 0; number < count; number++) {
    const from = await floorConnection(port, pem, 2 * number);
    const to = await floorConnection(port, pem, 2 * number + 1);
    const outgoing = new Writer(from);
    const pair: Pair = {
      send(stamp) {
        const payload = Buffer.alloc(bytes);
        payload.writeDoubleBE(stamp);
        outgoing.send(frame(2 * number + 1, payload));
      },
    };
    let rest: Buffer = Buffer.alloc(0);
    to.on("data", (chunk: Buffer) => {
      rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      let at = 0;
      while (rest.length - at >= HEAD_BYTES + bytes) {
        driver().arrived(rest.readDoubleBE(at + HEAD_BYTES));
        driver().answered(pair);
        at += HEAD_BYTES + bytes;
      }
      rest = rest.subarray(at);
    });
    pairs.push(pair);
  }
  return pairs;
}

/** Writes everything of one turn of the event loop at once, as the floor does. */
class Writer {
  readonly #socket: TLSSocket;
  #frames: Buffer[] = [];

  constructor(socket: TLSSocket) {
    this.#socket = socket;
  }

  send(bytes: Buffer): void {
    this.#frames.push(bytes);
    if (this.#frames.length > 1) return;
    setImmediate(() => {
      this.#socket.write(Buffer.concat(this.#frames));
      this.#frames = [];
    });
  }
}

function frame(to: number, payload: Uint8Array): Buffer {
  const bytes = Buffer.alloc(HEAD_BYTES + payload.length);
  bytes.writeUInt32BE(4 + payload.length, 0);
  bytes.writeUInt32BE(to, 4);
  bytes.set(payload, HEAD_BYTES);
  return bytes;
}
