/**
 * One line while it is up: waits for message 1.3, matches answers to requests, passes deliveries on, keeps
 * the line alive.
 */
import { once } from "node:events";
import { create, toBinary, type UnknownEnum } from "@bufbuild/protobuf";
import type { Line, LineEnd } from "../channel/line.ts";
import { NetworkError, type ParleyError, ProtocolError, RefusedError, UsageError } from "../errors.ts";
import { HANDSHAKE_DEADLINE_MS } from "../limits.ts";
import type { Envelope } from "../wire/batch.ts";
import { ErrorCode, ErrorSchema, Opcode, QuitReason, QuitSchema } from "../wire/parley_pb.ts";
import { acknowledged, listed, type ReadAnswer, readRefusal } from "./answers.ts";
import {
  type DeliveryNotice,
  type DeliveryOpcode,
  type Recipient,
  readDelivery,
  readSignal,
} from "./deliveries.ts";
import type { OnlineUsers } from "./events.ts";
import { Heartbeat } from "./heartbeat.ts";
import { NOBODY, People, readUserList } from "./people.ts";
import { Requests } from "./requests.ts";

/** Callbacks to a session's owner. */
export interface SessionListener {
  /** Message 1.3 arrived: signed in, and `users` is set. Called once, before any delivery. */
  online(): void;
  users(users: OnlineUsers): void;
  delivery(notice: DeliveryNotice): void;
}

const NO_BODY = new Uint8Array(0);

export class Session {
  /** Resolves with the reason why the session ended. Never rejects. */
  readonly ended: Promise<ParleyError>;
  readonly #line: Line;
  readonly #self: Recipient;
  readonly #listener: SessionListener;
  readonly #requests = new Requests();
  readonly #heartbeat: Heartbeat;
  readonly #pulse: NodeJS.Timeout;
  readonly #signInDeadline: NodeJS.Timeout;
  /** The rejections of requests that have not been sent yet. */
  readonly #untilIdle = new Set<(error: ParleyError) => void>();
  #people: People | undefined;
  #changedPeople: NodeJS.Immediate | undefined;
  #over = false;
  #resolveEnded: (error: ParleyError) => void = () => {};

