/** The heap of another Node process after garbage collection, through its inspector (`--inspect`). */
import * as v from "valibot";

const Answer = v.object({ id: v.number(), result: v.looseObject({ usedSize: v.optional(v.number()) }) });

export class Heap {
  readonly #socket: WebSocket;
  readonly #waiting = new Map<number, (usedBytes: number | undefined) => void>();
  #lastId = 0;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.addEventListener("message", ({ data }) => {
      const answer = v.safeParse(v.pipe(v.string(), v.parseJson(), Answer), data);
      if (answer.success) this.#waiting.get(answer.output.id)?.(answer.output.result.usedSize);
    });
  }

  /**
   * Connects to the inspector.
   * @param log the process's standard error, which contains the inspector's address
   */
  static async of(log: string): Promise<Heap> {
    const [address] = /ws:\/\/\S+/.exec(log) ?? [];
    if (address === undefined) throw new Error("the process does not listen for an inspector");
    const socket = new WebSocket(address);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", () => reject(new Error(`no inspector at ${address}`)));
    });
    return new Heap(socket);
  }

  /** Returns bytes in use after a garbage collection. */
  async usedBytes(): Promise<number> {
    await this.#call("HeapProfiler.collectGarbage");
    const used = await this.#call("Runtime.getHeapUsage");
    if (used === undefined) throw new Error("the inspector does not tell the size of the heap");
    return used;
  }

  close(): void {
    this.#socket.close();
  }

  #call(method: string): Promise<number | undefined> {
    this.#lastId += 1;
    const id = this.#lastId;
    return new Promise((resolve) => {
      this.#waiting.set(id, (used) => {
        this.#waiting.delete(id);
        resolve(used);
      });
      this.#socket.send(JSON.stringify({ id, method }));
    });
  }
}
