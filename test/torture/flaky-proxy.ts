/** A connection to the server that can be slow, dead, or cut at any byte. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";
import { setTimeout as pause } from "node:timers/promises";

export type Way = "to server" | "to client";

interface Pipe {
  readonly way: Way;
  readonly from: Socket;
  readonly to: Socket;
  /** Chunks held back, in order. */
  readonly held: Buffer[];
  ended: boolean;
}

export class FlakyProxy {
  readonly #listener: Server;
  readonly #target: number;
  readonly #pipes = new Set<Pipe>();
  /** The number of chunks that still pass before it shuts, by direction. */
  readonly #shut = new Map<Way, number>();
  readonly #cuts = new Map<Way, number>();
  #lateMs = 0;
  #look: () => void = () => {};

  private constructor(listener: Server, target: number) {
    this.#listener = listener;
    this.#target = target;
    listener.on("connection", (client) => this.#join(client));
  }

  static async start(target: number): Promise<FlakyProxy> {
    const listener = createServer({ noDelay: true });
    listener.listen(0, "127.0.0.1");
    await once(listener, "listening");
    return new FlakyProxy(listener, target);
  }

  get port(): number {
    return (this.#listener.address() as AddressInfo).port;
  }

  /** Delays every chunk from now on by that much. */
  delay(milliseconds: number): void {
    this.#lateMs = milliseconds;
  }

  /**
   * Holds back everything in that direction.
   * @param after this many more chunks
   */
  hold(way: Way, after = 0): void {
    this.#shut.set(way, after);
  }

  /** Releases the held chunks. */
  release(): void {
    this.#shut.clear();
    for (const pipe of this.#pipes) this.#pump(pipe);
  }

  /** Resolves once at least one byte waits in that direction. */
  async holds(way: Way, deadlineMs = 15_000): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const deadline = setTimeout(() => reject(new Error(`nothing went ${way}`)), deadlineMs);
      this.#look = () => {
        if (![...this.#pipes].some((pipe) => pipe.way === way && pipe.held.length > 0)) return;
        clearTimeout(deadline);
        this.#look = () => {};
        resolve();
      };
      this.#look();
    });
  }

  /** Cuts every connection, without a QUIT; held chunks are lost. */
  cut(): void {
    for (const { from } of this.#pipes) from.destroy();
  }

  /** Cuts within that direction's bytes, once this many more have passed. */
  cutAfter(way: Way, bytes: number): void {
    this.#cuts.set(way, bytes);
  }

  async stop(): Promise<void> {
    this.cut();
    this.#listener.close();
    await once(this.#listener, "close");
  }

  #join(client: Socket): void {
    const server = connect({ host: "127.0.0.1", port: this.#target, noDelay: true });
    for (const pipe of [
      { way: "to server", from: client, to: server, held: [], ended: false },
      { way: "to client", from: server, to: client, held: [], ended: false },
    ] satisfies Pipe[])
      this.#connect(pipe);
  }

  #connect(pipe: Pipe): void {
    const { from, to } = pipe;
    this.#pipes.add(pipe);
    let order = Promise.resolve();
    const later = (then: () => void) => {
      // Keeps the order, though the next chunk's delay may differ.
      const due = this.#lateMs === 0 ? undefined : pause(this.#lateMs);
      order = order.then(() => due).then(then);
    };
    from.on("data", (chunk: Buffer) =>
      later(() => {
        pipe.held.push(chunk);
        this.#pump(pipe);
      }),
    );
    from.on("end", () =>
      later(() => {
        pipe.ended = true;
        this.#pump(pipe);
      }),
    );
    from.on("error", () => to.destroy());
    from.on("close", () => {
      this.#pipes.delete(pipe);
      to.destroySoon();
    });
  }

  #pump(pipe: Pipe): void {
    const { way, to, held } = pipe;
    for (;;) {
      const pass = this.#shut.get(way);
      if (pass === 0 && held.length > 0) {
        this.#look();
        return;
      }
      const chunk = held.shift();
      if (chunk === undefined) break;
      if (pass !== undefined) this.#shut.set(way, pass - 1);
      const left = this.#cuts.get(way);
      if (left === undefined || left >= chunk.length) {
        to.write(chunk);
        if (left !== undefined) this.#cuts.set(way, left - chunk.length);
        continue;
      }
      this.#cuts.delete(way);
      to.write(chunk.subarray(0, left));
      to.destroySoon();
      pipe.from.destroy();
      return;
    }
    if (pipe.ended) to.end();
  }
}