  /** @param keepAliveMs how often the server wants a sign of life */
  constructor(line: Line, self: Recipient, keepAliveMs: number, listener: SessionListener) {
    this.#line = line;
    this.#self = self;
    this.#listener = listener;
    this.ended = new Promise((resolve) => {
      this.#resolveEnded = resolve;
    });
    this.#heartbeat = new Heartbeat(keepAliveMs, Date.now());
    this.#pulse = setInterval(() => this.#beat(), this.#heartbeat.tickMs);
    this.#signInDeadline = setTimeout(
      () => this.end(new NetworkError("timeout", `no list within ${HANDSHAKE_DEADLINE_MS} ms`)),
      HANDSHAKE_DEADLINE_MS,
    );
    line.on("message", (envelope) => this.#receive(envelope));
    // The line ends itself: to drop it here would lose the messages that it still sends.
    line.on("end", (end) => this.#finish(whyEnded(end)));
  }

  /** Everybody online but ourselves. */
  get users(): OnlineUsers {
    return this.#people?.snapshot ?? NOBODY;
  }

  /**
   * Sends a request.
   * @returns rejects with RefusedError, NetworkError, ProtocolError, or UsageError "too-large" or "closed"
   */
  request<Result>(opcode: Opcode, body: Uint8Array, read: ReadAnswer<Result>): Promise<Result> {
    if (this.#over) return Promise.reject(new UsageError("not-connected", "the line has just gone"));
    return this.#requests.ask((id) => this.#send(opcode, id, body), read);
  }

  /** Sends a notice, which has no answer. Does nothing after the session has ended. */
  tell(opcode: Opcode, body: Uint8Array): void {
    if (!this.#over) this.#send(opcode, 0, body);
  }

  /** Sends as request() does, once nothing else waits to be sent: parts of files let messages go first. */
  requestWhenIdle<Result>(opcode: Opcode, body: Uint8Array, read: ReadAnswer<Result>): Promise<Result> {
    return new Promise((resolve, reject) => {
      if (this.#over) {
        reject(new UsageError("not-connected", "the line has just gone"));
        return;
      }
      this.#untilIdle.add(reject);
      this.#line.whenIdle(() => {
        this.#untilIdle.delete(reject);
        this.request(opcode, body, read).then(resolve, reject);
      });
    });
  }

  /** LIST. Its answer also goes to the listener. */
  list(): Promise<OnlineUsers> {
    return this.request(Opcode.LIST, NO_BODY, (answer) => {
      this.#people = new People(listed(answer), this.#self.name);
      this.#showPeople();
      return this.users;
    });
  }

  /**
   * Sends QUIT and rejects pending requests. Resolves when the line has closed, which takes a bounded time.
   */
  async quit(): Promise<void> {
    if (!this.#finish(new UsageError("closed", "closed by its user"))) return;
    const gone = once(this.#line, "end");
    this.#send(Opcode.QUIT, 0, toBinary(QuitSchema, create(QuitSchema, { reason: QuitReason.USER })));
    await gone;
  }

  /** Drops the line at once. A second call does nothing. */
  end(error: ParleyError): void {
    if (this.#finish(error)) this.#line.destroy(error);
  }

  #finish(error: ParleyError): boolean {
    if (this.#over) return false;
    this.#over = true;
    clearInterval(this.#pulse);
    clearTimeout(this.#signInDeadline);
    clearImmediate(this.#changedPeople);
    this.#requests.rejectAll(error);
    for (const reject of this.#untilIdle) reject(error);
    this.#untilIdle.clear();
    this.#resolveEnded(error);
    return true;
  }

  #send(opcode: Opcode, id: number, body: Uint8Array): void {
    this.#heartbeat.sent(Date.now());
    this.#line.send(opcode, id, body);
  }

  #beat(): void {
    switch (this.#heartbeat.tick(Date.now())) {
      case "quiet":
        return;
      case "ping":
        // Its failure needs no handling: a missing answer counts as silence in the heartbeat.
        this.request(Opcode.PING, NO_BODY, acknowledged).catch(() => {});
        return;
      case "dead":
        this.end(new NetworkError("timeout", "no sign of life from the server"));
        return;
    }
  }

  #receive(envelope: Envelope): void {
    if (this.#over) return;
    this.#heartbeat.received(Date.now());
    try {
      this.#dispatch(envelope);
    } catch (error) {
      if (error instanceof RefusedError) this.#leave(error);
      else
        this.#complain(
          error instanceof ProtocolError
            ? error
            : new ProtocolError("bad-message", "not usable", { cause: error }),
        );
    }
  }

  /** Ends after the server's final refusal. */
  #leave(error: RefusedError): void {
    if (this.#finish(error)) this.#line.close();
  }

  /** Ends the session and reports the protocol error to the server. */
  #complain(error: ProtocolError): void {
    if (!this.#finish(error)) return;
    const body = create(ErrorSchema, { code: ErrorCode.BAD_MESSAGE, detail: error.message });
    this.#send(Opcode.ERROR, 0, toBinary(ErrorSchema, body));
    this.#line.close();
  }

  #dispatch(envelope: Envelope): void {
    const { id, body } = envelope;
    const opcode = envelope.opcode as Exclude<Opcode, UnknownEnum>;
    if (id === 0 && opcode === Opcode.ERROR) throw readRefusal(body);
    if (this.#people === undefined) {
      this.#signIn(envelope);
      return;
    }
    if (opcode === Opcode.PRESENCE) {
      this.#people.change(body);
      // All changes of one turn of the event loop are shown together.
      this.#changedPeople ??= setImmediate(() => this.#showPeople());
      return;
    }
    if (this.#changedPeople !== undefined) this.#showPeople();
    switch (opcode) {
      case Opcode.LIST:
      case Opcode.ACK:
      case Opcode.ERROR:
      case Opcode.USER_NOT_FOUND:
      case Opcode.INVITE:
      case Opcode.BLOCKED:
      case Opcode.REQUEST_KEY:
      case Opcode.CONVERSATIONS:
      case Opcode.BLOB_OPEN:
      case Opcode.BLOB_GET:
        this.#requests.settle(envelope);
        return;
      case Opcode.PING:
        if (id !== 0) this.#send(Opcode.ACK, id, NO_BODY);
        return;
      case Opcode.RTT:
      case Opcode.ACCEPT:
      case Opcode.REFUSE:
      case Opcode.MESSAGE:
      case Opcode.CC_SESSION_ESTABLISHMENT:
      case Opcode.NOTIFY:
        this.#deliver(opcode, id, body);
        return;
      case Opcode.SIGNAL:
        if (id !== 0) throw new ProtocolError("bad-message", "a signal is not confirmed");
        this.#listener.delivery(readSignal(body));
        return;
      case Opcode.BLOB_PUT:
      case Opcode.BLOB_DROP:
        throw new ProtocolError("bad-message", `a server does not send opcode ${opcode}`);
      case Opcode.QUIT:
        throw new ProtocolError("bad-message", "QUIT is the line's own");
    }
  }

  /** Handles message 1.3. */
  #signIn({ opcode, id, body }: Envelope): void {
    if (opcode !== Opcode.LIST || id !== 0)
      throw new ProtocolError("bad-message", `opcode ${opcode} where the first LIST was due`);
    clearTimeout(this.#signInDeadline);
    this.#people = new People(readUserList(body), this.#self.name);
    this.#listener.online();
  }

  #showPeople(): void {
    clearImmediate(this.#changedPeople);
    this.#changedPeople = undefined;
    this.#listener.users(this.users);
  }

  #deliver(opcode: DeliveryOpcode, id: number, body: Uint8Array): void {
    if (id === 0) throw new ProtocolError("bad-message", "a delivery that cannot be confirmed");
    let confirmed = false;
    const confirm = () => {
      if (confirmed || this.#over) return;
      confirmed = true;
      this.#heartbeat.sent(Date.now());
      // Messages come by the hundred and their senders do not wait for the ACK; steps that open a
      // conversation do wait.
      if (opcode === Opcode.MESSAGE) this.#line.sendPaced(Opcode.ACK, id, NO_BODY);
      else this.#line.send(Opcode.ACK, id, NO_BODY);
    };
    this.#listener.delivery(readDelivery(opcode, body, this.#self, confirm));
  }
}

function whyEnded(end: LineEnd): ParleyError {
  switch (end.type) {
    case "clean":
      return new NetworkError("server-shutdown", "the server said goodbye");
    case "cut":
      return new NetworkError("cut", "the line ended without a goodbye");
    case "error":
      return end.error;
  }
}
